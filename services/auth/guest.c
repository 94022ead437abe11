/* Walking in by a link, and the making of one. */
#include "services/db/guest.h"

#include "services/auth/auth_impl.h"
#include "services/db/audit.h"
#include "services/db/session.h"
#include "services/db/throttle.h"
#include "services/log/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OST_GUEST_FREE = 20, OST_GUEST_MOST_S = 300 }; /* walk-ins of one invitation in a day */

/* A name is shown to everybody in the case: one line of text. */
static bool is_name(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
            return false;
    }
    return len >= 1 && len <= 120 && name[0] != ' ' && name[len - 1] != ' ';
}

bool ost_auth_guest_invite(struct ost_auth *auth, struct ost_db *db,
                           const struct ost_auth_invite *invite, struct ost_db_guest *out,
                           char token[OST_AUTH_TOKEN], struct ost_err *err)
{
    unsigned char hash[OST_DB_HASH];
    if (!is_name(invite->name))
        return ost_fail(err, OST_INVALID, "a guest's name is one line of text, at most 120 bytes");
    if (strcmp(invite->may, "view") != 0 && strcmp(invite->may, "plan") != 0)
        return ost_fail(err, OST_INVALID, "a guest may view or plan");
    if (invite->hours < 1 || invite->hours > OST_GUEST_HOURS) {
        return ost_fail(err, OST_INVALID, "an invitation holds for 1 to %d hours",
                        (int)OST_GUEST_HOURS);
    }
    ost_auth_token(token);
    ost_auth_token_hash(auth, token, hash, NULL);
    const struct ost_db_guest_new fresh = {.case_id = invite->case_id,
                                           .hours = invite->hours,
                                           .name = invite->name,
                                           .may = invite->may,
                                           .hash = hash};
    return ost_db_guest_add(db, &fresh, out, err);
}

static bool look_up(const struct ost_auth *auth, struct ost_db *db, const char *token,
                    struct ost_db_guest *out, struct ost_err *err)
{
    unsigned char hash[OST_DB_HASH];
    char key[OST_AUTH_HEX];
    bool found = false;
    if (!ost_auth_is_token(token))
        return ost_fail(err, OST_NOT_FOUND, "no such invitation");
    ost_auth_token_hash(auth, token, hash, key);
    if (!ost_db_begin_key(db, key, err))
        return false;
    bool ok = ost_db_guest_find(db, out, &found, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok && (found || ost_fail(err, OST_NOT_FOUND, "no such invitation"));
}

/* Whoever has a link may come back, not all day long: each time is told and ends a session. */
static bool in_time(const struct ost_auth *auth, struct ost_db *db,
                    const struct ost_db_guest *guest, int64_t *wait_s, struct ost_err *err)
{
    char which[32], subject[OST_AUTH_HEX];
    (void)snprintf(which, sizeof which, "%" PRId64, guest->id);
    ost_auth_subject(auth, "guest", which, subject);
    const struct ost_db_throttle limit = {
        .subject = subject, .free = OST_GUEST_FREE, .most_s = OST_GUEST_MOST_S};
    if (!ost_db_begin_key(db, "", err))
        return false;
    bool ok = ost_db_throttle_try(db, &limit, wait_s, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok && (*wait_s == 0 || ost_fail(err, OST_LIMIT, "the invitation was used too often"));
}

static bool turn_away(struct ost_db *db, const struct ost_db_guest *guest, struct ost_err *err)
{
    const struct ost_auth_session session = {.who = {.user = guest->user},
                                             .home = guest->institution,
                                             .guest = {.id = guest->id, .case_id = guest->case_id}};
    const char *why =
        guest->revoked_at[0] != '\0' ? "{\"what\":\"revoked\"}" : "{\"what\":\"expired\"}";
    ost_log(OST_LOG_WARN, "auth.guest_refused", "guest=%" PRId64, guest->id);
    return ost_auth_guest_tell(db, &session, "guest.refused", why, err) &&
           ost_fail(err, OST_DENIED, "the invitation is over");
}

static bool begin(struct ost_auth *auth, struct ost_db *db, const struct ost_db_guest *guest,
                  const struct ost_auth_entry *entry, const unsigned char hash[OST_DB_HASH],
                  struct ost_auth_session *out, struct ost_err *err)
{
    const struct ost_db_who home = {.institution = guest->institution, .user = guest->user};
    char address[OST_AUTH_HEX], agent[124];
    ost_auth_agent(entry->agent, agent);
    ost_auth_address(auth, entry->address, address);
    const struct ost_db_session_new fresh = {
        .hash = hash, .agent = agent, .hours = auth->limit.absolute_hours};
    const struct ost_audit entered = {.action = "guest.enter",
                                      .object = "guest",
                                      .object_id = guest->id,
                                      .case_id = guest->case_id};
    return ost_db_guest_enter(db, guest, err) && ost_db_session_add(db, &fresh, &out->id, err) &&
           ost_auth_fill(db, out->id, &home, out, err) && ost_db_audit_add(db, &entered, err) &&
           ost_db_throttle_clear(db, address, false, err);
}

bool ost_auth_guest_enter(struct ost_auth *auth, struct ost_db *db, struct ost_auth_entry *entry,
                          struct ost_auth_session *out, char session_token[OST_AUTH_TOKEN],
                          struct ost_err *err)
{
    struct ost_db_guest guest = {0};
    unsigned char hash[OST_DB_HASH];
    if (!ost_auth_throttle_address(auth, db, entry->address, &entry->wait_s, err) ||
        !look_up(auth, db, entry->token, &guest, err) ||
        !in_time(auth, db, &guest, &entry->wait_s, err))
        return false;
    if (!guest.live)
        return turn_away(db, &guest, err);
    const struct ost_db_who home = {.institution = guest.institution, .user = guest.user};
    ost_auth_token(session_token);
    ost_auth_token_hash(auth, session_token, hash, NULL);
    if (!ost_db_begin(db, &home, err))
        return false;
    bool ok = begin(auth, db, &guest, entry, hash, out, err) && ost_db_commit(db, err);
    ost_db_end(db);
    if (ok)
        ost_log(OST_LOG_INFO, "auth.guest", "guest=%" PRId64 " session=%" PRId64, guest.id,
                out->id);
    return ok;
}
