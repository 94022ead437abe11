/* Where a plan stands, what was said of it and what may be said next, printed. */
#ifndef OST_TOOL_PLAN_REVIEW_H
#define OST_TOOL_PLAN_REVIEW_H

#include "recon/plan/plan.h"

OST_C_BEGIN

/* One line: the state, and who may take the next step. */
void ost_plan_review_print(const struct ost_plan *plan);

/* That line, then one for every tag: when, what, by whom, what was said with it. */
bool ost_plan_steps_print(const struct ost_plan *plan);

/* "review":STATE,"next":[{"kind","who":[ROLE]}],"steps":[{"seq","at","kind","name","by","said"}]
 * at: ms since 1970. Before it `{` or a comma, after it the same. */
void ost_plan_review_json(struct ost_buf *out, const struct ost_plan *plan);

OST_C_END

#endif
