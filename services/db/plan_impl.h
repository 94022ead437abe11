/* How a plan's log grows: one statement, for one append alone and for several at once. */
#ifndef OST_DB_PLAN_IMPL_H
#define OST_DB_PLAN_IMPL_H

#include "recon/base/buf.h"
#include "services/db/ask_impl.h"
#include "services/db/plan.h"

enum { OST_APPEND_BYTES = OST_PLAN_APPEND * (300 << 10) };

/*
 * The fence and all operations of a batch; it gives back one row where the plan was moved on,
 * and else did nothing. `columns` is empty, and is to be kept until the step was asked.
 */
OST_MUST_CHECK
bool ost_plan_append_step(struct ost_step *step, const struct ost_db_plan_append *batch,
                          struct ost_buf *columns, struct ost_err *err);

#endif
