#include "services/load/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOT_STARTED 127

void ost_load_set(struct ost_load_settings *settings, const char *fmt, ...)
{
    va_list args;
    if (settings->count == OST_LOAD_SETTINGS)
        return;
    va_start(args, fmt);
    (void)vsnprintf(settings->line[settings->count++], OST_LOAD_TEXT, fmt, args);
    va_end(args);
}

void ost_load_pin(int core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

void ost_load_cores(int core[2])
{
    cpu_set_t set;
    int found = 0;
    core[0] = core[1] = 0;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return;
    for (int i = 0; i < CPU_SETSIZE && found < 2; i++) {
        if (CPU_ISSET((size_t)i, &set))
            core[found++] = i;
    }
    if (found == 1)
        core[1] = core[0];
}

/* In the child. */
static void become(char *const argv[], const struct ost_load_settings *settings, int core, int out)
{
    int null = open("/dev/null", O_RDONLY);
    bool ok = prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == 0 && dup2(null, STDIN_FILENO) >= 0 &&
              dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0;
    ost_load_pin(core);
    for (size_t i = 0; settings != NULL && i < settings->count; i++) {
        char *line = strdup(settings->line[i]);
        ok = ok && line != NULL && putenv(line) == 0;
    }
    if (ok)
        (void)execv(argv[0], argv);
    _exit(NOT_STARTED);
}

bool ost_load_start(char *const argv[], const struct ost_load_settings *settings, int core,
                    const char *log, pid_t *pid, struct ost_err *err)
{
    int out =
        open(log == NULL ? "/dev/null" : log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (out < 0)
        return ost_fail(err, OST_UNAVAILABLE, "the log of a program cannot be written");
    *pid = fork();
    if (*pid == 0)
        become(argv, settings, core, out);
    (void)close(out);
    return *pid > 0 || ost_fail(err, OST_UNAVAILABLE, "no process: errno %d", errno);
}

bool ost_load_run(char *const argv[], const struct ost_load_settings *settings, int core,
                  const char *log, struct ost_err *err)
{
    pid_t pid = 0;
    int status = 0;
    if (!ost_load_start(argv, settings, core, log, &pid, err))
        return false;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return ost_fail(err, OST_UNAVAILABLE, "%s cannot be waited for", argv[0]);
    }
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           ost_fail(err, OST_UNAVAILABLE, "%s did not end well; see %s", argv[0],
                    log == NULL ? "what it says by itself" : log);
}

void ost_load_stop(pid_t pid)
{
    const struct timespec moment = {.tv_nsec = 20000000};
    if (pid <= 0)
        return;
    (void)kill(pid, SIGTERM);
    for (int i = 0; i < 500 && waitpid(pid, NULL, WNOHANG) == 0; i++)
        (void)nanosleep(&moment, NULL);
    if (kill(pid, SIGKILL) == 0)
        (void)waitpid(pid, NULL, 0);
}

double ost_load_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double ost_load_cpu_s(pid_t pid)
{
    clockid_t clock;
    struct timespec spent;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &spent) != 0)
        return 0.0;
    return (double)spent.tv_sec + 1e-9 * (double)spent.tv_nsec;
}

static pid_t parent_of(const char *pid)
{
    char path[64], text[512];
    long parent = 0;
    (void)snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    size_t len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[len] = '\0';
    const char *end = strrchr(text, ')'); /* the name may hold anything */
    if (end != NULL && strlen(end) > 4)
        parent = strtol(end + 4, NULL, 10);
    return (pid_t)parent;
}

double ost_load_cpu_children_s(pid_t pid)
{
    double sum = ost_load_cpu_s(pid);
    DIR *dir = opendir("/proc");
    if (dir == NULL)
        return sum;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && parent_of(entry->d_name) == pid)
            sum += ost_load_cpu_s((pid_t)strtol(entry->d_name, NULL, 10));
    }
    (void)closedir(dir);
    return sum;
}

double ost_load_rss_bytes(pid_t pid)
{
    char path[64];
    long pages = 0, resident = 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/statm", (long)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0.0;
    if (fscanf(file, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    (void)fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}
