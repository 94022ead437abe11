/* What a case folder is filled with before a station runs. */
#ifndef OST_PIPELINE_FILL_IMPL_H
#define OST_PIPELINE_FILL_IMPL_H

#include "services/pipeline/pipeline.h"

/* What the job's input names: recon, mech, guide, plan, plan_seq, plan_hash, approved. */
OST_MUST_CHECK bool ost_fill_input(struct ost_work *work, struct ost_err *err);

/* The case's row and its films, as clean records, with their cameras. */
OST_MUST_CHECK bool ost_fill_films(struct ost_work *work, struct ost_err *err);

/* The slices of the case's CT, as clean records. */
OST_MUST_CHECK bool ost_fill_slices(struct ost_work *work, struct ost_err *err);

/* In the child: the CT of the slices that ost_fill_slices() put there; `out` is the caller's. */
struct ost_series_facts;
struct ost_grid;
OST_MUST_CHECK
bool ost_fill_ct(const struct ost_work *work, struct ost_series_facts *facts, struct ost_grid **out,
                 struct ost_err *err);

/* The files of the jobs the input names, in dir/result. */
OST_MUST_CHECK bool ost_fill_results(struct ost_work *work, struct ost_err *err);

/* dir/plan.json: the plan at the seq the input names. */
OST_MUST_CHECK bool ost_fill_plan(struct ost_work *work, struct ost_err *err);

/* In the child: case.json and one PNG per film of either arm, from what ost_fill_films() put there.
 */
OST_MUST_CHECK bool ost_fill_case(const struct ost_work *work, struct ost_err *err);

#endif
