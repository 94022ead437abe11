#include "services/cli/args.h"
#include "services/log/log.h"
#include "services/pipeline/pipeline.h"
#include "services/worker/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct ost_usage usage = {
    .line = "osteon worker",
    .summary = "Does the jobs of the queue until it is told to stop. Any number of workers share\n"
               "one database. Each job runs in a process of its own with bounds on memory and\n"
               "time. The environment it reads is listed by osteon config.",
};

/* What every job would fail for is told before the first. */
static bool check(const struct ost_config_worker *config, struct ost_err *err)
{
    char program[OST_PROGRAM_TEXT];
    if (!ost_pipeline_program(config, program, err))
        return false;
    return access(config->work_dir, W_OK | X_OK) == 0 ||
           ost_fail(err, OST_UNAVAILABLE, "OSTEON_WORK_DIR is no folder that can be written to");
}

static int work(const struct ost_config *config)
{
    struct ost_err err = {0};
    return ost_worker_run(config, ost_work_kinds, &err) ? OST_EXIT_OK
                                                        : ost_command_fail("worker", &err);
}

/* ---- more than one at once: a parent that starts them again ---- */

static volatile sig_atomic_t told;

static void on_signal(int number)
{
    (void)number;
    told = 1;
}

static pid_t begin_one(const struct ost_config *config)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    _exit(work(config));
}

static size_t place_of(const pid_t *pid, size_t count, pid_t wanted)
{
    size_t i = 0;
    while (i < count && pid[i] != wanted)
        i++;
    return i;
}

static int lead(const struct ost_config *config)
{
    enum { OST_WORKERS_MOST = 64 };
    pid_t pid[OST_WORKERS_MOST] = {0};
    size_t count = (size_t)config->worker.workers;
    int status = 0;
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    for (size_t i = 0; i < count; i++)
        pid[i] = begin_one(config);
    while (told == 0) {
        size_t i = place_of(pid, count, wait(&status));
        if (i == count)
            continue;
        /* One that says why it cannot work would say so again. */
        if (WIFEXITED(status) && WEXITSTATUS(status) != OST_EXIT_OK)
            break;
        ost_log(OST_LOG_WARN, "worker.again", "status=%d", status);
        (void)sleep(1);
        pid[i] = told == 0 ? begin_one(config) : 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (pid[i] > 0)
            (void)kill(pid[i], SIGTERM);
    }
    while (wait(NULL) > 0)
        ;
    return told != 0 ? OST_EXIT_OK : WEXITSTATUS(status);
}

int ost_worker_command(int argc, char **argv)
{
    struct ost_args args;
    if (argc == 2 && strcmp(argv[1], "--job") == 0) /* started by a worker, not by people */
        return ost_pipeline_station(ost_work_kinds);
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    OST_AUTO(ost_config) config = NULL;
    struct ost_err err = {0};
    if (!ost_config_create(&config, &err) || !ost_log_from_name(config->log_level, &err) ||
        !check(&config->worker, &err))
        return ost_command_fail("worker", &err);
    return config->worker.workers == 1 ? work(config) : lead(config);
}
