/*
 * One forearm as a fit believes it to be, its two surfaces in the world, and how
 * every vertex moves with every unknown.
 *
 * From the model to the world: the shape of each bone at the arm's scale, twisted
 * and bowed along its shaft; the ulna to its place beside the radius; the part of a broken radius
 * distal to the cut by the fragment's motion, blended over some four millimetres, as far as
 * callus has smoothed the step; x -> -x where the arm is a left one; then `place`.
 */
#ifndef OST_SHAPE_ARM_H
#define OST_SHAPE_ARM_H

#include "recon/mesh/mesh.h"
#include "recon/shape/prior.h"

OST_C_BEGIN

enum { OST_ARM_MODES = 64 }; /* of a bone; a prior with more is used up to here */
enum { OST_ARM_FRAMES = 8 }; /* moments at which an arm is seen */

struct ost_arm {
    double log_scale;
    double mode[OST_BONES][OST_ARM_MODES]; /* in standard deviations, as all of the prior's */
    double joint[6];
    /* The same at further moments, when the forearm may have been turned: frames 1, 2 ... */
    double later[OST_ARM_FRAMES - 1][6];
    double twist[OST_BONES];  /* rad: of the distal end about the shaft */
    double bow[OST_BONES][2]; /* mm at mid-shaft, along the model's x and y */
    bool mirrored;            /* a left arm */
    struct ost_rigid place;   /* model (mirrored where the arm is) to world */
    bool broken;
    double cut;       /* mm proximal to the model's origin, along z */
    double log_blend; /* of what the fragment's motion is blended over, on four millimetres */
    double turn[3], shift[3]; /* of the fragment about the shaft at the cut; rad, mm; model axes */
};

/* Columns of a bone's table: the unknowns that change its vertices in the model. */
enum {
    OST_ARM_SCALE = 0,
    OST_ARM_SIX = 1,
    OST_ARM_CUT = 7,
    OST_ARM_BEND = 9,
    OST_ARM_FIRST_MODE = 12
};

/*
 * `six` are the fragment's turn and shift for the radius (zero where it is whole),
 * the joint's for the ulna; `cut` the cut and the log of the blend of a broken radius. The bend is
 * a twist and two bows: how bones differ over their length, which modes learned from few templates
 * hold back.
 */
struct ost_arm_table {
    uint32_t columns; /* OST_ARM_FIRST_MODE + modes used */
    uint32_t modes;
    const struct ost_prior_bone *bone; /* borrowed of the prior */
    struct ost_mesh *mesh;             /* owned; world, patient chirality, wound outwards */
    float (*normal)[3];                /* owned; unit, per vertex */
    struct ost_arm_slope *slope;       /* owned; per vertex */
};

/* How a vertex moves, mm per unit: the columns before the modes, and what a mode of the prior
 * becomes in the world. */
struct ost_arm_slope {
    float few[3][OST_ARM_FIRST_MODE]; /* by axis of the world */
    float frame[3][3];                /* by axis of the model, the scale included; world */
};

/* Room for one bone of this prior with at most `modes` modes; nothing is computed yet. */
OST_MUST_CHECK
bool ost_arm_table_create(const struct ost_prior *prior, enum ost_bone bone, uint32_t modes,
                          struct ost_arm_table **out, struct ost_err *err);
void ost_arm_table_destroy(struct ost_arm_table *table); /* NULL is fine */
OST_AUTO_DEFINE(ost_arm_table);

/* The arm as it is at a moment; its joint is that frame's. */
struct ost_arm ost_arm_in_frame(const struct ost_arm *arm, uint32_t frame);

/* Vertices and normals; the slopes too where `with_slopes`. */
void ost_arm_table_set(struct ost_arm_table *table, const struct ost_prior *prior,
                       enum ost_bone bone, const struct ost_arm *arm, bool with_slopes);

/*
 * How far a point of the surface moves along `h` (world) with each column: out[c] = h . dP/dc for
 * OST_ARM_FIRST_MODE columns and `modes` modes; the point by the weights of a triangle's corners.
 * The table was set with slopes.
 */
void ost_arm_slopes(const struct ost_arm_table *table, const uint32_t corner[3],
                    const double weight[3], const double h[3], uint32_t modes, float *out);

/* The fragment's motion healthy -> affected, in the world; identity where it is whole. */
struct ost_rigid ost_arm_fragment(const struct ost_prior *prior, const struct ost_arm *arm);

/* The middle of the radius' shaft at the cut before the break, and distal -> proximal; world. */
void ost_arm_cut(const struct ost_prior *prior, const struct ost_arm *arm, double point[3],
                 double normal[3]);

OST_C_END

#endif
