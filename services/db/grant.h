/*
 * A case opened to a second institution: for a purpose, until a day, and revocable. One grant
 * of a case to one institution stands at a time.
 */
#ifndef OST_DB_GRANT_H
#define OST_DB_GRANT_H

#include "recon/base/arena.h"
#include "services/db/db.h"

OST_C_BEGIN

enum { OST_GRANT_DAYS = 366, OST_GRANT_PURPOSE = 200 }; /* the longest; characters */

struct ost_db_grant {
    int64_t id, case_id;
    int64_t grantee;                         /* institution */
    char to[128];                            /* out: its name */
    char may[8];                             /* view, plan */
    char purpose[4 * OST_GRANT_PURPOSE + 4]; /* closed words or the giver's own; no patient in it */
    int64_t days;                            /* in: how long from now, 1 to OST_GRANT_DAYS */
    bool live;                               /* out: neither revoked nor over */
    char created_at[OST_DB_TIME], expires_at[OST_DB_TIME], revoked_at[OST_DB_TIME];
    char given_back[4 * OST_GRANT_PURPOSE + 4]; /* out: why, where the grantee ended it, or "" */
    char seen_at[OST_DB_TIME]; /* in lists: when the audit last heard of them, or "" */
};

/* By the owner only. Takes the place of what that institution was granted of the case before. */
OST_MUST_CHECK
bool ost_db_grant_add(struct ost_db *db, struct ost_db_grant *grant, struct ost_err *err);
OST_MUST_CHECK bool ost_db_grant_revoke(struct ost_db *db, int64_t id, struct ost_err *err);

/*
 * By the institution it was granted to: ends what stands of this case now, for a reason of at most
 * OST_GRANT_PURPOSE characters that the owner reads. OST_NOT_FOUND where nothing stands.
 */
OST_MUST_CHECK
bool ost_db_grant_give_back(struct ost_db *db, int64_t case_id, const char *reason,
                            struct ost_err *err);

/* Also by whom it was granted to. */
OST_MUST_CHECK
bool ost_db_grant_get(struct ost_db *db, int64_t id, struct ost_db_grant *out, struct ost_err *err);

/* Newest first, those that are over too. */
OST_MUST_CHECK
bool ost_db_grant_list(struct ost_db *db, int64_t case_id, struct ost_arena *arena,
                       struct ost_db_grant **out, size_t *count, struct ost_err *err);

/* The institution of that whole name, in a transaction whose key is the name. */
OST_MUST_CHECK
bool ost_db_grant_find(struct ost_db *db, const char *name, int64_t *institution,
                       struct ost_err *err);

OST_C_END

#endif
