/* The distributed solve: conjugate gradients with smoothed aggregation (PETSc's GAMG). */
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
