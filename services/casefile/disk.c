#include "services/casefile/disk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool ost_disk_join(const char *dir, const char *name, char out[OST_DISK_PATH], struct ost_err *err)
{
    int len = dir == NULL ? snprintf(out, OST_DISK_PATH, "%s", name)
                          : snprintf(out, OST_DISK_PATH, "%s/%s", dir, name);
    if (len < 0 || len >= OST_DISK_PATH)
        return ost_fail(err, OST_LIMIT, "a path of more than %d bytes", OST_DISK_PATH);
    return true;
}

bool ost_disk_name_is_safe(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-/";
    size_t len = strlen(name);
    if (len == 0 || name[0] == '/' || strspn(name, allowed) != len)
        return false;
    return strstr(name, "..") == NULL;
}

static bool read_all(FILE *file, struct ost_buf *out, struct ost_err *err)
{
    unsigned char piece[65536];
    size_t got = 0;
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        ost_buf_put(out, piece, got);
    if (ferror(file) != 0)
        return ost_fail(err, OST_UNAVAILABLE, "a file could not be read");
    if (out->failed)
        return ost_fail(err, OST_LIMIT, "a file has more than %zu bytes", out->limit);
    return true;
}

bool ost_disk_read(const char *dir, const char *name, struct ost_buf *out, struct ost_err *err)
{
    char path[OST_DISK_PATH];
    if (!ost_disk_join(dir, name, path, err))
        return false;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return ost_fail(err, errno == ENOENT || errno == ENOTDIR ? OST_NOT_FOUND : OST_UNAVAILABLE,
                        "there is no such file, or it may not be read");
    bool done = read_all(file, out, err);
    (void)fclose(file);
    return done;
}

/* What a person can do about it, without the path: that may carry a name. */
static const char *why_of(int code)
{
    switch (code) {
    case ENOENT:
        return "its folder is not there";
    case ENOTDIR:
    case EEXIST:
        return "a file stands where a folder should be";
    case EISDIR:
        return "a folder stands where the file should be";
    case EACCES:
    case EPERM:
    case EROFS:
        return "writing is not allowed there";
    case ENOSPC:
    case EDQUOT:
        return "the disk is full";
    default:
        return "the disk refused";
    }
}

static bool write_all(const char *path, const struct ost_buf *bytes)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return false;
    bool done = fwrite(bytes->ptr, 1, bytes->len, file) == bytes->len && fflush(file) == 0;
    int why = errno;
    if (fclose(file) != 0)
        return false;
    errno = why;
    return done;
}

bool ost_disk_write(const char *dir, const char *name, const struct ost_buf *bytes,
                    struct ost_err *err)
{
    char path[OST_DISK_PATH], fresh[OST_DISK_PATH];
    if (!ost_buf_done(bytes, err) || !ost_disk_join(dir, name, path, err))
        return false;
    int len = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (len < 0 || len >= OST_DISK_PATH)
        return ost_fail(err, OST_LIMIT, "a path of more than %d bytes", OST_DISK_PATH);
    if (write_all(fresh, bytes) && rename(fresh, path) == 0)
        return true;
    int why = errno;
    (void)unlink(fresh);
    return ost_fail(err, OST_UNAVAILABLE, "a file of %zu bytes could not be written: %s",
                    bytes->len, why_of(why));
}

bool ost_disk_remove(const char *dir, const char *name, struct ost_err *err)
{
    char path[OST_DISK_PATH];
    if (!ost_disk_join(dir, name, path, err))
        return false;
    return unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR ||
           ost_fail(err, OST_UNAVAILABLE, "a file could not be removed: %s", why_of(errno));
}

static bool make_folder(const char *path)
{
    struct stat at;
    if (mkdir(path, 0777) == 0)
        return true;
    int why = errno; /* of a disk that is read only, also where the folder is there */
    bool there = stat(path, &at) == 0;
    errno = there ? EEXIST : why;
    return there && S_ISDIR(at.st_mode);
}

bool ost_disk_folder(const char *dir, const char *name, struct ost_err *err)
{
    char path[OST_DISK_PATH];
    if (!ost_disk_join(dir, name, path, err))
        return false;
    bool ok = true;
    for (char *at = path; ok && (at = strchr(at, '/')) != NULL; at++) {
        if (at == path)
            continue; /* the root is there */
        *at = '\0';
        ok = make_folder(path);
        *at = '/';
    }
    return (ok && make_folder(path)) ||
           ost_fail(err, OST_UNAVAILABLE, "a folder could not be made: %s", why_of(errno));
}
