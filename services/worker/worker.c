#include "services/worker/worker.h"

#include "services/db/listen.h"
#include "services/log/log.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { OST_JOB_MEMORY = 64 << 20, OST_POLL_MS = 2000, OST_SWEEP_S = 3600, OST_FOLDERS_S = 60 };

/* Set by the signal handler; the one thing of this room that outlives a call. */
static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static void handle_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigemptyset(&action.sa_mask);
    stopping = 0;
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

struct worker {
    char name[OST_JOB_WORKER];
    struct ost_pipeline pipeline;
    struct ost_listen *listen; /* NULL while the database is away */
    time_t swept, swept_folders;
};

/* Host, process and start: no two workers ever share a name. */
static void name_worker(char name[OST_JOB_WORKER])
{
    char host[32] = "host";
    struct timespec now;
    (void)gethostname(host, sizeof host - 1);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)snprintf(name, OST_JOB_WORKER, "%s:%ld:%lld", host, (long)getpid(),
                   (long long)now.tv_sec);
}

static void pause_for(struct worker *worker, int ms)
{
    struct pollfd fd = {.fd = worker->listen == NULL ? -1 : ost_listen_fd(worker->listen),
                        .events = POLLIN};
    (void)poll(&fd, 1, ms);
    struct ost_news news;
    while (worker->listen != NULL && ost_listen_take(worker->listen, &news))
        ;
}

static bool wait_for_database(struct worker *worker, struct ost_err *err)
{
    for (bool told = false; stopping == 0; told = true) {
        if (ost_db_check(worker->pipeline.db, err))
            return true;
        if (err->code != OST_UNAVAILABLE)
            return false;
        if (!told)
            ost_log_err(OST_LOG_WARN, "worker.waits", err);
        pause_for(worker, 1000);
    }
    return true;
}

/* What others left behind: folders of dead workers every minute, blobs every hour. */
static void sweep(struct worker *worker)
{
    time_t now = time(NULL);
    size_t count = 0;
    struct ost_err err;
    if (now - worker->swept_folders >= OST_FOLDERS_S) {
        worker->swept_folders = now;
        ost_pipeline_sweep(worker->pipeline.config);
    }
    const int64_t age = ost_store_orphan_age(worker->pipeline.store);
    if (now - worker->swept < OST_SWEEP_S)
        return;
    worker->swept = now;
    if (age > 0 && !ost_store_sweep(worker->pipeline.store, worker->pipeline.db, age, &count, &err))
        ost_log_err(OST_LOG_WARN, "store.sweep", &err);
}

/* One job, if there is one. */
static bool turn(struct worker *worker, bool *worked, struct ost_err *err)
{
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_job job;
    *worked = false;
    return ost_arena_create(&arena, OST_JOB_MEMORY, err) &&
           ost_job_claim(worker->pipeline.db, worker->name, arena, &job, worked, err) &&
           (!*worked || ost_pipeline_do(&worker->pipeline, &job, arena, err));
}

static void run(struct worker *worker, const char *url)
{
    struct ost_err err;
    while (stopping == 0) {
        bool worked = false;
        if (worker->listen == NULL && !ost_listen_create(&worker->listen, url, true, &err))
            worker->listen = NULL;
        sweep(worker);
        if (!turn(worker, &worked, &err)) {
            ost_log_err(OST_LOG_WARN, "worker.turn", &err);
            pause_for(worker, 1000);
        } else if (!worked) {
            pause_for(worker, OST_POLL_MS);
        }
    }
}

bool ost_worker_run(const struct ost_config *config, const struct ost_work_kind *const *kinds,
                    struct ost_err *err)
{
    OST_AUTO(ost_store) store = NULL;
    OST_AUTO(ost_db) db = NULL;
    handle_signals();
    if (!ost_store_create(&store, &config->store, err) || !ost_db_create(&db, config->db.url, err))
        return false;
    struct worker worker = {.pipeline = {.db = db,
                                         .store = store,
                                         .config = &config->worker,
                                         .kinds = kinds,
                                         .stop = &stopping}};
    name_worker(worker.name);
    if (!wait_for_database(&worker, err))
        return false;
    ost_log(OST_LOG_INFO, "worker.ready", "pid=%ld", (long)getpid());
    run(&worker, config->db.url);
    ost_listen_destroy(worker.listen);
    ost_log(OST_LOG_INFO, "worker.stopped", "pid=%ld", (long)getpid());
    return true;
}
