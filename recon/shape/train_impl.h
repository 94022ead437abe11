/* What the chapters of training share. Frames are the model's unless said otherwise. */
#ifndef OST_SHAPE_TRAIN_IMPL_H
#define OST_SHAPE_TRAIN_IMPL_H

#include "recon/shape/train_surface_impl.h"

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
