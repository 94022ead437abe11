#include "services/db/job.h"

#include "services/db/job_impl.h"

#define JOB                                                                                             \
    "select id, institution_id, case_id, kind, state, progress, stage, attempt, attempt_limit, "        \
    "cancel_requested, error_code, error_text, " ISO("created_at") ", " ISO(                            \
        "finished_at") ", output_digest, coalesce(input ->> 'study', ''), input ? 'study' and input ? " \
                       "'plan', coalesce((input ->> 'recon')::bigint, 0) from job "

static const struct ost_statement get = {"job_get", "job", JOB "where id = $1"};
static const struct ost_statement list = {"job_list", NULL,
                                          JOB "where case_id = $1 order by id desc limit 200"};

static void read_job(struct ost_row row, struct ost_db_job *out)
{
    out->id = ost_row_number(&row);
    out->institution = ost_row_number(&row);
    out->case_id = ost_row_number(&row);
    ost_row_text(&row, out->kind, sizeof out->kind);
    ost_row_text(&row, out->state, sizeof out->state);
    out->progress = ost_row_real(&row);
    ost_row_text(&row, out->stage, sizeof out->stage);
    out->attempt = ost_row_number(&row);
    out->attempt_limit = ost_row_number(&row);
    out->cancel_requested = ost_row_bool(&row);
    ost_row_text(&row, out->error_code, sizeof out->error_code);
    ost_row_text(&row, out->error_text, sizeof out->error_text);
    ost_row_text(&row, out->created_at, sizeof out->created_at);
    ost_row_text(&row, out->finished_at, sizeof out->finished_at);
    ost_row_hash(&row, out->output_digest, sizeof out->output_digest);
    ost_row_text(&row, out->study, sizeof out->study);
    out->planned = ost_row_bool(&row);
    out->recon = ost_row_number(&row);
}

bool ost_db_job_get(struct ost_db *db, int64_t id, struct ost_db_job *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &get, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    read_job(ost_row_of(rows, 0), out);
    return true;
}

bool ost_db_job_list(struct ost_db *db, int64_t case_id, struct ost_arena *arena,
                     struct ost_db_job **out, size_t *count, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    void *array = NULL;
    if (!ost_ask(db, &list, OST_PARAMS(OST_NUMBER(case_id)), &rows, err) ||
        !ost_rows_array(rows, sizeof **out, arena, &array, count, err))
        return false;
    *out = array;
    for (size_t i = 0; i < *count; i++)
        read_job(ost_row_of(rows, i), &(*out)[i]);
    return true;
}

bool ost_db_job_changed(struct ost_db *db, int64_t case_id, int64_t id, struct ost_err *err)
{
    return ost_db_news(db, "job", case_id, id, err);
}
