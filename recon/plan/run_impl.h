/* A transaction between its first operation and its commit. */
#ifndef OST_PLAN_RUN_IMPL_H
#define OST_PLAN_RUN_IMPL_H

#include "recon/plan/plan_impl.h"

OST_C_BEGIN

/* One transaction on its way: what it replaced, so that it can be taken back. */
struct run {
    struct ost_plan *plan;
    const struct ost_entry *entry;
    struct stamp stamp;
    bool new_person;
    bool logged; /* it stands in the log already: what was once allowed stays */
    struct change *change;
    size_t count, room;
    struct ost_err *err;
};

/* Preconditions, operations, and what must hold after them. */
OST_MUST_CHECK bool ost_run_steps(struct run *run);

/* As if nothing had happened; frees the journal. */
void ost_run_roll_back(struct run *run);

OST_C_END

#endif
