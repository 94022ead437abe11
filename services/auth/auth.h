/*
 * Who is there and what they may do.
 *
 * Passwords: HMAC with a pepper from the secret file, then Argon2id (64 MiB, t=3);
 * two hashes at once at most, the same work for an unknown account. Sessions: 256-bit
 * tokens of which the database knows a keyed hash; idle and absolute expiry; the
 * token is replaced every few minutes, the old one works until the new one was seen.
 *
 * Each call is a transaction of its own on `db` (none may be open), except ost_auth_may().
 */
#ifndef OST_AUTH_AUTH_H
#define OST_AUTH_AUTH_H

#include "recon/base/arena.h"
#include "services/auth/right.h"
#include "services/config/config.h"
#include "services/db/guest.h"

OST_C_BEGIN

enum {
    OST_AUTH_TOKEN = 65, /* 64 hexadecimal digits and NUL */
    OST_AUTH_NAME = 128,
    OST_AUTH_EMAIL = 255,
    OST_AUTH_PASSWORD = 256,
};

struct ost_auth;

/* Reads the secret, derives its keys. Safe to share among threads. */
OST_MUST_CHECK
bool ost_auth_create(struct ost_auth **out, const struct ost_config_auth *config,
                     struct ost_err *err);
void ost_auth_destroy(struct ost_auth *auth); /* NULL is fine */
OST_AUTO_DEFINE(ost_auth);

/*
 * How many passwords may be in hand at once, worked on or waiting: fewer than there are
 * threads, or who only guesses keeps everybody else waiting. At least the two that are
 * worked on; 18 where nobody says.
 */
void ost_auth_room(struct ost_auth *auth, int64_t most);

/* What a guest was invited to. */
struct ost_auth_invited {
    int64_t id, case_id; /* 0: no guest */
    char may[8];         /* view, plan */
    char until[OST_DB_TIME];
};

struct ost_auth_session {
    int64_t id;
    struct ost_db_who who; /* for ost_db_begin(); a guest acts for no institution */
    int64_t home;          /* the institution whose session it is */
    enum ost_role role;
    struct ost_auth_invited guest;
    char name[OST_AUTH_NAME];
    char institution[OST_AUTH_NAME]; /* its name */
};

struct ost_auth_login {
    const char *email, *password;
    const char *address; /* of the client, for throttling; never stored in clear */
    const char *agent;   /* what the browser calls itself, cut to 120 characters; may be NULL */
    int64_t wait_s;      /* out, with OST_LIMIT: how long to wait */
};

/*
 * OST_DENIED: the account and password do not belong together, whatever the reason.
 * OST_LIMIT: too many attempts; `wait_s` says how long to wait. On success `token`
 * goes into the cookie.
 */
OST_MUST_CHECK
bool ost_auth_login(struct ost_auth *auth, struct ost_db *db, struct ost_auth_login *login,
                    struct ost_auth_session *out, char token[OST_AUTH_TOKEN], struct ost_err *err);

/*
 * OST_DENIED: no such session, or it expired. `fresh` is "" or the token that
 * replaces the one given: set the cookie anew.
 */
OST_MUST_CHECK
bool ost_auth_check(struct ost_auth *auth, struct ost_db *db, const char *token,
                    struct ost_auth_session *out, char fresh[OST_AUTH_TOKEN], struct ost_err *err);

OST_MUST_CHECK
bool ost_auth_logout(struct ost_db *db, const struct ost_auth_session *session,
                     struct ost_err *err);

/* Ends every other session of the same person. */
OST_MUST_CHECK
bool ost_auth_end_others(struct ost_db *db, const struct ost_auth_session *session, size_t *ended,
                         struct ost_err *err);

struct ost_auth_seen {
    int64_t id;
    char agent[124];
    char created_at[OST_DB_TIME], seen_at[OST_DB_TIME];
    bool own; /* the session that asks */
};

OST_MUST_CHECK
bool ost_auth_sessions(struct ost_db *db, const struct ost_auth_session *session,
                       struct ost_arena *arena, struct ost_auth_seen **out, size_t *count,
                       struct ost_err *err);

/*
 * Needs the old password (OST_DENIED without, throttled like a log-in), ends the other
 * sessions, replaces this one's token by `fresh`. OST_INVALID says what the new
 * password lacks.
 */
OST_MUST_CHECK
bool ost_auth_change_password(struct ost_auth *auth, struct ost_db *db,
                              const struct ost_auth_session *session,
                              const char *const passwords[2] /* old, new */,
                              char fresh[OST_AUTH_TOKEN], struct ost_err *err);

/* For a WebSocket of one case: one use, 30 seconds. The right to read it is checked here. */
OST_MUST_CHECK
bool ost_auth_ticket_give(struct ost_auth *auth, struct ost_db *db,
                          const struct ost_auth_session *session, int64_t case_id,
                          char ticket[OST_AUTH_TOKEN], struct ost_err *err);

/* OST_DENIED: unknown, used, too old, or its session has ended. See ost_db_ticket_settle(). */
OST_MUST_CHECK
bool ost_auth_ticket_take(struct ost_auth *auth, struct ost_db *db, const char *ticket,
                          struct ost_auth_session *out, int64_t *case_id, struct ost_err *err);

/* Whether the session still stands: what a WebSocket asks now and then. */
OST_MUST_CHECK
bool ost_auth_alive(struct ost_db *db, const struct ost_auth_session *session, struct ost_err *err);

/*
 * Inside the caller's transaction. True: allowed. OST_NOT_FOUND: the session may not
 * even know of the case; OST_DENIED: it may see it but not this; OST_CONFLICT: not in
 * the state the case is in (a fit that waits for a word, a closed case).
 * `case_id` 0 for rights that are about no case.
 */
OST_MUST_CHECK
bool ost_auth_may(struct ost_db *db, const struct ost_auth_session *session, enum ost_right right,
                  int64_t case_id, struct ost_err *err);

/* ---- guests ---- */

struct ost_auth_invite {
    int64_t case_id, hours; /* 1 to OST_GUEST_HOURS */
    const char *name, *may; /* may: view, plan */
};

/*
 * In the caller's transaction, after the right to share was checked: a person and his
 * invitation. `token` goes into the link and is known to nobody afterwards. OST_INVALID says
 * what is wrong with name, right or time.
 */
OST_MUST_CHECK
bool ost_auth_guest_invite(struct ost_auth *auth, struct ost_db *db,
                           const struct ost_auth_invite *invite, struct ost_db_guest *out,
                           char token[OST_AUTH_TOKEN], struct ost_err *err);

struct ost_auth_entry {
    const char *token, *address, *agent; /* address and agent as in a log-in */
    int64_t wait_s;                      /* out, with OST_LIMIT */
};

/*
 * Walks in by the link's token, as often as the invitation lasts, in one place at a time:
 * the guest's session before it ends. OST_NOT_FOUND: no such invitation; OST_DENIED: it is
 * revoked or over, which is told to its owner; OST_LIMIT as in a log-in. `session_token`
 * goes into the cookie.
 */
OST_MUST_CHECK
bool ost_auth_guest_enter(struct ost_auth *auth, struct ost_db *db, struct ost_auth_entry *entry,
                          struct ost_auth_session *out, char session_token[OST_AUTH_TOKEN],
                          struct ost_err *err);

/* A row of the home's audit; and one of what a guest did or was refused, for the owner. */
struct ost_audit;
OST_MUST_CHECK
bool ost_auth_tell(struct ost_db *db, const struct ost_auth_session *session,
                   const struct ost_audit *audit, struct ost_err *err);
OST_MUST_CHECK
bool ost_auth_guest_tell(struct ost_db *db, const struct ost_auth_session *session,
                         const char *action, const char *detail, struct ost_err *err);

/* ---- administration: what `osteon user` does ---- */

/* An Argon2id record for app_user; waits its turn. */
OST_MUST_CHECK
bool ost_auth_hash(struct ost_auth *auth, const char *password, char record[256],
                   struct ost_err *err);

/* 12 to 255 bytes, not the account's own name. */
OST_MUST_CHECK
bool ost_auth_password_fit(const char *password, const char *email, struct ost_err *err);

/* 20 characters nobody confuses, about 97 bits. */
void ost_auth_password_random(char password[24]);

OST_C_END

#endif
