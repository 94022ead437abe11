#include "services/pipeline/errand_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool keep_text(const char *text, char out[OST_ERRAND_PATH])
{
    int len = snprintf(out, OST_ERRAND_PATH, "%s", text == NULL ? "" : text);
    return len >= 0 && len < OST_ERRAND_PATH;
}

static bool fill(const struct ost_work *work, struct ost_errand *out)
{
    out->size = sizeof *out;
    out->work = *work;
    out->work.db = NULL;
    out->work.store = NULL;
    out->work.config = NULL;
    out->work.job = NULL;
    out->work.arena = NULL;
    out->job = *work->job;
    out->job.input = NULL;
    out->config = *work->config;
    out->config.model = out->config.work_dir = out->config.studies = NULL;
    return keep_text(work->config->model, out->model) &&
           keep_text(work->config->work_dir, out->work_dir);
}

static bool write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return lseek(fd, 0, SEEK_SET) == 0;
}

bool ost_errand_write(const struct ost_work *work, int *fd, struct ost_err *err)
{
    struct ost_errand *errand = calloc(1, sizeof *errand);
    *fd = memfd_create("osteon-job", MFD_CLOEXEC);
    bool ok =
        errand != NULL && *fd >= 0 && fill(work, errand) && write_all(*fd, errand, sizeof *errand);
    free(errand);
    if (ok)
        return true;
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
    return ost_fail(err, OST_UNAVAILABLE, "a job cannot be handed to a process");
}

static bool read_all(int fd, void *bytes, size_t len)
{
    char *at = bytes;
    while (len > 0) {
        ssize_t n = read(fd, at, len);
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

bool ost_errand_read(int fd, struct ost_errand *out, struct ost_err *err)
{
    if (!read_all(fd, out, sizeof *out) || out->size != sizeof *out ||
        (unsigned)out->job.kind >= OST_JOB_KINDS)
        return ost_fail(err, OST_BUG, "no errand: a worker starts this, not a person");
    out->config.model = out->model;
    out->config.work_dir = out->work_dir;
    out->job.input = "{}";
    out->work.config = &out->config;
    out->work.job = &out->job;
    return true;
}

static bool is_secret(const char *line)
{
    return strncmp(line, "OSTEON_", 7) == 0 || strncmp(line, "PG", 2) == 0;
}

char **ost_errand_environment(void)
{
    size_t count = 0, kept = 0;
    while (environ[count] != NULL)
        count++;
    char **out = calloc(count + 1, sizeof *out);
    for (size_t i = 0; out != NULL && i < count; i++) {
        if (!is_secret(environ[i]))
            out[kept++] = environ[i];
    }
    return out;
}
