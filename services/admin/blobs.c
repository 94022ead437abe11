#include "recon/base/array.h"
#include "services/admin/admin.h"
#include "services/cli/args.h"
#include "services/db/account.h"
#include "services/db/blob.h"
#include "services/log/log.h"
#include "services/store/store.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { OST_BLOBS_MEMORY = 16 << 20, OST_BLOBS_AT_ONCE = 500 };

static const struct ost_option option[] = {
    {"from", "DIR", "copy: the blobs of this folder into the store that is set"},
    {"to", "DIR", "copy: those of the store that is set into this folder"},
};

static const struct ost_usage usage = {
    .line = "osteon blobs check | osteon blobs copy --from DIR | osteon blobs copy --to DIR",
    .summary =
        "check writes, reads and removes an object in the store the services would use: the\n"
        "folder OSTEON_BLOB_DIR, or the bucket of OSTEON_BLOB_S3_URL. copy brings every blob of\n"
        "the database (OSTEON_OWNER_DATABASE_URL) from a folder into the store, or back, sealed\n"
        "as it is; what is there already is left, so it can be ended and run again. To move:\n"
        "copy, start api and worker with the other store, copy again for what came between.\n"
        "Exit 3 where a blob could not be copied.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 1,
};

struct copying {
    struct ost_db *db;
    struct ost_store *to, *from;
    size_t copied, there, left;
};

/* The next of one institution's blobs; no transaction stays open while bytes move. */
static bool list(struct copying *c, int64_t institution, int64_t after, struct ost_arena *arena,
                 struct ost_blob **blob, size_t *count, struct ost_err *err)
{
    const struct ost_db_who who = {.institution = institution};
    /* No key has a number below 0: every blob is wrapped by another. */
    const struct ost_db_blob_ask ask = {.key_id = -1, .after = after, .most = OST_BLOBS_AT_ONCE};
    bool ok =
        ost_db_begin(c->db, &who, err) && ost_db_blob_stale(c->db, &ask, arena, blob, count, err);
    ost_db_end(c->db);
    return ok;
}

/* One that cannot be copied is counted, and stops none of the others. */
static void copy_one(struct copying *c, const struct ost_blob *blob)
{
    struct ost_err why;
    bool copied = false;
    if (ost_store_copy(c->to, c->from, blob, &copied, &why)) {
        c->copied += copied;
        c->there += !copied;
        return;
    }
    ost_log_err(OST_LOG_WARN, "blobs.left", &why);
    c->left++;
}

static bool copy_of(struct copying *c, int64_t institution, struct ost_err *err)
{
    int64_t after = 0;
    for (size_t count = OST_BLOBS_AT_ONCE; count == OST_BLOBS_AT_ONCE;) {
        OST_AUTO(ost_arena) arena = NULL;
        struct ost_blob *blob = NULL;
        if (!ost_arena_create(&arena, OST_BLOBS_MEMORY, err) ||
            !list(c, institution, after, arena, &blob, &count, err))
            return ost_err_note(err, "institution %" PRId64, institution);
        for (size_t i = 0; i < count; i++)
            copy_one(c, &blob[i]);
        if (count > 0)
            after = blob[count - 1].id;
    }
    return true;
}

static bool copy_all(struct copying *c, struct ost_err *err)
{
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_db_institution *row = NULL;
    size_t count = 0;
    if (!ost_arena_create(&arena, OST_BLOBS_MEMORY, err) || !ost_db_begin_owner(c->db, err))
        return false;
    bool ok = ost_db_institution_list(c->db, arena, &row, &count, err);
    ost_db_end(c->db);
    for (size_t i = 0; ok && i < count; i++)
        ok = copy_of(c, row[i].id, err);
    return ok;
}

static bool is_bucket(const struct ost_config *config)
{
    return config->store.s3.url[0] != '\0';
}

static int check(const struct ost_config *config, bool json)
{
    OST_AUTO(ost_store) store = NULL;
    struct ost_err err = {0};
    if (!ost_store_create(&store, &config->store, &err) || !ost_store_try(store, &err))
        return ost_command_fail("blobs", &err);
    (void)printf(json ? "{\"store\":\"%s\",\"ok\":true}\n" : "the %s takes, gives and removes\n",
                 is_bucket(config) ? "bucket" : "folder");
    return OST_EXIT_OK;
}

static int copy(const struct ost_config *config, const struct ost_args *args)
{
    const char *from = ost_args_value(args, "from"), *to = ost_args_value(args, "to");
    const struct ost_config_store folder = {.blob_dir = from == NULL ? to : from,
                                            .secret_file = config->store.secret_file};
    OST_AUTO(ost_db) db = NULL;
    OST_AUTO(ost_store) set = NULL;
    OST_AUTO(ost_store) other = NULL;
    struct ost_err err = {0};
    if (!ost_db_create_owner(&db, config->db.owner_url, &err) ||
        !ost_store_create(&set, &config->store, &err) || !ost_store_create(&other, &folder, &err))
        return ost_command_fail("blobs", &err);
    struct copying copying = {
        .db = db, .to = from == NULL ? other : set, .from = from == NULL ? set : other};
    if (!copy_all(&copying, &err))
        return ost_command_fail("blobs", &err);
    (void)printf(args->json ? "{\"copied\":%zu,\"there\":%zu,\"left\":%zu}\n"
                            : "%zu blobs copied, %zu were there, %zu could not be copied\n",
                 copying.copied, copying.there, copying.left);
    return copying.left == 0 ? OST_EXIT_OK : OST_EXIT_INPUT;
}

int ost_admin_blobs(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    bool checks = strcmp(args.word[0], "check") == 0, copies = strcmp(args.word[0], "copy") == 0;
    bool from = ost_args_value(&args, "from") != NULL, to = ost_args_value(&args, "to") != NULL;
    struct ost_err err = {0};
    if ((!checks && !copies) || (checks && (from || to)) || (copies && from == to)) {
        (void)ost_fail(&err, OST_INVALID, "usage: %s", usage.line);
        return ost_command_refuse("blobs", &err);
    }
    OST_AUTO(ost_config) config = NULL;
    if (!ost_config_create(&config, &err))
        return ost_command_fail("blobs", &err);
    (void)signal(SIGPIPE, SIG_IGN); /* a bucket that hangs up is an error code, not an end */
    return checks ? check(config, args.json) : copy(config, &args);
}
