/*
 * A linear elastic problem on tetrahedra and its answer: what every engine takes and
 * gives. Millimetres, newtons, megapascals. Whether an engine converged is part of the
 * answer, never an error.
 */
#ifndef OST_FEM_SOLVE_PROBLEM_H
#define OST_FEM_SOLVE_PROBLEM_H

#include "fem/mesh/tet.h"
#include "fem/solve/membrane.h"

OST_C_BEGIN

struct ost_fem_problem {
    const struct ost_tet_mesh *mesh; /* borrowed, as all here */
    const double *modulus;           /* MPa, one per element, above zero */
    /*
     * NULL, or per element of ten nodes the modulus at its four points (degree 2, the first near
     * the first corner) over its own: a modulus that varies inside it.
     */
    const double (*share)[4];
    double poisson;           /* the same everywhere; -1 < poisson < 0.5 */
    const uint8_t *held;      /* per node: bits 1, 2, 4 hold x, y, z */
    const double (*place)[3]; /* mm, where held; NULL for zero */
    const double (*force)[3]; /* N, per node */
    /*
     * NULL, or per element a symmetric tangent in the isotropic one's place: the upper triangle
     * over xx, yy, zz, xy, yz, zx by rows, MPa, shear strains engineering.
     */
    const double (*tangent)[21];
    /*
     * NULL, or per node a spring to the ground, N/mm: xx, yy, zz, xy, yz, zx. It counts for
     * nothing where ost_fem_problem_check() asks whether a piece is held.
     */
    const double (*spring)[6];
    const struct ost_fem_membranes *membranes; /* NULL, or on the surface of four-node elements */
};

enum ost_fem_reason {
    OST_FEM_CONVERGED,
    OST_FEM_ITERATION_LIMIT,
    OST_FEM_STAGNATED,  /* the residual no longer falls */
    OST_FEM_INDEFINITE, /* the matrix is not positive definite as computed */
    OST_FEM_NOT_FINITE, /* overflow or NaN on the way */
    OST_FEM_REASONS
};
const char *ost_fem_reason_name(enum ost_fem_reason reason); /* "converged" */

struct ost_fem_result {
    uint32_t node_count;
    double (*displacement)[3]; /* owned; mm */
    enum ost_fem_reason reason;
    uint32_t iterations;
    const char *instead; /* static: who found it where the one that was asked could not; or NULL */
    /* What an iteration must move, every pass over a matrix or vector once; 0: not said. */
    uint64_t iteration_bytes;
    /* Computed afresh from the elements, whatever the engine said: */
    double relative_residual; /* |f - K u| / |f| over what may move; f with held moves */
    double reaction[3];       /* N, sum over the held nodes */
    double reaction_error;    /* |reaction + load| / load, or / |reaction| without load */
    double work;              /* N mm, f.u over the loads */
};

OST_MUST_CHECK
bool ost_fem_result_create(struct ost_fem_result **out, uint32_t node_count, struct ost_err *err);
void ost_fem_result_destroy(struct ost_fem_result *result); /* NULL is fine */
OST_AUTO_DEFINE(ost_fem_result);

/*
 * Everything an engine takes for granted: a sound mesh, moduli above zero, finite loads,
 * something that is loaded, and no piece of the body free to move as a whole. Says what to
 * change.
 */
OST_MUST_CHECK
bool ost_fem_problem_check(const struct ost_fem_problem *problem, struct ost_err *err);

/* Fills residual, reactions and work from `displacement`. */
OST_MUST_CHECK
bool ost_fem_result_judge(const struct ost_fem_problem *problem, struct ost_fem_result *result,
                          struct ost_err *err);

OST_C_END

#endif
