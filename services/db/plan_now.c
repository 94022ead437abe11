/*
 * Appends of one loop turn, and leases: several plans, one transaction, one round trip. Every
 * statement names the epoch, since none can wait for what the one before it found.
 */
#include "services/db/conn_impl.h"
#include "services/db/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { OST_WRITE_STEPS = 4, OST_NEWS_TEXT = 96 }; /* beside one for each operation */

static const struct ost_statement move_on = {
    "plan_move_on_now", NULL,
    "update plan set seq = seq + $4::int, hash = $5, state_hash = $6, bytes = bytes + $7 "
    "where id = $1 and epoch = $2 and seq = $3"};
/* A plan that did not move on lacks the epoch, or has a row of this seq already. */
static const struct ost_statement add = {
    "plan_op_add_now", NULL,
    "insert into plan_op (institution_id, case_id, plan_id, seq, epoch, user_id, user_name, role, "
    "client, n, undo_of, at, body, hash) select institution_id, case_id, id, $2, epoch, "
    "nullif($4::bigint, 0), $5, $6, $7, $8, nullif($9::bigint, 0), "
    "'epoch'::timestamptz + $10::bigint * interval '1 millisecond', $11, $12 "
    "from plan where id = $1 and epoch = $3 and seq >= $2"};
/* As in plan_log.c, and written only where it changes something. */
static const struct ost_statement reopen = {
    "plan_case_state_now", NULL,
    "update patient_case c set state = n.state from (select case when exists (select 1 from "
    "approval a where a.plan_id = $1 and a.kind = 'approved' and a.state_hash = $5) "
    "then 'approved' else 'planning' end as state from plan p where p.id = $1 and p.epoch = $3 "
    "and p.seq = $4) n where c.id = $2 and c.state in ('new', 'planning', 'approved') "
    "and c.state <> n.state and c.institution_id = tenant()"};
static const struct ost_statement notify = {
    "plan_news_now", NULL,
    "select pg_notify('osteon_change', $4) from plan where id = $1 and epoch = $2 and seq = $3"};

static const struct ost_statement hold_on = {
    "plan_hold_now", NULL,
    "update plan set lease_until = now() + $4::int * interval '1 s' "
    "where id = $1 and lease_owner = $2 and epoch = $3"};

static void put(struct ost_step *step, const struct ost_statement *statement,
                const struct ost_param *value, size_t count)
{
    step->statement = statement;
    step->count = count;
    for (size_t i = 0; i < count; i++)
        step->value[i] = value[i];
}

static void put_op(struct ost_step *step, const struct ost_db_plan_append *batch,
                   const struct ost_db_plan_op *op)
{
    put(step, &add,
        OST_PARAMS(OST_NUMBER(batch->plan), OST_NUMBER(op->seq), OST_NUMBER(batch->epoch),
                   OST_NUMBER(op->user), OST_TEXT(op->name), OST_TEXT(op->role),
                   OST_TEXT(op->client), OST_NUMBER(op->n), OST_NUMBER(op->undo_of),
                   OST_NUMBER(op->at_ms), OST_BYTES(op->body, op->body_bytes),
                   OST_BYTES(op->hash, OST_DB_HASH)));
}

/* The steps of one plan; `step[1]` is the fence. */
static size_t put_write(struct ost_step *step, const struct ost_db_plan_write *write,
                        char news[OST_NEWS_TEXT])
{
    const struct ost_db_plan_append *batch = &write->batch;
    int64_t last = batch->after + (int64_t)batch->count;
    size_t at = 0;
    put(&step[at++], ost_db_scope_view(),
        OST_PARAMS(OST_NUMBER(write->who.institution), OST_NUMBER(write->who.user)));
    put(&step[at++], &move_on,
        OST_PARAMS(OST_NUMBER(batch->plan), OST_NUMBER(batch->epoch), OST_NUMBER(batch->after),
                   OST_NUMBER((int64_t)batch->count),
                   OST_BYTES(batch->op[batch->count - 1].hash, OST_DB_HASH),
                   OST_BYTES(batch->state_hash, OST_DB_HASH),
                   OST_NUMBER(ost_db_plan_bytes_of(batch))));
    for (size_t i = 0; i < batch->count; i++)
        put_op(&step[at++], batch, &batch->op[i]);
    put(&step[at++], &reopen,
        OST_PARAMS(OST_NUMBER(batch->plan), OST_NUMBER(write->case_id), OST_NUMBER(batch->epoch),
                   OST_NUMBER(last), OST_BYTES(batch->state_hash, OST_DB_HASH)));
    (void)snprintf(news, OST_NEWS_TEXT, "plan %" PRId64 " %" PRId64 " %" PRId64,
                   write->who.institution, write->case_id, batch->plan);
    put(&step[at++], &notify,
        OST_PARAMS(OST_NUMBER(batch->plan), OST_NUMBER(batch->epoch), OST_NUMBER(last),
                   OST_TEXT(news)));
    return at;
}

static bool in_order(const struct ost_db_plan_append *batch)
{
    bool ok = batch->count >= 1 && batch->count <= OST_PLAN_APPEND;
    for (size_t i = 0; ok && i < batch->count; i++)
        ok = batch->op[i].seq == batch->after + 1 + (int64_t)i;
    return ok;
}

static bool append_all(struct ost_db *db, struct ost_step *step, char (*news)[OST_NEWS_TEXT],
                       struct ost_db_plan_write *write, size_t count, struct ost_err *err)
{
    size_t steps = 0;
    for (size_t i = 0; i < count; i++)
        steps += put_write(step + steps, &write[i], news[i]);
    if (!ost_ask_at_once(db, step, steps, err))
        return false;
    for (size_t i = 0, at = 0; i < count; i++) {
        write[i].kept = step[at + 1].rows == 1;
        at += OST_WRITE_STEPS + write[i].batch.count;
    }
    return true;
}

bool ost_db_plan_append_all(struct ost_db *db, struct ost_db_plan_write *write, size_t count,
                            struct ost_err *err)
{
    size_t steps = count * OST_WRITE_STEPS;
    for (size_t i = 0; i < count; i++) {
        write[i].kept = false;
        if (!in_order(&write[i].batch))
            return ost_fail(err, OST_BUG, "operations that do not follow one another");
        steps += write[i].batch.count;
    }
    struct ost_step *step = calloc(steps + 1, sizeof *step);
    char(*news)[OST_NEWS_TEXT] = calloc(count + 1, sizeof *news);
    bool ok = step != NULL && news != NULL && append_all(db, step, news, write, count, err);
    if (step == NULL || news == NULL)
        (void)ost_fail(err, OST_NOMEM, "%zu appends", count);
    ost_db_end(db);
    free(step);
    free(news);
    return ok;
}

/* In the order of their numbers: two processes that hold the same rows wait in a line. */
static int by_plan(const void *a, const void *b)
{
    const struct ost_db_plan_hold *x = *(struct ost_db_plan_hold *const *)a;
    const struct ost_db_plan_hold *y = *(struct ost_db_plan_hold *const *)b;
    return (x->plan > y->plan) - (x->plan < y->plan);
}

static bool hold_all(struct ost_db *db, const struct ost_param ours[2], struct ost_step *step,
                     struct ost_db_plan_hold **hold, size_t count, struct ost_err *err)
{
    for (size_t i = 0; i < count; i++) {
        put(&step[2 * i], ost_db_scope_view(),
            OST_PARAMS(OST_NUMBER(hold[i]->institution), OST_NUMBER(0)));
        put(&step[2 * i + 1], &hold_on,
            OST_PARAMS(OST_NUMBER(hold[i]->plan), ours[0], OST_NUMBER(hold[i]->epoch), ours[1]));
    }
    if (!ost_ask_at_once(db, step, 2 * count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        hold[i]->held = step[2 * i + 1].rows == 1;
    return true;
}

bool ost_db_plan_hold_all(struct ost_db *db, const char *owner, int64_t seconds,
                          struct ost_db_plan_hold *hold, size_t count, struct ost_err *err)
{
    const struct ost_param ours[2] = {OST_TEXT(owner), OST_NUMBER(seconds)};
    struct ost_step *step = calloc(2 * count + 1, sizeof *step);
    struct ost_db_plan_hold **order = calloc(count + 1, sizeof(struct ost_db_plan_hold *));
    bool ok = step != NULL && order != NULL;
    for (size_t i = 0; i < count; i++) {
        hold[i].held = false;
        if (ok)
            order[i] = &hold[i];
    }
    if (ok) {
        qsort((void *)order, count, sizeof *order, by_plan);
        ok = hold_all(db, ours, step, order, count, err);
        ost_db_end(db);
    } else {
        (void)ost_fail(err, OST_NOMEM, "%zu leases", count);
    }
    free((void *)order);
    free(step);
    return ok;
}
