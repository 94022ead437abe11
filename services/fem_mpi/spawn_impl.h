/* Running one program to its end, or to a limit of time. */
#ifndef OST_FEM_MPI_SPAWN_IMPL_H
#define OST_FEM_MPI_SPAWN_IMPL_H

#include "recon/base/err.h"
#include "recon/base/progress.h"

struct spawn_limit {
    double timeout_s; /* by the clock */
    double cpu_s;     /* of the processor, each process; 0: none */
};

/*
 * Runs argv[0] with its output thrown away and one thread for its libraries. Fails with
 * OST_UNAVAILABLE where it cannot start or exits other than 0, OST_LIMIT past a limit,
 * OST_CANCELLED where the caller asks to stop; in the last two its process group is
 * killed. It never outlives the thread that waits here, even one that is killed.
 */
OST_MUST_CHECK
bool spawn_and_wait(char *const argv[], const struct spawn_limit *limit,
                    const struct ost_progress *progress, struct ost_err *err);

#endif
