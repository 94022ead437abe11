/* What distances from triangles share. */
#ifndef OST_FEM_MESH_SDF_IMPL_H
#define OST_FEM_MESH_SDF_IMPL_H

#include "fem/mesh/sdf.h"

/* A triangle's corners in double. */
void sdf_corners(const struct ost_mesh *mesh, uint32_t triangle, double p[3][3]);

/* Whether mesh and options fit, and where the first voxel and how many there are. */
OST_MUST_CHECK
bool sdf_box(const struct ost_mesh *mesh, const struct ost_sdf_options *options, double low[3],
             double size[3], struct ost_err *err);

#endif
