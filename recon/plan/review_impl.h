/* Where a plan stands between its first line and the patient, and who moves it on. */
#ifndef OST_PLAN_REVIEW_IMPL_H
#define OST_PLAN_REVIEW_IMPL_H

#include "recon/plan/run_impl.h"

OST_C_BEGIN

OST_MUST_CHECK bool ost_tag_kind_of_name(const char *name, enum tag_kind *out);
const char *ost_tag_kind_name(enum tag_kind kind);

/* Whether the writer may say this of the plan as it stands. */
OST_MUST_CHECK bool ost_review_may_tag(const struct run *run, enum tag_kind kind);

/* Whether the plan may be changed at all. */
OST_MUST_CHECK bool ost_review_may_write(const struct run *run);

OST_C_END

#endif
