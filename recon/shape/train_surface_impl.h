/* What training does with single surfaces. Frames are the model's unless said otherwise. */
#ifndef OST_SHAPE_TRAIN_SURFACE_IMPL_H
#define OST_SHAPE_TRAIN_SURFACE_IMPL_H

#include "recon/image/grid.h"
#include "recon/math/rigid.h"
#include "recon/mesh/mesh.h"
#include "recon/shape/train.h"

/* --- train_solid.c: solids as sampled signed distances, negative inside --- */

struct solid_box {
    double low[3], high[3], spacing;
};

/* Distance to a closed mesh, blurred by a Gaussian of `blur` mm (0: not). */
OST_MUST_CHECK
bool ost_train_solid_of_mesh(const struct ost_mesh *mesh, const struct solid_box *box, double blur,
                             struct ost_grid **out, struct ost_err *err);
struct solid_box ost_train_solid_box_of(const struct ost_mesh *mesh, double margin, double spacing);
/* Where sample `at` of a grid lies. */
void ost_train_grid_point(const struct ost_grid *grid, size_t at, double out[3]);
size_t ost_train_grid_count(const struct ost_grid *grid);
double ost_train_solid_at(const struct ost_grid *solid, const double point[3]);
void ost_train_solid_gradient(const struct ost_grid *solid, const double point[3], double out[3]);
/* Adds what makes the mean of the field over the mesh's vertices zero. */
void ost_train_solid_through_vertices(struct ost_grid *solid, const struct ost_mesh *mesh);

/* The largest piece of the surface, in edges of 1.25 mm at the wrist, 3.75 at the elbow. */
OST_MUST_CHECK
bool ost_train_solid_surface(const struct ost_grid *solid, double coarse, struct ost_mesh **out,
                             struct ost_err *err);

/* --- train_mark.c: points by their extremes --- */

struct marks {
    uint32_t vertex[OST_LANDMARKS];
};
/* `mesh` near the model frame, distal end lowest. */
void ost_train_mark_radius(const struct ost_mesh *mesh, struct marks *out);
void ost_train_mark_ulna(const struct ost_mesh *mesh, struct marks *out);
void ost_train_mark_point(const struct ost_mesh *mesh, const struct marks *marks,
                          enum ost_landmark which, double out[3]);
void ost_train_mark_border(const struct ost_mesh *mesh, const struct marks *marks, double out[3]);

/* --- train_frame.c --- */

/* Middle of the area of the section at height z; false where there is none. */
bool ost_train_section_middle(const struct ost_mesh *mesh, double z, double out[3]);
/* Of the circle with the section's area. */
double ost_train_section_radius(const struct ost_mesh *mesh, double z);
/* From where a mesh lies (already roughly turned) to its anatomical frame. */
OST_MUST_CHECK
bool ost_train_frame_radius(struct ost_mesh *mesh, struct ost_rigid *moved, struct ost_err *err);
/* Axis upright, origin in the middle of the head, styloid dorso-ulnar as in neutral. */
OST_MUST_CHECK
bool ost_train_frame_ulna(struct ost_mesh *mesh, struct ost_rigid *moved, struct ost_err *err);

OST_MUST_CHECK
bool ost_train_mesh_copy(const struct ost_mesh *mesh, struct ost_mesh **out, struct ost_err *err);
void ost_train_mesh_scale(struct ost_mesh *mesh, double scale);
void ost_train_mesh_mirror(struct ost_mesh *mesh);
double ost_train_mesh_lowest(const struct ost_mesh *mesh);
double ost_train_mesh_length(const struct ost_mesh *mesh);
void ost_train_vertex_at(const struct ost_mesh *mesh, uint32_t vertex, double out[3]);
/*
 * `most` vertices as far apart as may be, distances stretched by `stretch` at the
 * far vertex (NULL: not); `owner` (NULL: not asked) is the nearest of them to each.
 */
OST_MUST_CHECK
bool ost_train_spread(const struct ost_mesh *mesh, const double *stretch, uint32_t *out,
                      uint32_t most, uint32_t *owner);
double ost_train_smooth_step(double from, double to, double x); /* 0 below from, 1 above to */

/* --- train_place.c: bringing surfaces together --- */

/* A copy in rough model axes (proper rotations, set by set); NULL where not used. */
OST_MUST_CHECK
bool ost_train_rough_copy(const struct ost_mesh *surface, enum ost_train_set set,
                          struct ost_mesh **out, struct ost_err *err);
/* Distal end at z = 0, middle of the first 25 mm on the z axis. */
void ost_train_centre_distal(struct ost_mesh *mesh);
/* The best of many starts about z; `rms` says how good it is. */
OST_MUST_CHECK
bool ost_train_lay_onto(const struct ost_mesh *piece, const struct ost_mesh *whole,
                        struct ost_rigid *out, double *rms, struct ost_err *err);
/* The same from `motion`, which it betters. */
OST_MUST_CHECK
bool ost_train_lay_near(const struct ost_mesh *piece, const struct ost_mesh *whole,
                        struct ost_rigid *motion, double *rms, struct ost_err *err);
/*
 * Brings `whole` to the size at which `piece` lies best on it, and the piece onto it.
 * `rms`: as it is and mirrored.
 */
OST_MUST_CHECK
bool ost_train_fit_size(struct ost_mesh *piece, struct ost_mesh *whole, double rms[2],
                        double *scale, struct ost_err *err);

#endif
