/*
 * A statistical model of any one bone, from surfaces of different people in dense
 * correspondence: rigidly laid together, size taken out, what is left as modes.
 *
 * Covariance of the modes: that of the people, (1 - s) parts of it over any distance and
 * s parts only between points near each other (localised by a Gaussian; Luethi et al.
 * 2018, IEEE TPAMI 40:1860), because thirty people do not show every way in which two
 * far ends vary apart; and a little smooth roughness along the normal.
 *
 * Frame of the model: origin in the middle of the surface, z along the bone's longest
 * axis, y along its second, x along its third (right-handed); mm.
 */
#ifndef OST_BONE_SHAPES_H
#define OST_BONE_SHAPES_H

#include "recon/mesh/mesh.h"
#include "recon/shape/prior.h"

OST_C_BEGIN

struct ost_bone_population {
    uint32_t count;                        /* people, 3 at least */
    const struct ost_mesh *const *person;  /* borrowed; one topology, closed */
    const struct ost_mesh *const *surface; /* borrowed; as segmented; NULL: `person` is that */
};

/* All zero means: as said in brackets. */
struct ost_bone_train {
    double local_share;  /* s above [0.3] */
    double local_mm;     /* distance over which it is local, 1 SD [50] */
    double rough_sd[2];  /* mm, of two scales [0.25, 0.15] ... */
    double rough_mm[2];  /* ... and their lengths [18, 8] */
    uint32_t local_axes; /* fields that stand for the last two [90] */
    bool coarse;         /* vertices as given; otherwise four triangles are made of each */
};

/* The model as data; the arrays of `shape` are owned by it. */
struct ost_bone_shapes {
    struct ost_prior_bone shape; /* mean, triangles, modes (mm per SD), cortex: see prior.h */
    double log_size_sd;          /* of the logarithm of the size about the mean */
    double residual_mm;          /* what the modes leave of the process, 1 SD per vertex */
    double half_length;          /* mm, of the mean along z */
};

OST_MUST_CHECK
bool ost_bone_shapes_create(struct ost_bone_shapes **out,
                            const struct ost_bone_population *population,
                            const struct ost_bone_train *options, struct ost_err *err);
void ost_bone_shapes_destroy(struct ost_bone_shapes *model); /* NULL is fine */
OST_AUTO_DEFINE(ost_bone_shapes);

/* size * (mean + sum of b_k mode_k), moved by `place`; `b`: mode_count numbers, NULL: zeros. */
void ost_bone_shapes_shape(const struct ost_bone_shapes *model, double size, const double *b,
                           const struct ost_rigid *place, float (*out)[3]);

/* That as a mesh of its own. */
OST_MUST_CHECK
bool ost_bone_shapes_mesh(const struct ost_bone_shapes *model, double size, const double *b,
                          const struct ost_rigid *place, struct ost_mesh **out,
                          struct ost_err *err);

/*
 * How thick the cortex of a long bone usually is, mm, at a share of its length (0 and 1:
 * the ends): thin over the ends, thickest in the middle of the shaft, as anatomy books
 * draw a femur of `length` mm. An expectation, not a measurement.
 */
double ost_bone_cortex(double share, double length);

OST_C_END

#endif
