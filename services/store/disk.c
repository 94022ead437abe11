/* Files that are whole or not there, and there for good once a call returned. */
#include "services/store/shelf_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OST_DISK_PATH = 1024, OST_DISK_NAME = 128, OST_DISK_ORPHAN_S = 3600 };

struct ost_disk {
    struct ost_shelf shelf;
    char dir[OST_DISK_PATH - OST_DISK_NAME - 8];
};

static bool path_of(struct ost_shelf *shelf, const char *file, const char *suffix,
                    char path[OST_DISK_PATH], struct ost_err *err)
{
    const struct ost_disk *disk = (const struct ost_disk *)shelf;
    if (!ost_shelf_check(file, err))
        return false;
    int len = snprintf(path, OST_DISK_PATH, "%s/%s%s", disk->dir, file, suffix);
    return (len > 0 && len < OST_DISK_PATH) || ost_fail(err, OST_BUG, "a blob's name is too long");
}

static bool sync_folder(const char *path)
{
    char folder[OST_DISK_PATH];
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
static bool make_folders(const struct ost_shelf *shelf, char path[OST_DISK_PATH])
{
    const struct ost_disk *disk = (const struct ost_disk *)shelf;
    char *first = strchr(path + strlen(disk->dir) + 1, '/');
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

/* One that is there already was left by a copy that was ended. */
static int open_fresh(const char *path)
{
    const int how = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    int fd = open(path, how, S_IRUSR | S_IWUSR);
    return fd >= 0 || errno != EEXIST || unlink(path) != 0 ? fd
                                                           : open(path, how, S_IRUSR | S_IWUSR);
}

static bool disk_write(struct ost_shelf *shelf, const char *file, const struct ost_buf *bytes,
                       struct ost_err *err)
{
    char path[OST_DISK_PATH], fresh[OST_DISK_PATH];
    if (!path_of(shelf, file, "", path, err) || !path_of(shelf, file, ".tmp", fresh, err))
        return false;
    int fd = -1;
    bool ok = make_folders(shelf, path);
    if (ok)
        fd = open_fresh(fresh);
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

static bool missing(struct ost_err *err)
{
    return ost_fail(err, errno == ENOENT ? OST_NOT_FOUND : OST_UNAVAILABLE,
                    "its file is not there");
}

static bool disk_read(struct ost_shelf *shelf, const char *file, struct ost_buf *out,
                      struct ost_err *err)
{
    char path[OST_DISK_PATH];
    if (!path_of(shelf, file, "", path, err))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return missing(err);
    bool ok = read_all(fd, out);
    (void)close(fd);
    if (!ok)
        return ost_fail(err, OST_UNAVAILABLE, "its file cannot be read");
    return out->failed ? ost_fail(err, OST_CORRUPT, "its file is longer than its row says") : true;
}

static bool disk_size(struct ost_shelf *shelf, const char *file, int64_t *bytes,
                      struct ost_err *err)
{
    char path[OST_DISK_PATH];
    struct stat st;
    if (!path_of(shelf, file, "", path, err))
        return false;
    if (lstat(path, &st) != 0)
        return missing(err);
    *bytes = (int64_t)st.st_size;
    return true;
}

static bool disk_remove(struct ost_shelf *shelf, const char *file, struct ost_err *err)
{
    char path[OST_DISK_PATH];
    if (!path_of(shelf, file, "", path, err))
        return false;
    if (unlink(path) != 0 && errno != ENOENT)
        return ost_fail(err, OST_UNAVAILABLE, "a blob's file cannot be removed");
    (void)sync_folder(path);
    return true;
}

struct walk {
    struct ost_disk *disk;
    int64_t before;
    ost_shelf_visit *visit;
    void *user;
};

typedef bool step(const struct walk *walk, const char *path, struct ost_err *err);

/* Calls `each` with "folder/name" for every entry of a folder below the store's. */
static bool enter(const struct walk *walk, const char *folder, step *each, struct ost_err *err)
{
    char path[OST_DISK_PATH];
    (void)snprintf(path, sizeof path, "%s/%s", walk->disk->dir, folder);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return true;
    bool ok = true;
    for (struct dirent *e = readdir(dir); ok && e != NULL; e = readdir(dir)) {
        char child[OST_DISK_NAME];
        int len = snprintf(child, sizeof child, "%s%s%s", folder, folder[0] == '\0' ? "" : "/",
                           e->d_name);
        if (e->d_name[0] != '.' && len > 0 && (size_t)len < sizeof child)
            ok = each(walk, child, err);
    }
    (void)closedir(dir);
    return ok;
}

static bool look(const struct walk *walk, const char *file, struct ost_err *err)
{
    char path[OST_DISK_PATH];
    struct stat st;
    if (!path_of(&walk->disk->shelf, file, "", path, NULL) || lstat(path, &st) != 0 ||
        !S_ISREG(st.st_mode) || (int64_t)st.st_mtime > walk->before)
        return true;
    return walk->visit(walk->user, file, err);
}

static bool inner(const struct walk *walk, const char *path, struct ost_err *err)
{
    return enter(walk, path, look, err);
}

static bool outer(const struct walk *walk, const char *path, struct ost_err *err)
{
    return enter(walk, path, inner, err);
}

static bool disk_old(struct ost_shelf *shelf, int64_t before, ost_shelf_visit *visit, void *user,
                     struct ost_err *err)
{
    const struct walk walk = {
        .disk = (struct ost_disk *)shelf, .before = before, .visit = visit, .user = user};
    return enter(&walk, "", outer, err);
}

static void disk_destroy(struct ost_shelf *shelf)
{
    free(shelf);
}

static const struct ost_shelf_kind kind = {
    .write = disk_write,
    .read = disk_read,
    .size = disk_size,
    .remove = disk_remove,
    .old = disk_old,
    .destroy = disk_destroy,
};

bool ost_disk_create(struct ost_shelf **out, const char *dir, struct ost_err *err)
{
    struct ost_disk *disk = calloc(1, sizeof *disk);
    if (disk == NULL)
        return ost_fail(err, OST_NOMEM, "the blob folder");
    disk->shelf.kind = &kind;
    disk->shelf.orphan_s = OST_DISK_ORPHAN_S;
    OST_AUTO(ost_shelf) shelf = &disk->shelf;
    int len = snprintf(disk->dir, sizeof disk->dir, "%s", dir);
    if (len <= 0 || (size_t)len >= sizeof disk->dir)
        return ost_fail(err, OST_INVALID, "OSTEON_BLOB_DIR is empty or too long");
    if (mkdir(disk->dir, S_IRWXU) != 0 && errno != EEXIST)
        return ost_fail(err, OST_UNAVAILABLE, "OSTEON_BLOB_DIR cannot be made");
    *out = ost_steal(&shelf);
    return true;
}
