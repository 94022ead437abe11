/*
 * The levels of the multigrid: single precision matrices, each with the weights that
 * lead to the next coarser one. Coarse unknowns stand on a regular lattice whose
 * spacing doubles from level to level, one lattice for each connected piece.
 */
#ifndef OST_FEM_SOLVE_LEVEL_IMPL_H
#define OST_FEM_SOLVE_LEVEL_IMPL_H

#include "fem/solve/system.h"

/* Where an unknown stands: its lattice cell of the next level, and how far into it. */
struct seat {
    int32_t cell[3];
    float part[3];
    uint32_t piece;
};

struct level {
    uint32_t rows;
    uint32_t *first, *column; /* owned, but on the finest level */
    float *value;             /* likewise; nine per block, column-major, and a block of padding */
    int steps;                /* of the smoother */
    float *inverse;           /* owned; of the diagonal blocks */
    const uint8_t *held;      /* finest level only, NULL where nothing is held alone */
    double lambda;            /* largest eigenvalue of inverse * matrix, from above */
    struct seat *seat;        /* owned; while the hierarchy is built */
    uint32_t (*parent)[8];    /* owned; rows of the next level, OST_NO_ROW for weight 0 */
    float (*weight)[8];       /* owned */
    float *x, *b, *r, *d;     /* owned; three per row */
};

void level_fini(struct level *level, bool finest);

/*
 * From a level with matrix and seats, its weights and the next level with matrix and
 * seats (Galerkin: P' A P). Fails with OST_BUG where two rows that are joined sit more
 * than one cell apart.
 */
OST_MUST_CHECK
bool level_coarsen(struct level *fine, struct level *coarse, struct ost_err *err);

#endif
