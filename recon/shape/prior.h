/*
 * What is known of a forearm before any film is seen: per bone a fixed-topology
 * surface with modes of variation, the ulna's place beside the radius, cortex and
 * density. Right arm, model frame: LPS axes of the anatomical position (x towards
 * the ulna, y dorsal, z proximal), origin at the middle of the radius' distal
 * articular surface; so radial is -x, volar -y, distal -z. The ulna has axes of its
 * own, parallel to the radius' in neutral rotation, with their origin at the middle
 * of its head: turning it about that origin and the radial head is pronosupination.
 *
 * A shape is  scale * (mean + sum_k b_k mode_k)  with b_k ~ N(0, 1): modes carry
 * their standard deviation in mm and are orthogonal over vertices weighted by area
 * of the mean. One scale holds for the arm: both bones and the way between them.
 */
#ifndef OST_SHAPE_PRIOR_H
#define OST_SHAPE_PRIOR_H

#include "recon/base/err.h"
#include "recon/math/rigid.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

enum ost_bone { OST_RADIUS, OST_ULNA, OST_BONES };
const char *ost_bone_name(enum ost_bone bone); /* "radius" */

/* Points every clinical number is made of; each is one vertex of its bone. */
enum ost_landmark {
    OST_STYLOID, /* radial styloid tip */
    OST_ULNAR_CORNER_VOLAR,
    OST_ULNAR_CORNER_DORSAL, /* their middle is the central reference point U */
    OST_LIP_VOLAR,           /* mid volar lip of the lunate facet */
    OST_LIP_DORSAL,
    OST_SIGMOID_NOTCH, /* middle of the notch */
    OST_LISTER,        /* Lister's tubercle */
    OST_ULNAR_HEAD,    /* most distal point of the head, not the styloid */
    OST_ULNAR_STYLOID,
    OST_LANDMARKS
};
const char *ost_landmark_name(enum ost_landmark landmark); /* "radial_styloid" */
enum ost_bone ost_landmark_bone(enum ost_landmark landmark);

struct ost_prior_bone {
    uint32_t vertex_count, triangle_count, mode_count;
    const float (*mean)[3];        /* mm, model frame */
    const uint32_t (*triangle)[3]; /* wound outwards; the surface is closed */
    const float *mode;             /* mode[(k * vertex_count + v) * 3 + axis], mm per SD */
    const float *mode_at;          /* the same: mode_at[(v * 3 + axis) * mode_count + k] */
    const float *cortex;           /* per vertex: mean cortical thickness, mm */
};

struct ost_prior_joint {
    double mean[6];  /* ulna in the radius' frame: rotation vector (rad), translation (mm) */
    double mode[36]; /* columns of a square root of the covariance: the first is turning */
};

struct ost_prior_numbers {
    double log_scale_sd;           /* of one arm's size about the mean */
    double residual_mm[OST_BONES]; /* what the modes leave out, 1 SD per vertex */
    double cortical[2];            /* mgHA/cm3: mean, SD */
    double trabecular[2];          /* distal, mgHA/cm3: mean, SD */
    double cortex_log_sd;          /* of the factor on `cortex` */
};

struct ost_prior; /* read once, then never changed: any number of threads may look */

OST_MUST_CHECK
bool ost_prior_open(const void *bytes, size_t len, struct ost_prior **out, struct ost_err *err);
void ost_prior_destroy(struct ost_prior *prior); /* NULL is fine */
OST_AUTO_DEFINE(ost_prior);

const struct ost_prior_bone *ost_prior_bone_view(const struct ost_prior *prior, enum ost_bone bone);
const struct ost_prior_joint *ost_prior_joint_view(const struct ost_prior *prior);
const struct ost_prior_numbers *ost_prior_numbers_view(const struct ost_prior *prior);
uint32_t ost_prior_landmark(const struct ost_prior *prior, enum ost_landmark landmark);
const char *ost_prior_licence_view(const struct ost_prior *prior);
const char *ost_prior_digest_view(const struct ost_prior *prior); /* SHA-256, hex */

/* out[v] = scale * (mean + sum of b_k mode_k); `b` holds mode_count numbers, NULL: zeros. */
void ost_prior_shape(const struct ost_prior *prior, enum ost_bone bone, double scale,
                     const double *b, float (*out)[3]);

/* The mean bone at a scale, in the model's axes; the caller's. */
struct ost_mesh;
OST_MUST_CHECK
bool ost_prior_mean(const struct ost_prior *prior, enum ost_bone bone, double scale,
                    struct ost_mesh **out, struct ost_err *err);

/*
 * Where the ulna stands beside the radius for the six numbers z ~ N(0, 1) (NULL:
 * zeros): ulna points of ost_prior_shape() at the same scale to the radius' frame.
 */
struct ost_rigid ost_prior_joint_place(const struct ost_prior *prior, double scale,
                                       const double z[6]);

OST_C_END

#endif
