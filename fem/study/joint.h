/*
 * The radius' joint surface: which faces of the model belong to it, what lies beneath them,
 * and how two carpals press on it.
 */
#ifndef OST_FEM_STUDY_JOINT_H
#define OST_FEM_STUDY_JOINT_H

#include "fem/bmd/facet.h"
#include "fem/study/contact.h"
#include "fem/study/solve.h"

OST_C_BEGIN

/*
 * Faces that look distally within the outline styloid - volar lip - volar corner - dorsal
 * corner - dorsal lip, seen along the axis, and within 10 mm of the joint along it. The
 * ridge between the fossae is load.h's.
 */
struct ost_joint {
    uint32_t count;
    uint32_t *face;          /* owned; of the model's boundary */
    struct ost_patch *patch; /* owned */
    uint8_t *fossa;          /* owned; enum ost_fossa */
};

OST_MUST_CHECK
bool ost_joint_create(const struct ost_bone_model *model, const struct ost_study_anatomy *anatomy,
                      struct ost_joint **out, struct ost_err *err);
void ost_joint_destroy(struct ost_joint *joint); /* NULL is fine */
OST_AUTO_DEFINE(ost_joint);

/* The whole joint and each fossa, in the joint's frame; see facet.h. */
struct ost_joint_maps {
    struct ost_facet_map *whole, *fossa[OST_FOSSAE]; /* owned */
};

/*
 * Density as the mean over `depth` mm of bone beneath the surface along the axis; stress as von
 * Mises' over each face's Gauss points.
 * `result` NULL: density alone, stress 0. Cells of 1 mm.
 */
OST_MUST_CHECK
bool ost_joint_map(const struct ost_bone_model *model, const struct ost_study_anatomy *anatomy,
                   const struct ost_joint *joint, const struct ost_study_result *result,
                   double depth, struct ost_joint_maps *out, struct ost_err *err);
void ost_joint_maps_fini(struct ost_joint_maps *maps);

/* The patches turned by `tilt` (radians) about the joint's line to radial, toward volar. */
void ost_joint_tilt(const struct ost_study_anatomy *anatomy, const struct ost_joint *joint,
                    double tilt, struct ost_patch *out);

/* Two carpals, what they stand on and what presses them. */
struct ost_row {
    struct ost_ball ball[OST_FOSSAE];
    struct ost_cartilage cartilage;
    double force[3]; /* N */
};

/*
 * The carpals as balls: no film shows them, so each takes its fossa's fitted ball, 0.85 of
 * its radius (a carpal is rounder than its fossa), standing a cartilage's thickness off.
 * Fills `ball` alone.
 */
OST_MUST_CHECK
bool ost_joint_carpals(const struct ost_study_anatomy *anatomy, const struct ost_patch *patch,
                       const struct ost_joint *joint, struct ost_row *row, struct ost_err *err);

/*
 * Moves the scaphoid's ball along the axis, by a millimetre at most, until the joint as
 * `patch` has it gives it `share` of the load: a row seated as in a whole wrist. Where the
 * share jumps past that, it stays at the jump. A radius slopes toward the ulna: where the row
 * slides off it, its ligaments are doubled until it stays, to 64 N/mm at most; the row then
 * holds what it took. Fails with OST_NOT_FOUND where these do not hold it either.
 */
OST_MUST_CHECK
bool ost_joint_seat(const struct ost_study_anatomy *anatomy, const struct ost_patch *patch,
                    const struct ost_joint *joint, double share, struct ost_row *row,
                    struct ost_err *err);

/* Presses the row; `tilt` (radians) turns the joint toward volar beneath it. */
OST_MUST_CHECK
bool ost_joint_press(const struct ost_study_anatomy *anatomy, const struct ost_joint *joint,
                     const struct ost_row *row, double tilt, double (*on_patch)[3],
                     struct ost_contact *out, struct ost_err *err);

OST_C_END

#endif
