/*
 * The distributed solve, as PETSc's options say: conjugate gradients with smoothed aggregation
 * (its GAMG), or where they say -pc_type mg, with the levels of our own multigrid.
 */
#ifndef OST_FEM_MPI_ENGINE_IMPL_H
#define OST_FEM_MPI_ENGINE_IMPL_H

#include "fem/solve/system.h"
#include "fem/solve/wire.h"

/*
 * All ranks call it with the same parcel; on rank 0 `result` comes back filled. False
 * where PETSc gave up, which it has then said on stderr.
 */
OST_MUST_CHECK
bool engine_solve(const struct ost_fem_parcel *parcel, const struct ost_fem_system *system,
                  struct ost_fem_result *result);

#endif
