/*
 * The statement that adds to a plan's log. The operations go as arrays, a column each: what a
 * statement costs by itself (its start, the checks of the table read anew) is paid once for all.
 */
#include "services/db/plan_impl.h"

#include <string.h>

enum { OST_TYPE_BYTES = 17, OST_TYPE_INT8 = 20, OST_TYPE_TEXT = 25, OST_APPEND_COLUMNS = 9 };

/*
 * The fence moves the plan on only for one who knows its epoch and where it stands, and the
 * rows come after the fence's own. An edit of an approved case makes it a plan again, written
 * only where it changes something; the approval itself stays. Grants are asked as they were when
 * the statement began: who has to wait for the plan's row waits for another owner, whose epoch then
 * refuses all of it. Nobody is told: who has the plan
 * open hears of operations from the room, and of a new plan from who made it.
 */
static const struct ost_statement append = {
    "plan_append", NULL,
    "with moved as (update plan set seq = seq + $4::int, hash = $5, state_hash = $6, "
    "bytes = bytes + $7 where id = $1 and epoch = $2 and seq = $3 "
    "returning id, case_id, institution_id, epoch, state_hash), "
    "added as (insert into plan_op (institution_id, case_id, plan_id, seq, epoch, user_id, "
    "user_name, role, client, n, undo_of, at, body, hash) select m.institution_id, m.case_id, "
    "m.id, $3 + o.place, m.epoch, nullif(o.user_id, 0), o.user_name, o.role, o.client, o.n, "
    "nullif(o.undo_of, 0), 'epoch'::timestamptz + o.at * interval '1 millisecond', o.body, o.hash "
    "from moved m, unnest($8::bigint[], $9::text[], $10::text[], $11::text[], $12::bigint[], "
    "$13::bigint[], $14::bigint[], $15::bytea[], $16::bytea[]) with ordinality "
    "as o (user_id, user_name, role, client, n, undo_of, at, body, hash, place)), "
    "reopened as (update patient_case c set state = s.state from (select m.case_id, "
    "case when exists (select 1 from approval a where a.plan_id = m.id and a.kind = 'approved' "
    "and a.state_hash = m.state_hash) then 'approved' else 'planning' end as state from moved m) s "
    "where c.id = s.case_id and c.state in ('new', 'planning', 'approved') "
    "and c.state <> s.state and c.institution_id = tenant()) "
    "select 1 from moved"};

static void put_u32(struct ost_buf *out, uint32_t v)
{
    const unsigned char bytes[4] = {(unsigned char)(v >> 24), (unsigned char)(v >> 16),
                                    (unsigned char)(v >> 8), (unsigned char)v};
    ost_buf_put(out, bytes, sizeof bytes);
}

static void put_bytes(struct ost_buf *out, const void *bytes, size_t len)
{
    put_u32(out, (uint32_t)len);
    ost_buf_put(out, bytes, len);
}

static void put_text(struct ost_buf *out, const char *text)
{
    put_bytes(out, text, strlen(text));
}

static void put_number(struct ost_buf *out, int64_t v)
{
    put_u32(out, 8);
    put_u32(out, (uint32_t)((uint64_t)v >> 32));
    put_u32(out, (uint32_t)v);
}

static void put_value(struct ost_buf *out, const struct ost_db_plan_op *op, size_t column)
{
    const int64_t number[] = {op->user, 0, 0, 0, op->n, op->undo_of, op->at_ms};
    const char *const text[] = {NULL, op->name, op->role, op->client};
    if (column == 7) {
        put_bytes(out, op->body, op->body_bytes);
    } else if (column == 8) {
        put_bytes(out, op->hash, sizeof op->hash);
    } else if (column >= 1 && column <= 3) {
        put_text(out, text[column]);
    } else {
        put_number(out, number[column]);
    }
}

/* An array of one dimension as array_recv() of PostgreSQL takes it. */
static void put_column(struct ost_buf *out, const struct ost_db_plan_append *batch, size_t column)
{
    static const uint32_t type[OST_APPEND_COLUMNS] = {
        OST_TYPE_INT8, OST_TYPE_TEXT, OST_TYPE_TEXT,  OST_TYPE_TEXT, OST_TYPE_INT8,
        OST_TYPE_INT8, OST_TYPE_INT8, OST_TYPE_BYTES, OST_TYPE_BYTES};
    put_u32(out, 1); /* dimensions */
    put_u32(out, 0); /* no nulls */
    put_u32(out, type[column]);
    put_u32(out, (uint32_t)batch->count);
    put_u32(out, 1); /* the first index */
    for (size_t i = 0; i < batch->count; i++)
        put_value(out, &batch->op[i], column);
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

bool ost_plan_append_step(struct ost_step *step, const struct ost_db_plan_append *batch,
                          struct ost_buf *columns, struct ost_err *err)
{
    size_t end[OST_APPEND_COLUMNS + 1] = {0};
    if (!in_order(batch))
        return ost_fail(err, OST_BUG, "%zu operations that do not follow one another",
                        batch->count);
    for (size_t i = 0; i < OST_APPEND_COLUMNS; i++) {
        put_column(columns, batch, i);
        end[i + 1] = columns->len;
    }
    *step = (struct ost_step){.statement = &append,
                              .value = {OST_NUMBER(batch->plan), OST_NUMBER(batch->epoch),
                                        OST_NUMBER(batch->after), OST_NUMBER((int64_t)batch->count),
                                        OST_BYTES(batch->op[batch->count - 1].hash, OST_DB_HASH),
                                        OST_BYTES(batch->state_hash, OST_DB_HASH),
                                        OST_NUMBER(ost_db_plan_bytes_of(batch))}};
    step->count = 7;
    for (size_t i = 0; i < OST_APPEND_COLUMNS && !columns->failed; i++) {
        step->value[step->count++] =
            (struct ost_param)OST_BYTES(columns->ptr + end[i], end[i + 1] - end[i]);
    }
    return ost_buf_done(columns, err);
}
