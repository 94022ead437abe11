/* Files that are whole or not there, and there for good once a call returned. */
#include "services/store/store_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only names as name_file() makes them: digits, points and slashes, no "..". */
static bool path_of(const struct ost_store *store, const char *file, const char *suffix,
                    char path[OST_STORE_PATH], struct ost_err *err)
{
    if (file[0] == '/' || strstr(file, "..") != NULL ||
        file[strspn(file, "0123456789abcdef./")] != '\0')
        return ost_fail(err, OST_BUG, "a blob's file has no name of ours");
    (void)snprintf(path, OST_STORE_PATH, "%s/%s%s", store->dir, file, suffix);
    return true;
}

static bool sync_folder(const char *path)
{
    char folder[OST_STORE_PATH];
    (void)snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

/* The two folders above the file; a new one is made durable in its parent. */
static bool make_folders(const struct ost_store *store, char path[OST_STORE_PATH])
{
    char *first = strchr(path + strlen(store->dir) + 1, '/');
    bool ok = first != NULL;
    for (char *slash = first; ok && slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int rc = mkdir(path, S_IRWXU);
        ok = rc == 0 ? sync_folder(path) : errno == EEXIST;
        *slash = '/';
    }
    return ok;
}

static bool write_all(int fd, const struct ost_buf *bytes)
{
    for (size_t at = 0; at < bytes->len;) {
        ssize_t n = write(fd, bytes->ptr + at, bytes->len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

bool ost_store_write_file(const struct ost_store *store, const char *file,
                          const struct ost_buf *bytes, struct ost_err *err)
{
    char path[OST_STORE_PATH], fresh[OST_STORE_PATH];
    if (!path_of(store, file, "", path, err) || !path_of(store, file, ".tmp", fresh, err))
        return false;
    int fd = -1;
    bool ok = make_folders(store, path);
    if (ok)
        fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    ok = fd >= 0 && write_all(fd, bytes) && fsync(fd) == 0;
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    ok = ok && rename(fresh, path) == 0 && sync_folder(path);
    if (ok)
        return true;
    bool full = errno == ENOSPC || errno == EDQUOT;
    if (fd >= 0)
        (void)unlink(fresh);
    return ost_fail(err, OST_UNAVAILABLE, "a blob of %zu bytes was not written%s", bytes->len,
                    full ? ": the disk is full" : "");
}

static bool read_all(int fd, struct ost_buf *out)
{
    unsigned char part[64 << 10];
    for (ssize_t n = 1; n != 0;) {
        n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        ost_buf_put(out, part, (size_t)n);
    }
    return true;
}

bool ost_store_read_file(const struct ost_store *store, const char *file, struct ost_buf *out,
                         struct ost_err *err)
{
    char path[OST_STORE_PATH];
    if (!path_of(store, file, "", path, err))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return ost_fail(err, errno == ENOENT ? OST_NOT_FOUND : OST_UNAVAILABLE,
                        "its file is not there");
    }
    bool ok = read_all(fd, out);
    (void)close(fd);
    if (!ok)
        return ost_fail(err, OST_UNAVAILABLE, "its file cannot be read");
    return out->failed ? ost_fail(err, OST_CORRUPT, "its file is longer than its row says") : true;
}

bool ost_store_remove_file(const struct ost_store *store, const char *file, struct ost_err *err)
{
    char path[OST_STORE_PATH];
    if (!path_of(store, file, "", path, err))
        return false;
    if (unlink(path) != 0 && errno != ENOENT)
        return ost_fail(err, OST_UNAVAILABLE, "a blob's file cannot be removed");
    (void)sync_folder(path);
    return true;
}
