/* What happens when the database is restarted, killed or made forgetful. Runs alone. */
#include "services/db/case.h"
#include "services/db/listen.h"
#include "services/db/migration.h"
#include "services/migrate/migrate.h"
#include "tests/check.h"
#include "tests/services/cluster.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

/* A command with the folder as its $1. */
static void shell(const char *command, const char *folder)
{
    char line[1024];
    (void)snprintf(line, sizeof line, "sh -c '%s' sh %s", command, folder);
    assert_int_equal(system(line), 0);
}

static void server(const char *what)
{
    char command[512];
    (void)snprintf(command, sizeof command, "OSTEON_STOP=%s infra/cluster %s %s >/dev/null 2>&1",
                   strcmp(what, "crash") == 0 ? "immediate" : "fast",
                   strcmp(what, "start") == 0 ? "start" : "stop", variable("OSTEON_TEST_CLUSTER"));
    assert_int_equal(system(command), 0);
}

static void a_connection_survives_a_restart_between_transactions(void **state)
{
    (void)state;
    struct ost_db *db = connect_as_app();
    struct ost_db_who who = new_institution();
    struct ost_db_case c;
    within(db, &who, ost_db_case_create(db, "left", &c, err));
    server("stop");
    server("start");
    within(db, &who, ost_db_case_get(db, c.id, &c, err));
    ost_db_destroy(db);
}

static void a_crash_in_a_transaction_is_told_and_over_after_it(void **state)
{
    (void)state;
    struct ost_db *db = connect_as_app();
    struct ost_db_who who = new_institution();
    struct ost_db_case kept, lost, got;
    within(db, &who, ost_db_case_create(db, "left", &kept, err));
    ok(ost_db_begin(db, &who, err));
    ok(ost_db_case_create(db, "left", &lost, err));
    server("crash");
    refuses(OST_UNAVAILABLE, ost_db_case_get(db, kept.id, &got, err));
    ost_db_end(db);
    refuses(OST_UNAVAILABLE, ost_db_begin(db, &who, err)); /* it is still down */
    server("start");
    ok(ost_db_begin(db, &who, err));
    ok(ost_db_case_get(db, kept.id, &got, err)); /* acknowledged: still there */
    refuses(OST_NOT_FOUND, ost_db_case_get(db, lost.id, &got, err));
    ost_db_end(db);
    ost_db_destroy(db);
}

static void a_listener_comes_back_and_says_that_it_missed_something(void **state)
{
    (void)state;
    OST_AUTO(ost_listen) listen = NULL;
    struct ost_news news;
    ok(ost_listen_create(&listen, variable("OSTEON_DATABASE_URL"), false, err));
    server("stop");
    for (int i = 0; i < 5 && ost_listen_fd(listen) >= 0; i++)
        while (ost_listen_take(listen, &news))
            ;
    server("start");
    bool lost = false;
    for (int i = 0; i < 40 && !lost; i++) {
        lost = ost_listen_take(listen, &news) && news.kind == OST_NEWS_LOST;
        (void)usleep(100000);
    }
    assert_true(lost);
    assert_true(ost_listen_fd(listen) >= 0);
}

static void refused_as_forgetful(const char *setting)
{
    char sql[128];
    (void)snprintf(sql, sizeof sql, "alter system set %s = off", setting);
    superuser(sql);
    superuser("select pg_reload_conf()");
    (void)usleep(300000);
    struct ost_db *db = connect_as_app();
    struct ost_err why = {0};
    bool opened = ost_db_check(db, &why);
    ost_db_destroy(db);
    superuser("alter system reset all");
    superuser("select pg_reload_conf()");
    (void)usleep(300000);
    assert_false(opened);
    assert_int_equal(why.code, OST_UNSUPPORTED);
    assert_non_null(strstr(why.msg, setting));
}

static void a_forgetful_server_is_refused(void **state)
{
    (void)state;
    refused_as_forgetful("fsync");
    refused_as_forgetful("full_page_writes");
    refused_as_forgetful("synchronous_commit");
    struct ost_db *db = connect_as_app();
    ok(ost_db_check(db, err));
    ost_db_destroy(db);
}

static void a_role_that_owns_the_tables_is_refused(void **state)
{
    (void)state;
    struct ost_db *db = connect_as_owner();
    refuses(OST_UNSUPPORTED, ost_db_check(db, err));
    ost_db_destroy(db);
}

/* A private copy of the folder, so that a step can be changed. */
static void copy_steps(char folder[64])
{
    (void)snprintf(folder, 64, "/tmp/osteon-steps-XXXXXX");
    assert_non_null(mkdtemp(folder));
    shell("cp -r migrations/. $1", folder);
}

static void steps_apply_once_and_may_not_be_edited(void **state)
{
    (void)state;
    char folder[64];
    struct ost_migrated done;
    struct ost_db *db = connect_as_owner();
    copy_steps(folder);
    ok(ost_migrate_run(db, folder, "", &done, err));
    assert_int_equal(done.applied, 0);
    assert_int_equal(done.steps, OST_DB_SCHEMA); /* what the program asks for */
    shell("echo -- edited >> $1/0003_jobs.sql", folder);
    refuses(OST_CORRUPT, ost_migrate_run(db, folder, "", &done, err));
    shell("rm -r $1", folder);
    ost_db_destroy(db);
}

static void a_step_that_does_not_verify_leaves_nothing(void **state)
{
    (void)state;
    char folder[64];
    struct ost_migrated done;
    struct ost_db *db = connect_as_owner();
    copy_steps(folder);
    shell("n=$(printf %04d $(($(ls $1/*.sql | wc -l) + 1))) && "
          "echo \"create table half (x int);\" > $1/${n}_half.sql && "
          "echo \"select y from half;\" > $1/verify/${n}_half.sql",
          folder);
    struct ost_err why = {0};
    assert_false(ost_migrate_run(db, folder, "", &done, &why));
    assert_non_null(strstr(why.msg, "_half"));
    superuser("do \\$\\$ begin assert to_regclass('half') is null; end \\$\\$");
    char newest[128];
    (void)snprintf(newest, sizeof newest,
                   "do \\$\\$ begin assert (select max(number) from migration) = %d; end \\$\\$",
                   OST_DB_SCHEMA);
    superuser(newest);
    shell("rm $1/verify/*_half.sql", folder);
    refuses(OST_NOT_FOUND, ost_migrate_run(db, folder, "", &done, err));
    shell("rm -r $1", folder);
    ost_db_destroy(db);
}

RUN(T(a_connection_survives_a_restart_between_transactions),
    T(a_crash_in_a_transaction_is_told_and_over_after_it),
    T(a_listener_comes_back_and_says_that_it_missed_something), T(a_forgetful_server_is_refused),
    T(a_role_that_owns_the_tables_is_refused), T(steps_apply_once_and_may_not_be_edited),
    T(a_step_that_does_not_verify_leaves_nothing))
