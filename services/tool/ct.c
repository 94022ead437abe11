#include "services/tool/ct.h"

#include "recon/base/buf.h"
#include "recon/dicom/series.h"
#include "recon/image/nifti.h"
#include "services/casefile/disk.h"
#include "services/sandbox/intake.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MOST = 1 << 30, NAME_MOST = 256 };

/* Any key tells two series apart; nothing made with it leaves this process. */
static const char key[] = "one series or two";

static bool read_nifti(const char *path, struct ost_ct *out, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, FILE_MOST);
    out->source = "nifti";
    bool ok = ost_disk_read(NULL, path, &bytes, err) &&
              ost_nifti_read(bytes.ptr, bytes.len, &out->hounsfield, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "CT");
}

struct series {
    char (*name)[NAME_MOST];
    struct ost_clean_dicom **slice;
    size_t count, room, read;
};

static void series_fini(struct series *s)
{
    for (size_t i = 0; i < s->read; i++)
        ost_clean_dicom_destroy(s->slice[i]);
    free(s->slice);
    free(s->name);
}

static bool add_name(struct series *s, const char *name, struct ost_err *err)
{
    if (strlen(name) >= NAME_MOST || s->count == OST_SERIES_MOST)
        return ost_fail(err, OST_LIMIT, "more than %d files, or too long a name", OST_SERIES_MOST);
    if (s->count == s->room) {
        const size_t room = s->room == 0 ? 256 : 2 * s->room;
        char(*grown)[NAME_MOST] = realloc(s->name, room * sizeof *grown);
        if (grown == NULL)
            return ost_fail(err, OST_NOMEM, "no room for the names of %zu files", room);
        s->name = grown;
        s->room = room;
    }
    (void)snprintf(s->name[s->count++], NAME_MOST, "%s", name);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The regular files of the folder but DICOMDIR, sorted: the order of a folder decides nothing. */
static bool list(const char *path, struct series *s, struct ost_err *err)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return ost_fail(err, OST_NOT_FOUND, "the folder of the CT cannot be opened");
    bool ok = true;
    for (const struct dirent *e = readdir(dir); ok && e != NULL; e = readdir(dir)) {
        struct stat st;
        if (e->d_name[0] == '.' || strcmp(e->d_name, "DICOMDIR") == 0 ||
            fstatat(dirfd(dir), e->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode))
            continue;
        ok = add_name(s, e->d_name, err);
    }
    (void)closedir(dir);
    if (ok && s->count > 0)
        qsort(s->name, s->count, sizeof *s->name, by_name);
    return ok && (s->count > 0 || ost_fail(err, OST_NOT_FOUND, "the folder holds no file"));
}

static bool read_slice(const char *dir, struct series *s, size_t i, struct ost_err *err)
{
    const struct ost_intake_options options = {.key = key, .key_len = sizeof key - 1};
    char path[OST_DISK_PATH];
    if (!ost_disk_join(dir, s->name[i], path, err))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ost_fail(err, OST_NOT_FOUND, "file %zu of %zu cannot be opened", i + 1, s->count);
    bool ok = ost_intake_run(fd, &options, &s->slice[i], err);
    (void)close(fd);
    return ok || ost_err_note(err, "file %zu of %zu", i + 1, s->count);
}

static bool read_series(const char *path, struct ost_ct *out, struct ost_err *err)
{
    struct series s = {0};
    struct ost_series_facts facts = {0};
    bool ok = list(path, &s, err);
    if (ok) {
        s.slice = calloc(s.count, sizeof(struct ost_clean_dicom *));
        ok = s.slice != NULL || ost_fail(err, OST_NOMEM, "no room for %zu slices", s.count);
    }
    for (; ok && s.read < s.count; s.read += ok ? 1 : 0)
        ok = read_slice(path, &s, s.read, err);
    ok = ok && ost_series_volume((const struct ost_clean_dicom *const *)s.slice, s.count, &facts,
                                 &out->hounsfield, err);
    out->source = "dicom";
    out->slices = facts.slices;
    out->resampled = facts.resampled;
    series_fini(&s);
    return ok;
}

bool ost_ct_read(const char *path, struct ost_ct *out, struct ost_err *err)
{
    struct stat st;
    *out = (struct ost_ct){.hounsfield = NULL};
    if (stat(path, &st) != 0)
        return ost_fail(err, OST_NOT_FOUND, "there is no CT at the path given");
    return S_ISDIR(st.st_mode) ? read_series(path, out, err) : read_nifti(path, out, err);
}
