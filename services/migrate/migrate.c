#include "services/migrate/migrate.h"

#include "recon/base/buf.h"
#include "recon/base/sha256.h"
#include "services/db/migration.h"
#include "services/log/log.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OST_STEP_BYTES = 1 << 20, OST_STEP_NAME = 64, OST_PATH = 1024 };

/* "0003_jobs.sql" */
static int is_step(const struct dirent *entry)
{
    const char *name = entry->d_name;
    size_t len = strlen(name);
    if (len < 10 || len >= OST_STEP_NAME || strcmp(name + len - 4, ".sql") != 0 || name[4] != '_')
        return 0;
    for (int i = 0; i < 4; i++) {
        if (!isdigit((unsigned char)name[i]))
            return 0;
    }
    return 1;
}

static bool slurp(const char *path, struct ost_buf *out, struct ost_err *err)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return ost_fail(err, OST_NOT_FOUND, "a step or its verify script is missing");
    char part[4096];
    for (size_t n = 1; n > 0;) {
        n = fread(part, 1, sizeof part, file);
        ost_buf_put(out, part, n);
    }
    bool ok = ferror(file) == 0;
    (void)fclose(file);
    ost_buf_put_u8(out, 0);
    return ok ? ost_buf_done(out, err) : ost_fail(err, OST_UNAVAILABLE, "a step cannot be read");
}

struct files {
    struct ost_buf sql, verify;
};

static bool read_files(const char *folder, const char *file, struct files *out, struct ost_err *err)
{
    char path[OST_PATH];
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    if (!slurp(path, &out->sql, err))
        return false;
    (void)snprintf(path, sizeof path, "%s/verify/%s", folder, file);
    return slurp(path, &out->verify, err);
}

static bool step(struct ost_db *db, const char *folder, const char *file, bool *applied,
                 struct ost_err *err)
{
    char name[OST_STEP_NAME];
    struct files files;
    ost_buf_init(&files.sql, OST_STEP_BYTES);
    ost_buf_init(&files.verify, OST_STEP_BYTES);
    (void)snprintf(name, sizeof name, "%.*s", (int)strlen(file) - 4, file);
    bool ok = read_files(folder, file, &files, err);
    if (ok) {
        struct ost_db_migration migration = {.number = strtoll(file, NULL, 10),
                                             .name = name,
                                             .sql = (const char *)files.sql.ptr,
                                             .verify = (const char *)files.verify.ptr};
        ost_sha256_of(files.sql.ptr, files.sql.len - 1, migration.sha256);
        ok = ost_db_migration_apply(db, &migration, applied, err);
    }
    if (ok && *applied)
        ost_log(OST_LOG_INFO, "migrate.applied", "step=%s", name);
    ost_buf_fini(&files.sql);
    ost_buf_fini(&files.verify);
    return ok;
}

static bool all_steps(struct ost_db *db, const char *folder, struct dirent **entry, int count,
                      struct ost_migrated *out, struct ost_err *err)
{
    for (int i = 0; i < count; i++) {
        bool applied = false;
        if (strtoll(entry[i]->d_name, NULL, 10) != i + 1) {
            return ost_fail(err, OST_INVALID, "the steps have no number %d, or have it twice",
                            i + 1);
        }
        if (!step(db, folder, entry[i]->d_name, &applied, err))
            return false;
        out->steps++;
        out->applied += applied;
    }
    return count > 0 || ost_fail(err, OST_INVALID, "no steps in the folder of OSTEON_MIGRATIONS");
}

bool ost_migrate_run(struct ost_db *db, const char *folder, const char *app_password,
                     struct ost_migrated *out, struct ost_err *err)
{
    struct dirent **entry = NULL;
    *out = (struct ost_migrated){0};
    int count = scandir(folder, &entry, is_step, alphasort);
    if (count < 0)
        return ost_fail(err, OST_NOT_FOUND, "no folder of steps; set OSTEON_MIGRATIONS");
    bool ok = ost_db_migration_prepare(db, app_password, err) &&
              all_steps(db, folder, entry, count, out, err);
    for (int i = 0; i < count; i++)
        free(entry[i]);
    free((void *)entry);
    return ok;
}
