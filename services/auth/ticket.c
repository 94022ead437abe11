#include "services/auth/auth_impl.h"
#include "services/db/session.h"

static bool unfit(struct ost_err *err)
{
    return ost_fail(err, OST_DENIED, "the ticket is used or too old; ask for another");
}

bool ost_auth_ticket_give(struct ost_auth *auth, struct ost_db *db,
                          const struct ost_auth_session *session, int64_t case_id,
                          char ticket[OST_AUTH_TOKEN], struct ost_err *err)
{
    unsigned char hash[OST_DB_HASH];
    ost_auth_token(ticket);
    ost_auth_token_hash(auth, ticket, hash, NULL);
    const struct ost_db_who home = ost_auth_home(session);
    if (!ost_db_begin(db, &session->who, err))
        return false;
    bool ok = ost_auth_may(db, session, OST_RIGHT_CASE_READ, case_id, err) &&
              ost_db_become(db, &home, err) &&
              ost_db_ticket_add(db, hash, session->id, case_id, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok;
}

static bool still_alive(const struct ost_auth *auth, struct ost_db *db,
                        const struct ost_db_ticket *ticket, struct ost_auth_session *out,
                        struct ost_err *err)
{
    struct ost_db_who who = {.institution = ticket->institution};
    bool alive = false;
    if (!ost_db_become(db, &who, err) ||
        !ost_db_session_owner(db, ticket->session, &who.user, err) ||
        !ost_db_become(db, &who, err) ||
        !ost_db_session_alive(db, ticket->session, auth->limit.idle_minutes, &alive, err))
        return false;
    return alive ? ost_auth_fill(db, ticket->session, &who, out, err) : unfit(err);
}

bool ost_auth_ticket_take(struct ost_auth *auth, struct ost_db *db, const char *ticket,
                          struct ost_auth_session *out, int64_t *case_id, struct ost_err *err)
{
    unsigned char hash[OST_DB_HASH];
    char key[OST_AUTH_HEX];
    struct ost_db_ticket taken;
    bool found = false;
    ost_auth_token_hash(auth, ticket, hash, key);
    if (!ost_db_begin_key(db, key, err))
        return false;
    bool ok = ost_db_ticket_take(db, &taken, &found, err) &&
              (found ? still_alive(auth, db, &taken, out, err) : unfit(err)) &&
              ost_db_commit(db, err);
    ost_db_end(db);
    if (ok)
        *case_id = taken.case_id;
    return ok;
}

bool ost_auth_alive(struct ost_db *db, const struct ost_auth_session *session, struct ost_err *err)
{
    enum { OST_IDLE_MINUTES = 1 << 20 }; /* an open socket is not idle */
    bool alive = false;
    const struct ost_db_who home = ost_auth_home(session);
    if (!ost_db_begin(db, &home, err))
        return false;
    bool ok = ost_db_session_alive(db, session->id, OST_IDLE_MINUTES, &alive, err) &&
              ost_db_session_seen(db, session->id, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok && (alive || ost_fail(err, OST_DENIED, "the session has ended; log in again"));
}
