/*
 * The schema's steps, as the owner of the database. A step, its record and its
 * verification are one transaction; the record is written first, so that two runners
 * collide on its number and one of them yields.
 */
#ifndef OST_DB_MIGRATION_H
#define OST_DB_MIGRATION_H

#include "services/db/db.h"

OST_C_BEGIN

/* What this program needs; tests compare it with the folder. */
enum { OST_DB_SCHEMA = 19 };

/* The table of steps, and the role osteon_app, with that password unless it is "". */
OST_MUST_CHECK
bool ost_db_migration_prepare(struct ost_db *db, const char *app_password, struct ost_err *err);

struct ost_db_migration {
    int64_t number;
    const char *name; /* "0003_jobs" */
    unsigned char sha256[OST_DB_HASH];
    const char *sql, *verify;
};

/*
 * Applies the step, or finds it applied and verifies it; `*applied` tells. Fails with
 * OST_CORRUPT where a step of that number with other content is on record.
 */
OST_MUST_CHECK
bool ost_db_migration_apply(struct ost_db *db, const struct ost_db_migration *step, bool *applied,
                            struct ost_err *err);

OST_C_END

#endif
