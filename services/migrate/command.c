#include "services/cli/args.h"
#include "services/config/config.h"
#include "services/migrate/migrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct ost_usage usage = {
    .line = "osteon migrate",
    .summary = "Applies the steps in OSTEON_MIGRATIONS to the database of\n"
               "OSTEON_OWNER_DATABASE_URL, verifies all of them, and makes the role osteon_app\n"
               "that api and worker connect as. Safe to run again and by several at once.",
};

static bool migrate(const struct ost_config *config, struct ost_migrated *out, struct ost_err *err)
{
    OST_AUTO(ost_db) db = NULL;
    char password[256] = "";
    if (config->db.app_password_file[0] != '\0' &&
        !ost_config_line(config->db.app_password_file, "OSTEON_APP_PASSWORD_FILE", password,
                         sizeof password, err))
        return false;
    bool ok = ost_db_create_owner(&db, config->db.owner_url, err) &&
              ost_migrate_run(db, config->db.migrations, password, out, err);
    explicit_bzero(password, sizeof password);
    return ok;
}

int ost_migrate_command(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    OST_AUTO(ost_config) config = NULL;
    struct ost_migrated done = {0};
    struct ost_err err = {0};
    if (!ost_config_create(&config, &err) || !migrate(config, &done, &err))
        return ost_command_fail("migrate", &err);
    if (args.json) {
        (void)printf("{\"steps\":%" PRId64 ",\"applied\":%" PRId64 "}\n", done.steps, done.applied);
    } else {
        (void)printf("%" PRId64 " of %" PRId64 " steps applied now, all verified\n", done.applied,
                     done.steps);
    }
    return OST_EXIT_OK;
}
