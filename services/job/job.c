#include "services/job/job.h"

#include "services/db/queue.h"
#include "services/log/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

_Static_assert((int)OST_JOB_WORKER == (int)OST_QUEUE_WORKER, "one name, one length");

static const char *const kind_name[OST_JOB_KINDS] = {
    [OST_JOB_RECON] = "recon",
    [OST_JOB_MECH] = "mech",
    [OST_JOB_GUIDE] = "guide",
    [OST_JOB_REPORT] = "report",
};

/* What a worker's failure means for the row. What is not listed fails again just so. */
static const struct {
    enum ost_code code;
    enum ost_queue_end end;
} ends[] = {
    {OST_UNAVAILABLE, OST_QUEUE_RETRY},
    {OST_NOMEM, OST_QUEUE_RETRY},
    {OST_CONFLICT, OST_QUEUE_RETRY},
    {OST_CANCELLED, OST_QUEUE_CANCELLED},
};

const char *ost_job_kind_name(enum ost_job_kind kind)
{
    return (size_t)kind < OST_JOB_KINDS ? kind_name[kind] : "";
}

bool ost_job_kind_of(const char *name, enum ost_job_kind *out, struct ost_err *err)
{
    for (int i = 0; i < OST_JOB_KINDS; i++) {
        if (strcmp(kind_name[i], name) == 0) {
            *out = (enum ost_job_kind)i;
            return true;
        }
    }
    return ost_fail(err, OST_INVALID, "a job is one of recon, mech, guide, report");
}

static bool add(struct ost_db *db, const struct ost_queue_ask *ask, struct ost_db_job *out,
                struct ost_err *err)
{
    const char *missing = NULL;
    if (!ost_queue_add(db, ask, out, &missing, err))
        return false;
    return missing == NULL || ost_fail(err, OST_INVALID, "%s", missing);
}

bool ost_job_enqueue(struct ost_db *db, int64_t case_id, enum ost_job_kind kind,
                     const char *program, struct ost_db_job *out, struct ost_err *err)
{
    const struct ost_queue_ask ask = {
        .case_id = case_id, .kind = ost_job_kind_name(kind), .program = program};
    return add(db, &ask, out, err);
}

bool ost_job_enqueue_study(struct ost_db *db, int64_t case_id, const struct ost_job_study *study,
                           const char *program, struct ost_db_job *out, struct ost_err *err)
{
    const struct ost_queue_ask ask = {.case_id = case_id,
                                      .kind = ost_job_kind_name(OST_JOB_MECH),
                                      .program = program,
                                      .study = study->name,
                                      .study_sha256 = study->sha256,
                                      .planned = study->planned};
    return add(db, &ask, out, err);
}

bool ost_job_cancel(struct ost_db *db, int64_t id, struct ost_db_job *out, struct ost_err *err)
{
    return ost_queue_cancel(db, id, err) && ost_db_job_get(db, id, out, err);
}

static bool reap(struct ost_db *db, struct ost_err *err)
{
    int64_t freed = 0;
    if (!ost_db_begin_queue(db, err))
        return false;
    bool ok = ost_queue_reap(db, &freed, err) && ost_db_commit(db, err);
    ost_db_end(db);
    if (ok && freed > 0)
        ost_log(OST_LOG_WARN, "job.freed", "count=%" PRId64, freed);
    return ok;
}

bool ost_job_claim(struct ost_db *db, const char *worker, struct ost_arena *arena,
                   struct ost_job *out, bool *found, struct ost_err *err)
{
    struct ost_queue_taken taken;
    *found = false;
    if (!reap(db, err) || !ost_db_begin_queue(db, err))
        return false;
    bool ok =
        ost_queue_take(db, worker, OST_JOB_LEASE_S, arena, &taken, err) && ost_db_commit(db, err);
    ost_db_end(db);
    if (!ok || taken.id == 0)
        return ok;
    *found = true;
    *out = (struct ost_job){.id = taken.id,
                            .institution = taken.institution,
                            .case_id = taken.case_id,
                            .attempt = taken.attempt,
                            .depends_on = taken.depends_on,
                            .input = taken.input};
    (void)snprintf(out->worker, sizeof out->worker, "%s", worker);
    return ost_job_kind_of(taken.kind, &out->kind, err);
}

static struct ost_queue_held held_of(const struct ost_job *job)
{
    return (struct ost_queue_held){
        .id = job->id, .case_id = job->case_id, .attempt = job->attempt, .worker = job->worker};
}

static bool begin(struct ost_db *db, const struct ost_job *job, struct ost_err *err)
{
    const struct ost_db_who who = {.institution = job->institution};
    return ost_db_begin(db, &who, err);
}

bool ost_job_heartbeat(struct ost_db *db, const struct ost_job *job, double progress,
                       const char *stage, bool *stop, struct ost_err *err)
{
    const struct ost_queue_held held = held_of(job);
    if (!begin(db, job, err))
        return false;
    bool ok = ost_queue_beat(db, &held, OST_JOB_LEASE_S, progress, stage, err) &&
              ost_queue_cancelled(db, job->id, stop, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok;
}

bool ost_job_finish(struct ost_db *db, const struct ost_job *job, const char *output,
                    const unsigned char digest[OST_DB_HASH], struct ost_err *err)
{
    const struct ost_queue_held held = held_of(job);
    return ost_queue_done(db, &held, output, digest, err);
}

static bool end(struct ost_db *db, const struct ost_job *job, enum ost_queue_end how,
                const struct ost_err *why, struct ost_err *err)
{
    const struct ost_queue_held held = held_of(job);
    if (!begin(db, job, err))
        return false;
    bool ok = ost_queue_end(db, &held, how, why, err) && ost_db_commit(db, err);
    ost_db_end(db);
    return ok;
}

bool ost_job_fail(struct ost_db *db, const struct ost_job *job, const struct ost_err *why,
                  struct ost_err *err)
{
    enum ost_queue_end how = OST_QUEUE_FAILED;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (ends[i].code == why->code)
            how = ends[i].end;
    }
    return end(db, job, how, why, err);
}

bool ost_job_return(struct ost_db *db, const struct ost_job *job, struct ost_err *err)
{
    return end(db, job, OST_QUEUE_RETURNED, NULL, err);
}
