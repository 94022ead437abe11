/*
 * The first entry of a plan, from what the reconstruction found. Plain structs in,
 * one transaction of the system out; ids are "radius", "ulna", "frame", the
 * landmarks' names, "target", "osteotomy", "fragment", "numbers", "guide".
 *
 * The planned motion of the fragment starts at identity: nothing is planned until
 * somebody plans it. ost_plan_propose() is the one step to the target.
 */
#ifndef OST_PLAN_SEED_H
#define OST_PLAN_SEED_H

#include "recon/plan/plan.h"

OST_C_BEGIN

struct ost_seed_bone {
    const char *kind;    /* "radius" or "ulna" */
    const char *surface; /* SHA-256 of the surface file, hex */
};

struct ost_seed_landmark {
    const char *name; /* radial_styloid ...; also its id */
    const char *bone; /* "radius" or "ulna" */
    double position[3];
    double sd_mm;
};

struct ost_seed {
    const char *side; /* "left" or "right" */
    struct ost_seed_bone bone[2];
    size_t bone_count;
    /* Anatomy of the proximal radius: unit vectors, axis proximal -> distal. */
    double origin[3], axis[3], radial[3], volar[3];
    const struct ost_seed_landmark *landmark;
    size_t landmark_count;
    /* Correction that takes the affected distal fragment to its place on the target,
     * and its SDs about and along the radial, volar and axis directions. */
    const char *target_source; /* "completion" or "mirrored" */
    struct ost_rigid target;
    double target_rotation_sd_deg[3], target_translation_sd_mm[3];
    /* SDs of the measured numbers; negative where unknown. */
    double volar_tilt_sd_deg, radial_inclination_sd_deg, radial_height_sd_mm, ulnar_variance_sd_mm;
    /* Where the bone is cut: `normal` points distal. Half widths of the section across
     * and along the palm; 0 where unknown. */
    double cut_point[3], cut_normal[3];
    double half_radial_mm, half_volar_mm;
};

enum { OST_SEED_LANDMARKS = 32 };

/* Into the arena; the caller adds client, n and at_ms and applies it to an empty plan. */
OST_MUST_CHECK
bool ost_seed_entry(const struct ost_seed *seed, struct ost_arena *arena, struct ost_entry *out,
                    struct ost_err *err);

/* An entry that moves the fragment onto the target; only op and pre are filled. */
OST_MUST_CHECK
bool ost_plan_propose(const struct ost_plan *plan, struct ost_arena *arena, struct ost_entry *out,
                      struct ost_err *err);

OST_C_END

#endif
