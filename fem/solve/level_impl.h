/*
 * The levels of the multigrid: single precision matrices, each with the weights that
 * lead to the next coarser one. Coarse unknowns stand on a regular lattice whose
 * spacing doubles from level to level, one lattice for each connected piece.
 */
#ifndef OST_FEM_SOLVE_LEVEL_IMPL_H
#define OST_FEM_SOLVE_LEVEL_IMPL_H

#include "fem/solve/system.h"

/* A cell of the next level's lattice. */
struct site {
    int32_t place[3];
    uint32_t piece;
};

/* Where an unknown stands: its cell, and how far into it. */
struct seat {
    struct site site;
    float part[3];
};

/* Vectors as in system.h: four numbers a row. */
struct level {
    uint32_t rows;
    uint32_t *first, *column; /* owned, but on the finest level; upper half as in ost_blocks */
    float *value;             /* likewise; nine per block, row-major, and a block of padding */
    int steps;                /* of the smoother */
    float *inverse;           /* owned; of the diagonal blocks, and one of padding */
    const uint8_t *held;      /* finest level only, NULL where nothing is held alone */
    struct seat *seat;        /* owned; until the next level is made */
    struct site *site;        /* owned; of the cells with rows in them, likewise */
    uint32_t cells;
    uint32_t *cell;        /* owned; of each row */
    float (*part)[3];      /* owned; of each row */
    uint32_t (*corner)[8]; /* owned; of each cell: rows of the next level, or one past them */
    float *x, *b, *r;      /* owned; with a row of padding that no row of the matrix reads */
    float *d;              /* likewise; NULL with one step alone */
};

void level_fini(struct level *level, bool finest);

/* A lattice that merges hardly any rows any more is the last. */
static inline bool level_shrinks(const struct level *fine, const struct level *coarse)
{
    return (uint64_t)coarse->rows * 10 <= (uint64_t)fine->rows * 9;
}

/* Trilinear weights of the eight corners of a cell, x fastest. */
static inline void level_weights(const float part[3], float weight[8])
{
    float x = part[0], y = part[1], z = part[2];
    const float flat[4] = {(1.0F - x) * (1.0F - y), x * (1.0F - y), (1.0F - x) * y, x * y};
    for (int c = 0; c < 4; c++) {
        weight[c] = flat[c] * (1.0F - z);
        weight[c + 4] = flat[c] * z;
    }
}

/* From a level with seats: its cells and their corners, and the next level's rows and seats. */
OST_MUST_CHECK
bool level_settle(struct level *fine, struct level *coarse, struct ost_err *err);

/*
 * From a settled level with a matrix, the next level's (Galerkin: P' A P). Fails with OST_BUG
 * where two rows that are joined sit more than one cell apart.
 */
OST_MUST_CHECK
bool level_multiply_out(const struct level *fine, struct level *coarse, struct ost_err *err);

/* b of the coarse level from r of the fine one; x of the fine level from that of the coarse one. */
void level_restrict(const struct level *fine, struct level *coarse);
void level_prolong(const struct level *coarse, struct level *fine);

/*
 * Block Gauss-Seidel (Saad, Iterative Methods for Sparse Linear Systems, 4.1) on A x = b: from
 * x = 0 and from the last row up, leaving r = b - A x; and from x and from the first row down,
 * so that both together are symmetric.
 */
void level_smooth_down(struct level *level);
void level_smooth_up(struct level *level);

#endif
