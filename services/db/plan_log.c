/* The log of a plan: appending with a fence, reading in order. */
#include "services/db/ask_impl.h"
#include "services/db/plan.h"

#include <stdlib.h>
#include <string.h>

enum { OST_OP_COLUMNS = 12, OST_LOAD_BATCH = 128 };

/* The fence: moves the plan on only for one who knows its epoch and where it stands. */
static const struct ost_statement move_on = {
    "plan_move_on", NULL,
    "update plan set seq = seq + $4::int, hash = $5, state_hash = $6, bytes = bytes + $7 "
    "where id = $1 and epoch = $2 and seq = $3 returning case_id, institution_id"};
static const struct ost_statement add = {
    "plan_op_add", NULL,
    "insert into plan_op (institution_id, case_id, plan_id, seq, epoch, user_id, user_name, role, "
    "client, n, undo_of, at, body, hash) select institution_id, case_id, id, $2, $3, "
    "nullif($4::bigint, 0), $5, $6, $7, $8, nullif($9::bigint, 0), "
    "'epoch'::timestamptz + $10::bigint * interval '1 millisecond', $11, $12 "
    "from plan where id = $1"};
/* An edit of an approved case makes it a plan again; the approval itself stays. */
static const struct ost_statement reopen = {
    "plan_case_state", NULL,
    "update patient_case c set state = case when exists (select 1 from approval a "
    "where a.plan_id = $1 and a.kind = 'approved' and a.state_hash = $3) then 'approved' "
    "else 'planning' end where c.id = $2 and c.state in ('new', 'planning', 'approved') "
    "and c.institution_id = tenant()"};
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

static bool insert_ops(struct ost_db *db, const struct ost_db_plan_append *batch,
                       struct ost_err *err)
{
    struct ost_param *all = calloc(batch->count, OST_OP_COLUMNS * sizeof *all);
    if (all == NULL)
        return ost_fail(err, OST_NOMEM, "%zu operations", batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        const struct ost_db_plan_op *op = &batch->op[i];
        const struct ost_param one[OST_OP_COLUMNS] = {OST_NUMBER(batch->plan),
                                                      OST_NUMBER(op->seq),
                                                      OST_NUMBER(batch->epoch),
                                                      OST_NUMBER(op->user),
                                                      OST_TEXT(op->name),
                                                      OST_TEXT(op->role),
                                                      OST_TEXT(op->client),
                                                      OST_NUMBER(op->n),
                                                      OST_NUMBER(op->undo_of),
                                                      OST_NUMBER(op->at_ms),
                                                      OST_BYTES(op->body, op->body_bytes),
                                                      OST_BYTES(op->hash, OST_DB_HASH)};
        memcpy(all + i * OST_OP_COLUMNS, one, sizeof one);
    }
    const struct ost_many many = {.value = all, .count = OST_OP_COLUMNS, .times = batch->count};
    bool ok = ost_ask_many(db, &add, &many, err);
    free(all);
    return ok;
}

static bool in_order(const struct ost_db_plan_append *batch)
{
    bool ok = batch->count >= 1 && batch->count <= OST_PLAN_APPEND;
    for (size_t i = 0; ok && i < batch->count; i++)
        ok = batch->op[i].seq == batch->after + 1 + (int64_t)i;
    return ok;
}

int64_t ost_db_plan_bytes_of(const struct ost_db_plan_append *batch)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < batch->count; i++)
        bytes += (int64_t)batch->op[i].body_bytes;
    return bytes;
}

bool ost_db_plan_append(struct ost_db *db, const struct ost_db_plan_append *batch,
                        struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!in_order(batch)) {
        return ost_fail(err, OST_BUG, "%zu operations that do not follow one another",
                        batch->count);
    }
    const unsigned char *last = batch->op[batch->count - 1].hash;
    if (!ost_ask(db, &move_on,
                 OST_PARAMS(OST_NUMBER(batch->plan), OST_NUMBER(batch->epoch),
                            OST_NUMBER(batch->after), OST_NUMBER((int64_t)batch->count),
                            OST_BYTES(last, OST_DB_HASH), OST_BYTES(batch->state_hash, OST_DB_HASH),
                            OST_NUMBER(ost_db_plan_bytes_of(batch))),
                 &rows, err))
        return false;
    if (ost_rows_count(rows) != 1)
        return ost_fail(err, OST_CONFLICT, "another process writes this plan now");
    struct ost_row row = ost_row_of(rows, 0);
    int64_t case_id = ost_row_number(&row);
    return insert_ops(db, batch, err) &&
           ost_ask(db, &reopen,
                   OST_PARAMS(OST_NUMBER(batch->plan), OST_NUMBER(case_id),
                              OST_BYTES(batch->state_hash, OST_DB_HASH)),
                   NULL, err) &&
           ost_db_news(db, "plan", case_id, batch->plan, err);
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
