/*
 * A patient in the making. Everything here is a right arm in the model's frame (x
 * ulnar, y dorsal, z proximal, origin in the middle of the healthy joint); left arms
 * are mirrored at the very end.
 */
#ifndef OST_COHORT_BODY_IMPL_H
#define OST_COHORT_BODY_IMPL_H

#include "recon/base/rng.h"
#include "recon/cohort/patient.h"
#include "recon/math/rigid.h"
#include "recon/volume/volume.h"

#include <math.h>

struct ost_body {
    const struct ost_prior *prior;
    const struct ost_patient_request *request;
    bool given; /* its distances come from surfaces that somebody gave */
    double scale;
    struct ost_person person;
    struct ost_mesh *healthy[OST_BONES], *bone[OST_BONES]; /* owned */
    double cortex_factor;                                  /* on the prior's thickness */
    double cortical, trabecular;                           /* mgHA/cm3 */
    double joint[3];                        /* middle of the healthy articular surface */
    struct ost_rigid fragment;              /* healthy -> affected */
    struct ost_rigid hand;                  /* the same for the hand, which turns less */
    struct ost_volume *distance[OST_BONES]; /* owned; to the bones as they are, mm */
    struct ost_grid *mineral[OST_BONES], *hand_mineral, *tissue; /* owned */
    struct ost_grid *cast, *plate; /* owned; g/cm3; NULL where there is none */
    struct ost_patient_numbers now, before;
    double distal_30;
};

/* The heights the films can show, mm. */
enum { OST_BODY_LOW = -84, OST_BODY_HIGH = 122 };

/* A stream of random numbers of its own for each part, so that parts do not move others. */
enum ost_body_part {
    OST_PART_ARM,
    OST_PART_RADIUS,
    OST_PART_ULNA,
    OST_PART_BREAK,
    OST_PART_BONE,
    OST_PART_HAND,
    OST_PART_FLESH,
    OST_PART_VIEW,
    OST_PART_NOISE,
    OST_PART_ASYMMETRY,
    OST_PART_PERSON,
    OST_PART_SLIDE
};
struct ost_rng ost_body_rng(const struct ost_body *body, enum ost_body_part part);

/* Size, sex and age, cortex and density. `rng`: the arm's, drawn from first of all. */
void ost_body_person(struct ost_body *body, struct ost_rng *rng);

/* Radius and ulna of the trained family, whole and in place, as the prior draws them. */
OST_MUST_CHECK bool ost_body_trained(struct ost_body *body, struct ost_rng *rng,
                                     struct ost_err *err);

/* The fragment's motion as recon/shape/arm.h blends it: over four millimetres, no callus. */
void ost_body_trained_break(struct ost_body *body, double cut);

/* The shifted family's ways; `normal`: of the bone's vertices before it moves. */
OST_MUST_CHECK bool ost_body_shift_bone(const struct ost_body *body, enum ost_bone bone,
                                        float (*normal)[3], struct ost_err *err);
void ost_body_shift_fragment(const struct ost_body *body, struct ost_rigid *fragment);
void ost_body_shift_break(struct ost_body *body, double cut);

/* Both whole bones become those of the person's other arm. */
void ost_body_differ(struct ost_body *body);

/* The surfaces, the fragment's motion and the clinical numbers. */
OST_MUST_CHECK bool ost_body_surfaces(struct ost_body *body, struct ost_err *err);

/* mgHA/cm3 at a point `depth_wall[0]` inside where the cortex is `depth_wall[1]` thick. */
double ost_body_density(const struct ost_body *body, enum ost_bone bone, const double p[3],
                        const double depth_wall[2]);
enum { OST_BODY_VOXEL_UM = 450 };

/* Distances and mineral of radius and ulna, and the mean of the distal 30 mm. */
OST_MUST_CHECK bool ost_body_mineral(struct ost_body *body, struct ost_err *err);

/* Mineral of carpals and metacarpals: bodies of our own, fitted between each other. */
OST_MUST_CHECK bool ost_body_hand(struct ost_body *body, struct ost_err *err);

/* Soft tissue in g/cm3. */
OST_MUST_CHECK bool ost_body_flesh(struct ost_body *body, struct ost_err *err);

/* What the request puts round the arm or on the bone: g/cm3 of its material. */
OST_MUST_CHECK bool ost_body_cast(struct ost_body *body, struct ost_err *err);
OST_MUST_CHECK bool ost_body_plate(struct ost_body *body, struct ost_err *err);

/* 0 below `low`, 1 above `high`, smooth between. */
static inline double ost_smooth_step(double low, double high, double x)
{
    double t = fmin(1.0, fmax(0.0, (x - low) / (high - low)));
    return t * t * (3.0 - 2.0 * t);
}

/* Where voxel number `n` of the grid is centred. */
static inline void ost_voxel_centre(const struct ost_grid *grid, size_t n, double out[3])
{
    const size_t row = n / grid->size[0], layer = row / grid->size[1];
    const size_t at[3] = {n % grid->size[0], row % grid->size[1], layer};
    for (int k = 0; k < 3; k++)
        out[k] = grid->origin[k] + grid->spacing[k] * (double)at[k];
}

/* How much of a voxel of side `h` lies deeper than the surface `depth` inside. */
static inline double ost_cover(double depth, double h)
{
    return fmin(1.0, fmax(0.0, 0.5 + depth / h));
}

/* Smooth noise in -1..1 with features of `size` mm, the same for the same seed. */
double ost_body_noise(uint64_t seed, double size, const double point[3]);

#endif
