/*
 * A real worker with stations that only pretend: FAKE says how the station behaves.
 * Its result depends on nothing but the film, so that twice the work is twice the same.
 */
#include "services/cli/command.h"
#include "services/log/log.h"
#include "services/sandbox/cell.h"
#include "services/worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FOREIGN "/etc/hostname" /* a file that is not the station's */

static bool prepare(struct ost_work *work, struct ost_err *err)
{
    (void)work;
    (void)err;
    return true;
}

static const char *behaviour(void)
{
    const char *fake = getenv("FAKE");
    return fake == NULL ? "" : fake;
}

static void misbehave(const char *how)
{
    if (strcmp(how, "crash") == 0)
        abort();
    if (strcmp(how, "exit") == 0)
        _exit(0);
    double words[30] = {0.5}; /* a note to the parent: half done */
    while (strcmp(how, "flood") == 0 && write(3, words, sizeof words) > 0)
        ;
    for (int i = 0; strcmp(how, "memory") == 0; i++) {
        void *volatile more = malloc(64 << 20);
        if (more == NULL || i == 32) /* under a sanitizer nothing stops it */
            abort();
        memset(more, 1, 64 << 20);
    }
}

static bool write_file(const struct ost_work *work, const char *name, const char *text)
{
    char path[OST_WORK_DIR + 64];
    (void)snprintf(path, sizeof path, "%s/result/%s", work->dir, name);
    FILE *file = fopen(path, "wb");
    bool ok = file != NULL && fputs(text, file) >= 0;
    return file != NULL && fclose(file) == 0 && ok;
}

/* Results that are not what they seem. */
static bool disguise(const char *how, const char *dir)
{
    char file[OST_WORK_DIR + 64], other[OST_WORK_DIR + 64];
    (void)snprintf(file, sizeof file, "%s/result/more.txt", dir);
    (void)snprintf(other, sizeof other, "%s/other", dir);
    if (strcmp(how, "link") == 0)
        return symlink(FOREIGN, file) == 0;
    if (strcmp(how, "second_name") == 0)
        return close(open(other, O_CREAT | O_WRONLY, 0600)) == 0 && link(other, file) == 0;
    if (strcmp(how, "fifo") == 0)
        return mkfifo(file, 0600) == 0;
    if (strcmp(how, "folder") != 0)
        return true;
    (void)snprintf(file, sizeof file, "%s/result", dir);
    return rename(file, other) == 0 && symlink(other, file) == 0;
}

static bool write_result(const struct ost_work *work, struct ost_err *err)
{
    char path[OST_WORK_DIR + 64], json[160];
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)snprintf(path, sizeof path, "%s/result", work->dir);
    (void)snprintf(json, sizeof json, "{\"value\": 3, \"parts\": [{\"seconds\": %ld}]}",
                   now.tv_nsec);
    return (mkdir(path, 0700) == 0 && write_file(work, "out.json", json) &&
            write_file(work, "out.stl", "solid") && write_file(work, "notes.unknown", "x") &&
            disguise(behaviour(), work->dir)) ||
           ost_fail(err, OST_UNAVAILABLE, "no result");
}

static bool stands_in(const char *bytes, size_t len, const char *first, const char *second)
{
    size_t n = strlen(first), m = strlen(second);
    for (const char *at = bytes; len >= n + m; at++) {
        at = memmem(at, (size_t)(bytes + len - at), first, n);
        if (at == NULL || (size_t)(bytes + len - at) < n + m)
            return false;
        if (memcmp(at + n, second, m) == 0)
            return true;
    }
    return false;
}

/* Whether `first` and then `second` stand in what this process can write to: asked for in two
 * parts, or the question would be what is found. */
static bool is_in_memory(const char *first, const char *second)
{
    char line[512], may[8];
    unsigned long from, to;
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    while (maps != NULL && !found && fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "%lx-%lx %7s", &from, &to, may) != 3 || may[1] != 'w' ||
            to - from > (64UL << 20))
            continue;
        char *copy = malloc(to - from);
        ssize_t n = copy == NULL ? 0 : pread(memory, copy, to - from, (off_t)from);
        found = n > 0 && stands_in(copy, (size_t)n, first, second);
        free(copy);
    }
    (void)close(memory);
    if (maps != NULL)
        (void)fclose(maps);
    return found;
}

static bool knows_no_secret(struct ost_err *err)
{
    if (!is_in_memory("what-it-", "was-told"))
        return ost_fail(err, OST_BUG, "the search of memory finds nothing at all");
    return !is_in_memory("planted-", "password") ||
           ost_fail(err, OST_BUG, "the database's password is known");
}

/* A station that was taken over finds nothing of the worker's within reach. */
static bool is_enclosed(struct ost_err *err)
{
    char *const argv[] = {NULL};
    if (ost_cell_landlock() > 0 && open(getenv("FAKE_SECRET"), O_RDONLY) >= 0)
        return ost_fail(err, OST_BUG, "the secret file can be opened");
    if (ost_cell_landlock() > 0 && open("/proc/1/environ", O_RDONLY) >= 0)
        return ost_fail(err, OST_BUG, "other processes can be read");
    if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || errno != EPERM)
        return ost_fail(err, OST_BUG, "the database can be reached");
    if (kill(getppid(), 0) == 0 || setsid() >= 0)
        return ost_fail(err, OST_BUG, "it can leave, or end its worker");
    return execve("/bin/true", argv, argv) != 0 && errno == EPERM;
}

static bool run(struct ost_work *work, const struct ost_progress *progress, struct ost_err *err)
{
    const char *how = behaviour();
    int steps = strncmp(how, "slow", 4) == 0 ? (int)strtol(how + 4, NULL, 10) * 10 : 3;
    if (work->db != NULL || work->store != NULL)
        return ost_fail(err, OST_BUG, "the child has more than the folder");
    if (!is_enclosed(err) || !knows_no_secret(err))
        return false;
    misbehave(how);
    if (strcmp(how, "invalid") == 0)
        return ost_fail(err, OST_INVALID, "film 1 shows no bone");
    for (int i = 0; i < steps; i++) {
        if (!ost_progress_step(progress, (double)i / steps, "pretending", err))
            return false;
        (void)usleep(100000);
    }
    return write_result(work, err);
}

int main(int argc, char **argv)
{
    static const struct ost_work_kind pretend = {.prepare = prepare, .run = run};
    static const struct ost_work_kind *const kinds[OST_JOB_KINDS] = {[OST_JOB_RECON] = &pretend};
    OST_AUTO(ost_config) config = NULL;
    struct ost_err err = {0};
    if (argc == 3 && strcmp(argv[2], "--job") == 0)
        return ost_pipeline_station(kinds);
    if (getenv("FAKE_LOG") == NULL)
        ost_log_from((enum ost_log_level)(OST_LOG_ERROR + 1));
    if (!ost_config_create(&config, &err) || !ost_worker_run(config, kinds, &err)) {
        (void)fprintf(stderr, "fake_worker: %s\n", err.msg);
        return 1;
    }
    return 0;
}
