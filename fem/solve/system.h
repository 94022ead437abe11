/* Sparse symmetric matrices of 3x3 blocks by rows, and the system a problem becomes. */
#ifndef OST_FEM_SOLVE_SYSTEM_H
#define OST_FEM_SOLVE_SYSTEM_H

#include "fem/solve/problem.h"

OST_C_BEGIN

#define OST_NO_ROW UINT32_MAX

/*
 * Vectors have four numbers a row: x, y, z and one that stays zero, so that a row is one
 * load, and one store that a later load finds whole.
 */
enum { OST_WIDTH = 4 };

/*
 * The diagonal and what stands right of it; the other half is its mirror image. A number is
 * kept as a float and what the float leaves over, 48 bits together: the multigrid reads the
 * first half alone, so that no second matrix need be kept for it.
 */
struct ost_blocks {
    uint32_t rows;
    uint32_t *first;     /* rows + 1; blocks of row i are first[i] .. first[i + 1] */
    uint32_t *column;    /* rising within a row, which its diagonal begins */
    float *value, *rest; /* nine per block, row-major; a block of padding at the end */
};

void ost_blocks_fini(struct ost_blocks *blocks);

/* Block number `at`, row-major. */
void ost_blocks_get(const struct ost_blocks *blocks, size_t at, double out[9]);

/* out = A x; x . out */
double ost_blocks_multiply(const struct ost_blocks *a, const double *x, double *out);

/* Of two vectors of `count` numbers, padding included: OST_WIDTH for each row. */
double ost_rows_dot(const double *a, const double *b, size_t count);

/* a . z and b . z in one pass. */
void ost_rows_dots(const double *a, const double *b, const double *z, size_t count, double out[2]);

/* x += alpha p and r -= alpha q; r . r of the new r. */
double ost_rows_advance(double alpha, const double *p, const double *q, double *x, double *r,
                        size_t count);

/*
 * K u = f over the nodes with something to find. Nodes held in all components have no
 * row; a component held alone stands in the matrix with nothing but a diagonal.
 */
struct ost_fem_system {
    struct ost_blocks k;
    uint32_t *row_of_node; /* OST_NO_ROW where all is held */
    uint32_t *node_of_row;
    uint8_t *held; /* per row: bits as in the problem */
    bool some_held;
    double *right; /* four per row: N, with the forces of held moves taken away */
};

OST_MUST_CHECK
bool ost_fem_system_create(struct ost_fem_system **out, const struct ost_fem_problem *problem,
                           struct ost_err *err);
void ost_fem_system_destroy(struct ost_fem_system *system);
OST_AUTO_DEFINE(ost_fem_system);

OST_C_END

#endif
