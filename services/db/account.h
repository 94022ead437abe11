/* Institutions and people. What `osteon user` does runs as the owner of the database. */
#ifndef OST_DB_ACCOUNT_H
#define OST_DB_ACCOUNT_H

#include "recon/base/arena.h"
#include "services/db/db.h"

OST_C_BEGIN

struct ost_db_user {
    int64_t id, institution;
    char email[256], name[128]; /* a guest has no address and no password */
    char role[16];              /* surgeon, engineer, administrator, guest */
    char password[256];         /* an Argon2id record; "" in lists */
    bool disabled;
};

/* In a transaction whose key is the address. */
OST_MUST_CHECK
bool ost_db_user_find(struct ost_db *db, const char *email, struct ost_db_user *out, bool *found,
                      struct ost_err *err);

OST_MUST_CHECK
bool ost_db_user_get(struct ost_db *db, int64_t id, struct ost_db_user *out, struct ost_err *err);

/* The same, and what the transaction's own institution is called. */
OST_MUST_CHECK
bool ost_db_user_within(struct ost_db *db, int64_t id, struct ost_db_user *out,
                        char institution[128], struct ost_err *err);

/* `action` is the audit's word: user.password, user.rehash. */
OST_MUST_CHECK
bool ost_db_user_set_password(struct ost_db *db, int64_t id, const char *record, const char *action,
                              struct ost_err *err);

/* ---- as the owner ---- */

struct ost_db_institution {
    int64_t id;
    char name[128];
    int64_t users;
};

/* A transaction that may see institutions and people, and nothing else. */
OST_MUST_CHECK bool ost_db_begin_owner(struct ost_db *db, struct ost_err *err);

OST_MUST_CHECK
bool ost_db_institution_add(struct ost_db *db, const char *name, int64_t *id, struct ost_err *err);
OST_MUST_CHECK
bool ost_db_institution_find(struct ost_db *db, const char *name, int64_t *id, struct ost_err *err);
OST_MUST_CHECK
bool ost_db_institution_list(struct ost_db *db, struct ost_arena *arena,
                             struct ost_db_institution **out, size_t *count, struct ost_err *err);

/* In: institution, email, name, role, password. */
OST_MUST_CHECK
bool ost_db_user_add(struct ost_db *db, struct ost_db_user *user, struct ost_err *err);
OST_MUST_CHECK
bool ost_db_user_list(struct ost_db *db, struct ost_arena *arena, struct ost_db_user **out,
                      size_t *count, struct ost_err *err);

/* Ends the person's sessions too. */
OST_MUST_CHECK
bool ost_db_user_disable(struct ost_db *db, const char *email, struct ost_err *err);
OST_MUST_CHECK
bool ost_db_user_reset(struct ost_db *db, const char *email, const char *record,
                       struct ost_err *err);

OST_C_END

#endif
