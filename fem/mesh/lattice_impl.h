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

struct lattice {
    double a;              /* mm, side of a cube */
    double origin[3];      /* corner (0, 0, 0) */
    uint32_t cells[3];     /* cubes along each axis */
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

static inline uint32_t lattice_corner(const struct lattice *l, uint32_t i, uint32_t j, uint32_t k)
{
    return (k * (l->cells[1] + 1) + j) * (l->cells[0] + 1) + i;
}

static inline uint32_t lattice_centre(const struct lattice *l, uint32_t i, uint32_t j, uint32_t k)
{
    return l->corner_count + (k * l->cells[1] + j) * l->cells[0] + i;
}

/* The signs, and every cut of an edge. */
OST_MUST_CHECK
bool lattice_sample(struct lattice *lattice, const struct ost_field *field, struct ost_err *err);

/* Moves points that lie too near a cut onto it: nearest first. */
OST_MUST_CHECK bool lattice_warp(struct lattice *lattice, struct ost_err *err);

/* The cut between two points, OST_NOWHERE where there is none. */
uint32_t lattice_find(const struct lattice *lattice, uint32_t inside, uint32_t outside);

#endif
