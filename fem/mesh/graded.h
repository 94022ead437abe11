/*
 * Elements that grow away from a place: the lattice of stuff.h in a space turned inside out
 * about a point beside the body, and its elements brought back. An inversion keeps angles: what
 * grows is the size, as the square of the distance from that point, and dihedral angles change
 * only by the bend of an edge, its length over that distance.
 */
#ifndef OST_FEM_MESH_GRADED_H
#define OST_FEM_MESH_GRADED_H

#include "fem/mesh/stuff.h"

OST_C_BEGIN

struct ost_grading {
    double centre[3]; /* mm: outside of the body, by many edges */
    double reach;     /* mm from it: where edges are the lattice's */
};

/*
 * Edges of `lattice` at one end of a stretch of `length` mm and `ratio` times that at its other:
 * `near` is the fine end, `way` (unit) points on from the coarse one. ratio > 1.
 */
struct ost_grading ost_grading_along(const double near[3], const double way[3], double length,
                                     double ratio);

/* As ost_stuff(); OST_INVALID too where the body comes within a quarter of `reach` of the centre.
 */
OST_MUST_CHECK
bool ost_stuff_graded(const struct ost_field *field, const struct ost_grading *grading,
                      const struct ost_stuff_options *options, struct ost_tet_mesh **out,
                      struct ost_stuff_report *report, struct ost_err *err);

OST_C_END

#endif
