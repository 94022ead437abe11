/* What the distances from triangles share, be they kept in one box or in tiles. */
#ifndef OST_FEM_MESH_SDF_IMPL_H
#define OST_FEM_MESH_SDF_IMPL_H

#include "fem/mesh/sdf.h"

/* A triangle's corners in double. */
void sdf_corners(const struct ost_mesh *mesh, uint32_t triangle, double p[3][3]);

/* Whether mesh and options fit, and where the first voxel and how many there are. */
OST_MUST_CHECK
bool sdf_box(const struct ost_mesh *mesh, const struct ost_sdf_options *options, double low[3],
             double size[3], struct ost_err *err);

/* Those of a mesh that count. */
struct triangles {
    const uint32_t *index; /* borrowed; NULL: as they come */
    uint32_t count;
};

/* Votes for a positive winding number in steps of 1, for a negative one in steps of 16. */
enum { OST_POSITIVE = 1, OST_NEGATIVE = 16 };

/*
 * What the rays along three axes say of every voxel; two or more for a sign are a majority.
 * `along` has, for each axis, the triangles that rays along it through this box can meet.
 * `grid` needs no values.
 */
OST_MUST_CHECK
bool inside_votes(const struct ost_mesh *mesh, const struct ost_grid *grid,
                  const struct triangles along[3], unsigned char *votes, struct ost_err *err);

/*
 * The same where no triangle comes into the box: what all of its voxels get, in `vote`. Not
 * `alike`: rays through an open end differ side by side, and each voxel has to be asked.
 */
OST_MUST_CHECK
bool inside_alike(const struct ost_mesh *mesh, const struct ost_grid *grid,
                  const struct triangles along[3], unsigned char *vote, bool *alike,
                  struct ost_err *err);

#endif
