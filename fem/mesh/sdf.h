/*
 * A triangle mesh as a signed distance on a grid: mm, negative inside, exact
 * within `band` of the surface and clamped beyond it.
 *
 * Inside is where two of three axis-parallel rays see a positive winding number,
 * so the mesh may intersect itself, overlap, be wound inside out as a whole, or be
 * open at one end.
 */
#ifndef OST_FEM_MESH_SDF_H
#define OST_FEM_MESH_SDF_H

#include "recon/image/grid.h"
#include "recon/mesh/mesh.h"

OST_C_BEGIN

struct ost_sdf_options {
    double spacing;         /* mm; the surface is smoothed at this scale */
    double margin;          /* mm of grid round the mesh; at least `band` */
    double band;            /* mm */
    double low[3], high[3]; /* mm; what lies outside is left out; equal: everything */
    double anchor[3];       /* mm; a voxel's centre, were the grid to go on for ever */
    double whole_most;      /* voxels of a box up to which a band (band.h) is not cut in tiles */
};

/*
 * 0.28 mm voxels, a quarter of the lattice for elements of one millimetre, whose surface is then
 * within 0.05 mm of the triangles; exact to 0.7 mm, further than the mesher looks.
 */
struct ost_sdf_options ost_sdf_options_default(void);

OST_MUST_CHECK
bool ost_sdf_of_mesh(const struct ost_mesh *mesh, const struct ost_sdf_options *options,
                     struct ost_grid **out, struct ost_err *err);

OST_C_END

#endif
