/* Rows of `job`. What they mean (leases, retries, order) stands in services/job. */
#ifndef OST_DB_JOB_H
#define OST_DB_JOB_H

#include "recon/base/arena.h"
#include "services/db/db.h"

OST_C_BEGIN

struct ost_db_job {
    int64_t id, institution, case_id;
    char kind[8];    /* recon, mech, guide, report */
    char state[12];  /* ready, running, done, failed, cancelled */
    double progress; /* 0..1 */
    char stage[32];
    int64_t attempt, attempt_limit;
    bool cancel_requested;
    char error_code[16]; /* "" where it did not fail */
    char error_text[200];
    char created_at[OST_DB_TIME], finished_at[OST_DB_TIME]; /* "" while it goes on */
    unsigned char output_digest[OST_DB_HASH];               /* zero until done */
    char study[32]; /* of mechanics that were asked for by name; "" */
    bool planned;   /* of the bone as its plan leaves it */
    int64_t recon;  /* the reconstruction it is about; 0 */
};

OST_MUST_CHECK
bool ost_db_job_get(struct ost_db *db, int64_t id, struct ost_db_job *out, struct ost_err *err);

/* Newest first. */
OST_MUST_CHECK
bool ost_db_job_list(struct ost_db *db, int64_t case_id, struct ost_arena *arena,
                     struct ost_db_job **out, size_t *count, struct ost_err *err);

OST_C_END

#endif
