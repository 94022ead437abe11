/*
 * Our own engine: flexible conjugate gradients in double precision (Notay 2000) with a
 * geometric lattice multigrid in single precision. One thread, every sum in a fixed
 * order: equal problems give equal answers to the bit on one machine.
 */
#ifndef OST_FEM_SOLVE_OWN_H
#define OST_FEM_SOLVE_OWN_H

#include "fem/solve/problem.h"
#include "recon/base/progress.h"

OST_C_BEGIN

enum ost_fem_preconditioner {
    OST_FEM_MULTIGRID,
    OST_FEM_BLOCK_JACOBI, /* the slow reference */
};

struct ost_fem_options {
    double tolerance; /* relative residual */
    uint32_t iterations_most;
    enum ost_fem_preconditioner preconditioner;
};
struct ost_fem_options ost_fem_options_default(void); /* 1e-8, 500, multigrid */

/* The problem must pass ost_fem_problem_check(). */
OST_MUST_CHECK
bool ost_fem_solve_own(const struct ost_fem_problem *problem, const struct ost_fem_options *options,
                       const struct ost_progress *progress, struct ost_fem_result **out,
                       struct ost_err *err);

/*
 * What a solve takes at its peak, problem and all, from the number of nodes: measured, and a
 * tenth added.
 */
uint64_t ost_fem_own_bytes(const struct ost_fem_problem *problem);

/* OST_LIMIT, and what to change, where that is more than there is. To be asked before a solve. */
OST_MUST_CHECK
bool ost_fem_own_fits(const struct ost_fem_problem *problem, uint64_t bytes, struct ost_err *err);

OST_C_END

#endif
