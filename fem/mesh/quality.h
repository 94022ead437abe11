/* How well-shaped the elements are: dihedral angles decide error and conditioning. */
#ifndef OST_FEM_MESH_QUALITY_H
#define OST_FEM_MESH_QUALITY_H

#include "fem/mesh/tet.h"

OST_C_BEGIN

struct ost_tet_quality {
    double min_dihedral_deg, max_dihedral_deg;
    double volume;    /* mm3, all elements */
    double mean_edge; /* mm, over the edges of every element */
    double max_edge;  /* mm */
};

struct ost_tet_quality ost_tet_mesh_quality(const struct ost_tet_mesh *mesh);

/* Cosines of the six dihedral angles of the tetrahedron with these corners. */
void ost_dihedral_cosines(const double *const corner[4], double cosine[6]);

OST_C_END

#endif
