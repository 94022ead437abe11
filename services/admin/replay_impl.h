/* A plan's log, replayed from nothing by the code that wrote it. */
#ifndef OST_ADMIN_REPLAY_IMPL_H
#define OST_ADMIN_REPLAY_IMPL_H

#include "services/db/plan.h"

/*
 * `*broken` is the first seq that does not follow the one before, or whose row differs
 * from its body; 0 where the log holds and ends in the state the plan's row names.
 */
OST_MUST_CHECK
bool ost_replay_verify(struct ost_db *db, const struct ost_db_plan *plan, int64_t *broken,
                       struct ost_err *err);

#endif
