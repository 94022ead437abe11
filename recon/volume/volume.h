/*
 * A sparse scalar volume in patient millimetres, above all signed distances to a
 * surface: negative inside, exact within a band, beyond it only the sign. OpenVDB
 * lives behind this header and nowhere else; its exceptions end here too.
 *
 * Voxels sit on the lattice of whole multiples of the spacing, so that volumes of
 * one spacing can be joined and cut. The spacing is the same along all axes.
 */
#ifndef OST_VOLUME_VOLUME_H
#define OST_VOLUME_VOLUME_H

#include "recon/base/buf.h"
#include "recon/base/err.h"
#include "recon/mesh/mesh.h"

#include <stdint.h>

OST_C_BEGIN

struct ost_volume;
void ost_volume_destroy(struct ost_volume *volume); /* NULL is fine */
OST_AUTO_DEFINE(ost_volume);

/* A box of the lattice: voxel `low` to voxel `low + size - 1`; world = index * spacing. */
struct ost_volume_box {
    int32_t low[3];
    uint32_t size[3];
};

/* The least box of the lattice that holds two corners given in mm. */
struct ost_volume_box ost_volume_box_of(const double low[3], const double high[3], double spacing);

/* Signed distance to a closed surface, exact to `band[0]` mm outside and `band[1]` inside. */
OST_MUST_CHECK
bool ost_volume_from_mesh(struct ost_volume **out, const struct ost_mesh *mesh, double spacing,
                          const double band[2], struct ost_err *err);

/*
 * Copies values of a box, x fastest. `background` (> 0) is what lies around; values
 * at or beyond it are not stored.
 */
OST_MUST_CHECK
bool ost_volume_from_dense(struct ost_volume **out, const float *values,
                           const struct ost_volume_box *box, double spacing, float background,
                           struct ost_err *err);

/* The values of a box, x fastest, to an array of the caller's. */
OST_MUST_CHECK
bool ost_volume_to_dense(const struct ost_volume *volume, const struct ost_volume_box *box,
                         float *values, struct ost_err *err);

/* A body given by its signed distance (mm, negative inside), asked at points in mm. */
struct ost_shape {
    double (*distance)(const void *user, const double point[3]);
    const void *user; /* borrowed */
};

/*
 * That body, which the box holds with three voxels to spare all round; `distance` is
 * called from several threads.
 */
OST_MUST_CHECK
bool ost_volume_from_shape(struct ost_volume **out, const struct ost_shape *shape,
                           const struct ost_volume_box *box, double spacing, struct ost_err *err);

uint64_t ost_volume_active_voxels(const struct ost_volume *volume);
double ost_volume_spacing(const struct ost_volume *volume);

/* Trilinear at a point in mm. */
double ost_volume_at(const struct ost_volume *volume, const double point[3]);

/* Makes distances true for `outside` and `inside` mm more (fast sweeping, Zhao 2005). */
OST_MUST_CHECK
bool ost_volume_widen(struct ost_volume *volume, double outside, double inside,
                      struct ost_err *err);

/* Moves the surface outwards by `mm` (inwards where negative), true distances after. */
OST_MUST_CHECK bool ost_volume_offset(struct ost_volume *volume, double mm, struct ost_err *err);

enum ost_volume_set { OST_VOLUME_JOIN, OST_VOLUME_COMMON, OST_VOLUME_CUT };

/* `volume` becomes its union, intersection or difference with `other`, which stays. */
OST_MUST_CHECK
bool ost_volume_combine(struct ost_volume *volume, enum ost_volume_set set,
                        const struct ost_volume *other, struct ost_err *err);

/* Which side of `iso` is bone: a distance is negative inside, a density is high. */
enum ost_inside {
    OST_INSIDE_BELOW,
    OST_INSIDE_ABOVE,
};

struct ost_volume_surface_options {
    double iso;
    enum ost_inside inside;
    double adaptivity; /* 0: every cell; up to 1: flat parts with fewer triangles */
};

/* The surface where the value crosses `iso`, wound outwards; the caller owns `*out`. */
OST_MUST_CHECK
bool ost_volume_surface(const struct ost_volume *volume,
                        const struct ost_volume_surface_options *options, struct ost_mesh **out,
                        struct ost_err *err);

/* Appends a .vdb with one grid of this name; the random id OpenVDB writes is zeroed. */
OST_MUST_CHECK
bool ost_volume_write(const struct ost_volume *volume, const char *name, struct ost_buf *out,
                      struct ost_err *err);

OST_C_END

#endif
