/* Sparse matrices of 3x3 blocks by rows, and the system a problem becomes. */
#ifndef OST_FEM_SOLVE_BLOCK_IMPL_H
#define OST_FEM_SOLVE_BLOCK_IMPL_H

#include "fem/solve/problem.h"

#define OST_NO_ROW UINT32_MAX

struct blocks {
    uint32_t rows;
    uint32_t *first;  /* rows + 1; blocks of row i are first[i] .. first[i + 1] */
    uint32_t *column; /* rising within a row */
    double *value;    /* nine per block, row-major */
};

void blocks_fini(struct blocks *blocks);

/* out = A x; three numbers per row. */
void blocks_multiply(const struct blocks *a, const double *x, double *out);

/*
 * K u = f over the nodes with something to find. Nodes held in all components have no
 * row; a component held alone stands in the matrix with nothing but a diagonal.
 */
struct system {
    struct blocks k;
    uint32_t *row_of_node; /* OST_NO_ROW where all is held */
    uint32_t *node_of_row;
    uint8_t *held; /* per row: bits as in the problem */
    bool some_held;
    double *right; /* three per row: N, with the forces of held moves taken away */
};

OST_MUST_CHECK
bool system_create(struct system **out, const struct ost_fem_problem *problem, struct ost_err *err);
void system_destroy(struct system *system);
OST_AUTO_DEFINE(system);

#endif
