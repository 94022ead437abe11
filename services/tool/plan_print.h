/* A plan on the terminal: its numbers as a table, or all of it as one JSON object. */
#ifndef OST_TOOL_PLAN_PRINT_H
#define OST_TOOL_PLAN_PRINT_H

#include "recon/plan/plan.h"

OST_C_BEGIN

OST_MUST_CHECK bool ost_plan_print_json(const struct ost_plan *plan, struct ost_err *err);
OST_MUST_CHECK bool ost_plan_print_table(const struct ost_plan *plan, struct ost_err *err);

OST_C_END

#endif
