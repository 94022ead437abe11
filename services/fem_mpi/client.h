/*
 * The second engine: PETSc in a program of its own, `osteon-fem-mpi`, on one rank or
 * many. The problem goes to it as a file and the answer comes back as one
 * (fem/solve/README.md); it runs in its own process group, with a time limit, and
 * takes no part of our memory.
 */
#ifndef OST_FEM_MPI_CLIENT_H
#define OST_FEM_MPI_CLIENT_H

#include "fem/solve/problem.h"
#include "recon/base/progress.h"

OST_C_BEGIN

/* How PETSc solves. */
enum ost_fem_mpi_method {
    OST_FEM_MPI_GAMG,    /* conjugate gradients, its smoothed aggregation */
    OST_FEM_MPI_LATTICE, /* conjugate gradients, its multigrid on the levels of ours */
    OST_FEM_MPI_DIRECT,  /* MUMPS' factors: no iteration that could fail, and much memory */
    OST_FEM_MPI_METHODS
};

struct ost_fem_mpi_options {
    enum ost_fem_mpi_method method;
    const char *program; /* NULL: `osteon-fem-mpi` beside the running program */
    const char *folder;  /* for the two files, in a folder of their own; NULL: /tmp */
    uint32_t ranks;      /* 1 runs it as it is, more by `mpirun` */
    double timeout_s;    /* by the clock */
    double cpu_s;        /* and of the processor, each rank, in whole seconds; 0: no limit */
    double tolerance;
    uint32_t iterations_most;
};
struct ost_fem_mpi_options ost_fem_mpi_options_default(void); /* GAMG, 1 rank, 600 s, 1e-8, 500 */

/*
 * The problem must pass ost_fem_problem_check(). Fails with OST_UNAVAILABLE where the
 * program is not installed or ends badly, OST_LIMIT past a limit of time.
 */
OST_MUST_CHECK
bool ost_fem_solve_mpi(const struct ost_fem_problem *problem,
                       const struct ost_fem_mpi_options *options,
                       const struct ost_progress *progress, struct ost_fem_result **out,
                       struct ost_err *err);

OST_C_END

#endif
