/* What the live thread keeps of a guest's visit, so that his owner is told of it. */
#ifndef OST_ROUTES_VISIT_IMPL_H
#define OST_ROUTES_VISIT_IMPL_H

#include "services/auth/auth.h"

#include <time.h>

/* Zeroed for everybody else. Times are of the monotonic clock, in seconds. */
struct visit {
    time_t until; /* the invitation's end; 0 for no guest */
    time_t told;
    size_t refused; /* messages that were not his to send, and are not told yet */
};

/* The guest listens from now on; in a transaction of his. Nothing for others. */
OST_MUST_CHECK
bool ost_visit_begin(struct ost_db *db, const struct ost_auth_session *session, time_t now,
                     struct visit *out, struct ost_err *err);

/* Now and then, and at the end (`now` 0): one row for however many were refused. */
void ost_visit_tell(struct ost_db *db, const struct ost_auth_session *session, time_t now,
                    struct visit *visit);

static inline bool ost_visit_is_over(const struct visit *visit, time_t now)
{
    return visit->until != 0 && now >= visit->until;
}

#endif
