/* Work asked for, watched and taken back. */
#include "services/job/job.h"

#include "services/routes/share_impl.h"
#include "services/routes/table_impl.h"

json_t *ost_json_job(const struct ost_db_job *job)
{
    json_t *error = job->error_code[0] == '\0'
                        ? json_null()
                        : json_pack("{s:s,s:s}", "code", job->error_code, "text", job->error_text);
    return json_pack("{s:I,s:s,s:s,s:f,s:s,s:I,s:o,s:s,s:o}", "id", (json_int_t)job->id, "kind",
                     job->kind, "state", job->state, "progress", job->progress, "stage", job->stage,
                     "attempt", (json_int_t)job->attempt, "error", error, "created_at",
                     job->created_at, "finished_at", ost_json_text(job->finished_at));
}

OST_ROUTE(job_create)
{
    int64_t id;
    const char *word;
    enum ost_job_kind kind;
    struct ost_db_job job;
    if (!ost_call_id(call, 0, &id, err) || !ost_call_json(call, err, "{s:s!}", "kind", &word) ||
        !ost_job_kind_of(word, &kind, err) || !ost_call_begin(call, OST_RIGHT_RUN, id, err) ||
        !ost_call_share(call, OST_USAGE_BYTES, 1, err) ||
        !ost_job_enqueue(call->db, id, kind, call->app->program, &job, err) ||
        !ost_call_share(call, OST_USAGE_JOBS, 0, err) || !ost_db_commit(call->db, err))
        return false;
    return ost_call_answer(call, 201, ost_json_job(&job));
}

/* The job, after the right to do this with its case was checked; in a transaction. */
static bool find(struct ost_call *call, enum ost_right right, struct ost_db_job *out,
                 struct ost_err *err)
{
    int64_t id;
    return ost_call_id(call, 0, &id, err) && ost_db_begin(call->db, &call->session.who, err) &&
           ost_db_job_get(call->db, id, out, err) &&
           ost_auth_may(call->db, &call->session, right, out->case_id, err);
}

OST_ROUTE(job_get)
{
    struct ost_db_job job;
    if (!find(call, OST_RIGHT_CASE_READ, &job, err) || !ost_db_commit(call->db, err))
        return false;
    return ost_call_answer(call, 200, ost_json_job(&job));
}

OST_ROUTE(job_cancel)
{
    struct ost_db_job job;
    if (!ost_call_no_body(call, err) || !find(call, OST_RIGHT_RUN, &job, err) ||
        !ost_job_cancel(call->db, job.id, &job, err) || !ost_db_commit(call->db, err))
        return false;
    return ost_call_answer(call, 200, ost_json_job(&job));
}
