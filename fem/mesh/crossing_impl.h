/*
 * Where rays through the voxels of a box cross triangles. There is a ray along one axis through
 * the centre of every voxel of a face; edges are tested from the lesser of their two ends, so that
 * a ray through an edge meets exactly one of its two triangles, welded or not.
 */
#ifndef OST_FEM_MESH_CROSSING_IMPL_H
#define OST_FEM_MESH_CROSSING_IMPL_H

#include "recon/mesh/mesh.h"

struct voxel_box {
    double low[3], spacing; /* of the first voxel's centre; mm */
    uint32_t size[3];
};

struct crossing {
    uint32_t ray; /* at[b] * size[a] + at[a] */
    int32_t by;   /* what the winding number gains from here down */
};

struct crossings {
    int axis, a, b;      /* the rays', and the other two, a the lesser */
    uint32_t size[3];    /* of the box */
    uint32_t *first;     /* per voxel along the axis, and one past the last; owned */
    struct crossing *at; /* by the last voxel below the triangle; owned */
};

/*
 * All crossings along `axis` above some voxel; those of rays that are not `wanted` may be left
 * out (one byte per ray; NULL: of none). OST_NOMEM.
 */
OST_MUST_CHECK
bool crossings_of(const struct ost_mesh *mesh, const struct voxel_box *box, int axis,
                  const unsigned char *wanted, struct crossings *out, struct ost_err *err);
void crossings_fini(struct crossings *crossings);

#endif
