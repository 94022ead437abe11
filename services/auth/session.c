#include "services/db/session.h"

#include "services/auth/auth_impl.h"
#include "services/db/account.h"
#include "services/db/audit.h"
#include "services/log/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Requests already under way may still carry the token before. */
enum { OST_GRACE_S = 60 };

static bool ended(struct ost_err *err)
{
    return ost_fail(err, OST_DENIED, "the session has ended; log in again");
}

bool ost_auth_is_token(const char *token)
{
    return strnlen(token, OST_AUTH_TOKEN) == OST_AUTH_TOKEN - 1 &&
           strspn(token, "0123456789abcdef") == OST_AUTH_TOKEN - 1;
}

/* From here on a guest acts for nobody but himself: what he sees his invitation opens. */
static bool fill_guest(struct ost_db *db, struct ost_auth_session *out, struct ost_err *err)
{
    struct ost_db_guest guest;
    bool found = false;
    if (!ost_db_guest_of_user(db, out->who.user, &guest, &found, err))
        return false;
    if (!found || !guest.live)
        return ended(err);
    out->who.institution = 0;
    out->guest = (struct ost_auth_invited){.id = guest.id, .case_id = guest.case_id};
    (void)snprintf(out->guest.may, sizeof out->guest.may, "%s", guest.may);
    (void)snprintf(out->guest.until, sizeof out->guest.until, "%s", guest.expires_at);
    return true;
}

bool ost_auth_fill(struct ost_db *db, int64_t session, const struct ost_db_who *who,
                   struct ost_auth_session *out, struct ost_err *err)
{
    struct ost_db_user user;
    if (!ost_db_user_within(db, who->user, &user, out->institution, err))
        return false;
    if (user.disabled)
        return ended(err);
    out->id = session;
    out->who = *who;
    out->home = who->institution;
    out->guest = (struct ost_auth_invited){0};
    (void)snprintf(out->name, sizeof out->name, "%s", user.name);
    if (!ost_role_of_name(user.role, &out->role))
        return ost_fail(err, OST_BUG, "user %" PRId64 " has no known role", user.id);
    return out->role != OST_ROLE_GUEST || fill_guest(db, out, err);
}

/* Gives the session a new token when it is due; "" where somebody else just did. */
static bool rotate(const struct ost_auth *auth, struct ost_db *db,
                   struct ost_db_session_rotate *change, char fresh[OST_AUTH_TOKEN],
                   struct ost_err *err)
{
    unsigned char hash[OST_DB_HASH];
    bool done = false;
    ost_auth_token(fresh);
    ost_auth_token_hash(auth, fresh, hash, NULL);
    change->hash = hash;
    bool ok = ost_db_session_rotate(db, change, &done, err);
    change->hash = NULL;
    if (!ok || !done)
        fresh[0] = '\0';
    return ok;
}

/*
 * The newest token confirms itself and is replaced when old. The one before it is good
 * as long as the newest was never seen (its answer may have been lost on the way), and
 * for a minute after; later it is a copy in other hands, and the session ends.
 */
static bool judge(const struct ost_auth *auth, struct ost_db *db,
                  const struct ost_db_session *found, const unsigned char hash[OST_DB_HASH],
                  char fresh[OST_AUTH_TOKEN], struct ost_err *err)
{
    struct ost_db_session_rotate change = {.id = found->id, .old = hash};
    change.older_s = found->newest ? auth->limit.rotate_minutes * 60 : OST_GRACE_S;
    if (found->newest && !found->confirmed && !ost_db_session_confirm(db, found->id, err))
        return false;
    if (found->rotated_s >= change.older_s && (found->newest || !found->confirmed))
        return rotate(auth, db, &change, fresh, err);
    return ost_db_session_seen(db, found->id, err);
}

static bool end_reused(struct ost_db *db, int64_t session, struct ost_err *err)
{
    ost_log(OST_LOG_WARN, "auth.reused", "session=%" PRId64, session);
    return ost_db_session_end(db, session, "session.reused", err) && ost_db_commit(db, err) &&
           ended(err);
}

/*
 * Neither the newest nor the one before. If it ever was one, two hold the session: whoever
 * shows the older token may be its owner, whose copy was used and replaced elsewhere.
 */
static bool check_former(struct ost_db *db, struct ost_err *err)
{
    struct ost_db_former former;
    bool found = false;
    if (!ost_db_session_former(db, OST_GRACE_S, &former, &found, err))
        return false;
    if (!found || !former.late)
        return ended(err);
    struct ost_db_who who = {.institution = former.institution};
    return ost_db_become(db, &who, err) &&
           ost_db_session_owner(db, former.session, &who.user, err) &&
           ost_db_become(db, &who, err) && end_reused(db, former.session, err);
}

static bool check(const struct ost_auth *auth, struct ost_db *db,
                  const unsigned char hash[OST_DB_HASH], struct ost_auth_session *out,
                  char fresh[OST_AUTH_TOKEN], struct ost_err *err)
{
    struct ost_db_session found;
    bool known = false;
    if (!ost_db_session_find(db, auth->limit.idle_minutes, &found, &known, err))
        return false;
    if (!known)
        return check_former(db, err);
    if (!found.alive)
        return ended(err);
    if (!ost_db_become(db, &found.who, err))
        return false;
    if (!found.newest && found.confirmed && found.rotated_s >= OST_GRACE_S)
        return end_reused(db, found.id, err);
    return judge(auth, db, &found, hash, fresh, err) &&
           ost_auth_fill(db, found.id, &found.who, out, err) && ost_db_commit(db, err);
}

bool ost_auth_check(struct ost_auth *auth, struct ost_db *db, const char *token,
                    struct ost_auth_session *out, char fresh[OST_AUTH_TOKEN], struct ost_err *err)
{
    unsigned char hash[OST_DB_HASH];
    char key[OST_AUTH_HEX];
    fresh[0] = '\0';
    if (!ost_auth_is_token(token))
        return ended(err);
    ost_auth_token_hash(auth, token, hash, key);
    if (!ost_db_begin_key(db, key, err))
        return false;
    bool ok = check(auth, db, hash, out, fresh, err);
    ost_db_end(db);
    return ok;
}

static struct ost_audit about_guest(const struct ost_auth_session *session, const char *action,
                                    const char *detail)
{
    return (struct ost_audit){.action = action,
                              .object = "guest",
                              .object_id = session->guest.id,
                              .case_id = session->guest.case_id,
                              .detail = detail};
}

static bool tell_guest(struct ost_db *db, const struct ost_auth_session *session,
                       const char *action, struct ost_err *err)
{
    const struct ost_audit audit = about_guest(session, action, NULL);
    return session->guest.id == 0 || ost_db_audit_add(db, &audit, err);
}

bool ost_auth_tell(struct ost_db *db, const struct ost_auth_session *session,
                   const struct ost_audit *audit, struct ost_err *err)
{
    const struct ost_db_who home = ost_auth_home(session);
    if (!ost_db_begin(db, &home, err))
        return false;
    bool ok = ost_db_audit_add(db, audit, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok;
}

bool ost_auth_guest_tell(struct ost_db *db, const struct ost_auth_session *session,
                         const char *action, const char *detail, struct ost_err *err)
{
    const struct ost_audit audit = about_guest(session, action, detail);
    return ost_auth_tell(db, session, &audit, err);
}

bool ost_auth_logout(struct ost_db *db, const struct ost_auth_session *session, struct ost_err *err)
{
    const struct ost_db_who home = ost_auth_home(session);
    if (!ost_db_begin(db, &home, err))
        return false;
    bool ok = ost_db_session_end(db, session->id, "session.end", err) &&
              tell_guest(db, session, "guest.leave", err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok;
}

bool ost_auth_end_others(struct ost_db *db, const struct ost_auth_session *session, size_t *count,
                         struct ost_err *err)
{
    if (!ost_db_begin(db, &session->who, err))
        return false;
    bool ok = ost_db_session_end_others(db, session->id, count, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok;
}

static bool list(struct ost_db *db, const struct ost_auth_session *session, struct ost_arena *arena,
                 struct ost_auth_seen **out, size_t *count, struct ost_err *err)
{
    struct ost_db_session_row *row = NULL;
    if (!ost_db_session_list(db, arena, &row, count, err))
        return false;
    *out = ost_arena_alloc(arena, (*count + 1) * sizeof **out);
    if (*out == NULL)
        return ost_fail(err, OST_LIMIT, "%zu sessions", *count);
    for (size_t i = 0; i < *count; i++) {
        struct ost_auth_seen *s = &(*out)[i];
        s->id = row[i].id;
        s->own = row[i].id == session->id;
        memcpy(s->agent, row[i].agent, sizeof s->agent);
        memcpy(s->created_at, row[i].created_at, sizeof s->created_at);
        memcpy(s->seen_at, row[i].seen_at, sizeof s->seen_at);
    }
    return true;
}

bool ost_auth_sessions(struct ost_db *db, const struct ost_auth_session *session,
                       struct ost_arena *arena, struct ost_auth_seen **out, size_t *count,
                       struct ost_err *err)
{
    if (!ost_db_begin(db, &session->who, err))
        return false;
    bool ok = list(db, session, arena, out, count, err);
    ost_db_end(db);
    return ok;
}

static bool old_password_right(struct ost_auth *auth, struct ost_db *db,
                               const struct ost_db_user *user, const char *password,
                               struct ost_err *err)
{
    char who[32];
    bool match = false, old = false;
    (void)snprintf(who, sizeof who, "user %" PRId64, user->id);
    struct ost_auth_login login = {.email = who, .address = who};
    if (!ost_auth_throttle(auth, db, &login, err) ||
        !ost_auth_verify(auth, user->password, password, &match, &old, err))
        return false;
    return match || ost_fail(err, OST_DENIED, "the old password is wrong");
}

static bool person(struct ost_db *db, const struct ost_auth_session *session,
                   struct ost_db_user *user, struct ost_err *err)
{
    if (!ost_db_begin(db, &session->who, err))
        return false;
    bool ok = ost_db_user_get(db, session->who.user, user, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok;
}

static bool replace(const struct ost_auth *auth, struct ost_db *db,
                    const struct ost_auth_session *session, const char *record,
                    char fresh[OST_AUTH_TOKEN], struct ost_err *err)
{
    size_t count = 0;
    char who[32];
    (void)snprintf(who, sizeof who, "user %" PRId64, session->who.user);
    const struct ost_auth_login login = {.email = who, .address = who};
    struct ost_db_session_rotate change = {.id = session->id, .older_s = -1};
    return ost_db_user_set_password(db, session->who.user, record, "user.password", err) &&
           ost_db_session_end_others(db, session->id, &count, err) &&
           rotate(auth, db, &change, fresh, err) && ost_auth_unthrottle(auth, db, &login, err) &&
           ost_db_commit(db, err);
}

bool ost_auth_change_password(struct ost_auth *auth, struct ost_db *db,
                              const struct ost_auth_session *session,
                              const char *const passwords[2], char fresh[OST_AUTH_TOKEN],
                              struct ost_err *err)
{
    struct ost_db_user user;
    char record[OST_AUTH_RECORD];
    fresh[0] = '\0';
    if (strnlen(passwords[0], OST_AUTH_PASSWORD) == OST_AUTH_PASSWORD)
        return ost_fail(err, OST_DENIED, "the old password is wrong");
    if (!person(db, session, &user, err) || !ost_auth_password_fit(passwords[1], user.email, err) ||
        !old_password_right(auth, db, &user, passwords[0], err) ||
        !ost_auth_hash(auth, passwords[1], record, err) || !ost_db_begin(db, &session->who, err))
        return false;
    bool ok = replace(auth, db, session, record, fresh, err);
    ost_db_end(db);
    return ok;
}
