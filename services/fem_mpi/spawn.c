#include "services/fem_mpi/spawn_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* A second BLAS thread on a busy machine spins; root in a container is told to be so. */
static const char extra[4][40] = {"OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1",
                                  "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"};
enum { OST_EXTRA = 4 };

/* Ours, which is borrowed, after a copy of the lines above; free() takes it all. */
static char **environment(void)
{
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    size_t pointers = (count + OST_EXTRA + 1) * sizeof(char *);
    char **all = malloc(pointers + sizeof extra);
    if (all == NULL)
        return NULL;
    char *text = (char *)all + pointers;
    memcpy(text, extra, sizeof extra);
    for (size_t i = 0; i < OST_EXTRA; i++)
        all[i] = text + i * sizeof extra[0];
    memcpy(all + OST_EXTRA, environ, (count + 1) * sizeof *all);
    return all;
}

static bool start(char *const argv[], pid_t *pid, struct ost_err *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char **all = environment();
    if (all == NULL)
        return ost_fail(err, OST_NOMEM, "engine: out of memory");
    int failed = posix_spawn_file_actions_init(&actions);
    failed = failed != 0 ? failed : posix_spawnattr_init(&attributes);
    if (failed == 0) {
        failed |= posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        failed |= posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
        failed |= posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
        failed |= posix_spawnattr_setpgroup(&attributes, 0);
        failed |= posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
        failed =
            failed != 0 ? failed : posix_spawnp(pid, argv[0], &actions, &attributes, argv, all);
        (void)posix_spawn_file_actions_destroy(&actions);
        (void)posix_spawnattr_destroy(&attributes);
    }
    free(all);
    if (failed != 0) {
        return ost_fail(err, OST_UNAVAILABLE, "engine: the program cannot be started (error %d)",
                        failed);
    }
    return true;
}

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void stop(pid_t pid)
{
    int status = 0;
    (void)kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
}

/* Whether to go on waiting for a program that runs. */
static bool may_go_on(double begin, double timeout_s, const struct ost_progress *progress,
                      struct ost_err *err)
{
    if (now_s() - begin > timeout_s)
        return ost_fail(err, OST_LIMIT, "engine: not done after %g s", timeout_s);
    return ost_progress_step(progress, 0.5, "solve", err);
}

bool spawn_and_wait(char *const argv[], double timeout_s, const struct ost_progress *progress,
                    struct ost_err *err)
{
    const struct timespec nap = {0, 20000000};
    pid_t pid = 0;
    int status = 0;
    if (!start(argv, &pid, err))
        return false;
    double begin = now_s();
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (!may_go_on(begin, timeout_s, progress, err)) {
            stop(pid);
            return false;
        }
        (void)nanosleep(&nap, NULL);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return ost_fail(err, OST_UNAVAILABLE, "engine: the program ended with status %d",
                        WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    }
    return true;
}
