#include "services/fem_mpi/spawn_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

enum { NOT_STARTED = 127 }; /* as a shell says it */

/* In the child. Whoever started it takes it along, however that one ends. */
static void become(char *const argv[], char **all, pid_t parent, double cpu_s)
{
    int null = open("/dev/null", O_RDWR);
    const struct rlimit cpu = {(rlim_t)ceil(cpu_s), (rlim_t)ceil(cpu_s) + 1};
    const struct rlimit core = {0, 0}; /* it holds a patient's bone */
    bool ready = prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent &&
                 setpgid(0, 0) == 0 && setrlimit(RLIMIT_CORE, &core) == 0 &&
                 (cpu_s <= 0.0 || setrlimit(RLIMIT_CPU, &cpu) == 0);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        ready = dup2(null, fd) == fd && ready;
    if (ready) {
        environ = all;
        (void)execvp(argv[0], argv);
    }
    _exit(NOT_STARTED);
}

static bool start(char *const argv[], double cpu_s, pid_t *pid, struct ost_err *err)
{
    char **all = environment();
    if (all == NULL)
        return ost_fail(err, OST_NOMEM, "engine: out of memory");
    pid_t parent = getpid();
    *pid = fork();
    if (*pid == 0)
        become(argv, all, parent, cpu_s);
    free(all);
    if (*pid < 0)
        return ost_fail(err, OST_UNAVAILABLE, "engine: no process can be started");
    (void)setpgid(*pid, *pid); /* whoever of us two is first */
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

/* What is wrong with how it ended. */
static bool ended_well(int status, const struct spawn_limit *limit, struct ost_err *err)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == 0)
        return true;
    if (code == NOT_STARTED) {
        return ost_fail(err, OST_UNAVAILABLE,
                        "engine: it cannot be started; is it installed, and mpirun?");
    }
    /* The program itself, or a rank below mpirun, which says it as a shell does. */
    if ((WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) || code == 128 + SIGXCPU) {
        return ost_fail(err, OST_LIMIT, "engine: not done after %g s of the processor",
                        limit->cpu_s);
    }
    return ost_fail(err, OST_UNAVAILABLE, "engine: the program ended with status %d", code);
}

bool spawn_and_wait(char *const argv[], const struct spawn_limit *limit,
                    const struct ost_progress *progress, struct ost_err *err)
{
    const struct timespec nap = {0, 20000000};
    pid_t pid = 0;
    int status = 0;
    if (!start(argv, limit->cpu_s, &pid, err))
        return false;
    double begin = now_s();
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (!may_go_on(begin, limit->timeout_s, progress, err)) {
            stop(pid);
            return false;
        }
        (void)nanosleep(&nap, NULL);
    }
    return ended_well(status, limit, err);
}
