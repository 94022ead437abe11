/*
 * A plate and its screws on a bone whose fragments they hold: solids from what a plan says of
 * them, or a volar locking plate laid where one would be, from the bone's own shape.
 *
 * A plate is a shell of even thickness that follows the bone's surface at an even distance, as one
 * made for it does, and stands off the bone as a locked one may; screws are cylinders locked in
 * it, and bonded to the bone all along. Threads, slip and the plate's own holes are left out.
 */
#ifndef OST_FEM_STUDY_FIXATION_H
#define OST_FEM_STUDY_FIXATION_H

#include "fem/study/corrected.h"
#include "fem/study/part.h"

OST_C_BEGIN

/* As many as a plan can have. */
enum { OST_PLATES_MOST = 8, OST_SCREWS_MOST = 64 };

/* mm, all of them; its frame is where it lies: x across, y to distal, z away from the bone. */
struct ost_plate {
    struct ost_rigid pose;         /* of that frame, from the origin amid its proximal end */
    double length, thickness, off; /* how far it stands off the bone */
    double broad, narrow;          /* half widths, of the head and of the shaft */
    double neck, head;             /* along y: where it begins to widen, and is broad */
    double below;                  /* how deep below its frame the bone it lies on may bulge */
};

struct ost_plate_screw {
    double head[3], direction[3]; /* mm; unit, into the bone */
    double length, radius;        /* mm */
};

struct ost_fixation {
    size_t plate_count, screw_count;
    struct ost_plate plate[OST_PLATES_MOST];
    struct ost_plate_screw screw[OST_SCREWS_MOST];
};

/* A plate of the commonest size, 1.5 mm off, of 2 mm; pose and length are the caller's. */
struct ost_plate ost_plate_plain(void);

/* How far the bone's surface is, as far as plates and screws ask; the caller's. */
OST_MUST_CHECK
bool ost_fixation_distance(const struct ost_mesh *bone, struct ost_grid **out, struct ost_err *err);

/*
 * A volar plate across the cut of a corrected bone: a row of four screws in the fragment, three in
 * the shaft through both cortices. `anatomy` is the corrected one. Fails with OST_INVALID where
 * the bone has no room for them.
 */
OST_MUST_CHECK
bool ost_fixation_volar(const struct ost_mesh *bone, const struct ost_grid *distance,
                        const struct ost_study_anatomy *anatomy,
                        const struct ost_correction *correction, struct ost_fixation *out,
                        struct ost_err *err);

/*
 * What they are as solids on the bone of this distance, which is borrowed as long as they are.
 * Fails with OST_INVALID where a plate is held by fewer than two of the screws.
 */
struct ost_fixed;
OST_MUST_CHECK
bool ost_fixed_create(const struct ost_grid *distance, const struct ost_fixation *fixation,
                      double modulus, struct ost_fixed **out, struct ost_err *err);
void ost_fixed_destroy(struct ost_fixed *fixed); /* NULL is fine */
OST_AUTO_DEFINE(ost_fixed);

/* Borrowed; plates first. */
const struct ost_part *ost_fixed_parts(const struct ost_fixed *fixed, size_t *count);

OST_C_END

#endif
