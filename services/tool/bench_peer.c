#include "services/tool/bench_peer.h"

#include "recon/base/buf.h"
#include "services/casefile/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_MOST = 1 << 16, WORD = 96 };
static const size_t volume_most = (size_t)3 << 30;

extern char **environ;

double ost_bench_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Runs a program to its end; what it says goes to `said`. */
static bool run(char *const argv[], const char *said)
{
    posix_spawn_file_actions_t fa;
    pid_t pid = 0;
    if (posix_spawn_file_actions_init(&fa) != 0)
        return false;
    bool ok = posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
              posix_spawn_file_actions_addopen(&fa, STDOUT_FILENO, said,
                                               O_WRONLY | O_CREAT | O_TRUNC, 0600) == 0 &&
              posix_spawn_file_actions_adddup2(&fa, STDOUT_FILENO, STDERR_FILENO) == 0 &&
              posix_spawnp(&pid, argv[0], &fa, NULL, argv, environ) == 0;
    (void)posix_spawn_file_actions_destroy(&fa);
    return ok && wait_for(pid);
}

bool ost_bench_peer_present(char version[64])
{
    char name[] = "/tmp/osteon-bench-XXXXXX";
    int fd = mkstemp(name);
    if (fd < 0)
        return false;
    char *const argv[] = {(char[]){"plastimatch"}, (char[]){"--version"}, NULL};
    bool ok = run(argv, name);
    ssize_t len = ok ? read(fd, version, 63) : 0;
    version[len > 0 ? len : 0] = '\0';
    version[strcspn(version, "\n")] = '\0';
    (void)close(fd);
    (void)unlink(name);
    return len > 0;
}

bool ost_bench_peer_write(const struct ost_grid *grid, const char *path, struct ost_err *err)
{
    const double *o = grid->origin, *s = grid->spacing;
    struct ost_buf bytes;
    ost_buf_init(&bytes, volume_most);
    ost_buf_print(&bytes,
                  "ObjectType = Image\nNDims = 3\nBinaryData = True\n"
                  "BinaryDataByteOrderMSB = False\nTransformMatrix = 1 0 0 0 1 0 0 0 1\n"
                  "Offset = %.9g %.9g %.9g\nElementSpacing = %.9g %.9g %.9g\n"
                  "DimSize = %u %u %u\nElementType = MET_FLOAT\nElementDataFile = LOCAL\n",
                  o[0], o[1], o[2], s[0], s[1], s[2], grid->size[0], grid->size[1], grid->size[2]);
    ost_buf_put(&bytes, grid->value, sizeof(float) * grid->size[0] * grid->size[1] * grid->size[2]);
    bool ok = ost_buf_done(&bytes, err) && ost_disk_write(NULL, path, &bytes, err);
    ost_buf_fini(&bytes);
    return ok;
}

/* `count` numbers after "KEY = ". */
static bool field(const char *text, const char *key, double *out, int count)
{
    const char *at = strstr(text, key);
    if (at == NULL)
        return false;
    at += strlen(key);
    for (int k = 0; k < count; k++) {
        char *end = NULL;
        out[k] = strtod(at, &end);
        if (end == at)
            return false;
        at = end;
    }
    return true;
}

/* What ost_bench_peer_write() wrote, and nothing else. */
static bool parse(const struct ost_buf *bytes, struct ost_grid **out, struct ost_err *err)
{
    static const char last[] = "ElementDataFile = LOCAL\n";
    char head[512] = {0};
    memcpy(head, bytes->ptr, bytes->len < sizeof head ? bytes->len : sizeof head - 1);
    const char *end = strstr(head, last);
    double size[3], origin[3], spacing[3];
    if (end == NULL || !field(head, "DimSize = ", size, 3) ||
        !field(head, "Offset = ", origin, 3) || !field(head, "ElementSpacing = ", spacing, 3))
        return ost_fail(err, OST_CORRUPT, "a MetaImage without its header");
    const uint32_t n[3] = {(uint32_t)size[0], (uint32_t)size[1], (uint32_t)size[2]};
    size_t from = (size_t)(end - head) + strlen(last), len = sizeof(float) * n[0] * n[1] * n[2];
    if (bytes->len != from + len)
        return ost_fail(err, OST_CORRUPT, "a MetaImage of the wrong length");
    if (!ost_grid_create(out, n, origin, spacing, err))
        return false;
    memcpy((*out)->value, bytes->ptr + from, len);
    return true;
}

bool ost_bench_peer_read(const char *path, struct ost_grid **out, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, volume_most);
    bool ok = ost_disk_read(NULL, path, &bytes, err) && parse(&bytes, out, err);
    ost_buf_fini(&bytes);
    return ok;
}

bool ost_bench_film_write(const struct ost_image *image, const char *path, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, volume_most);
    ost_buf_print(&bytes, "Pf\n%u %u\n-1\n", image->width, image->height);
    ost_buf_put(&bytes, image->pixel, sizeof(float) * image->width * image->height);
    bool ok = ost_buf_done(&bytes, err) && ost_disk_write(NULL, path, &bytes, err);
    ost_buf_fini(&bytes);
    return ok;
}

static bool read_film(const char *folder, const struct ost_bench_film *film, struct ost_image **out,
                      struct ost_err *err)
{
    char head[64];
    struct ost_buf bytes;
    ost_buf_init(&bytes, volume_most);
    const size_t count = (size_t)film->width * film->height;
    int len = snprintf(head, sizeof head, "Pf\n%u %u\n-1\n", film->width, film->height);
    bool ok = ost_disk_read(folder, "peer_0000.pfm", &bytes, err);
    if (ok && (bytes.len != (size_t)len + count * sizeof(float) ||
               memcmp(bytes.ptr, head, (size_t)len) != 0))
        ok = ost_fail(err, OST_UNAVAILABLE, "plastimatch: another film than the one asked for");
    ok = ok && ost_image_create(out, film->width, film->height, err);
    if (ok)
        memcpy((*out)->pixel, bytes.ptr + len, count * sizeof(float));
    for (size_t n = 0; ok && n < count; n++)
        (*out)->pixel[n] *= 10.0F; /* it divides its sum in mm by ten */
    ost_buf_fini(&bytes);
    return ok;
}

/* "Total time" runs from the allocated film to the written one, "I/O time" is the writing. */
static bool read_time(const char *folder, double *trace_s, struct ost_err *err)
{
    struct ost_buf text;
    double total = 0.0, io = 0.0;
    ost_buf_init(&text, TEXT_MOST);
    bool ok = ost_disk_read(folder, "peer.log", &text, err);
    ost_buf_put_u8(&text, 0);
    ok = ok && ost_buf_done(&text, err);
    if (ok && (!field((const char *)text.ptr, "Total time: ", &total, 1) ||
               !field((const char *)text.ptr, "I/O time: ", &io, 1)))
        ok = ost_fail(err, OST_UNAVAILABLE, "plastimatch does not say how long it took");
    *trace_s = total - io;
    ost_buf_fini(&text);
    return ok;
}

/* The words of one command, each written in place. */
struct words {
    char centre[WORD], normal[WORD], size[WORD], pixels[WORD], sad[WORD], sid[WORD], threads[WORD];
};

static struct words words_of(const struct ost_bench_film *f, int threads)
{
    struct words w;
    (void)snprintf(w.centre, WORD, "%.9g %.9g %.9g", f->centre[0], f->centre[1], f->centre[2]);
    (void)snprintf(w.normal, WORD, "%.9g %.9g %.9g", f->normal[0], f->normal[1], f->normal[2]);
    (void)snprintf(w.size, WORD, "%.9g %.9g", f->pixel * f->width, f->pixel * f->height);
    (void)snprintf(w.pixels, WORD, "%u %u", f->width, f->height);
    (void)snprintf(w.sad, WORD, "%.9g", f->sad);
    (void)snprintf(w.sid, WORD, "%.9g", f->sid);
    (void)snprintf(w.threads, WORD, "OMP_NUM_THREADS=%d", threads);
    return w;
}

#define SAY(text) ((char[]){text})

bool ost_bench_peer_trace(const char *folder, const char *name, const struct ost_bench_film *film,
                          int threads, struct ost_bench_peer_run *out, struct ost_err *err)
{
    char volume[OST_DISK_PATH], prefix[OST_DISK_PATH], said[OST_DISK_PATH];
    *out = (struct ost_bench_peer_run){0};
    if (!ost_disk_join(folder, name, volume, err) || !ost_disk_join(folder, "peer_", prefix, err) ||
        !ost_disk_join(folder, "peer.log", said, err))
        return false;
    struct words w = words_of(film, threads);
    char *const argv[] = {SAY("env"),
                          w.threads,
                          SAY("plastimatch"),
                          SAY("drr"),
                          SAY("-i"),
                          SAY("exact"),
                          SAY("-P"),
                          SAY("preprocess"),
                          SAY("-t"),
                          SAY("pfm"),
                          SAY("-r"),
                          w.pixels,
                          SAY("-z"),
                          w.size,
                          SAY("-o"),
                          w.centre,
                          SAY("-n"),
                          w.normal,
                          SAY("--vup"),
                          SAY("0 0 1"),
                          SAY("--sad"),
                          w.sad,
                          SAY("--sid"),
                          w.sid,
                          SAY("-O"),
                          prefix,
                          volume,
                          NULL};
    double begin = ost_bench_now();
    if (!run(argv, said))
        return ost_fail(err, OST_UNAVAILABLE, "plastimatch drr did not come to its end");
    out->whole_s = ost_bench_now() - begin;
    return read_time(folder, &out->trace_s, err) && read_film(folder, film, &out->paths, err);
}
