#include "services/log/log.h"
#include "services/pipeline/child_impl.h"
#include "services/pipeline/errand_impl.h"
#include "services/sandbox/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OST_PIPE_FD = 3, OST_ERRAND_FD = 4, OST_STAGE = 32, OST_TELL_MS = 250, OST_NOTES_MOST = 64 };

/* What the child tells: small enough that a pipe keeps each whole. */
struct note {
    double progress; /* below 0: the end */
    int32_t code;
    char stage[OST_STAGE];
    char msg[192];
};

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- in the child ---- */

static void tell(const struct note *note)
{
    ssize_t n = write(OST_PIPE_FD, note, sizeof *note);
    (void)n; /* a parent that is gone has taken us along already */
}

struct teller {
    int64_t told_ms;
    char stage[OST_STAGE];
};

static bool report(void *user, double fraction, const char *stage)
{
    struct teller *teller = user;
    int64_t now = now_ms();
    if (now - teller->told_ms < OST_TELL_MS && strncmp(stage, teller->stage, OST_STAGE - 1) == 0)
        return true;
    struct note note = {.progress = fraction < 0.0 ? 0.0 : fraction > 1.0 ? 1.0 : fraction};
    (void)snprintf(note.stage, sizeof note.stage, "%s", stage);
    memcpy(teller->stage, note.stage, sizeof teller->stage);
    teller->told_ms = now;
    tell(&note);
    return true;
}

static void limit(int what, rlim_t value)
{
    const struct rlimit both = {.rlim_cur = value, .rlim_max = value};
    (void)setrlimit(what, &both);
}

/* A crash, a leak or an endless loop ends this process and no other. */
static void confine(const struct ost_config_worker *config)
{
    enum { OST_CORES_MOST = 64 };
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    rlim_t busy = cores > 0 && cores < OST_CORES_MOST ? (rlim_t)cores : OST_CORES_MOST;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* a shadow has no limit */
    limit(RLIMIT_AS, (rlim_t)config->memory_mb << 20);
#endif
    limit(RLIMIT_CPU, (rlim_t)config->minutes * 60 * busy);
    limit(RLIMIT_FSIZE, (rlim_t)2 << 30);
    limit(RLIMIT_CORE, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)umask(S_IRWXG | S_IRWXO);
}

/* What it was given is all that it can reach: neither the secret file nor the database. */
static bool enclose(const struct ost_work *work, struct ost_err *err)
{
    char models[OST_WORK_DIR] = ".";
    const char *model = work->config->model, *slash = strrchr(model, '/');
    if (slash != NULL)
        (void)snprintf(models, sizeof models, "%.*s", (int)(slash - model) + 1, model);
    const struct ost_fence fence = {.work = work->dir, .models = models};
    return ost_fence_close(&fence, err);
}

/* Keeps stderr, the pipe and the errand; the database's socket and all else is closed. */
static bool keep_files(int pipe, int errand)
{
    int null = open("/dev/null", O_RDWR);
    /* Out of the way first: neither is overwritten by the other. */
    int far_pipe = fcntl(pipe, F_DUPFD, OST_ERRAND_FD + 1);
    int far_errand = fcntl(errand, F_DUPFD, OST_ERRAND_FD + 1);
    bool ok = dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
              dup2(far_pipe, OST_PIPE_FD) >= 0 && dup2(far_errand, OST_ERRAND_FD) >= 0;
    closefrom(OST_ERRAND_FD + 1);
    return ok;
}

/* Between fork and exec: the worker's memory goes with the exec. */
static void become_station(char *const environment[], int pipe, int errand, pid_t parent)
{
    char name[] = "osteon", command[] = "worker", option[] = "--job";
    char *const argv[] = {name, command, option, NULL};
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent)
        _exit(1);
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    if (keep_files(pipe, errand))
        (void)execve("/proc/self/exe", argv, environment);
    _exit(1);
}

static bool work_on(struct ost_errand *errand, const struct ost_work_kind *const *kinds,
                    struct ost_err *err)
{
    enum { OST_STATION_MEMORY = 64 << 20 };
    OST_AUTO(ost_arena) arena = NULL;
    struct teller teller = {0};
    const struct ost_progress progress = {.report = report, .user = &teller};
    struct ost_work *work = &errand->work;
    confine(work->config);
    if (!ost_arena_create(&arena, OST_STATION_MEMORY, err) || !enclose(work, err))
        return false;
    work->arena = arena;
    return kinds[work->job->kind]->run(work, &progress, err);
}

int ost_pipeline_station(const struct ost_work_kind *const *kinds)
{
    struct ost_err err = {0};
    struct note end = {.progress = -1.0};
    struct ost_errand *errand = calloc(1, sizeof *errand);
    if (errand == NULL)
        return 1;
    bool told = ost_errand_read(OST_ERRAND_FD, errand, &err);
    (void)close(OST_ERRAND_FD);
    if (!told) {
        free(errand);
        (void)fprintf(stderr, "osteon worker: %s\n", err.msg);
        return 1;
    }
    (void)fcntl(OST_PIPE_FD, F_SETFD, FD_CLOEXEC);
    if (!work_on(errand, kinds, &err)) {
        end.code = (int32_t)err.code;
        memcpy(end.msg, err.msg, sizeof end.msg);
    }
    tell(&end);
    _exit(0); /* what libraries would do at an orderly end is nobody's loss */
}

/* ---- in the parent ---- */

struct watch {
    const struct ost_pipeline *pipeline;
    const struct ost_work *work;
    int fd;
    pid_t pid;
    int64_t begun_ms, beat_ms; /* the last heartbeat that was sent */
    struct note last;
    bool ended; /* the child said how it ended */
    bool fresh; /* there is progress that nobody was told yet */
    enum ost_watch verdict;
};

/* Only so many at once: a child that never stops telling is stopped when its time is over. */
static void take_notes(struct watch *watch)
{
    struct note note;
    for (int i = 0;
         i < OST_NOTES_MOST && read(watch->fd, &note, sizeof note) == (ssize_t)sizeof note; i++) {
        note.stage[sizeof note.stage - 1] = '\0';
        note.msg[sizeof note.msg - 1] = '\0';
        watch->ended = watch->ended || note.progress < 0.0;
        watch->fresh = true;
        watch->last = note;
    }
}

/* OST_WATCH_DONE: go on. */
static enum ost_watch beat(struct watch *watch, struct ost_err *why)
{
    bool stop = false;
    double progress = watch->last.progress < 0.0 ? 1.0 : watch->last.progress;
    watch->beat_ms = now_ms();
    watch->fresh = false;
    if (!ost_job_heartbeat(watch->pipeline->db, watch->work->job, progress, watch->last.stage,
                           &stop, why)) {
        /* A database that is away may come back before the lease is over. */
        ost_log_err(OST_LOG_WARN, "job.heartbeat", why);
        return why->code == OST_CONFLICT || why->code == OST_NOT_FOUND ? OST_WATCH_LOST
                                                                       : OST_WATCH_DONE;
    }
    if (!stop)
        return OST_WATCH_DONE;
    (void)ost_fail(why, OST_CANCELLED, "somebody asked to stop");
    return OST_WATCH_FAILED;
}

static enum ost_watch look(struct watch *watch, struct ost_err *why)
{
    int64_t now = now_ms(), since = now - watch->beat_ms;
    if (*watch->pipeline->stop != 0)
        return OST_WATCH_STOPPED;
    if (now - watch->begun_ms > watch->pipeline->config->minutes * 60000) {
        (void)ost_fail(why, OST_LIMIT, "it took longer than %" PRId64 " minutes",
                       watch->pipeline->config->minutes);
        return OST_WATCH_FAILED;
    }
    return since >= (int64_t)OST_JOB_BEAT_S * 1000 ||
                   (watch->fresh && since >= 2 * (int64_t)OST_TELL_MS)
               ? beat(watch, why)
               : OST_WATCH_DONE;
}

static void follow(struct watch *watch, struct ost_err *why)
{
    for (bool open = true; open && watch->verdict == OST_WATCH_DONE;) {
        struct pollfd fd = {.fd = watch->fd, .events = POLLIN};
        (void)poll(&fd, 1, OST_TELL_MS);
        take_notes(watch);
        open = (fd.revents & POLLHUP) == 0 || (fd.revents & POLLIN) != 0;
        watch->verdict = look(watch, why);
    }
}

/* How a child that did not say how it ended came to its end. */
static bool ended_by(int status, const struct ost_config_worker *config, struct ost_err *why)
{
    if (!WIFSIGNALED(status)) {
        return ost_fail(why, OST_BUG, "the station ended without a word, status %d",
                        WEXITSTATUS(status));
    }
    int sig = WTERMSIG(status);
    if (sig == SIGXCPU)
        return ost_fail(why, OST_LIMIT, "it used more than its processor time");
    if (sig == SIGXFSZ)
        return ost_fail(why, OST_LIMIT, "it wrote a file of more than 2 GiB");
    if (sig == SIGKILL) /* by the system, short of memory: another time it may pass */
        return ost_fail(why, OST_UNAVAILABLE, "the station was killed");
    return ost_fail(why, OST_BUG, "the station stopped by signal %d, limit %" PRId64 " MB", sig,
                    config->memory_mb);
}

static enum ost_watch judge(const struct watch *watch, int status, struct ost_err *why)
{
    if (watch->verdict != OST_WATCH_DONE)
        return watch->verdict;
    if (watch->ended && watch->last.code == OST_OK)
        return OST_WATCH_DONE;
    if (watch->ended) {
        (void)ost_fail(why, (enum ost_code)watch->last.code, "%s", watch->last.msg);
    } else {
        (void)ended_by(status, watch->pipeline->config, why);
    }
    return OST_WATCH_FAILED;
}

/* The process, with the writing end of its pipe and its errand. */
static bool spawn(struct watch *watch, int pipe, struct ost_err *err)
{
    int errand;
    pid_t parent = getpid();
    char **environment = ost_errand_environment();
    if (environment == NULL)
        return ost_fail(err, OST_NOMEM, "no room for an environment");
    bool ok = ost_errand_write(watch->work, &errand, err);
    if (ok) {
        watch->pid = fork();
        if (watch->pid == 0)
            become_station(environment, pipe, errand, parent);
        (void)setpgid(watch->pid, watch->pid); /* whoever of us two is first */
        (void)close(errand);
        ok = watch->pid > 0 || ost_fail(err, OST_UNAVAILABLE, "no process can be started");
    }
    free((void *)environment);
    return ok;
}

static bool start(struct watch *watch, struct ost_err *err)
{
    int ends[2];
    if (pipe(ends) != 0)
        return ost_fail(err, OST_UNAVAILABLE, "no pipe");
    bool ok = spawn(watch, ends[1], err);
    (void)close(ends[1]);
    if (!ok) {
        (void)close(ends[0]);
        return false;
    }
    watch->fd = ends[0];
    (void)fcntl(watch->fd, F_SETFL, O_NONBLOCK);
    (void)fcntl(watch->fd, F_SETFD, FD_CLOEXEC);
    return true;
}

/* While the dead child is not yet collected its group's number cannot be given to others. */
static int reap(pid_t pid)
{
    siginfo_t info;
    int status = 0;
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
        ;
    (void)kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

enum ost_watch ost_child_run(const struct ost_pipeline *pipeline, const struct ost_work *work,
                             struct ost_err *why)
{
    struct watch watch = {.pipeline = pipeline, .work = work, .verdict = OST_WATCH_DONE};
    watch.begun_ms = watch.beat_ms = now_ms();
    if (!start(&watch, why))
        return OST_WATCH_FAILED;
    follow(&watch, why);
    if (watch.verdict != OST_WATCH_DONE)
        (void)kill(-watch.pid, SIGKILL); /* with what it started itself */
    int status = reap(watch.pid);
    (void)close(watch.fd);
    return judge(&watch, status, why);
}
