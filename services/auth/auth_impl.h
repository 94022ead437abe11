/* What the files of this room share: keys by purpose, and the gate before Argon2. */
#ifndef OST_AUTH_AUTH_IMPL_H
#define OST_AUTH_AUTH_IMPL_H

#include "services/auth/auth.h"

#include <pthread.h>

enum {
    OST_AUTH_KEY = 32,
    OST_AUTH_HEX = 65,
    OST_AUTH_RECORD = 256,
    OST_AUTH_HASHES = 2, /* at once: 64 MiB each */
    OST_AUTH_ROOM = 18,  /* with those that wait; more are told to come back */
};

struct ost_auth {
    struct ost_config_auth limit; /* its texts are not used */
    unsigned char pepper[OST_AUTH_KEY], token_key[OST_AUTH_KEY], subject_key[OST_AUTH_KEY];
    char nobody[OST_AUTH_RECORD]; /* what the password of an unknown account is held against */
    pthread_mutex_t lock;
    pthread_cond_t turn;
    int64_t room;
    int hashing, waiting;
};

/* A random token in hexadecimal. */
void ost_auth_token(char token[OST_AUTH_TOKEN]);

/* What the database knows of a token: BLAKE2b with the token key; `hex` may be NULL. */
void ost_auth_token_hash(const struct ost_auth *auth, const char *token,
                         unsigned char hash[OST_DB_HASH], char hex[OST_AUTH_HEX]);

/* What throttling knows of an account or address. */
void ost_auth_subject(const struct ost_auth *auth, const char *kind, const char *who,
                      char hex[OST_AUTH_HEX]);

/* `*match`; `*old` where the record was made with other parameters than today's. */
OST_MUST_CHECK
bool ost_auth_verify(struct ost_auth *auth, const char *record, const char *password, bool *match,
                     bool *old, struct ost_err *err);

/* The institution and person of the session, for what belongs to the session itself. */
static inline struct ost_db_who ost_auth_home(const struct ost_auth_session *session)
{
    return (struct ost_db_who){.institution = session->home, .user = session->who.user};
}

/*
 * Name, role and institution of the session's person, in a transaction of `who`; OST_DENIED
 * where disabled, or where a guest's invitation is over.
 */
OST_MUST_CHECK
bool ost_auth_fill(struct ost_db *db, int64_t session, const struct ost_db_who *who,
                   struct ost_auth_session *out, struct ost_err *err);

/* What throttling knows of a network address; IPv6 by /64. */
void ost_auth_address(const struct ost_auth *auth, const char *address, char hex[OST_AUTH_HEX]);

/* What a browser calls itself, printable and cut to 120 characters. */
void ost_auth_agent(const char *agent, char out[124]);

/* 64 hexadecimal digits. */
bool ost_auth_is_token(const char *token);

/* Takes one attempt of an address from it, alone. */
OST_MUST_CHECK
bool ost_auth_throttle_address(const struct ost_auth *auth, struct ost_db *db, const char *address,
                               int64_t *wait_s, struct ost_err *err);

/* Counts an attempt before the password is looked at; OST_LIMIT and `wait_s`. */
OST_MUST_CHECK
bool ost_auth_throttle(const struct ost_auth *auth, struct ost_db *db, struct ost_auth_login *login,
                       struct ost_err *err);
OST_MUST_CHECK
bool ost_auth_unthrottle(const struct ost_auth *auth, struct ost_db *db,
                         const struct ost_auth_login *login, struct ost_err *err);

#endif
