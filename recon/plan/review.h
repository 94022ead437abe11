/*
 * Where a plan stands between its first line and the patient, what may be said of it next
 * and by whom, and what was said so far. One table decides (README.md, "Review"); servers
 * refuse by it and pages make their buttons from it.
 */
#ifndef OST_PLAN_REVIEW_H
#define OST_PLAN_REVIEW_H

#include "recon/plan/plan.h"

OST_C_BEGIN

enum { OST_REVIEW_STEPS = 2 }; /* that lead on from one state: forwards, and back to a draft */

enum ost_review_why {
    OST_REVIEW_MAY,
    OST_REVIEW_ROLE, /* another role says this */
    OST_REVIEW_OWN,  /* who approved a plan does not release it */
};

struct ost_review_step {
    const char *kind; /* of the tag that says it */
    unsigned who;     /* bit 1 << role */
    enum ost_review_why why;
};

/* The steps that lead on from here, forwards first, as `by` stands to them. Answers how many. */
size_t ost_plan_steps(const struct ost_plan *plan, const struct ost_actor *by,
                      struct ost_review_step out[OST_REVIEW_STEPS]);

/* What was said of the plan, oldest first; borrowed until the next entry. */
struct ost_tag_view {
    const char *name, *kind;
    const char *said;   /* "" where nothing was added */
    const char *hash;   /* of the state it binds to, hex */
    int64_t seq, at_ms; /* of its entry */
    const char *by, *by_name;
};
size_t ost_plan_tag_count(const struct ost_plan *plan);
struct ost_tag_view ost_plan_tag_view(const struct ost_plan *plan, size_t index);

OST_C_END

#endif
