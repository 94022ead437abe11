/* The log of a plan: appending with a fence, reading in order. */
#include "services/db/plan_impl.h"

enum { OST_LOAD_BATCH = 128 };

static const struct ost_statement load = {
    "plan_load", NULL,
    "select seq, user_id, user_name, role, client, n, (extract(epoch from at) * 1000)::bigint, "
    "undo_of, hash, body from plan_op where plan_id = $1 and seq > $2 "
    "and ($4::bigint = 0 or seq <= $4) order by seq limit $3"};
static const struct ost_statement seq_of = {
    "plan_seq_of", NULL, "select seq from plan_op where plan_id = $1 and client = $2 and n = $3"};

static const struct ost_statement mine = {
    "plan_mine", NULL,
    "select n, seq from plan_op where plan_id = $1 and client = $2 and seq < $3 "
    "order by n desc limit $4"};

bool ost_db_plan_append(struct ost_db *db, const struct ost_db_plan_append *batch,
                        struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    struct ost_buf columns;
    struct ost_step step;
    ost_buf_init(&columns, OST_APPEND_BYTES);
    bool ok = ost_plan_append_step(&step, batch, &columns, err) &&
              ost_ask(db, step.statement, step.value, step.count, &rows, err);
    ost_buf_fini(&columns);
    return ok && (ost_rows_count(rows) == 1 ||
                  ost_fail(err, OST_CONFLICT, "another process writes this plan now"));
}

static bool call(struct ost_row row, struct ost_arena *arena, ost_db_plan_each *each, void *user,
                 struct ost_err *err)
{
    struct ost_db_plan_op op = {.seq = ost_row_number(&row)};
    op.user = ost_row_number(&row);
    if (!ost_row_keep(&row, arena, &op.name, err) || !ost_row_keep(&row, arena, &op.role, err) ||
        !ost_row_keep(&row, arena, &op.client, err))
        return false;
    op.n = ost_row_number(&row);
    op.at_ms = ost_row_number(&row);
    op.undo_of = ost_row_number(&row);
    ost_row_hash(&row, op.hash, sizeof op.hash);
    return ost_row_bytes(&row, arena, &op.body, &op.body_bytes, err) && each(user, &op, err);
}

bool ost_db_plan_load(struct ost_db *db, const struct ost_db_plan_range *range,
                      ost_db_plan_each *each, void *user, struct ost_err *err)
{
    enum { OST_BATCH_MEMORY = OST_LOAD_BATCH * (300 << 10) };
    size_t count = OST_LOAD_BATCH;
    for (int64_t after = range->after; count == OST_LOAD_BATCH;) {
        OST_AUTO(ost_arena) arena = NULL;
        OST_AUTO(ost_rows) rows = NULL;
        if (!ost_arena_create(&arena, OST_BATCH_MEMORY, err) ||
            !ost_ask(db, &load,
                     OST_PARAMS(OST_NUMBER(range->plan), OST_NUMBER(after),
                                OST_NUMBER(OST_LOAD_BATCH), OST_NUMBER(range->until)),
                     &rows, err))
            return false;
        count = ost_rows_count(rows);
        for (size_t i = 0; i < count; i++) {
            struct ost_row row = ost_row_of(rows, i), first = row;
            after = ost_row_number(&first);
            if (!call(row, arena, each, user, err))
                return false;
        }
    }
    return true;
}

bool ost_db_plan_seq_of(struct ost_db *db, int64_t id, const char *client, int64_t n, int64_t *seq,
                        struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    *seq = 0;
    if (!ost_ask(db, &seq_of, OST_PARAMS(OST_NUMBER(id), OST_TEXT(client), OST_NUMBER(n)), &rows,
                 err))
        return false;
    if (ost_rows_count(rows) == 1) {
        struct ost_row row = ost_row_of(rows, 0);
        *seq = ost_row_number(&row);
    }
    return true;
}

bool ost_db_plan_mine(struct ost_db *db, const struct ost_db_plan_mine *ask, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &mine,
                 OST_PARAMS(OST_NUMBER(ask->plan), OST_TEXT(ask->client), OST_NUMBER(ask->before),
                            OST_NUMBER(ask->most)),
                 &rows, err))
        return false;
    for (size_t i = 0; i < ost_rows_count(rows); i++) {
        struct ost_row row = ost_row_of(rows, i);
        int64_t n = ost_row_number(&row);
        ask->each(ask->user, n, ost_row_number(&row));
    }
    return true;
}
