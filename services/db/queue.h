/* The queue's statements, for services/job, which gives them their meaning. */
#ifndef OST_DB_QUEUE_H
#define OST_DB_QUEUE_H

#include "services/db/job.h"

OST_C_BEGIN

enum { OST_QUEUE_WORKER = 64 };

struct ost_queue_ask {
    int64_t case_id;
    const char *kind, *program;
    const char *study, *study_sha256; /* of mechanics: by name and digest of its file; or NULL */
    bool planned;                     /* of the bone as its plan leaves it */
};

/*
 * Gathers the inputs and adds the row, or finds the one with the same inputs.
 * `*missing` names what the case lacks (static text, no row then), else NULL.
 */
OST_MUST_CHECK
bool ost_queue_add(struct ost_db *db, const struct ost_queue_ask *ask, struct ost_db_job *out,
                   const char **missing, struct ost_err *err);

/* ---- in a transaction of the queue ---- */

/* Expired leases become ready again, or fail for good; so do jobs whose dependency failed. */
OST_MUST_CHECK
bool ost_queue_reap(struct ost_db *db, int64_t *freed, struct ost_err *err);

struct ost_queue_taken {
    int64_t id, institution, case_id, attempt, depends_on;
    char kind[8];
    const char *input; /* in the arena */
};

/* id 0 where nothing waits. Goes on as the job's institution. */
OST_MUST_CHECK
bool ost_queue_take(struct ost_db *db, const char *worker, int64_t lease_s, struct ost_arena *arena,
                    struct ost_queue_taken *out, struct ost_err *err);

/* ---- in a transaction of the job's institution; OST_CONFLICT where it is not held ---- */

struct ost_queue_held {
    int64_t id, case_id, attempt;
    const char *worker;
};

OST_MUST_CHECK
bool ost_queue_beat(struct ost_db *db, const struct ost_queue_held *held, int64_t lease_s,
                    double progress, const char *stage, struct ost_err *err);
/* Whether somebody asked to stop it. */
OST_MUST_CHECK
bool ost_queue_cancelled(struct ost_db *db, int64_t id, bool *out, struct ost_err *err);
OST_MUST_CHECK
bool ost_queue_done(struct ost_db *db, const struct ost_queue_held *held, const char *output,
                    const unsigned char digest[OST_DB_HASH], struct ost_err *err);

enum ost_queue_end { OST_QUEUE_RETRY, OST_QUEUE_FAILED, OST_QUEUE_CANCELLED, OST_QUEUE_RETURNED };

/* RETRY becomes FAILED when the attempts are used up; it waits longer each time. */
OST_MUST_CHECK
bool ost_queue_end(struct ost_db *db, const struct ost_queue_held *held, enum ost_queue_end how,
                   const struct ost_err *why, struct ost_err *err);

/* By a person: at once where it waits, at the next heartbeat where it runs. */
OST_MUST_CHECK bool ost_queue_cancel(struct ost_db *db, int64_t id, struct ost_err *err);

OST_C_END

#endif
