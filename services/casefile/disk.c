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

static bool write_all(const char *path, const struct ost_buf *bytes)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return false;
    bool done = fwrite(bytes->ptr, 1, bytes->len, file) == bytes->len && fflush(file) == 0;
    return fclose(file) == 0 && done;
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
    (void)unlink(fresh);
    return ost_fail(err, OST_UNAVAILABLE, "a file of %zu bytes could not be written", bytes->len);
}

bool ost_disk_folder(const char *dir, const char *name, struct ost_err *err)
{
    char path[OST_DISK_PATH];
    if (!ost_disk_join(dir, name, path, err))
        return false;
    struct stat at;
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &at) == 0 && S_ISDIR(at.st_mode)))
        return true;
    return ost_fail(err, OST_UNAVAILABLE, "a folder could not be made");
}
