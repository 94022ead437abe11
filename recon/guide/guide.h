/*
 * A printable guide that sits on the uncut bone: a patch of the bone's surface set
 * off by a clearance, a slot for the saw, sleeves for the drill, a plate with what is
 * engraved. Made from signed distances, so it cannot fail on an unlucky triangle,
 * and swept along the way it is put on, so it always lifts off again.
 *
 * mm, the bone's frame. The recipe: (offset(bone) within the footprint + slot block +
 * sleeves + label plate) - everything that lies under the bone's clearance surface
 * seen from outside; opened by half the least wall; - slot - drills - letters.
 */
#ifndef OST_GUIDE_GUIDE_H
#define OST_GUIDE_GUIDE_H

#include "recon/base/progress.h"
#include "recon/mesh/mesh.h"

OST_C_BEGIN

enum { OST_GUIDE_SLEEVES = 4, OST_GUIDE_CHECKS = 12, OST_GUIDE_LABEL = 24 };

struct ost_guide_sleeve {
    double point[3];     /* on or near the bone */
    double direction[3]; /* unit, into the bone: the way of the drill */
};

struct ost_guide_spec {
    const struct ost_mesh *bone;             /* closed; borrowed */
    double cut_point[3];                     /* middle of the cut */
    double cut_normal[3];                    /* unit, points distal */
    double insertion[3];                     /* unit: the way the guide is pushed onto the bone */
    double proximal_mm, distal_mm, width_mm; /* footprint from the cut, across the bone */
    double thickness_mm, clearance_mm;
    double slot_mm; /* width of the saw's slot */
    double drill_mm, sleeve_wall_mm, sleeve_height_mm;
    size_t sleeve_count; /* 0: two are placed, one on each side of the cut */
    struct ost_guide_sleeve sleeve[OST_GUIDE_SLEEVES];
    double least_wall_mm;           /* 2: nothing thinner is left */
    double voxel_mm;                /* 0.3 to look at, 0.2 to print */
    char label[2][OST_GUIDE_LABEL]; /* two lines: side and code; version and DRAFT */
};

struct ost_guide_check {
    const char *name, *unit; /* static words */
    double value, limit;
    bool ok;
};

struct ost_guide {
    struct ost_mesh *mesh; /* owned */
    bool watertight;
    uint32_t components;
    double volume_mm3;
    double min_wall_mm; /* all but half a mm2 of the surface is thicker; letters left out */
    size_t sleeve_count;
    struct ost_guide_sleeve sleeve[OST_GUIDE_SLEEVES]; /* as they were placed */
    size_t check_count;
    struct ost_guide_check check[OST_GUIDE_CHECKS];
};

/*
 * Makes the guide and checks it. A guide that fails a check is a result, not an
 * error: `check` says which. Errors: a spec out of range, a cut that misses the bone.
 */
OST_MUST_CHECK
bool ost_guide_create(const struct ost_guide_spec *spec, const struct ost_progress *progress,
                      struct ost_guide **out, struct ost_err *err);
void ost_guide_destroy(struct ost_guide *guide); /* NULL is fine */
OST_AUTO_DEFINE(ost_guide);

OST_C_END

#endif
