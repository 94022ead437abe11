/* The share one institution has of what all use: the variables OSTEON_INSTITUTION_... */
#ifndef OST_ROUTES_SHARE_IMPL_H
#define OST_ROUTES_SHARE_IMPL_H

#include "services/db/usage.h"
#include "services/routes/call_impl.h"

/*
 * In a transaction of who asks, after what it adds was added, or before with `more` of
 * it: 413 `store_full` where the institution has more than its share.
 */
OST_MUST_CHECK
bool ost_call_share(struct ost_call *call, enum ost_usage of, int64_t more, struct ost_err *err);

#endif
