#include "recon/plan/plan.h"
#include "services/admin/replay_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OST_ENTRY_MEMORY = 8 << 20, OST_KEPT_MEMORY = 16 << 20 };

struct replay {
    struct ost_plan *plan;
    const struct ost_db_plan_kept *kept; /* snapshots, by seq */
    size_t kept_count, kept_at;
    int64_t last, broken;
};

/* A snapshot is where rooms begin: it must be, to the byte, what the log leads to. */
static bool same_snapshot(const struct ost_plan *plan, const struct ost_db_plan_kept *kept)
{
    char hex[OST_SHA256_HEX], want[OST_SHA256_HEX];
    unsigned char digest[OST_SHA256_BYTES] = {0};
    struct ost_buf body;
    struct ost_err why;
    ost_buf_init(&body, OST_PLAN_BYTES);
    bool ok = ost_plan_write(plan, OST_FORM_CBOR, &body, &why) && ost_plan_hash(plan, hex, &why);
    if (ok)
        ost_sha256_of(body.ptr, body.len, digest);
    ost_buf_fini(&body);
    ost_sha256_hex(kept->state_hash, want);
    return ok && strcmp(hex, want) == 0 && memcmp(digest, kept->body_hash, sizeof digest) == 0;
}

static bool snapshots_hold(struct replay *replay)
{
    bool ok = true;
    for (; ok && replay->kept_at < replay->kept_count &&
           replay->kept[replay->kept_at].seq <= replay->last;
         replay->kept_at++) {
        const struct ost_db_plan_kept *kept = &replay->kept[replay->kept_at];
        ok = kept->seq == replay->last && same_snapshot(replay->plan, kept);
    }
    return ok;
}

/* What the row repeats of the body, for people and constraints, must be what the body says. */
static bool same(const struct ost_db_plan_op *op, const struct ost_entry *entry)
{
    char user[24] = "";
    if (op->user != 0)
        (void)snprintf(user, sizeof user, "%" PRId64, op->user);
    return (op->user == 0 || strcmp(user, entry->by.id) == 0) &&
           strcmp(op->client, entry->client) == 0 && op->n == entry->n && op->seq == entry->seq &&
           op->undo_of == entry->undo_of;
}

static bool replay_one(void *user, const struct ost_db_plan_op *op, struct ost_err *err)
{
    struct replay *replay = user;
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_entry entry;
    if (replay->broken != 0)
        return true;
    if (!ost_arena_create(&arena, OST_ENTRY_MEMORY, err))
        return false;
    struct ost_err why = {0};
    bool good = op->seq == replay->last + 1 &&
                ost_entry_read_body(op->body, op->body_bytes, arena, &entry, &why) &&
                same(op, &entry) && ost_plan_replay(replay->plan, &entry, &why) &&
                memcmp(entry.hash, op->hash, sizeof entry.hash) == 0;
    if (good)
        replay->last = op->seq;
    if (!good || !snapshots_hold(replay))
        replay->broken = op->seq;
    return true;
}

static bool ends_there(const struct replay *replay, const struct ost_db_plan *plan, bool *out,
                       struct ost_err *err)
{
    char hex[OST_SHA256_HEX], want[OST_SHA256_HEX];
    if (!ost_plan_hash(replay->plan, hex, err))
        return false;
    ost_sha256_hex(plan->state_hash, want);
    *out = replay->last == plan->seq && (plan->seq == 0 || strcmp(hex, want) == 0);
    return true;
}

bool ost_replay_verify(struct ost_db *db, const struct ost_db_plan *plan, int64_t *broken,
                       struct ost_err *err)
{
    char id[24];
    OST_AUTO(ost_plan) state = NULL;
    (void)snprintf(id, sizeof id, "%" PRId64, plan->id);
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_db_plan_kept *kept = NULL;
    size_t count = 0;
    if (!ost_plan_create(&state, id, err) || !ost_arena_create(&arena, OST_KEPT_MEMORY, err) ||
        !ost_db_plan_snapshot_list(db, plan->id, arena, &kept, &count, err))
        return false;
    struct replay replay = {.plan = state, .kept = kept, .kept_count = count};
    const struct ost_db_plan_range all = {.plan = plan->id};
    bool ends = true;
    if (!ost_db_plan_load(db, &all, replay_one, &replay, err) ||
        (replay.broken == 0 && !ends_there(&replay, plan, &ends, err)))
        return false;
    *broken = ends ? replay.broken : replay.last + 1;
    return true;
}
