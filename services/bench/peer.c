#include "services/bench/peer.h"

#include "services/bench/machine.h"
#include "services/casefile/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WORDS = 32,
    NOT_THERE = 127,
    TOOK_TOO_LONG = 124,
    BY_SIGNAL = 128, /* as a shell tells it */
    CCX_SAYS_VERSION = 201,
    WALL_FOR_CPU = 20 /* times the limit, by the clock: of one that waits for what never comes */
};

/*
 * One thread, an end in seconds of the processor, and none beyond our own: as setpriv, timeout,
 * prlimit and env do it. Others on the machine are not to decide who is compared.
 */
static bool start(const char *folder, const char *const *argv, double limit_s, pid_t *pid)
{
    /* posix_spawn takes pointers to what may change, and changes nothing. */
    union {
        const char *word[WORDS];
        char *given[WORDS];
    } command = {{"setpriv", "--pdeathsig", "TERM", "timeout", "-k", "5"}};
    char wall[32], limit[64], place[4200];
    size_t count = 0, at = 6;
    (void)snprintf(wall, sizeof wall, "%.0f", WALL_FOR_CPU * limit_s);
    /* A second more and nothing it could catch any longer. */
    (void)snprintf(limit, sizeof limit, "--cpu=%.0f:%.0f", ceil(limit_s), ceil(limit_s) + 1.0);
    (void)snprintf(place, sizeof place, "--chdir=%s", folder);
    const char *const before[] = {wall,
                                  "prlimit",
                                  limit,
                                  "--core=0",
                                  "env",
                                  place,
                                  "OMP_NUM_THREADS=1",
                                  "OMP_WAIT_POLICY=PASSIVE",
                                  "CCX_NPROC_EQUATION_SOLVER=1"};
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++)
        command.word[at++] = before[i];
    for (; argv[count] != NULL && at + 1 < WORDS; count++)
        command.word[at++] = argv[count];
    char *const nothing[] = {(char[]){"PATH=/usr/local/bin:/usr/bin:/bin"}, (char[]){"HOME=/tmp"},
                             (char[]){"OMPI_ALLOW_RUN_AS_ROOT=1"},
                             (char[]){"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"}, NULL};
    posix_spawn_file_actions_t fa;
    if (posix_spawn_file_actions_init(&fa) != 0)
        return false;
    char said[4200];
    (void)snprintf(said, sizeof said, "%s/said", folder);
    bool ok = posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
              posix_spawn_file_actions_addopen(&fa, STDOUT_FILENO, said,
                                               O_WRONLY | O_CREAT | O_TRUNC, 0600) == 0 &&
              posix_spawn_file_actions_adddup2(&fa, STDOUT_FILENO, STDERR_FILENO) == 0 &&
              posix_spawnp(pid, command.given[0], &fa, NULL, command.given, nothing) == 0;
    (void)posix_spawn_file_actions_destroy(&fa);
    return ok;
}

/* One that is deaf to the signal was killed a second later. */
static bool used_up(int status, double cpu_s, double limit_s)
{
    bool told = (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) ||
                (WIFEXITED(status) && WEXITSTATUS(status) == BY_SIGNAL + SIGXCPU);
    return told || (status != 0 && cpu_s >= limit_s);
}

static bool waited_too_long(int status, const struct ost_bench_peer_cost *used, double limit_s)
{
    return WIFEXITED(status) && used->cpu_s < limit_s &&
           (WEXITSTATUS(status) == TOOK_TOO_LONG ||
            (WEXITSTATUS(status) == BY_SIGNAL + SIGKILL && used->wall_s >= WALL_FOR_CPU * limit_s));
}

bool ost_bench_peer_run(const char *folder, const char *const *argv, int also, double limit_s,
                        struct ost_bench_peer_cost *cost, struct ost_err *err)
{
    double begin = ost_bench_clock(), cpu = ost_bench_children_cpu();
    pid_t pid = 0;
    int status = 0;
    if (!start(folder, argv, limit_s, &pid))
        return ost_fail(err, OST_UNAVAILABLE, "%s cannot be started", argv[0]);
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return ost_fail(err, OST_UNAVAILABLE, "%s got lost", argv[0]);
    }
    const struct ost_bench_peer_cost used = {ost_bench_clock() - begin,
                                             ost_bench_children_cpu() - cpu};
    if (cost != NULL)
        *cost = used;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (waited_too_long(status, &used, limit_s))
        return ost_fail(err, OST_LIMIT, "%s was not done after %.0f s", argv[0],
                        WALL_FOR_CPU * limit_s);
    if (used_up(status, used.cpu_s, limit_s))
        return ost_fail(err, OST_LIMIT, "%s took more than %.0f s of the processor", argv[0],
                        limit_s);
    if (code == NOT_THERE)
        return ost_fail(err, OST_UNAVAILABLE, "%s is not installed", argv[0]);
    return code == 0 || code == also ||
           ost_fail(err, OST_UNAVAILABLE, "%s ended with %d", argv[0], code);
}

void ost_bench_peer_clean(const char *folder, const char *const *left, size_t count)
{
    struct ost_err err = {0};
    for (size_t i = 0; i < count; i++)
        (void)!ost_disk_remove(folder, left[i], &err);
    (void)!ost_disk_remove(folder, "said", &err);
    (void)rmdir(folder);
}

bool ost_bench_peer_there(const char *program, const char *flag)
{
    const char *const argv[] = {program, flag, NULL};
    struct ost_err err = {0};
    char folder[] = "/tmp/osteon-bench-XXXXXX";
    if (mkdtemp(folder) == NULL)
        return false;
    bool ok = ost_bench_peer_run(folder, argv, CCX_SAYS_VERSION, 3.0, NULL, &err);
    ost_bench_peer_clean(folder, NULL, 0);
    return ok;
}
