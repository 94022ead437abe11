/* What a crash left behind: files that no row names. */
#include "services/log/log.h"
#include "services/store/shelf_impl.h"
#include "services/store/store_impl.h"

#include <stdlib.h>
#include <time.h>

struct sweep {
    struct ost_store *store;
    struct ost_db *db;
    size_t removed;
};

static bool named(struct sweep *sweep, int64_t institution, const char *file, bool *out,
                  struct ost_err *err)
{
    const struct ost_db_who who = {.institution = institution};
    if (!ost_db_begin(sweep->db, &who, err))
        return false;
    bool ok = ost_db_blob_names(sweep->db, file, out, err) && ost_db_commit(sweep->db, err);
    ost_db_end(sweep->db);
    return ok;
}

/* "7/3f/3f...": the institution stands in front. */
static bool look(void *user, const char *file, struct ost_err *err)
{
    struct sweep *sweep = user;
    char *end = NULL;
    int64_t institution = strtoll(file, &end, 10);
    bool keep = false;
    if (*end != '/' || institution <= 0)
        return true;
    if (!named(sweep, institution, file, &keep, err))
        return false;
    struct ost_shelf *shelf = sweep->store->shelf;
    struct ost_err why = {.code = OST_OK};
    if (!keep && shelf->kind->remove(shelf, file, &why))
        sweep->removed++;
    if (why.code != OST_UNAVAILABLE) /* a store that is away is not asked for all the others */
        return true;
    if (err != NULL)
        *err = why;
    return false;
}

int64_t ost_store_orphan_age(const struct ost_store *store)
{
    return store->shelf->orphan_s;
}

bool ost_store_sweep(struct ost_store *store, struct ost_db *db, int64_t age_s, size_t *count,
                     struct ost_err *err)
{
    struct sweep sweep = {.store = store, .db = db};
    bool ok = store->shelf->kind->old(store->shelf, (int64_t)time(NULL) - age_s, look, &sweep, err);
    *count = sweep.removed;
    if (sweep.removed > 0)
        ost_log(OST_LOG_WARN, "store.swept", "files=%zu", sweep.removed);
    return ok;
}
