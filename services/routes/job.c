/* Work asked for, watched and taken back. */
#include "services/job/job.h"

#include "services/routes/share_impl.h"
#include "services/routes/study_impl.h"
#include "services/routes/table_impl.h"

#include <string.h>

json_t *ost_json_job(const struct ost_db_job *job)
{
    json_t *error = job->error_code[0] == '\0'
                        ? json_null()
                        : json_pack("{s:s,s:s}", "code", job->error_code, "text", job->error_text);
    return json_pack("{s:I,s:s,s:s,s:f,s:s,s:I,s:o,s:s,s:o,s:o,s:b,s:o}", "id", (json_int_t)job->id,
                     "kind", job->kind, "state", job->state, "progress", job->progress, "stage",
                     job->stage, "attempt", (json_int_t)job->attempt, "error", error, "created_at",
                     job->created_at, "finished_at", ost_json_text(job->finished_at), "study",
                     ost_json_text(job->study), "planned", job->planned ? 1 : 0, "recon",
                     job->recon == 0 ? json_null() : json_integer((json_int_t)job->recon));
}

/* What is asked for: any kind, or mechanics of one study. */
struct wish {
    enum ost_job_kind kind;
    const char *study, *state; /* NULL where unsaid */
    char sha256[OST_SHA256_HEX];
    bool planned;
};

static bool read_wish(struct ost_call *call, struct wish *out, struct ost_err *err)
{
    const char *word;
    if (!ost_call_json(call, err, "{s:s,s?s,s?s!}", "kind", &word, "study", &out->study, "state",
                       &out->state) ||
        !ost_job_kind_of(word, &out->kind, err))
        return false;
    out->planned = out->state != NULL && strcmp(out->state, "planned") == 0;
    if ((out->study != NULL && out->kind != OST_JOB_MECH) ||
        (out->state != NULL &&
         (out->study == NULL || (!out->planned && strcmp(out->state, "before") != 0)))) {
        return ost_call_refuse(call, err, OST_INVALID, "study",
                               "A study is one of mech; its state is before or planned.");
    }
    if (out->study == NULL || ost_study_find(call->app, out->study, out->sha256, err))
        return true;
    call->reason = "study";
    return false;
}

static bool enqueue(struct ost_call *call, int64_t case_id, const struct wish *wish,
                    struct ost_db_job *out, struct ost_err *err)
{
    const struct ost_job_study study = {wish->study, wish->sha256, wish->planned};
    return wish->study == NULL
               ? ost_job_enqueue(call->db, case_id, wish->kind, call->app->program, out, err)
               : ost_job_enqueue_study(call->db, case_id, &study, call->app->program, out, err);
}

OST_ROUTE(job_create)
{
    int64_t id;
    struct wish wish = {.study = NULL};
    struct ost_db_job job;
    if (!ost_call_id(call, 0, &id, err) || !read_wish(call, &wish, err) ||
        !ost_call_begin(call, OST_RIGHT_RUN, id, err) ||
        !ost_call_share(call, OST_USAGE_BYTES, 1, err) || !enqueue(call, id, &wish, &job, err) ||
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
    if (!find(call, OST_RIGHT_CASE_READ, &job, err))
        return false;
    const struct ost_audit seen = {
        .action = "job.view", .object = "job", .object_id = job.id, .case_id = job.case_id};
    if (!ost_call_seen(call, &seen, err) || !ost_db_commit(call->db, err))
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
