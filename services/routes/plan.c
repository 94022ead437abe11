/*
 * A plan as it stands in the database, read without its live room: the newest
 * snapshot and the entries after it.
 */
#include "services/db/plan.h"

#include "recon/plan/measures.h"
#include "services/log/log.h"
#include "services/routes/table_impl.h"

#include <inttypes.h>
#include <stdio.h>

#define OPS_MOST 1000 /* entries in one answer */

struct replay {
    struct ost_plan *plan;
    struct ost_arena *arena;
};

static bool replay_one(void *user, const struct ost_db_plan_op *op, struct ost_err *err)
{
    struct replay *replay = user;
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_entry entry;
    return ost_arena_create(&arena, (size_t)4 * OST_ENTRY_BYTES, err) &&
           ost_entry_read_body(op->body, op->body_bytes, arena, &entry, err) &&
           ost_plan_replay(replay->plan, &entry, err);
}

static bool begin_plan(struct ost_call *call, int64_t id, struct ost_plan **out,
                       struct ost_err *err)
{
    struct ost_db_plan_snapshot snapshot;
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, id);
    if (!ost_db_plan_snapshot_get(call->db, id, 0, call->arena, &snapshot, err))
        return false;
    struct ost_err why;
    if (snapshot.body != NULL &&
        ost_plan_read(snapshot.body, snapshot.body_bytes, OST_FORM_CBOR, out, &why))
        return true;
    if (snapshot.body != NULL) /* a shortcut that is spoilt: the log is the record */
        ost_log_err(OST_LOG_WARN, "plan.snapshot", &why);
    return ost_plan_create(out, text, err);
}

/* The plan's row, after the right to read its case was checked; in a transaction. */
static bool find(struct ost_call *call, struct ost_db_plan *out, struct ost_err *err)
{
    int64_t id;
    if (!ost_call_id(call, 0, &id, err) || !ost_db_begin(call->db, &call->session.who, err) ||
        !ost_db_plan_get(call->db, id, out, err) ||
        !ost_auth_may(call->db, &call->session, OST_RIGHT_CASE_READ, out->case_id, err))
        return false;
    const struct ost_audit seen = {
        .action = "plan.view", .object = "plan", .object_id = id, .case_id = out->case_id};
    return ost_call_seen(call, &seen, err);
}

static void put_plan(struct ost_buf *out, const struct ost_plan *plan, struct ost_err *err)
{
    struct ost_measures measures;
    char hash[OST_SHA256_HEX], sum[OST_SUM_HEX];
    ost_plan_measures(plan, NULL, &measures);
    ost_plan_sum(plan, sum);
    if (!ost_plan_hash(plan, hash, err)) {
        out->failed = true;
        return;
    }
    ost_buf_print(out, "{\"seq\":%" PRId64 ",\"hash\":\"%s\",\"sum\":\"%s\",\"state\":",
                  ost_plan_seq(plan), hash, sum);
    if (!ost_plan_write(plan, OST_FORM_JSON, out, err))
        out->failed = true;
    ost_buf_text(out, ",\"measures\":");
    struct ost_sink sink = ost_sink_to(out, OST_FORM_JSON);
    ost_measures_write(&sink, &measures);
    ost_buf_text(out, "}");
}

static bool get(struct ost_call *call, struct ost_err *err)
{
    struct ost_db_plan row;
    OST_AUTO(ost_plan) plan = NULL;
    if (!find(call, &row, err) || !begin_plan(call, row.id, &plan, err))
        return false;
    struct replay replay = {.plan = plan};
    const struct ost_db_plan_range range = {.plan = row.id, .after = ost_plan_seq(plan)};
    if (!ost_db_plan_load(call->db, &range, replay_one, &replay, err) ||
        !ost_db_commit(call->db, err))
        return false;
    struct ost_buf out;
    ost_buf_init(&out, (size_t)2 * OST_PLAN_BYTES);
    put_plan(&out, plan, err);
    ost_http_reply_take(call->request, 200, "application/json", &out);
    return true;
}

struct listing {
    struct ost_buf *out;
    bool begun;
};

static bool list_one(void *user, const struct ost_db_plan_op *op, struct ost_err *err)
{
    struct listing *listing = user;
    OST_AUTO(ost_arena) arena = NULL;
    struct ost_entry entry;
    if (!ost_arena_create(&arena, (size_t)4 * OST_ENTRY_BYTES, err) ||
        !ost_entry_read_body(op->body, op->body_bytes, arena, &entry, err))
        return false;
    if (listing->begun)
        ost_buf_text(listing->out, ",");
    listing->begun = true;
    struct ost_sink sink = ost_sink_to(listing->out, OST_FORM_JSON);
    ost_entry_write(&sink, &entry);
    return true;
}

static bool get_ops(struct ost_call *call, struct ost_err *err)
{
    int64_t after;
    struct ost_db_plan row;
    struct ost_buf out;
    struct listing listing = {.out = &out};
    if (!ost_call_query(call, "after", 0, &after, err) || !find(call, &row, err))
        return false;
    ost_buf_init(&out, (size_t)64 * 1024 * 1024);
    ost_buf_text(&out, "{\"ops\":[");
    const struct ost_db_plan_range range = {
        .plan = row.id, .after = after, .until = after + OPS_MOST};
    bool ok =
        ost_db_plan_load(call->db, &range, list_one, &listing, err) && ost_db_commit(call->db, err);
    ost_buf_print(&out, "],\"seq\":%" PRId64 "}", row.seq);
    if (ok)
        ost_http_reply_take(call->request, 200, "application/json", &out);
    ost_buf_fini(&out);
    return ok;
}

/* A long plan is replayed, its entries are read: as slow as a picture. */
static bool at_slow_work(struct ost_call *call,
                         bool (*work)(struct ost_call *call, struct ost_err *err),
                         struct ost_err *err)
{
    if (!ost_call_slow(call, OST_SLOW_PLAN, err))
        return false;
    bool ok = work(call, err);
    ost_call_done(call, OST_SLOW_PLAN);
    return ok;
}

OST_ROUTE(plan_get)
{
    return at_slow_work(call, get, err);
}

OST_ROUTE(plan_ops)
{
    return at_slow_work(call, get_ops, err);
}
