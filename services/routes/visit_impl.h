/*
 * What the live thread keeps of a visit: a guest's, or that of somebody to whose institution
 * the case was granted. The owner is told of it, and it ends with what opened the case.
 */
#ifndef OST_ROUTES_VISIT_IMPL_H
#define OST_ROUTES_VISIT_IMPL_H

#include "recon/plan/plan.h"
#include "services/auth/auth.h"
#include "services/db/case.h"

#include <time.h>

/* Zeroed for the owner's people. Times are of the monotonic clock, in seconds. */
struct visit {
    time_t until; /* the end of the invitation or grant; 0 for the owner's people */
    time_t told;
    int64_t case_id;
    size_t refused; /* messages that were not his to send, and are not told yet */
};

/* He listens from now on; in a transaction of his. Nothing for the owner's people. */
OST_MUST_CHECK
bool ost_visit_begin(struct ost_db *db, const struct ost_auth_session *session,
                     const struct ost_db_case *at, time_t now, struct visit *out,
                     struct ost_err *err);

/* The case was looked at again: what opened it may end at another time by now. */
void ost_visit_renew(struct visit *visit, const struct ost_db_case *at, time_t now);

/* What others in the room call him: with his institution's name where he is of another and it fits.
 */
void ost_visit_name(const struct visit *visit, const struct ost_auth_session *session,
                    char name[OST_NAME_BYTES + 1]);

/* Now and then, and at the end (`now` 0): one row for however many were refused. */
void ost_visit_tell(struct ost_db *db, const struct ost_auth_session *session, time_t now,
                    struct visit *visit);

static inline bool ost_visit_is_over(const struct visit *visit, time_t now)
{
    return visit->until != 0 && now >= visit->until;
}

#endif
