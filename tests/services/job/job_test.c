#include "services/job/job.h"
#include "services/log/log.h"
#include "tests/check.h"
#include "tests/services/cluster.h"
#include "tests/services/finished.h"

#include <string.h>

static struct ost_db *db, *other;

static int open_database(void **state)
{
    (void)state;
    ost_log_from(OST_LOG_ERROR);
    db = connect_as_app();
    other = connect_as_app();
    return 0;
}

static int close_database(void **state)
{
    (void)state;
    ost_db_destroy(db);
    ost_db_destroy(other);
    return 0;
}

/* The queue is everybody's: each test begins with an empty one. */
static int empty_queue(void **state)
{
    (void)state;
    superuser("delete from job where state in ('ready', 'running')");
    return 0;
}

static struct ost_db_job asked(const struct ost_db_who *who, int64_t case_id)
{
    struct ost_db_job job;
    within(db, who, ost_job_enqueue(db, case_id, OST_JOB_RECON, "test 1", &job, err));
    return job;
}

/* id 0 where nothing was found. The input dies with the arena; no test here reads it later. */
static struct ost_job claimed(struct ost_db *by, const char *worker)
{
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_job job = {0};
    bool found = false;
    ok(ost_arena_create(&arena, 1 << 20, err));
    ok(ost_job_claim(by, worker, arena, &job, &found, err));
    if (found) {
        assert_non_null(strstr(job.input, "\"kind\": \"recon\""));
        job.input = NULL;
    } else {
        job.id = 0;
    }
    return job;
}

static void finish(const struct ost_job *job)
{
    const struct ost_db_who who = {.institution = job->institution};
    unsigned char digest[OST_DB_HASH] = {1};
    within(db, &who, ost_job_finish(db, job, "{\"residual_ok\":true}", digest, err));
}

static struct ost_db_job row_of(const struct ost_db_who *who, int64_t id)
{
    struct ost_db_job job;
    within(db, who, ost_db_job_get(db, id, &job, err));
    return job;
}

static void the_same_request_is_the_same_row(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    int64_t id = case_with_film(db, &who);
    struct ost_db_job first = asked(&who, id), again = asked(&who, id);
    assert_true(first.id == again.id);
    struct ost_job job = claimed(db, "w");
    assert_true(job.id == first.id);
    finish(&job);
    assert_true(asked(&who, id).id == first.id); /* done is done */

    OST_AUTO(ost_arena) arena = NULL;
    struct ost_db_film *film = NULL;
    size_t count = 0;
    ok(ost_arena_create(&arena, 1 << 16, err));
    within(db, &who, ost_db_film_list(db, id, arena, &film, &count, err));
    within(db, &who, ost_db_film_set_projection(db, film[0].id, "lateral", err));
    assert_true(asked(&who, id).id != first.id); /* another input is other work */
}

static int64_t reconstructed(const struct ost_db_who *who, int64_t case_id)
{
    int64_t id = asked(who, case_id).id;
    struct ost_job job = claimed(db, "w");
    assert_true(job.id == id);
    finish(&job);
    return id;
}

/* The newest result is the one a case shows: an older one of the same input does not count. */
static void a_case_that_comes_back_to_what_it_was_is_done_again(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    int64_t id = case_with_film(db, &who);
    int64_t left = reconstructed(&who, id);
    within(db, &who, ost_db_case_set_side(db, id, "right", err));
    int64_t right = reconstructed(&who, id);
    within(db, &who, ost_db_case_set_side(db, id, "left", err));
    int64_t back = reconstructed(&who, id);
    assert_true(right > left && back > right);
    assert_true(asked(&who, id).id == back); /* done is done */
    within(db, &who, ost_db_case_set_side(db, id, "right", err));
    assert_true(reconstructed(&who, id) > back);
}

static void what_is_missing_is_said(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    struct ost_db_case c;
    struct ost_db_job job;
    within(db, &who, ost_db_case_create(db, "left", &c, err));
    ok(ost_db_begin(db, &who, err));
    refuses(OST_INVALID, ost_job_enqueue(db, c.id, OST_JOB_RECON, "t", &job, err));
    refuses(OST_INVALID, ost_job_enqueue(db, c.id, OST_JOB_MECH, "t", &job, err));
    refuses(OST_INVALID, ost_job_enqueue(db, c.id, OST_JOB_GUIDE, "t", &job, err));
    ost_db_end(db);
}

static void two_workers_never_hold_the_same_job(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    int64_t a = asked(&who, case_with_film(db, &who)).id,
            b = asked(&who, case_with_film(db, &who)).id;
    struct ost_job one = claimed(db, "w1"), two = claimed(other, "w2");
    assert_true((one.id == a && two.id == b) || (one.id == b && two.id == a));
    assert_true(claimed(db, "w1").id == 0);
    assert_string_equal(row_of(&who, one.id).state, "running");
}

/* How many of the next four jobs are those of an institution with two in the queue. */
static int turns_of_few(bool finishing)
{
    struct ost_db_who many = new_institution(), few = new_institution();
    int count = 0;
    for (int i = 0; i < 5; i++)
        (void)asked(&many, case_with_film(db, &many));
    for (int i = 0; i < 2; i++)
        (void)asked(&few, case_with_film(db, &few));
    for (int i = 0; i < 4; i++) {
        struct ost_job job = claimed(db, "w");
        count += job.institution == few.institution;
        if (finishing)
            finish(&job);
    }
    return count;
}

static void institutions_take_turns(void **state)
{
    assert_int_equal(turns_of_few(true), 2);
    (void)empty_queue(state);
    assert_int_equal(turns_of_few(false), 2);
}

static void an_expired_lease_comes_back_and_its_old_holder_is_refused(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    (void)asked(&who, case_with_film(db, &who));
    struct ost_job dead = claimed(db, "dead");
    assert_true(claimed(other, "next").id == 0);
    superuser("update job set lease_until = now() - interval '1 s' where state = 'running'");
    struct ost_job next = claimed(other, "next");
    assert_true(next.id == dead.id && next.attempt == 2);

    bool stop = false;
    unsigned char digest[OST_DB_HASH] = {0};
    refuses(OST_CONFLICT, ost_job_heartbeat(db, &dead, 0.5, "x", &stop, err));
    ok(ost_db_begin(db, &who, err));
    refuses(OST_CONFLICT, ost_job_finish(db, &dead, "{}", digest, err));
    ost_db_end(db);
    finish(&next);
    assert_string_equal(row_of(&who, next.id).state, "done");
}

static void a_heartbeat_keeps_the_lease_and_shows_progress(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    (void)asked(&who, case_with_film(db, &who));
    struct ost_job job = claimed(db, "w");
    bool stop = true;
    superuser("update job set lease_until = now() + interval '1 s' where state = 'running'");
    ok(ost_job_heartbeat(db, &job, 0.25, "fitting", &stop, err));
    assert_false(stop);
    (void)usleep(1200000);
    assert_true(claimed(other, "next").id == 0);
    struct ost_db_job row = row_of(&who, job.id);
    assert_near(row.progress, 0.25, 1e-6);
    assert_string_equal(row.stage, "fitting");
}

static void a_worker_that_dies_three_times_ends_the_job(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    int64_t id = asked(&who, case_with_film(db, &who)).id;
    for (int i = 0; i < 3; i++) {
        assert_true(claimed(db, "w").id == id);
        superuser("update job set lease_until = now() - interval '1 s' where state = 'running'");
    }
    assert_true(claimed(db, "w").id == 0);
    struct ost_db_job row = row_of(&who, id);
    assert_string_equal(row.state, "failed");
    assert_string_equal(row.error_code, "unavailable");
    assert_true(asked(&who, row.case_id).id != id); /* it may be asked for again */
}

static void failures_are_retried_only_where_that_can_help(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    (void)asked(&who, case_with_film(db, &who));
    struct ost_job job = claimed(db, "w");
    const struct ost_err down = {.code = OST_UNAVAILABLE, .msg = "disk"},
                         wrong = {.code = OST_INVALID, .msg = "film 3 has no bone"};
    ok(ost_job_fail(db, &job, &down, err));
    assert_string_equal(row_of(&who, job.id).state, "ready");
    assert_true(claimed(db, "w").id == 0); /* it waits a little */
    superuser("update job set run_after = now() where state = 'ready'");
    job = claimed(db, "w");
    assert_int_equal(job.attempt, 2);
    ok(ost_job_fail(db, &job, &wrong, err));
    struct ost_db_job row = row_of(&who, job.id);
    assert_string_equal(row.state, "failed");
    assert_string_equal(row.error_code, "invalid");
    assert_string_equal(row.error_text, "film 3 has no bone");
}

static void a_waiting_job_is_cancelled_at_once_a_running_one_by_its_worker(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    struct ost_db_job row = asked(&who, case_with_film(db, &who));
    within(db, &who, ost_job_cancel(db, row.id, &row, err));
    assert_string_equal(row.state, "cancelled");
    assert_true(row.finished_at[0] != '\0');

    row = asked(&who, case_with_film(db, &who));
    struct ost_job job = claimed(db, "w");
    within(db, &who, ost_job_cancel(db, row.id, &row, err));
    assert_string_equal(row.state, "running");
    bool stop = false;
    ok(ost_job_heartbeat(db, &job, 0.5, "x", &stop, err));
    assert_true(stop);
    const struct ost_err why = {.code = OST_CANCELLED, .msg = "asked to stop"};
    ok(ost_job_fail(db, &job, &why, err));
    row = row_of(&who, job.id);
    assert_string_equal(row.state, "cancelled");
    assert_string_equal(row.error_code, "");
}

static void a_job_given_back_lost_no_attempt(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    (void)asked(&who, case_with_film(db, &who));
    struct ost_job job = claimed(db, "w");
    ok(ost_job_return(db, &job, err));
    job = claimed(other, "w2");
    assert_int_equal(job.attempt, 1);
}

static void a_report_waits_for_the_mechanics_on_their_way(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    struct finished recon = finished_recon(db, &who, true);
    struct ost_db_job mech, report;
    char sql[256];
    (void)snprintf(sql, sizeof sql,
                   "insert into plan (institution_id, case_id, recon_job_id) values (%" PRId64
                   ", %" PRId64 ", %" PRId64 ")",
                   who.institution, recon.case_id, recon.job);
    superuser(sql);
    ok(ost_db_begin(db, &who, err));
    ok(ost_job_enqueue(db, recon.case_id, OST_JOB_MECH, "t", &mech, err));
    ok(ost_job_enqueue(db, recon.case_id, OST_JOB_REPORT, "t", &report, err));
    ok(ost_db_commit(db, err));
    ost_db_end(db);
    superuser("update job set kind = kind, run_after = now()");
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_job job;
    bool found = false;
    ok(ost_arena_create(&arena, 1 << 20, err));
    ok(ost_job_claim(db, "w", arena, &job, &found, err));
    assert_true(found && job.id == mech.id);
    ok(ost_job_claim(db, "w", arena, &job, &found, err));
    assert_false(found); /* the report has to wait */
    const struct ost_err wrong = {.code = OST_INVALID, .msg = "no mesh"};
    job = (struct ost_job){.id = mech.id,
                           .institution = who.institution,
                           .case_id = recon.case_id,
                           .attempt = 1,
                           .worker = "w"};
    ok(ost_job_fail(db, &job, &wrong, err));
    ok(ost_job_claim(db, "w", arena, &job, &found, err));
    assert_false(found);
    assert_string_equal(row_of(&who, report.id).state, "failed");
}

static void a_job_of_a_deleted_case_leaves_nothing(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    int64_t id = case_with_film(db, &who);
    (void)asked(&who, id);
    struct ost_job job = claimed(db, "w");
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_blob *gone = NULL;
    size_t count = 0;
    ok(ost_arena_create(&arena, 1 << 16, err));
    within(db, &who, ost_db_case_delete(db, id, arena, &gone, &count, err));
    assert_int_equal(count, 1);
    unsigned char digest[OST_DB_HASH] = {0};
    ok(ost_db_begin(db, &who, err));
    refuses(OST_CONFLICT, ost_job_finish(db, &job, "{}", digest, err));
    ost_db_end(db);
}

#define Q(name) cmocka_unit_test_setup(name, empty_queue)

int main(void)
{
    const struct CMUnitTest all[] = {
        Q(the_same_request_is_the_same_row),
        Q(a_case_that_comes_back_to_what_it_was_is_done_again),
        Q(what_is_missing_is_said),
        Q(two_workers_never_hold_the_same_job),
        Q(institutions_take_turns),
        Q(an_expired_lease_comes_back_and_its_old_holder_is_refused),
        Q(a_heartbeat_keeps_the_lease_and_shows_progress),
        Q(a_worker_that_dies_three_times_ends_the_job),
        Q(failures_are_retried_only_where_that_can_help),
        Q(a_waiting_job_is_cancelled_at_once_a_running_one_by_its_worker),
        Q(a_job_given_back_lost_no_attempt),
        Q(a_report_waits_for_the_mechanics_on_their_way),
        Q(a_job_of_a_deleted_case_leaves_nothing),
    };
    return cmocka_run_group_tests(all, open_database, close_database);
}
