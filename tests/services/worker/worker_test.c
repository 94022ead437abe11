/* Real workers, really killed. Runs alone: it takes any job and restarts the server. */
#include "services/db/result.h"
#include "services/job/job.h"
#include "services/store/store.h"
#include "tests/check.h"
#include "tests/services/cluster.h"
#include "tests/services/finished.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct ost_db *db;
static struct ost_db_who who;
static char folder[64];

static int open_all(void **state)
{
    (void)state;
    db = connect_as_app();
    who = new_institution();
    (void)snprintf(folder, sizeof folder, "/tmp/osteon-worker-XXXXXX");
    assert_non_null(mkdtemp(folder));
    char path[128];
    (void)snprintf(path, sizeof path, "%s/blobs", folder);
    (void)setenv("OSTEON_BLOB_DIR", path, 1);
    (void)snprintf(path, sizeof path, "%s/work", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)setenv("OSTEON_WORK_DIR", path, 1);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    char command[128];
    ost_db_destroy(db);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static int empty_queue(void **state)
{
    (void)state;
    superuser("delete from job where state in ('ready', 'running')");
    return 0;
}

/* The database's address with a password that a search of memory would find. */
static void plant_password(void)
{
    char url[512];
    const char *plain = variable("OSTEON_DATABASE_URL"), *at = strchr(plain, '@');
    assert_non_null(at);
    (void)snprintf(url, sizeof url, "%.*s:planted-password%s", (int)(at - plain), plain, at);
    (void)setenv("OSTEON_DATABASE_URL", url, 1);
}

static pid_t start_worker(const char *fake)
{
    pid_t pid = fork();
    if (pid == 0) {
        plant_password();
        (void)setenv("FAKE_TOLD", "what-it-was-told", 1);
        (void)setenv("FAKE_SECRET", variable("OSTEON_SECRET_FILE"), 1);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* also when a test fails */
        (void)setenv("FAKE", fake, 1);
        (void)execl(variable("FAKE_WORKER"), "fake_worker", (char *)NULL);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

static int stop_worker(pid_t pid, int signal)
{
    int status = 0;
    assert_int_equal(kill(pid, signal), 0);
    assert_true(waitpid(pid, &status, 0) == pid);
    return status;
}

static struct ost_db_job asked(void)
{
    struct ost_db_job job;
    int64_t id = case_with_film(db, &who);
    within(db, &who, ost_job_enqueue(db, id, OST_JOB_RECON, "test 1", &job, err));
    return job;
}

static struct ost_db_job row_of(int64_t id)
{
    struct ost_db_job job;
    within(db, &who, ost_db_job_get(db, id, &job, err));
    return job;
}

/* Until the job is in that state (and, running, has shown progress), or the time is up. */
static struct ost_db_job waited(int64_t id, const char *state, int seconds)
{
    struct ost_db_job job = row_of(id);
    for (int i = 0; i < seconds * 20; i++) {
        job = row_of(id);
        if (strcmp(job.state, state) == 0 && (state[0] != 'r' || job.progress > 0.0))
            return job;
        (void)usleep(50000);
    }
    fail_msg("job is %s (%s) after %d s, not %s", job.state, job.error_text, seconds, state);
    return job;
}

static size_t entries(const char *name)
{
    char path[128];
    size_t count = 0;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
        count += e->d_name[0] != '.';
    (void)closedir(dir);
    return count;
}

/* A folder goes after its job's row says that it is done: soon, not at once. */
static bool work_is_swept(void)
{
    for (int i = 0; i < 100 && entries("work") > 0; i++)
        (void)usleep(50000);
    return entries("work") == 0;
}

static void a_job_is_done_and_its_files_are_kept(void **state)
{
    (void)state;
    struct ost_db_job job = asked();
    pid_t worker = start_worker("");
    job = waited(job.id, "done", 15);
    assert_near(job.progress, 1.0, 0.0);

    OST_AUTO(ost_arena) arena = NULL;
    OST_AUTO(ost_store) store = NULL;
    struct ost_db_result *file = NULL, found;
    struct ost_blob blob;
    size_t count = 0;
    ok(ost_arena_create(&arena, 1 << 16, err));
    within(db, &who, ost_db_result_list(db, job.case_id, arena, &file, &count, err));
    assert_int_equal(count, 2); /* what has no known ending stayed behind */
    within(db, &who, ost_db_result_find(db, job.case_id, "out.stl", &found, &blob, err));
    assert_string_equal(found.content_type, "model/stl");
    const struct ost_config_store config = {.blob_dir = getenv("OSTEON_BLOB_DIR"),
                                            .secret_file = variable("OSTEON_SECRET_FILE")};
    struct ost_buf bytes;
    ost_buf_init(&bytes, 100);
    ok(ost_store_create(&store, &config, err));
    ok(ost_store_get(store, &blob, &bytes, err));
    assert_int_equal(bytes.len, 5);
    assert_memory_equal(bytes.ptr, "solid", 5);
    ost_buf_fini(&bytes);
    assert_true(work_is_swept());
    int status = stop_worker(worker, SIGTERM);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void the_same_work_gives_the_same_digest(void **state)
{
    (void)state;
    struct ost_db_job a = asked(), b = asked();
    pid_t worker = start_worker("");
    a = waited(a.id, "done", 15);
    b = waited(b.id, "done", 15);
    assert_memory_equal(a.output_digest, b.output_digest, OST_DB_HASH);
    (void)stop_worker(worker, SIGTERM);
}

static void a_killed_workers_job_is_restarted_within_35_seconds(void **state)
{
    (void)state;
    struct ost_db_job calm = asked();
    pid_t worker = start_worker("");
    calm = waited(calm.id, "done", 15);
    (void)stop_worker(worker, SIGTERM);

    struct ost_db_job job = asked();
    pid_t victim = start_worker("slow60");
    (void)waited(job.id, "running", 15);
    int status = stop_worker(victim, SIGKILL);
    assert_true(WIFSIGNALED(status));
    struct timespec killed, again;
    (void)clock_gettime(CLOCK_MONOTONIC, &killed);
    assert_int_equal(entries("work"), 1);
    (void)sleep(6);
    pid_t heir = start_worker("");
    for (job = row_of(job.id); job.attempt < 2; job = row_of(job.id))
        (void)usleep(50000);
    (void)clock_gettime(CLOCK_MONOTONIC, &again);
    assert_true(again.tv_sec - killed.tv_sec < 35);
    job = waited(job.id, "done", 15);
    assert_int_equal(job.attempt, 2);
    assert_memory_equal(job.output_digest, calm.output_digest, OST_DB_HASH);
    assert_true(work_is_swept()); /* the folder of the dead one too */
    (void)stop_worker(heir, SIGTERM);
}

static void a_station_that_crashes_fails_its_job_only(void **state)
{
    (void)state;
    static const struct {
        const char *fake, *code;
    } ways[] = {{"crash", "bug"}, {"exit", "bug"}, {"memory", "bug"}, {"invalid", "invalid"}};
    (void)setenv("OSTEON_JOB_MEMORY_MB", "512", 1);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct ost_db_job first = asked(), second = asked();
        pid_t worker = start_worker(ways[i].fake);
        first = waited(first.id, "failed", 15);
        assert_string_equal(first.error_code, ways[i].code);
        (void)waited(second.id, "failed", 15); /* the worker went on */
        assert_true(work_is_swept());
        int status = stop_worker(worker, SIGTERM);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    (void)unsetenv("OSTEON_JOB_MEMORY_MB");
}

static void what_is_no_plain_file_of_the_station_is_not_kept(void **state)
{
    (void)state;
    static const char *const ways[] = {"link", "second_name", "fifo", "folder"};
    char path[64];
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct ost_db_job job = asked();
        (void)snprintf(path, sizeof path, "blobs/%" PRId64, who.institution);
        size_t before = entries(path);
        pid_t worker = start_worker(ways[i]);
        job = waited(job.id, "failed", 15);
        assert_string_equal(job.error_code, strcmp(ways[i], "folder") == 0 ? "bug" : "corrupt");
        assert_true(work_is_swept());
        assert_int_equal(entries(path), before); /* of what was put first nothing stayed */
        (void)stop_worker(worker, SIGTERM);
    }
}

static void a_running_job_stops_when_somebody_cancels(void **state)
{
    (void)state;
    struct ost_db_job job = asked();
    pid_t worker = start_worker("slow60");
    job = waited(job.id, "running", 15);
    assert_string_equal(job.stage, "pretending");
    within(db, &who, ost_job_cancel(db, job.id, &job, err));
    job = waited(job.id, "cancelled", 5);
    assert_true(work_is_swept());
    (void)stop_worker(worker, SIGTERM);
}

static void a_station_that_never_stops_telling_is_stopped_too(void **state)
{
    (void)state;
    struct ost_db_job job = asked();
    pid_t worker = start_worker("flood");
    job = waited(job.id, "running", 15);
    within(db, &who, ost_job_cancel(db, job.id, &job, err));
    (void)waited(job.id, "cancelled", 5);
    (void)stop_worker(worker, SIGTERM);
}

static void a_worker_told_to_end_gives_its_job_back(void **state)
{
    (void)state;
    struct ost_db_job job = asked();
    pid_t worker = start_worker("slow60");
    (void)waited(job.id, "running", 15);
    int status = stop_worker(worker, SIGTERM);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    job = row_of(job.id);
    assert_string_equal(job.state, "ready");
    assert_int_equal(job.attempt, 0);
    assert_true(work_is_swept());
}

static void a_database_that_was_killed_does_not_lose_the_job(void **state)
{
    (void)state;
    char command[256];
    struct ost_db_job job = asked();
    pid_t worker = start_worker("slow4");
    (void)waited(job.id, "running", 15);
    (void)snprintf(command, sizeof command,
                   "OSTEON_STOP=immediate infra/cluster stop %s >/dev/null 2>&1; sleep 6; "
                   "infra/cluster start %s >/dev/null 2>&1",
                   variable("OSTEON_TEST_CLUSTER"), variable("OSTEON_TEST_CLUSTER"));
    assert_int_equal(system(command), 0); /* away when the station is done */
    job = waited(job.id, "done", 15);
    assert_int_equal(job.attempt, 1);
    (void)stop_worker(worker, SIGTERM);
}

static void a_case_deleted_meanwhile_leaves_no_file(void **state)
{
    (void)state;
    struct ost_db_job job = asked();
    pid_t worker = start_worker("slow3");
    (void)waited(job.id, "running", 15);
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_blob *gone = NULL;
    size_t count = 0;
    char path[64];
    (void)snprintf(path, sizeof path, "blobs/%" PRId64, who.institution);
    size_t before = entries(path);
    ok(ost_arena_create(&arena, 1 << 16, err));
    within(db, &who, ost_db_case_delete(db, job.case_id, arena, &gone, &count, err));
    (void)sleep(4);
    assert_true(work_is_swept());
    assert_int_equal(entries(path), before);
    (void)stop_worker(worker, SIGTERM);
}

#define Q(name) cmocka_unit_test_setup(name, empty_queue)

int main(void)
{
    const struct CMUnitTest all[] = {
        Q(a_job_is_done_and_its_files_are_kept),
        Q(the_same_work_gives_the_same_digest),
        Q(a_killed_workers_job_is_restarted_within_35_seconds),
        Q(a_station_that_crashes_fails_its_job_only),
        Q(what_is_no_plain_file_of_the_station_is_not_kept),
        Q(a_running_job_stops_when_somebody_cancels),
        Q(a_station_that_never_stops_telling_is_stopped_too),
        Q(a_worker_told_to_end_gives_its_job_back),
        Q(a_database_that_was_killed_does_not_lose_the_job),
        Q(a_case_deleted_meanwhile_leaves_no_file),
    };
    return cmocka_run_group_tests(all, open_all, close_all);
}
