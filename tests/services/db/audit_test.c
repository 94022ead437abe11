#include "services/db/audit.h"
#include "services/db/case.h"
#include "tests/check.h"
#include "tests/services/cluster.h"

#include <string.h>

static struct ost_db *db;

static int open_database(void **state)
{
    (void)state;
    db = connect_as_app();
    return 0;
}

static int close_database(void **state)
{
    (void)state;
    ost_db_destroy(db);
    return 0;
}

/* Somebody with the server's own password: the one the chain is there to show. */
static void as_superuser(const char *sql)
{
    char command[1024];
    (void)snprintf(command, sizeof command,
                   "/usr/lib/postgresql/15/bin/psql -X -q -v ON_ERROR_STOP=1 -c \"%s\" '%s'", sql,
                   variable("OSTEON_OWNER_DATABASE_URL"));
    assert_int_equal(system(command), 0);
}

static struct ost_db_audit_check verified(const struct ost_db_who *who)
{
    struct ost_db_audit_check check;
    within(db, who, ost_db_audit_verify(db, &check, err));
    return check;
}

static void tell(const struct ost_db_who *who, int times)
{
    for (int i = 0; i < times; i++) {
        const struct ost_audit audit = {.action = "file.download",
                                        .object = "file",
                                        .object_id = i + 1,
                                        .detail = "{\"name\": \"a\\u00e9b\", \"n\": 1.50}"};
        within(db, who, ost_db_audit_add(db, &audit, err));
    }
}

static void every_change_leaves_a_row_with_it(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    struct ost_db_case c;
    within(db, &who, ost_db_case_create(db, "left", &c, err));
    ok(ost_db_begin(db, &who, err));
    ok(ost_db_case_set_side(db, c.id, "right", err));
    ost_db_end(db); /* rolled back: neither change nor row */

    OST_AUTO(ost_arena) arena = NULL;
    struct ost_db_audit *row = NULL;
    size_t count = 0;
    const struct ost_db_audit_ask ask = {.case_id = c.id, .most = 10};
    ok(ost_arena_create(&arena, 1 << 16, err));
    within(db, &who, ost_db_audit_list(db, &ask, arena, &row, &count, err));
    assert_int_equal(count, 1);
    assert_string_equal(row[0].action, "case.create");
    assert_true(row[0].user == who.user && row[0].user_institution == who.institution);
    assert_true(row[0].object_id == c.id);
}

static void a_whole_chain_holds(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    int64_t before = verified(&who).rows; /* institution.add, user.add */
    tell(&who, 20);
    struct ost_db_audit_check check = verified(&who);
    assert_int_equal(check.rows, before + 20);
    assert_int_equal(check.broken, 0);
}

/* Each way of lying, on a chain of its own: which row is named? */
static void lie(const char *change, const char *rows, int64_t broken)
{
    struct ost_db_who who = new_institution();
    char command[512];
    tell(&who, 6);
    (void)snprintf(command, sizeof command, "%s where institution_id = %" PRId64 " and seq %s",
                   change, who.institution, rows);
    as_superuser(command);
    assert_int_equal(verified(&who).broken, broken);
}

static void a_changed_row_is_found(void **state)
{
    (void)state;
    lie("update audit set object_id = 77", "= 4", 4);
    lie("update audit set user_id = null", "= 5", 5);
    lie("update audit set detail = detail || jsonb_build_object('x', 1)", "= 3", 3);
    lie("update audit set at = at + interval '1 microsecond'", "= 6", 6);
}

static void a_row_taken_out_is_found(void **state)
{
    (void)state;
    lie("delete from audit", "= 4", 4);
}

static void a_tail_cut_off_is_found(void **state)
{
    (void)state;
    lie("delete from audit", "> 6", 7);
}

static void one_institution_does_not_see_the_others_rows(void **state)
{
    (void)state;
    struct ost_db_who a = new_institution(), b = new_institution();
    tell(&a, 3);
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_db_audit *row = NULL;
    size_t count = 0;
    const struct ost_db_audit_ask ask = {.most = 100};
    ok(ost_arena_create(&arena, 1 << 20, err));
    within(db, &b, ost_db_audit_list(db, &ask, arena, &row, &count, err));
    for (size_t i = 0; i < count; i++)
        assert_string_not_equal(row[i].action, "file.download");
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(every_change_leaves_a_row_with_it),
        T(a_whole_chain_holds),
        T(a_changed_row_is_found),
        T(a_row_taken_out_is_found),
        T(a_tail_cut_off_is_found),
        T(one_institution_does_not_see_the_others_rows),
    };
    return cmocka_run_group_tests(all, open_database, close_database);
}
