/*
 * The body-centred cubic lattice round a body: corners of cubes and their centres,
 * the sign of the field at each, and where its surface cuts the edges between.
 */
#ifndef OST_FEM_MESH_LATTICE_IMPL_H
#define OST_FEM_MESH_LATTICE_IMPL_H

#include "fem/mesh/field.h"

#include <stdint.h>

#define OST_NOWHERE UINT32_MAX

struct crossing {
    uint32_t inside, outside; /* lattice points */
    double part;              /* of the edge, from `inside` */
    double point[3];
};

/* Rows of points along x, each kept only where the body may come; `across` of them along y, z. */
struct rows {
    uint32_t across[2], length; /* `length` points were each row kept whole */
    uint32_t *first;            /* owned; of each row's points, along x */
    uint32_t *begin;            /* owned; the number of that point, one more than rows */
};

static inline uint32_t rows_end(const struct rows *rows, uint32_t row)
{
    return rows->first[row] + (rows->begin[row + 1] - rows->begin[row]);
}

/* The number of the row's point `i`; of one that is not kept no number of the row. */
static inline uint32_t rows_point(const struct rows *rows, uint32_t row, uint32_t i)
{
    return rows->begin[row] + (i - rows->first[row]);
}

struct lattice {
    double a;          /* mm, side of a cube */
    double origin[3];  /* corner (0, 0, 0) */
    uint32_t cells[3]; /* cubes along each axis */
    struct rows corners, centres;
    uint32_t corner_count; /* points 0.. are corners, then come the centres */
    uint32_t point_count;
    signed char *sign;      /* +1 inside, -1 outside, 0 on the surface */
    double (*point)[3];     /* where each stands now */
    struct crossing *cross; /* one per edge with a change of sign at first */
    uint32_t cross_count, cross_room;
    uint32_t *slot; /* hash table over `cross` */
    uint32_t slot_mask;
    uint32_t warped;
};

OST_MUST_CHECK
bool lattice_create(struct lattice **out, const struct ost_field *field, double a,
                    const double anchor[3], struct ost_err *err);
void lattice_destroy(struct lattice *lattice);
OST_AUTO_DEFINE(lattice);

/*
 * Which points of which rows are kept: all from which an edge may lead inside, and the corners of
 * every cell whose centre is. `corners` come first in number.
 */
OST_MUST_CHECK
bool rows_create(struct lattice *lattice, const struct ost_field *field, struct ost_err *err);
void rows_fini(struct rows *rows);

/* The row next to one along each axis, and which of its points, from .. end, have their next. */
void rows_neighbours(const struct rows *rows, uint32_t row, uint32_t next[3], uint32_t range[3][2]);

/* Row `row` of centres lies between these of corners. */
static inline void lattice_corner_rows(const struct lattice *l, uint32_t row, uint32_t out[4])
{
    uint32_t j = row % l->cells[1], k = row / l->cells[1], up = l->corners.across[0];
    for (uint32_t c = 0; c < 4; c++)
        out[c] = (k + (c >> 1)) * up + j + (c & 1);
}

/* The signs, and every cut of an edge. */
OST_MUST_CHECK
bool lattice_sample(struct lattice *lattice, const struct ost_field *field, struct ost_err *err);

/* Moves points that lie too near a cut onto it: nearest first. */
OST_MUST_CHECK bool lattice_warp(struct lattice *lattice, struct ost_err *err);

/* The cut between two points, OST_NOWHERE where there is none. */
uint32_t lattice_find(const struct lattice *lattice, uint32_t inside, uint32_t outside);

#endif
