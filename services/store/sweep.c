/* What a crash left behind: files that no row names. */
#include "services/log/log.h"
#include "services/store/store_impl.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct sweep {
    struct ost_store *store;
    struct ost_db *db;
    int64_t institution, before;
    size_t removed;
};

static bool named(struct sweep *sweep, const char *file, bool *out, struct ost_err *err)
{
    const struct ost_db_who who = {.institution = sweep->institution};
    if (!ost_db_begin(sweep->db, &who, err))
        return false;
    bool ok = ost_db_blob_names(sweep->db, file, out, err) && ost_db_commit(sweep->db, err);
    ost_db_end(sweep->db);
    return ok;
}

static bool look(struct sweep *sweep, const char *file, struct ost_err *err)
{
    char path[OST_STORE_PATH];
    struct stat st;
    bool keep = false;
    (void)snprintf(path, sizeof path, "%s/%s", sweep->store->dir, file);
    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode) || (int64_t)st.st_mtime > sweep->before)
        return true;
    if (!named(sweep, file, &keep, err))
        return false;
    if (!keep && unlink(path) == 0)
        sweep->removed++;
    return true;
}

typedef bool visit(struct sweep *sweep, const char *path, struct ost_err *err);

/* Calls `each` with "folder/name" for every entry of a folder below the store's. */
static bool walk(struct sweep *sweep, const char *folder, visit *each, struct ost_err *err)
{
    char path[OST_STORE_PATH];
    (void)snprintf(path, sizeof path, "%s/%s", sweep->store->dir, folder);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return true;
    bool ok = true;
    for (struct dirent *e = readdir(dir); ok && e != NULL; e = readdir(dir)) {
        char child[OST_BLOB_FILE + 8];
        int len = snprintf(child, sizeof child, "%s%s%s", folder, folder[0] == '\0' ? "" : "/",
                           e->d_name);
        if (e->d_name[0] != '.' && len > 0 && (size_t)len < sizeof child)
            ok = each(sweep, child, err);
    }
    (void)closedir(dir);
    return ok;
}

static bool shelf(struct sweep *sweep, const char *path, struct ost_err *err)
{
    return walk(sweep, path, look, err);
}

static bool institution(struct sweep *sweep, const char *path, struct ost_err *err)
{
    char *end = NULL;
    sweep->institution = strtoll(path, &end, 10);
    return *end != '\0' || sweep->institution <= 0 || walk(sweep, path, shelf, err);
}

bool ost_store_sweep(struct ost_store *store, struct ost_db *db, int64_t age_s, size_t *count,
                     struct ost_err *err)
{
    struct sweep sweep = {.store = store, .db = db, .before = (int64_t)time(NULL) - age_s};
    bool ok = walk(&sweep, "", institution, err);
    *count = sweep.removed;
    if (sweep.removed > 0)
        ost_log(OST_LOG_WARN, "store.swept", "files=%zu", sweep.removed);
    return ok;
}
