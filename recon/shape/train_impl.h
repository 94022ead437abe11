/* What the chapters of training share. Frames are the model's unless said otherwise. */
#ifndef OST_SHAPE_TRAIN_IMPL_H
#define OST_SHAPE_TRAIN_IMPL_H

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

/* --- train_vary.c: what the other templates tell --- */

struct variety {
    float *sample; /* owned; deviations from the mean, [s][vertex][3], each 1 SD */
    uint32_t samples;
};
void ost_train_variety_fini(struct variety *variety);
/*
 * Bends `mean` onto every other template of its bone and moves it to their middle,
 * fully above z = `blend[1]`, not at all below `blend[0]`, where it knows better.
 */
OST_MUST_CHECK
bool ost_train_vary(const struct ost_train_input *input, enum ost_bone bone, const double blend[2],
                    struct ost_mesh *mean, struct variety *out, struct ost_err *err);
/* Turns the deviations with the mean. */
void ost_train_variety_turn(struct variety *variety, uint32_t vertices,
                            const struct ost_rigid *motion);

/* --- train_arm.c: the mean arm before variation --- */

struct arm {
    struct ost_mesh *bone[OST_BONES]; /* owned; radius in the model frame, ulna in its own */
    struct marks marks[OST_BONES];
    struct ost_rigid place; /* ulna to radius, neutral rotation */
    struct variety variety[OST_BONES];
    double turn[3]; /* unit: the axis the ulna turns about, radius' frame */
    double chirality_mm[2];
};
void ost_train_arm_fini(struct arm *arm);
OST_MUST_CHECK
bool ost_train_arm_make(const struct ost_train_input *input, const struct ost_progress *progress,
                        struct arm *out, struct ost_err *err);

/* --- train_fields.c: ways of varying that morphometry names --- */

enum {
    FIELDS_RADIUS = 12,
    FIELDS_ULNA = 10,
    FIELD_TILT = 0,
    FIELD_INCLINATION = 1,
    FIELD_STYLOID = 2,
    FIELD_WIDTH = 4
};

struct field_place {
    enum ost_bone bone;
    double length;                 /* mm */
    double mark[OST_LANDMARKS][3]; /* those of the bone */
};
struct field_place ost_train_field_place_of(const struct ost_mesh *mesh, const struct marks *marks,
                                            enum ost_bone bone);
uint32_t ost_train_field_count(enum ost_bone bone);
/* The displacement of one standard deviation, mm. */
void ost_train_field_at(const struct field_place *place, uint32_t field, const double point[3],
                        const double normal[3], double out[3]);

/* Volar tilt, inclination (rad) and height (mm) of moved vertices of `mean`. */
void ost_train_field_numbers(const struct ost_mesh *mean, const float (*moved)[3],
                             const struct marks *marks, double out[3]);
/* a x = b by Cramer's rule; a[0], a[1], a[2] are columns. False where singular. */
OST_MUST_CHECK bool ost_train_solve3(double a[3][3], const double b[3], double x[3]);
/* Bends a radius until its tilt, inclination and height are the published means. */
void ost_train_field_settle(struct ost_mesh *radius, const struct marks *marks);

/* --- train_match.c --- */

/*
 * Bends `base` (its vertices in `moved`, base on entry) onto `target`, smooth to
 * `finest` mm. Beyond the target's own extent nothing pulls.
 */
struct match_target {
    const struct ost_mesh *mesh;
    double low, high; /* z between which base vertices may be pulled */
    double finest;
};
OST_MUST_CHECK
bool ost_train_match_bend(const struct ost_mesh *base, const struct match_target *target,
                          float (*moved)[3], struct ost_err *err);

/* --- train_reach.c --- */

/*
 * The mean distance (mm) from `target`, whole or a piece, to the model when size,
 * place and all modes are fitted to it: how far the modes reach. `start` lays the
 * mean near the target.
 */
OST_MUST_CHECK
bool ost_train_reach(const struct ost_prior_bone *bone, const struct ost_mesh *target,
                     const struct ost_rigid *start, double *out, struct ost_err *err);

/* --- train_gauss.c: smooth ways of varying that nobody has named --- */

/*
 * The first `count` eigenfunctions of the Gaussian process, as displacements along
 * the normal times their standard deviation: out[(k * vertices + v) * 3 + axis].
 * `residual`: what they leave of the process, 1 SD per vertex of the distal 60 mm.
 */
OST_MUST_CHECK
bool ost_train_gauss_fields(const struct ost_mesh *mean, uint32_t count, float *out,
                            double *residual, struct ost_err *err);

/* --- train_modes.c --- */

enum { MODES_RADIUS = 40, MODES_ULNA = 32 };

struct modes {
    uint32_t count;
    float *mode;     /* owned; [(k * vertices + v) * 3 + axis], mm, orthogonal */
    double residual; /* mm, 1 SD per vertex of the distal part */
};
void ost_train_modes_fini(struct modes *modes);

struct modes_source {
    const struct ost_mesh *mean;
    const struct marks *marks;
    enum ost_bone bone;
    const float *sample; /* fields of the templates, [s][v][3], deviations; may be NULL */
    uint32_t samples;
};
OST_MUST_CHECK
bool ost_train_modes_make(const struct modes_source *source, struct modes *out,
                          struct ost_err *err);

/* --- train_write.c --- */

OST_MUST_CHECK
bool ost_train_write(const struct ost_train_input *input, const struct arm *arm,
                     const struct modes modes[OST_BONES], struct ost_buf *out, struct ost_err *err);

/* --- train_report.c: the model asked what it is worth --- */

/* Sampled numbers of an opened model. */
OST_MUST_CHECK
bool ost_train_report_samples(const struct ost_prior *prior, uint64_t seed,
                              struct ost_train_report *report, struct ost_err *err);

/* Standard deviation of the whole arm's size about the mean, as a logarithm. */
#define SIZE_LOG_SD 0.075

#endif
