/*
 * One cycle of geometric multigrid as a preconditioner: single precision, block
 * Gauss-Seidel for a smoother, a dense factor at the bottom. A trilinear lattice holds
 * every linear field, so the six rigid motions are exact on all levels and no null
 * space need be given.
 */
#ifndef OST_FEM_SOLVE_MULTIGRID_IMPL_H
#define OST_FEM_SOLVE_MULTIGRID_IMPL_H

#include "fem/solve/system.h"

struct level;
struct multigrid;

enum {
    MULTIGRID_BOTTOM = 200, /* rows: with no more a level is the coarsest */
    MULTIGRID_LEVELS = 16
};

/*
 * The finest level's rows, borrowed from the system, and where each sits in the first lattice.
 * `careful` where the body hardly hangs together: smaller cells, and every level smoothed twice.
 */
OST_MUST_CHECK
bool multigrid_seat(struct level *level, const struct ost_fem_system *system,
                    const struct ost_tet_mesh *mesh, bool careful, struct ost_err *err);

OST_MUST_CHECK
bool multigrid_create(struct multigrid **out, const struct ost_fem_system *system,
                      const struct ost_tet_mesh *mesh, bool careful, struct ost_err *err);
void multigrid_destroy(struct multigrid *multigrid);
OST_AUTO_DEFINE(multigrid);

/* What one cycle must move, every pass over a matrix or a vector once. */
uint64_t multigrid_bytes(const struct multigrid *multigrid);

/*
 * z = M r, linear, symmetric and positive but for rounding; `norm` is r's, of which the order
 * of magnitude is what counts.
 */
void multigrid_apply(struct multigrid *multigrid, const double *r, double norm, double *z);

#endif
