#include "services/tool/farm.h"

#include <jansson.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 64 }; /* at once */

/* A case, and how it ended: the exit code its own `osteon fem` would have had. */
struct task {
    const char *dir; /* borrowed */
    int code;
    double seconds; /* by the clock */
};

/* The process of one task. */
struct worker {
    pid_t pid; /* 0: idle */
    size_t task;
    double begin;
};

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* In the child; it ends with whoever started it. */
static int work_on(const char *dir, size_t number, const struct ost_station_mech_options *options,
                   pid_t parent)
{
    struct ost_err err = {0};
    struct ost_station_mech_summary summary = {0};
    struct ost_station_mech_options own = *options;
    own.summary = &summary;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)
        return OST_EXIT_UNAVAILABLE;
    if (!ost_station_mech(dir, &own, NULL, &err)) {
        char name[40];
        (void)snprintf(name, sizeof name, "fem, case %zu", number);
        return ost_command_fail(name, &err);
    }
    return own.sweep_only || summary.converged ? OST_EXIT_OK : OST_EXIT_NOT_CONVERGED;
}

static bool begin(struct worker *worker, const struct task *all, size_t which,
                  const struct ost_station_mech_options *options, struct ost_err *err)
{
    pid_t parent = getpid();
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(work_on(all[which].dir, which + 1, options, parent));
    if (pid < 0)
        return ost_fail(err, OST_UNAVAILABLE, "farm: no process for case %zu", which + 1);
    *worker = (struct worker){pid, which, now_s()};
    return true;
}

/* Waits for any worker; false where none works. */
static bool end_one(struct worker *worker, uint32_t workers, struct task *all)
{
    int status = 0;
    pid_t pid = 0;
    do {
        pid = wait(&status);
    } while (pid < 0 && errno == EINTR);
    for (uint32_t i = 0; i < workers && pid > 0; i++) {
        if (worker[i].pid != pid)
            continue;
        struct task *task = &all[worker[i].task];
        task->code = WIFEXITED(status) ? WEXITSTATUS(status) : OST_EXIT_UNAVAILABLE;
        task->seconds = now_s() - worker[i].begin;
        worker[i].pid = 0;
    }
    return pid > 0;
}

static struct worker *idle(struct worker *worker, uint32_t workers)
{
    for (uint32_t i = 0; i < workers; i++) {
        if (worker[i].pid == 0)
            return &worker[i];
    }
    return NULL;
}

static bool work_off(struct task *all, size_t count, uint32_t workers,
                     const struct ost_station_mech_options *options, struct ost_err *err)
{
    struct worker worker[MOST] = {{0}};
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++) {
        while (idle(worker, workers) == NULL && end_one(worker, workers, all))
            continue;
        struct worker *next = idle(worker, workers);
        ok = next != NULL ? begin(next, all, i, options, err)
                          : ost_fail(err, OST_UNAVAILABLE, "farm: lost its processes");
    }
    while (end_one(worker, workers, all))
        continue;
    return ok;
}

/* A line a case; the worst exit code of all. */
static int tell_farm(const struct ost_args *args, const struct task *all)
{
    int worst = OST_EXIT_OK;
    json_t *list = json_array();
    for (size_t i = 0; i < args->word_count; i++) {
        worst = all[i].code > worst ? all[i].code : worst;
        if (!args->json)
            (void)printf("%s: %s, exit %d, %.2f s\n", all[i].dir,
                         all[i].code == OST_EXIT_OK ? "done" : "not done", all[i].code,
                         all[i].seconds);
        (void)json_array_append_new(list, json_pack("{s:s, s:i, s:f}", "case", all[i].dir, "exit",
                                                    all[i].code, "seconds", all[i].seconds));
    }
    json_t *root = json_pack("{s:o}", "cases", list);
    if (args->json && root != NULL) {
        (void)json_dumpf(root, stdout, 0);
        (void)printf("\n");
    }
    json_decref(root);
    return worst;
}

int ost_farm_fem(const struct ost_args *args, const struct ost_station_mech_options *options)
{
    static const double range[2] = {1.0, MOST};
    struct task all[OST_ARGS_WORDS] = {{0}};
    struct ost_err err = {0};
    double at_once = 1.0;
    if (!ost_args_number(args, "farm", range, 1.0, &at_once, &err))
        return ost_command_refuse("fem", &err);
    for (size_t i = 0; i < args->word_count; i++)
        all[i] = (struct task){args->word[i], OST_EXIT_UNAVAILABLE, 0.0};
    if (!work_off(all, args->word_count, (uint32_t)at_once, options, &err))
        return ost_command_fail("fem", &err);
    return tell_farm(args, all);
}
