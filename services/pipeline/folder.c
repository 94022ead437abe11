#include "services/log/log.h"
#include "services/pipeline/folder_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char prefix[] = "osteon-job-";
enum { OST_YOUNG_S = 5, OST_OPEN_FOLDERS = 16 };

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static void wipe(const char *dir)
{
    if (nftw(dir, remove_one, OST_OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) != 0)
        ost_log(OST_LOG_ERROR, "folder.left", "errno=%d", errno);
}

static int open_lock(const char *dir, int flags)
{
    char path[OST_WORK_DIR + 264];
    (void)snprintf(path, sizeof path, "%s/.lock", dir);
    return open(path, flags | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
}

bool ost_folder_open(struct ost_folder *folder, const char *work_dir, struct ost_err *err)
{
    folder->lock = -1;
    int len = snprintf(folder->dir, sizeof folder->dir, "%s/%sXXXXXX", work_dir, prefix);
    if (len < 0 || (size_t)len >= sizeof folder->dir) {
        return ost_fail(err, OST_INVALID, "OSTEON_WORK_DIR is longer than %d characters",
                        OST_WORK_DIR - 32);
    }
    if (mkdtemp(folder->dir) == NULL) {
        folder->dir[0] = '\0';
        return ost_fail(err, OST_UNAVAILABLE, "no folder can be made in OSTEON_WORK_DIR");
    }
    folder->lock = open_lock(folder->dir, O_RDWR | O_CREAT);
    if (folder->lock >= 0 && flock(folder->lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    ost_folder_wipe(folder);
    return ost_fail(err, OST_UNAVAILABLE, "a folder in OSTEON_WORK_DIR cannot be locked");
}

void ost_folder_wipe(struct ost_folder *folder)
{
    if (folder->dir[0] != '\0')
        wipe(folder->dir);
    if (folder->lock >= 0)
        (void)close(folder->lock);
    folder->dir[0] = '\0';
    folder->lock = -1;
}

static bool write_all(int fd, const unsigned char *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t n = write(fd, bytes + at, len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

bool ost_folder_put(const char *dir, const char *name, const void *bytes, size_t len,
                    struct ost_err *err)
{
    char path[OST_WORK_DIR + OST_WORK_NAME + 16];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    bool ok = fd >= 0 && write_all(fd, bytes, len);
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    return ok || ost_fail(err, OST_UNAVAILABLE, "%zu bytes do not fit into OSTEON_WORK_DIR", len);
}

/* A folder is left behind when nobody holds its lock; a new one may not have its lock yet. */
static bool is_left(const char *dir)
{
    struct stat st;
    if (lstat(dir, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
        time(NULL) - st.st_mtime < OST_YOUNG_S)
        return false;
    int fd = open_lock(dir, O_RDWR);
    bool left = fd < 0 ? errno == ENOENT : flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (fd >= 0)
        (void)close(fd);
    return left;
}

void ost_pipeline_sweep(const struct ost_config_worker *config)
{
    DIR *dir = opendir(config->work_dir);
    if (dir == NULL)
        return;
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        char path[OST_WORK_DIR + 256]; /* a folder's and a name's most */
        int len = snprintf(path, sizeof path, "%s/%s", config->work_dir, e->d_name);
        if (strncmp(e->d_name, prefix, sizeof prefix - 1) == 0 && len > 0 &&
            (size_t)len < sizeof path && is_left(path)) {
            ost_log(OST_LOG_WARN, "folder.swept", "count=%d", 1);
            wipe(path);
        }
    }
    (void)closedir(dir);
}
