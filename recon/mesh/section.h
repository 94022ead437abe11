/*
 * Where a plane cuts a closed surface: pieces of contour in the plane's own
 * coordinates, and what they enclose. Pieces are not joined to lines: lengths,
 * extents, areas and fits do not ask for it.
 */
#ifndef OST_MESH_SECTION_H
#define OST_MESH_SECTION_H

#include "recon/mesh/mesh.h"

#include <stddef.h>

OST_C_BEGIN

struct ost_section_plane {
    double origin[3];  /* mm */
    double u[3], v[3]; /* unit, at right angles; the plane is seen from u x v */
};

struct ost_section {
    size_t count, room;
    double (*piece)[2][2]; /* owned; mm; from [0] to [1] with the inside to the left */
};

/* No piece where the plane misses the surface. */
OST_MUST_CHECK
bool ost_section_create(const struct ost_mesh *mesh, const struct ost_section_plane *plane,
                        struct ost_section **out, struct ost_err *err);
void ost_section_destroy(struct ost_section *section); /* NULL is fine */
OST_AUTO_DEFINE(ost_section);

/* Enclosed area (mm2) and its middle, by Green's theorem: holes count off. */
double ost_section_area(const struct ost_section *section, double centre[2]);

/* Least and most of u cos(angle) + v sin(angle); false where there is no piece. */
bool ost_section_extent(const struct ost_section *section, double angle, double out[2]);

/* The unit normal of one piece, out of the body, and its length. */
double ost_section_normal(const struct ost_section *section, size_t piece, double normal[2]);

OST_C_END

#endif
