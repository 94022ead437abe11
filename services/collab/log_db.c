#include "services/collab/log_db.h"

#include "services/db/plan.h"
#include "services/log/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SNAPSHOT_MEMORY ((size_t)2 * OST_PLAN_BYTES)
#define LEASE_S         ((OST_COLLAB_LEASE_MS + 999) / 1000)

/* Rooms write for the case's institution; who did what stands in every entry. */
static struct ost_db_who who_of(const struct ost_collab_case *at)
{
    return (struct ost_db_who){.institution = at->institution};
}

static bool lease(const struct ost_collab_log_db *log, int64_t plan, int64_t *epoch,
                  struct ost_err *err)
{
    struct ost_db_plan_lease lease = {.plan = plan, .seconds = LEASE_S, .owner = log->owner};
    if (!ost_db_plan_take_lease(log->db, &lease, err))
        return false;
    *epoch = lease.epoch;
    return true;
}

static bool find(const struct ost_collab_log_db *log, const struct ost_collab_case *at,
                 struct ost_collab_plan *out, struct ost_err *err)
{
    struct ost_db_plan plan;
    bool found = false;
    *out = (struct ost_collab_plan){0};
    if (!ost_db_plan_of_case(log->db, at->case_id, &plan, &found, err))
        return false;
    out->id = found ? plan.id : 0;
    out->bytes = found ? plan.bytes : 0;
    return !found || lease(log, plan.id, &out->epoch, err);
}

static bool log_open(void *user, const struct ost_collab_case *at, struct ost_collab_plan *out,
                     struct ost_err *err)
{
    const struct ost_collab_log_db *log = user;
    const struct ost_db_who who = who_of(at);
    bool ok =
        ost_db_begin(log->db, &who, err) && find(log, at, out, err) && ost_db_commit(log->db, err);
    ost_db_end(log->db);
    return ok;
}

static bool hand_on(void *user, const struct ost_db_plan_op *op, struct ost_err *err)
{
    const struct ost_collab_load *to = user;
    return to->each(to->user, op->body, op->body_bytes, err);
}

/* Hands over the snapshot to begin with; `after` is its seq, or 0 where all entries come. */
static bool begin_load(const struct ost_collab_log_db *log, const struct ost_collab_load *to,
                       int64_t *after, struct ost_err *err)
{
    struct ost_db_plan row;
    struct ost_db_plan_snapshot snapshot;
    OST_AUTO(ost_arena) arena = NULL;
    *after = 0;
    if (!ost_db_plan_get(log->db, to->plan, &row, err))
        return false;
    if (row.seq <= OST_COLLAB_TAIL)
        return true;
    if (!ost_arena_create(&arena, SNAPSHOT_MEMORY, err) ||
        !ost_db_plan_snapshot_get(log->db, to->plan, row.seq - OST_COLLAB_TAIL, arena, &snapshot,
                                  err))
        return false;
    if (snapshot.body != NULL && to->begin(to->user, snapshot.body, snapshot.body_bytes))
        *after = snapshot.seq;
    return true;
}

static bool load(const struct ost_collab_log_db *log, const struct ost_collab_load *to,
                 struct ost_err *err)
{
    struct ost_db_plan_range range = {.plan = to->plan};
    struct ost_collab_load each = *to;
    return begin_load(log, to, &range.after, err) &&
           ost_db_plan_load(log->db, &range, hand_on, &each, err);
}

static bool log_load(void *user, const struct ost_collab_case *at, const struct ost_collab_load *to,
                     struct ost_err *err)
{
    const struct ost_collab_log_db *log = user;
    const struct ost_db_who who = who_of(at);
    bool ok = ost_db_begin(log->db, &who, err) && load(log, to, err) && ost_db_commit(log->db, err);
    ost_db_end(log->db);
    return ok;
}

static bool log_mine(void *user, const struct ost_collab_case *at,
                     const struct ost_collab_mine *ask, struct ost_err *err)
{
    const struct ost_collab_log_db *log = user;
    const struct ost_db_who who = who_of(at);
    const struct ost_db_plan_mine mine = {.plan = ask->plan,
                                          .client = ask->client,
                                          .before = ask->before,
                                          .most = OST_COLLAB_MINE,
                                          .each = ask->each,
                                          .user = ask->user};
    bool ok = ost_db_begin(log->db, &who, err) && ost_db_plan_mine(log->db, &mine, err) &&
              ost_db_commit(log->db, err);
    ost_db_end(log->db);
    return ok;
}

static bool log_snapshot(void *user, const struct ost_collab_case *at, int64_t plan,
                         const struct ost_collab_snapshot *snapshot, struct ost_err *err)
{
    const struct ost_collab_log_db *log = user;
    const struct ost_db_who who = who_of(at);
    struct ost_db_plan_snapshot row = {
        .seq = snapshot->seq, .body = snapshot->body, .body_bytes = snapshot->body_bytes};
    memcpy(row.state_hash, snapshot->state_hash, sizeof row.state_hash);
    bool ok = ost_db_begin(log->db, &who, err) &&
              ost_db_plan_snapshot_add(log->db, plan, &row, err) && ost_db_commit(log->db, err);
    ost_db_end(log->db);
    return ok;
}

/* The user's number; the system's id is a word and stands for nobody. */
static int64_t user_of(const struct ost_entry *entry)
{
    return entry->by.role == OST_ROLE_SYSTEM ? 0 : strtoll(entry->by.id, NULL, 10);
}

static void op_of(const struct ost_collab_record *record, struct ost_db_plan_op *out)
{
    const struct ost_entry *entry = record->entry;
    *out = (struct ost_db_plan_op){.seq = entry->seq,
                                   .user = user_of(entry),
                                   .name = entry->by.name,
                                   .role = ost_role_name(entry->by.role),
                                   .client = entry->client,
                                   .n = entry->n,
                                   .at_ms = entry->at_ms,
                                   .undo_of = entry->undo_of,
                                   .body = record->body,
                                   .body_bytes = record->body_bytes};
    memcpy(out->hash, entry->hash, sizeof out->hash);
}

static void digest_of(const char *hex, unsigned char out[OST_DB_HASH])
{
    for (size_t i = 0; i < OST_DB_HASH; i++) {
        const char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        out[i] = (unsigned char)strtoul(two, NULL, 16);
    }
}

/* A tag stands alone in its entry; it gets its row in the same transaction. */
static bool add_tag(const struct ost_collab_log_db *log, int64_t plan,
                    const struct ost_entry *entry, struct ost_err *err)
{
    const struct ost_op *op = &entry->op[0];
    if (op->kind != OST_OP_TAG)
        return true;
    struct ost_db_plan_tag tag = {.seq = entry->seq, .user = user_of(entry)};
    memcpy(tag.kind, op->tag_kind, strlen(op->tag_kind) + 1);
    memcpy(tag.name, op->tag, strlen(op->tag) + 1);
    memcpy(tag.by, entry->by.name, strlen(entry->by.name) + 1);
    digest_of(op->hash, tag.state_hash);
    return ost_db_plan_tag_add(log->db, plan, &tag, err);
}

static bool append(const struct ost_collab_log_db *log, const struct ost_collab_batch *batch,
                   struct ost_err *err)
{
    struct ost_db_plan_op op[OST_COLLAB_BATCH];
    struct ost_db_plan_append rows = {.plan = batch->plan.id,
                                      .epoch = batch->plan.epoch,
                                      .after = batch->after,
                                      .op = op,
                                      .count = batch->count};
    memcpy(rows.state_hash, batch->state_hash, sizeof rows.state_hash);
    for (size_t i = 0; i < batch->count; i++)
        op_of(&batch->record[i], &op[i]);
    if (!ost_db_plan_append(log->db, &rows, err))
        return false;
    for (size_t i = 0; i < batch->count; i++) {
        if (!add_tag(log, batch->plan.id, batch->record[i].entry, err))
            return false;
    }
    return true;
}

static bool log_append(void *user, const struct ost_collab_case *at,
                       const struct ost_collab_batch *batch, struct ost_err *err)
{
    const struct ost_collab_log_db *log = user;
    const struct ost_db_who who = who_of(at);
    bool ok =
        ost_db_begin(log->db, &who, err) && append(log, batch, err) && ost_db_commit(log->db, err);
    ost_db_end(log->db);
    return ok;
}

/* A tag has a row of its own, and comes alone often enough. */
static bool has_tag(const struct ost_collab_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->record[i].entry->op[0].kind == OST_OP_TAG)
            return true;
    }
    return false;
}

static void one_by_one(struct ost_collab_log_db *log, struct ost_collab_write *write, size_t count)
{
    for (size_t i = 0; i < count; i++)
        write[i].ok = log_append(log, write[i].at, write[i].batch, &write[i].err);
}

static void write_of(const struct ost_collab_write *write, struct ost_db_plan_op *op,
                     struct ost_db_plan_write *out)
{
    const struct ost_collab_batch *batch = write->batch;
    *out = (struct ost_db_plan_write){.who = who_of(write->at),
                                      .batch = {.plan = batch->plan.id,
                                                .epoch = batch->plan.epoch,
                                                .after = batch->after,
                                                .op = op,
                                                .count = batch->count}};
    memcpy(out->batch.state_hash, batch->state_hash, sizeof out->batch.state_hash);
    for (size_t i = 0; i < batch->count; i++)
        op_of(&batch->record[i], &op[i]);
}

/* All in one commit; where that is refused, nothing was written, and each tries by itself. */
static void append_at_once(struct ost_collab_log_db *log, struct ost_collab_write *write,
                           size_t count, struct ost_db_plan_write *row, struct ost_db_plan_op *op)
{
    struct ost_err err;
    for (size_t i = 0, at = 0; i < count; at += write[i++].batch->count)
        write_of(&write[i], op + at, &row[i]);
    bool ok = ost_db_plan_append_all(log->db, row, count, &err);
    if (!ok && err.code != OST_UNAVAILABLE) {
        one_by_one(log, write, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        write[i].ok = ok && row[i].kept;
        if (!ok)
            write[i].err = err;
        else if (!row[i].kept)
            (void)ost_fail(&write[i].err, OST_CONFLICT, "another process writes this plan now");
    }
}

static void log_append_all(void *user, struct ost_collab_write *write, size_t count)
{
    struct ost_collab_log_db *log = user;
    size_t ops = 0;
    bool tags = false;
    for (size_t i = 0; i < count; i++) {
        ops += write[i].batch->count;
        tags = tags || has_tag(write[i].batch);
    }
    struct ost_db_plan_write *row = calloc(count, sizeof *row);
    struct ost_db_plan_op *op = calloc(ops, sizeof *op);
    if (tags || row == NULL || op == NULL) {
        one_by_one(log, write, count);
    } else {
        append_at_once(log, write, count, row, op);
    }
    free(row);
    free(op);
}

static bool log_renew(void *user, const struct ost_collab_case *at, struct ost_collab_plan *plan,
                      struct ost_err *err)
{
    const struct ost_collab_log_db *log = user;
    const struct ost_db_who who = who_of(at);
    bool ok = ost_db_begin(log->db, &who, err) && lease(log, plan->id, &plan->epoch, err) &&
              ost_db_commit(log->db, err);
    ost_db_end(log->db);
    return ok;
}

static void log_renew_all(void *user, struct ost_collab_renewal *one, size_t count)
{
    const struct ost_collab_log_db *log = user;
    struct ost_db_plan_hold *hold = calloc(count, sizeof *hold);
    struct ost_err err;
    for (size_t i = 0; hold != NULL && i < count; i++) {
        hold[i] = (struct ost_db_plan_hold){.institution = one[i].at->institution,
                                            .plan = one[i].plan->id,
                                            .epoch = one[i].plan->epoch};
    }
    bool ok = hold != NULL && ost_db_plan_hold_all(log->db, log->owner, LEASE_S, hold, count, &err);
    for (size_t i = 0; i < count; i++)
        one[i].ok = ok && hold[i].held;
    free(hold);
}

static void log_release(void *user, const struct ost_collab_case *at,
                        const struct ost_collab_plan *plan)
{
    const struct ost_collab_log_db *log = user;
    const struct ost_db_who who = who_of(at);
    struct ost_err err;
    bool ok = ost_db_begin(log->db, &who, &err) &&
              ost_db_plan_release(log->db, plan->id, log->owner, &err) &&
              ost_db_commit(log->db, &err);
    ost_db_end(log->db);
    if (!ok)
        ost_log_err(OST_LOG_WARN, "collab.release", &err); /* the lease runs out by itself */
}

struct ost_collab_store ost_collab_log_db_store(struct ost_collab_log_db *log)
{
    return (struct ost_collab_store){.user = log,
                                     .open = log_open,
                                     .load = log_load,
                                     .mine = log_mine,
                                     .append = log_append,
                                     .append_all = log_append_all,
                                     .snapshot = log_snapshot,
                                     .renew = log_renew,
                                     .renew_all = log_renew_all,
                                     .release = log_release};
}
