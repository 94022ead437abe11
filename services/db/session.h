/* Sessions and the tickets of WebSockets; services/auth gives them their meaning. */
#ifndef OST_DB_SESSION_H
#define OST_DB_SESSION_H

#include "recon/base/arena.h"
#include "services/db/db.h"

OST_C_BEGIN

struct ost_db_session {
    int64_t id;
    struct ost_db_who who;
    bool newest;       /* the hash presented is the newest token's */
    bool confirmed;    /* the newest token was seen in use */
    bool alive;        /* within its idle and absolute limits */
    int64_t rotated_s; /* seconds since the newest token was made */
};

struct ost_db_session_new {
    const unsigned char *hash; /* of the token */
    const char *agent;
    int64_t hours;
};

/* In the person's own transaction; sweeps the institution's expired sessions away. */
OST_MUST_CHECK
bool ost_db_session_add(struct ost_db *db, const struct ost_db_session_new *fresh, int64_t *id,
                        struct ost_err *err);

/* In a transaction whose key is the token's hash in hexadecimal. */
OST_MUST_CHECK
bool ost_db_session_find(struct ost_db *db, int64_t idle_minutes, struct ost_db_session *out,
                         bool *found, struct ost_err *err);

/* By its number, in the person's transaction. */
OST_MUST_CHECK
bool ost_db_session_alive(struct ost_db *db, int64_t id, int64_t idle_minutes, bool *out,
                          struct ost_err *err);

/* Seen now; writes at most twice a minute. */
OST_MUST_CHECK bool ost_db_session_seen(struct ost_db *db, int64_t id, struct ost_err *err);
/* The newest token is known to have arrived. */
OST_MUST_CHECK bool ost_db_session_confirm(struct ost_db *db, int64_t id, struct ost_err *err);

struct ost_db_session_rotate {
    int64_t id;
    const unsigned char *hash; /* of the new token */
    /* Keeps working until the new one was seen; others that had been good are remembered
     * (ost_db_session_former). NULL: none does, and none is remembered. */
    const unsigned char *old;
    int64_t older_s; /* only where the newest token is older */
};

/* `*done` is false where somebody else was first. */
OST_MUST_CHECK
bool ost_db_session_rotate(struct ost_db *db, const struct ost_db_session_rotate *rotate,
                           bool *done, struct ost_err *err);

struct ost_db_former {
    int64_t session, institution;
    bool late; /* replaced more than `grace_s` ago */
};

/* A token that some session had once, in a transaction whose key is its hash. */
OST_MUST_CHECK
bool ost_db_session_former(struct ost_db *db, int64_t grace_s, struct ost_db_former *out,
                           bool *found, struct ost_err *err);

/* `action` is the audit's word: session.end, session.reused. */
OST_MUST_CHECK
bool ost_db_session_end(struct ost_db *db, int64_t id, const char *action, struct ost_err *err);
OST_MUST_CHECK
bool ost_db_session_end_others(struct ost_db *db, int64_t keep, size_t *ended, struct ost_err *err);

struct ost_db_session_row {
    int64_t id;
    char agent[124];
    char created_at[OST_DB_TIME], seen_at[OST_DB_TIME];
};

/* The person's own, last seen first. */
OST_MUST_CHECK
bool ost_db_session_list(struct ost_db *db, struct ost_arena *arena,
                         struct ost_db_session_row **out, size_t *count, struct ost_err *err);

OST_MUST_CHECK
bool ost_db_ticket_add(struct ost_db *db, const unsigned char hash[OST_DB_HASH], int64_t session,
                       int64_t case_id, struct ost_err *err);

struct ost_db_ticket {
    int64_t session, case_id, institution;
};

/*
 * In a transaction whose key is the ticket's hash; it is gone afterwards. Its commit does not wait
 * for the disk: until ost_db_ticket_settle(), outside any transaction, the ticket may come back
 * with a database that falls over.
 */
OST_MUST_CHECK
bool ost_db_ticket_take(struct ost_db *db, struct ost_db_ticket *out, bool *found,
                        struct ost_err *err);
OST_MUST_CHECK bool ost_db_ticket_settle(struct ost_db *db, struct ost_err *err);

/* Whose session it is, in a transaction of its institution. */
OST_MUST_CHECK
bool ost_db_session_owner(struct ost_db *db, int64_t id, int64_t *user, struct ost_err *err);

OST_C_END

#endif
