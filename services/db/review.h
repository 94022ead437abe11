/* A person's word on a fit above the residual limit: accept or reject. */
#ifndef OST_DB_REVIEW_H
#define OST_DB_REVIEW_H

#include "recon/base/arena.h"
#include "services/db/db.h"

OST_C_BEGIN

struct ost_db_review {
    int64_t id, job_id, user_id;
    char verdict[8]; /* accept, reject */
    char by[128];    /* the person's name then */
    char at[OST_DB_TIME];
};

/* On the newest finished reconstruction; OST_NOT_FOUND where there is none. */
OST_MUST_CHECK
bool ost_db_review_add(struct ost_db *db, int64_t case_id, const char *verdict, const char *note,
                       struct ost_db_review *out, struct ost_err *err);

/* The last word on the newest reconstruction; `*found` false where nobody spoke. */
OST_MUST_CHECK
bool ost_db_review_last(struct ost_db *db, int64_t case_id, struct ost_db_review *out, bool *found,
                        struct ost_err *err);

/* Whether planning waits: the last word is reject, or nobody spoke and the residual is too high. */
OST_MUST_CHECK
bool ost_db_review_wanted(struct ost_db *db, int64_t case_id, bool *out, struct ost_err *err);

OST_C_END

#endif
