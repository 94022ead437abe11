#include "recon/base/array.h"
#include "services/admin/admin.h"
#include "services/cli/args.h"
#include "services/db/account.h"
#include "services/db/audit.h"
#include "services/db/blob.h"
#include "services/log/log.h"
#include "services/store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OST_ROTATE_MEMORY = 16 << 20, OST_ROTATE_AT_ONCE = 500 };

static const struct ost_option option[] = {
    {"institution", "NAME", "only the blobs of this one"},
};

static const struct ost_usage usage = {
    .line = "osteon rotate [--institution NAME]",
    .summary =
        "Wraps the key of every blob by the newest key of OSTEON_SECRET_FILE, on the database of\n"
        "OSTEON_OWNER_DATABASE_URL; files stay as they are. Before it: add a line \"N DIGITS\"\n"
        "(openssl rand -hex 32; N the next number) to the file of every api and worker and\n"
        "restart them. After it: the lines of older numbers may go. The first line stays:\n"
        "passwords and the addresses of blobs depend on it. What a backup holds of old rows\n"
        "stays readable by the old key. Exit 3 where blobs are left that no key opens.",
    .option = option,
    .option_count = OST_COUNT(option),
};

struct rotation {
    struct ost_db *db;
    struct ost_store *store;
    const char *only; /* name of an institution; NULL: all */
    size_t count;     /* of the transaction at hand */
    size_t done;      /* of all that are committed */
    size_t left;      /* blobs whose key does not open */
};

/* One transaction's worth; `*last` is the id to go on after, `*more` false at the end. */
static bool some(struct rotation *r, int64_t *last, bool *more, struct ost_err *err)
{
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_blob *blob = NULL;
    size_t count = 0;
    const struct ost_db_blob_ask ask = {
        .key_id = ost_store_newest_key(r->store), .after = *last, .most = OST_ROTATE_AT_ONCE};
    if (!ost_arena_create(&arena, OST_ROTATE_MEMORY, err) ||
        !ost_db_blob_stale(r->db, &ask, arena, &blob, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        int was = blob[i].key_id;
        *last = blob[i].id;
        struct ost_err why;
        if (!ost_store_rewrap(r->store, &blob[i], &why)) {
            ost_log_err(OST_LOG_WARN, "rotate.left", &why);
            r->left++;
            continue;
        }
        if (!ost_db_blob_rewrap(r->db, &blob[i], was, err))
            return false;
        r->count++;
    }
    *more = count == OST_ROTATE_AT_ONCE;
    return true;
}

static bool tell(struct rotation *r, int64_t institution, struct ost_err *err)
{
    char detail[64];
    (void)snprintf(detail, sizeof detail, "{\"key\":%d,\"blobs\":%zu}",
                   ost_store_newest_key(r->store), r->count);
    const struct ost_audit audit = {.action = "keys.rotate",
                                    .object = "institution",
                                    .object_id = institution,
                                    .detail = detail};
    return r->count == 0 || ost_db_audit_add(r->db, &audit, err);
}

static bool institution(struct rotation *r, int64_t id, struct ost_err *err)
{
    const struct ost_db_who who = {.institution = id};
    int64_t last = 0;
    for (bool more = true; more;) {
        r->count = 0;
        if (!ost_db_begin(r->db, &who, err))
            return false;
        bool ok = some(r, &last, &more, err) && tell(r, id, err) && ost_db_commit(r->db, err);
        ost_db_end(r->db);
        if (!ok)
            return ost_err_note(err, "institution %" PRId64, id);
        r->done += r->count;
    }
    return true;
}

static bool all(struct rotation *r, bool json, struct ost_err *err)
{
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_db_institution *row = NULL;
    size_t count = 0, known = 0;
    if (!ost_arena_create(&arena, OST_ROTATE_MEMORY, err) || !ost_db_begin_owner(r->db, err))
        return false;
    bool ok = ost_db_institution_list(r->db, arena, &row, &count, err);
    ost_db_end(r->db);
    for (size_t i = 0; ok && i < count; i++) {
        if (r->only != NULL && strcmp(r->only, row[i].name) != 0)
            continue;
        ok = institution(r, row[i].id, err);
        known++;
    }
    if (ok && known == 0 && r->only != NULL) /* or its blobs would be taken for rotated */
        ok = ost_fail(err, OST_NOT_FOUND, "there is no such institution");
    if (ok && json)
        (void)printf("{\"key\":%d,\"blobs\":%zu,\"left\":%zu}\n", ost_store_newest_key(r->store),
                     r->done, r->left);
    else if (ok)
        (void)printf("key %d wraps %zu blobs more; %zu are left that no key opens\n",
                     ost_store_newest_key(r->store), r->done, r->left);
    return ok;
}

int ost_admin_rotate(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    OST_AUTO(ost_config) config = NULL;
    OST_AUTO(ost_db) db = NULL;
    OST_AUTO(ost_store) store = NULL;
    struct ost_err err = {0};
    if (!ost_config_create(&config, &err) ||
        !ost_db_create_owner(&db, config->db.owner_url, &err) ||
        !ost_store_create(&store, &config->store, &err))
        return ost_command_fail("rotate", &err);
    struct rotation rotation = {
        .db = db, .store = store, .only = ost_args_value(&args, "institution")};
    if (!all(&rotation, args.json, &err))
        return ost_command_fail("rotate", &err);
    return rotation.left == 0 ? OST_EXIT_OK : OST_EXIT_INPUT;
}
