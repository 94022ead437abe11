/* The worker's side of the queue. */
#include "services/db/queue.h"

#include "services/db/job_impl.h"

#include <string.h>

static const struct ost_statement expired = {
    "queue_expired", NULL,
    "update job set worker = null, lease_until = null, "
    "state = case when cancel_requested then 'cancelled' "
    "when attempt >= attempt_limit then 'failed' else 'ready' end, "
    "error_code = case when not cancel_requested and attempt >= attempt_limit then 'unavailable' end, "
    "error_text = case when not cancel_requested and attempt >= attempt_limit then "
    "'its worker stopped answering ' || attempt || ' times' end, "
    "finished_at = case when cancel_requested or attempt >= attempt_limit then now() end "
    "where id in (select id from job where state = 'running' and lease_until < now() "
    "order by id limit 32 for update skip locked) returning id, institution_id, case_id"};

static const struct ost_statement orphaned = {
    "queue_orphaned", NULL,
    "update job set state = 'failed', error_code = 'conflict', finished_at = now(), "
    "error_text = 'job ' || depends_on || ', which it needs, did not finish' "
    "where id in (select j.id from job j join job d on d.id = j.depends_on "
    "where j.state = 'ready' and d.state in ('failed', 'cancelled') "
    "order by j.id limit 32 for update of j skip locked) returning id, institution_id, case_id"};

/* The institution with the fewest running jobs, then the one served longest ago. */
static const struct ost_statement take = {
    "queue_take", NULL,
    "with waiting as (select distinct institution_id as id from job where state = 'ready' "
    "and run_after <= now()), served as (select w.id, (select count(*) from job r "
    "where r.institution_id = w.id and r.state = 'running') as running, (select max(m.started_at) "
    "from job m where m.institution_id = w.id) as last from waiting w) "
    "update job set state = 'running', worker = $1, lease_until = now() + $2::int * interval '1 s', "
    "attempt = attempt + 1, started_at = clock_timestamp(), progress = 0, stage = '' "
    "where id = (select j.id from job j join served s on s.id = j.institution_id "
    "left join job d on d.id = j.depends_on "
    "where j.state = 'ready' and j.run_after <= now() and (d.id is null or d.state = 'done') "
    "order by s.running, s.last nulls first, j.id limit 1 for update of j skip locked) "
    "returning id, institution_id, case_id, attempt, depends_on, kind, input"};

#define HELD "id = $1 and worker = $2 and attempt = $3 and state = 'running'"

static const struct ost_statement beat = {
    "queue_beat", "job",
    "update job set lease_until = now() + $4::int * interval '1 s', progress = $5, stage = $6 "
    "where " HELD " returning id"};
static const struct ost_statement cancelled = {"queue_cancelled", "job",
                                               "select cancel_requested from job where id = $1"};
static const struct ost_statement done = {
    "queue_done", "job",
    "update job set state = 'done', output = $4::jsonb, output_digest = $5, progress = 1, stage = '', "
    "worker = null, lease_until = null, finished_at = now() where " HELD " returning id"};

/* $4 retry, $5 failed, $6 cancelled, $7 returned; $8 code, $9 text. */
static const struct ost_statement end = {
    "queue_end", "job",
    "update job set state = case when $6::boolean then 'cancelled' when $5::boolean or ($4::boolean "
    "and attempt >= attempt_limit) then 'failed' else 'ready' end, worker = null, lease_until = null, "
    "error_code = case when $5 or ($4 and attempt >= attempt_limit) then $8::text end, "
    "error_text = case when $5 or ($4 and attempt >= attempt_limit) then $9::text end, "
    "finished_at = case when $6 or $5 or ($4 and attempt >= attempt_limit) then now() end, "
    "run_after = case when $4 then now() + (2 ^ attempt) * interval '1 s' else run_after end, "
    "attempt = case when $7::boolean then attempt - 1 else attempt end, progress = 0, stage = '' "
    "where " HELD " returning state"};
static const struct ost_statement cancel = {
    "queue_cancel", NULL,
    "update job set cancel_requested = true, "
    "state = case when state = 'ready' then 'cancelled' else state end, "
    "finished_at = case when state = 'ready' then now() end "
    "where id = $1 and state in ('ready', 'running') returning case_id"};

/* Tells the institution of each row; the transaction then acts for the last of them. */
static bool tell_all(struct ost_db *db, const struct ost_rows *rows, struct ost_err *err)
{
    for (size_t i = 0; i < ost_rows_count(rows); i++) {
        struct ost_row row = ost_row_of(rows, i);
        int64_t id = ost_row_number(&row), institution = ost_row_number(&row),
                case_id = ost_row_number(&row);
        const struct ost_db_who who = {.institution = institution};
        if (!ost_db_become(db, &who, err) || !ost_db_job_changed(db, case_id, id, err))
            return false;
    }
    return true;
}

bool ost_queue_reap(struct ost_db *db, int64_t *freed, struct ost_err *err)
{
    OST_AUTO(ost_rows) late = NULL;
    OST_AUTO(ost_rows) lone = NULL;
    if (!ost_ask(db, &expired, NULL, 0, &late, err) || !ost_ask(db, &orphaned, NULL, 0, &lone, err))
        return false;
    *freed = (int64_t)(ost_rows_count(late) + ost_rows_count(lone));
    return tell_all(db, late, err) && tell_all(db, lone, err);
}

bool ost_queue_take(struct ost_db *db, const char *worker, int64_t lease_s, struct ost_arena *arena,
                    struct ost_queue_taken *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    *out = (struct ost_queue_taken){0};
    if (!ost_ask(db, &take, OST_PARAMS(OST_TEXT(worker), OST_NUMBER(lease_s)), &rows, err))
        return false;
    if (ost_rows_count(rows) == 0)
        return true;
    struct ost_row row = ost_row_of(rows, 0);
    out->id = ost_row_number(&row);
    out->institution = ost_row_number(&row);
    out->case_id = ost_row_number(&row);
    out->attempt = ost_row_number(&row);
    out->depends_on = ost_row_number(&row);
    ost_row_text(&row, out->kind, sizeof out->kind);
    const struct ost_db_who who = {.institution = out->institution};
    return ost_row_keep(&row, arena, &out->input, err) && ost_db_become(db, &who, err) &&
           ost_db_job_changed(db, out->case_id, out->id, err);
}

/* No row means that the lease went to somebody else. */
static bool held(struct ost_db *db, const struct ost_statement *statement,
                 const struct ost_param *value, size_t count, struct ost_rows **rows,
                 struct ost_err *err)
{
    if (ost_ask_one(db, statement, value, count, rows, err))
        return true;
    if (err != NULL && err->code == OST_NOT_FOUND)
        return ost_fail(err, OST_CONFLICT, "the job is no longer held by this worker");
    return false;
}

bool ost_queue_beat(struct ost_db *db, const struct ost_queue_held *h, int64_t lease_s,
                    double progress, const char *stage, struct ost_err *err)
{
    return held(db, &beat,
                OST_PARAMS(OST_NUMBER(h->id), OST_TEXT(h->worker), OST_NUMBER(h->attempt),
                           OST_NUMBER(lease_s), OST_REAL(progress), OST_TEXT(stage)),
                NULL, err) &&
           ost_db_job_changed(db, h->case_id, h->id, err);
}

bool ost_queue_cancelled(struct ost_db *db, int64_t id, bool *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &cancelled, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    *out = ost_row_bool(&row);
    return true;
}

bool ost_queue_done(struct ost_db *db, const struct ost_queue_held *h, const char *output,
                    const unsigned char digest[OST_DB_HASH], struct ost_err *err)
{
    return held(db, &done,
                OST_PARAMS(OST_NUMBER(h->id), OST_TEXT(h->worker), OST_NUMBER(h->attempt),
                           OST_TEXT(output), OST_BYTES(digest, OST_DB_HASH)),
                NULL, err) &&
           ost_db_tell(db, "job.done", "job", h->id, h->case_id, err) &&
           ost_db_job_changed(db, h->case_id, h->id, err) &&
           ost_db_news(db, "case", h->case_id, h->case_id, err) && ost_db_news_ready(db, err);
}

bool ost_queue_end(struct ost_db *db, const struct ost_queue_held *h, enum ost_queue_end how,
                   const struct ost_err *why, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    static const char *const flag[] = {"f", "t"};
    const char *text = why == NULL ? "" : why->msg;
    const char *code = ost_code_name(why == NULL ? OST_BUG : why->code);
    if (!held(db, &end,
              OST_PARAMS(OST_NUMBER(h->id), OST_TEXT(h->worker), OST_NUMBER(h->attempt),
                         OST_TEXT(flag[how == OST_QUEUE_RETRY]),
                         OST_TEXT(flag[how == OST_QUEUE_FAILED]),
                         OST_TEXT(flag[how == OST_QUEUE_CANCELLED]),
                         OST_TEXT(flag[how == OST_QUEUE_RETURNED]), OST_TEXT(code), OST_TEXT(text)),
              &rows, err))
        return false;
    char state[12];
    struct ost_row row = ost_row_of(rows, 0);
    ost_row_text(&row, state, sizeof state);
    if (strcmp(state, "failed") == 0 &&
        !ost_db_tell(db, "job.failed", "job", h->id, h->case_id, err))
        return false;
    return ost_db_job_changed(db, h->case_id, h->id, err) && ost_db_news_ready(db, err);
}

bool ost_queue_cancel(struct ost_db *db, int64_t id, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &cancel, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    if (ost_rows_count(rows) == 0)
        return true; /* it has ended already */
    struct ost_row row = ost_row_of(rows, 0);
    int64_t case_id = ost_row_number(&row);
    return ost_db_tell(db, "job.cancel", "job", id, case_id, err) &&
           ost_db_job_changed(db, case_id, id, err) && ost_db_news_ready(db, err);
}
