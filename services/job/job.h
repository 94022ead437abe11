/*
 * Work that outlives a request. A job is a row; a worker holds it by a lease of 30
 * seconds that its heartbeat renews, so that the row of a killed worker is ready
 * again within 35. The same request twice is the same row: a job is known by the
 * digest of everything that goes into it.
 */
#ifndef OST_JOB_JOB_H
#define OST_JOB_JOB_H

#include "services/db/job.h"

OST_C_BEGIN

enum ost_job_kind { OST_JOB_RECON, OST_JOB_MECH, OST_JOB_GUIDE, OST_JOB_REPORT, OST_JOB_KINDS };

const char *ost_job_kind_name(enum ost_job_kind kind);
OST_MUST_CHECK bool ost_job_kind_of(const char *name, enum ost_job_kind *out, struct ost_err *err);

/*
 * Inside the caller's transaction. Gathers the inputs from the case (films for
 * recon, results for mech, results and plan for guide and report) and makes the
 * row, or finds the one with the same inputs that waits, runs or is done. `program`
 * is the version and model that will do the work. OST_INVALID says what is missing.
 */
OST_MUST_CHECK
bool ost_job_enqueue(struct ost_db *db, int64_t case_id, enum ost_job_kind kind,
                     const char *program, struct ost_db_job *out, struct ost_err *err);

/* Mechanics of a study by name, which names its file's content too, so that another is another. */
struct ost_job_study {
    const char *name, *sha256; /* the digest in hexadecimal */
    bool planned;              /* of the bone as the plan leaves it; the case needs a plan */
};
OST_MUST_CHECK
bool ost_job_enqueue_study(struct ost_db *db, int64_t case_id, const struct ost_job_study *study,
                           const char *program, struct ost_db_job *out, struct ost_err *err);

/* A waiting job ends at once, a running one when its worker's next heartbeat sees it. */
OST_MUST_CHECK
bool ost_job_cancel(struct ost_db *db, int64_t id, struct ost_db_job *out, struct ost_err *err);

/* ---- the worker's side: each call is a transaction of its own unless it says not ---- */

enum { OST_JOB_LEASE_S = 30, OST_JOB_BEAT_S = 2, OST_JOB_WORKER = 64 };

/* What the worker holds. */
struct ost_job {
    int64_t id, institution, case_id, attempt, depends_on;
    enum ost_job_kind kind;
    char worker[OST_JOB_WORKER];
    const char *input; /* JSON, in the arena given to claim */
};

/*
 * Frees expired leases, then takes the next job of the institution served longest
 * ago; `*found` is false where nothing waits.
 */
OST_MUST_CHECK
bool ost_job_claim(struct ost_db *db, const char *worker, struct ost_arena *arena,
                   struct ost_job *out, bool *found, struct ost_err *err);

/* Renews the lease; `*stop` when somebody cancelled. OST_CONFLICT: it is no longer ours. */
OST_MUST_CHECK
bool ost_job_heartbeat(struct ost_db *db, const struct ost_job *job, double progress,
                       const char *stage, bool *stop, struct ost_err *err);

/*
 * Inside the caller's transaction (of the job's institution), beside the rows of the
 * result. OST_CONFLICT: the lease was lost, so nothing of it may be kept.
 */
OST_MUST_CHECK
bool ost_job_finish(struct ost_db *db, const struct ost_job *job, const char *output,
                    const unsigned char digest[OST_DB_HASH], struct ost_err *err);

/* Retried or failed for good, as one table says for the code. */
OST_MUST_CHECK
bool ost_job_fail(struct ost_db *db, const struct ost_job *job, const struct ost_err *why,
                  struct ost_err *err);

/* Gives the job back unharmed: the worker is stopping. Does not count as an attempt. */
OST_MUST_CHECK
bool ost_job_return(struct ost_db *db, const struct ost_job *job, struct ost_err *err);

OST_C_END

#endif
