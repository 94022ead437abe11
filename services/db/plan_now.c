/*
 * Appends of one loop turn, and leases: several plans, one transaction, one round trip. Every
 * statement names the epoch, since none can wait for what the one before it found.
 */
#include "services/db/conn_impl.h"
#include "services/db/plan_impl.h"

#include <stdlib.h>

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

/* Two steps for each write: for whom, and the append. */
static bool append_all(struct ost_db *db, struct ost_step *step, struct ost_buf *columns,
                       struct ost_db_plan_write *write, size_t count, struct ost_err *err)
{
    for (size_t i = 0; i < count; i++) {
        put(&step[2 * i], ost_db_scope_view(),
            OST_PARAMS(OST_NUMBER(write[i].who.institution), OST_NUMBER(write[i].who.user)));
        if (!ost_plan_append_step(&step[2 * i + 1], &write[i].batch, &columns[i], err))
            return false;
    }
    if (!ost_ask_at_once(db, step, 2 * count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        write[i].kept = step[2 * i + 1].rows == 1;
    return true;
}

bool ost_db_plan_append_all(struct ost_db *db, struct ost_db_plan_write *write, size_t count,
                            struct ost_err *err)
{
    struct ost_step *step = calloc(2 * count + 1, sizeof *step);
    struct ost_buf *columns = calloc(count + 1, sizeof *columns);
    bool ok = step != NULL && columns != NULL;
    for (size_t i = 0; i < count; i++) {
        write[i].kept = false;
        if (ok)
            ost_buf_init(&columns[i], OST_APPEND_BYTES);
    }
    if (!ok) {
        (void)ost_fail(err, OST_NOMEM, "%zu appends", count);
    } else {
        ok = append_all(db, step, columns, write, count, err);
        ost_db_end(db);
    }
    for (size_t i = 0; columns != NULL && i < count; i++)
        ost_buf_fini(&columns[i]);
    free(columns);
    free(step);
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
