/*
 * Voxels to elements. Densities are mgHA/cm3 on a grid that is 0 outside bone; what an
 * element gets is an integral over it, not a sample (Taddei F et al., Med Eng Phys
 * 2007;29:973-979, the way of Bonemat: for moduli the law is applied to every voxel
 * first, and the modulus is integrated).
 */
#ifndef OST_FEM_BMD_MAP_H
#define OST_FEM_BMD_MAP_H

#include "fem/mesh/field.h"
#include "fem/mesh/tet.h"
#include "recon/image/grid.h"

OST_C_BEGIN

/* The part of a grid within a box, in mm, and the next voxel beyond it on every side. */
OST_MUST_CHECK
bool ost_density_crop(const struct ost_grid *density, const double low[3], const double high[3],
                      struct ost_grid **out, struct ost_err *err);

/*
 * Undoes the partial volume at the surface, in place: a voxel that lies across it holds
 * the mean over bone and nothing, so it is divided by the share that is bone (half a
 * voxel's depth to both sides, a plane cutting a cube), or emptied where that is less
 * than a third. For densities that were averaged over voxels, as a CT's are.
 */
void ost_density_uncover(struct ost_grid *density, const struct ost_field *surface);

/*
 * A copy in which the bone goes on `layers` voxels beyond its surface: the outermost
 * `erode` layers of bone, soft by partial volume, are dropped first, then every empty
 * voxel that touches bone takes the mean of its neighbours that are. So the elements at
 * the surface read from inside the mask.
 */
OST_MUST_CHECK
bool ost_density_extend(const struct ost_grid *density, unsigned erode, unsigned layers,
                        struct ost_grid **out, struct ost_err *err);

/* The grid with `value(voxel)` in place of each voxel, e.g. a law's modulus. */
OST_MUST_CHECK
bool ost_density_apply(const struct ost_grid *density,
                       double (*value)(const void *user, double density), const void *user,
                       struct ost_grid **out, struct ost_err *err);

/*
 * Two densities in one box of the first one's voxels; where both are, the greater.
 */
OST_MUST_CHECK
bool ost_density_merge(const struct ost_grid *a, const struct ost_grid *b, struct ost_grid **out,
                       struct ost_err *err);

/* How far a density may be off: factors for pure cortex and for pure trabecular bone. */
struct ost_density_shift {
    double cortical, trabecular; /* mgHA/cm3: where each factor holds; between, a mixture */
    double cortical_factor, trabecular_factor;
};
double ost_density_shifted(const struct ost_density_shift *shift, double density);

/* The ten points of an element at which it is read: Bonemat's four steps along each axis. */
enum { OST_TET_POINTS = 10 };
void ost_tet_points(const struct ost_tet_mesh *mesh, uint32_t tet, double point[OST_TET_POINTS][3]);

/*
 * The mean of a grid over every element: ten points, exact where the grid is linear.
 * Outside the grid counts as 0.
 */
void ost_tet_mean(const struct ost_tet_mesh *mesh, const struct ost_grid *grid, double *out);

/*
 * The mean over the voxels whose middles lie within each element (Bonemat's first way);
 * the grid at the element's middle where there is none.
 */
void ost_tet_voxel_mean(const struct ost_tet_mesh *mesh, const struct ost_grid *grid, double *out);

/*
 * The mean of `value` of the grid at four Gauss points: what an element of four nodes,
 * whose strain is one all over, makes of a value at every Gauss point. Where `share` is not NULL,
 * each point's over that mean as well, for elements of ten nodes (ost_fem_problem).
 */
void ost_tet_gauss_mean(const struct ost_tet_mesh *mesh, const struct ost_grid *grid,
                        double (*value)(const void *user, double density), const void *user,
                        double *out, double (*share)[4]);

OST_C_END

#endif
