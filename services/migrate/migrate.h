/* `osteon migrate`: brings the database to the newest step of the migrations folder. */
#ifndef OST_MIGRATE_MIGRATE_H
#define OST_MIGRATE_MIGRATE_H

#include "services/db/db.h"

OST_C_BEGIN

struct ost_migrated {
    int64_t steps, applied; /* in the folder; by this run */
};

/*
 * As the owner. `app_password` for the role osteon_app, or "". Each step is applied
 * or, where it was before, verified again.
 */
OST_MUST_CHECK
bool ost_migrate_run(struct ost_db *db, const char *folder, const char *app_password,
                     struct ost_migrated *out, struct ost_err *err);

int ost_migrate_command(int argc, char **argv);

OST_C_END

#endif
