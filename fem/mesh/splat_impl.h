/* The distance from triangles, voxel by voxel. */
#ifndef OST_FEM_MESH_SPLAT_IMPL_H
#define OST_FEM_MESH_SPLAT_IMPL_H

#include "recon/image/grid.h"

/* Voxels of a row that are looked at together; no grid may have shorter rows. */
enum { OST_SPLAT_ROW = 8 };

/*
 * Lowers the squared distances in grid->value, mm2, to those of a triangle, where it is nearer
 * than `band` mm.
 */
void splat_triangle(struct ost_grid *grid, double corner[3][3], double band);

#endif
