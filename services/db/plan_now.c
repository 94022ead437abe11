/*
 * Appends of one loop turn, and leases: several plans, one transaction, one round trip. Every
 * statement names the epoch, since none can wait for what the one before it found.
 */
#include "services/db/conn_impl.h"
#include "services/db/plan_impl.h"

#include <inttypes.h>
#include <stdlib.h>

static const struct ost_statement hold_many = {
    "plan_hold_many", NULL,
    "update plan p set lease_until = now() + $4::int * interval '1 s' "
    "from unnest($1::bigint[], $3::bigint[]) as h (id, epoch) "
    "where p.id = h.id and p.lease_owner = $2 and p.epoch = h.epoch"};
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

/* By institution, and in the order of their numbers. No two processes hold the same rows. */
static int by_plan(const void *a, const void *b)
{
    const struct ost_db_plan_hold *x = *(struct ost_db_plan_hold *const *)a;
    const struct ost_db_plan_hold *y = *(struct ost_db_plan_hold *const *)b;
    if (x->institution != y->institution)
        return (x->institution > y->institution) - (x->institution < y->institution);
    return (x->plan > y->plan) - (x->plan < y->plan);
}

/* What is asked in one transaction, and what its steps need until then. */
struct holding {
    struct ost_param ours[2]; /* the owner, and for how long */
    struct ost_db_plan_hold **hold;
    size_t count;
    struct ost_step *step; /* two for each of `hold` */
    struct ost_buf *list;  /* as many: plans and epochs, as PostgreSQL writes arrays */
};

static void put_scope(struct ost_step *step, const struct ost_db_plan_hold *hold)
{
    put(step, ost_db_scope_view(), OST_PARAMS(OST_NUMBER(hold->institution), OST_NUMBER(0)));
}

static bool put_list(struct ost_buf *list, struct ost_db_plan_hold *const *hold, size_t count,
                     bool epochs, struct ost_err *err)
{
    ost_buf_init(list, 24 * count + 3);
    for (size_t i = 0; i < count; i++)
        ost_buf_print(list, "%c%" PRId64, i == 0 ? '{' : ',',
                      epochs ? hold[i]->epoch : hold[i]->plan);
    ost_buf_put(list, "}", sizeof "}");
    return ost_buf_done(list, err);
}

static size_t of_one(const struct holding *all, size_t first)
{
    size_t end = first;
    while (end < all->count && all->hold[end]->institution == all->hold[first]->institution)
        end++;
    return end - first;
}

/* One statement for all of an institution's; where it finds fewer, who of them is not told. */
static bool hold_together(struct ost_db *db, const struct holding *all, struct ost_err *err)
{
    size_t steps = 0;
    for (size_t i = 0, n; i < all->count; i += n, steps += 2) {
        n = of_one(all, i);
        struct ost_buf *list = &all->list[steps];
        if (!put_list(&list[0], all->hold + i, n, false, err) ||
            !put_list(&list[1], all->hold + i, n, true, err))
            return false;
        put_scope(&all->step[steps], all->hold[i]);
        put(&all->step[steps + 1], &hold_many,
            OST_PARAMS(OST_TEXT(list[0].ptr), all->ours[0], OST_TEXT(list[1].ptr), all->ours[1]));
    }
    if (!ost_ask_at_once(db, all->step, steps, err))
        return false;
    steps = 0;
    for (size_t i = 0, n; i < all->count; i += n, steps += 2) {
        n = of_one(all, i);
        for (size_t k = 0; k < n; k++)
            all->hold[i + k]->held = all->step[steps + 1].rows == (int64_t)n;
    }
    return true;
}

/* Those of which nothing is known, each by itself. */
static bool hold_apart(struct ost_db *db, const struct holding *all, struct ost_err *err)
{
    size_t steps = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct ost_db_plan_hold *hold = all->hold[i];
        if (hold->held)
            continue;
        put_scope(&all->step[steps], hold);
        put(&all->step[steps + 1], &hold_on,
            OST_PARAMS(OST_NUMBER(hold->plan), all->ours[0], OST_NUMBER(hold->epoch),
                       all->ours[1]));
        steps += 2;
    }
    if (steps > 0 && !ost_ask_at_once(db, all->step, steps, err))
        return false;
    steps = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (!all->hold[i]->held) {
            all->hold[i]->held = all->step[steps + 1].rows == 1;
            steps += 2;
        }
    }
    return true;
}

static bool hold_all(struct ost_db *db, const struct holding *all, struct ost_err *err)
{
    bool ok = hold_together(db, all, err);
    ost_db_end(db);
    if (ok) {
        ok = hold_apart(db, all, err);
        ost_db_end(db);
    }
    for (size_t i = 0; !ok && i < all->count; i++)
        all->hold[i]->held = false;
    return ok;
}

bool ost_db_plan_hold_all(struct ost_db *db, const char *owner, int64_t seconds,
                          struct ost_db_plan_hold *hold, size_t count, struct ost_err *err)
{
    const struct holding all = {.ours = {OST_TEXT(owner), OST_NUMBER(seconds)},
                                .hold = calloc(count + 1, sizeof(struct ost_db_plan_hold *)),
                                .count = count,
                                .step = calloc(2 * count + 1, sizeof *all.step),
                                .list = calloc(2 * count + 1, sizeof *all.list)};
    bool ok = all.hold != NULL && all.step != NULL && all.list != NULL;
    for (size_t i = 0; i < count; i++) {
        hold[i].held = false;
        if (ok)
            all.hold[i] = &hold[i];
    }
    if (ok) {
        qsort((void *)all.hold, count, sizeof(struct ost_db_plan_hold *), by_plan);
        ok = hold_all(db, &all, err);
    } else {
        (void)ost_fail(err, OST_NOMEM, "%zu leases", count);
    }
    for (size_t i = 0; all.list != NULL && i < 2 * count; i++)
        ost_buf_fini(&all.list[i]);
    free(all.list);
    free((void *)all.hold);
    free(all.step);
    return ok;
}
