/* A case opened to a second institution: for a purpose, until a day, and revocable. */
#ifndef OST_DB_GRANT_H
#define OST_DB_GRANT_H

#include "recon/base/arena.h"
#include "services/db/db.h"

OST_C_BEGIN

struct ost_db_grant {
    int64_t id, case_id;
    int64_t grantee;   /* institution */
    char may[8];       /* view, plan */
    char purpose[200]; /* closed words or the giver's own; no patient in it */
    int64_t days;      /* in: how long from now, 1 to 365 */
    char created_at[OST_DB_TIME], expires_at[OST_DB_TIME], revoked_at[OST_DB_TIME];
};

/* By the owner only. */
OST_MUST_CHECK
bool ost_db_grant_add(struct ost_db *db, struct ost_db_grant *grant, struct ost_err *err);
OST_MUST_CHECK bool ost_db_grant_revoke(struct ost_db *db, int64_t id, struct ost_err *err);
OST_MUST_CHECK
bool ost_db_grant_list(struct ost_db *db, int64_t case_id, struct ost_arena *arena,
                       struct ost_db_grant **out, size_t *count, struct ost_err *err);

OST_C_END

#endif
