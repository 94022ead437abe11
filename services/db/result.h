/* The files a job made, newest job first: what GET /cases/ID/files/NAME looks up. */
#ifndef OST_DB_RESULT_H
#define OST_DB_RESULT_H

#include "recon/base/arena.h"
#include "services/db/blob.h"
#include "services/db/db.h"

OST_C_BEGIN

struct ost_db_result {
    int64_t id, case_id, job_id, blob_id;
    char name[64]; /* "radius.glb": ours, never a client's */
    char content_type[64];
    int64_t bytes;
    unsigned char sha256[OST_DB_HASH];    /* of the content: the ETag */
    int64_t plan_seq;                     /* 0 where no plan went in */
    unsigned char plan_hash[OST_DB_HASH]; /* of the plan state that went in; zero without */
    bool approved;                        /* that state was approved when it was made */
    bool outdated;                        /* the plan's state is another one now */
};

/* In: all but id, bytes, sha256, outdated. */
OST_MUST_CHECK
bool ost_db_result_add(struct ost_db *db, struct ost_db_result *file, struct ost_err *err);

/* The newest file of each name. */
OST_MUST_CHECK
bool ost_db_result_list(struct ost_db *db, int64_t case_id, struct ost_arena *arena,
                        struct ost_db_result **out, size_t *count, struct ost_err *err);

/* The newest of that name, with its blob. */
OST_MUST_CHECK
bool ost_db_result_find(struct ost_db *db, int64_t case_id, const char *name,
                        struct ost_db_result *out, struct ost_blob *blob, struct ost_err *err);

/* All files of one job. */
OST_MUST_CHECK
bool ost_db_result_of_job(struct ost_db *db, int64_t job_id, struct ost_arena *arena,
                          struct ost_db_result **out, size_t *count, struct ost_err *err);

OST_C_END

#endif
