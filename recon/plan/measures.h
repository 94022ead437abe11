/*
 * What the plan says in clinical numbers: never stored, always recomputed. Angles in
 * degrees, lengths in mm.
 *
 * With axis a (proximal -> distal), r radial, v volar, U the middle of the ulnar
 * corners, S the radial styloid, V and D the volar and dorsal lips, H the ulnar head:
 *   volar tilt          atan2((D-V).a, |(D-V).v|), dorsal tilt negative
 *   radial inclination  atan2((S-U).a, (S-U).r)
 *   radial height       (S-U).a
 *   ulnar variance      (H-U).a
 * after Medoff 2005's radiographic definitions, carried over to three dimensions.
 */
#ifndef OST_PLAN_MEASURES_H
#define OST_PLAN_MEASURES_H

#include "recon/plan/plan.h"

OST_C_BEGIN

enum ost_plan_number {
    OST_PLAN_VOLAR_TILT,
    OST_PLAN_RADIAL_INCLINATION,
    OST_PLAN_RADIAL_HEIGHT,
    OST_PLAN_ULNAR_VARIANCE,
    OST_PLAN_NUMBERS
};
const char *ost_number_name(enum ost_plan_number number); /* "volar_tilt" */
const char *ost_number_unit(enum ost_plan_number number); /* "deg" or "mm" */

struct ost_spread {
    bool known;
    double value, sd;
};

struct ost_number_row {
    struct ost_spread before, planned, target;
    const char *corrected_by; /* display name, borrowed; NULL where all is automatic */
};

/*
 * A motion in clinical words, in the frame (radial, volar, axis). The rotation is
 * R = Rx(-flexion) Ry(radial deviation) Rz(pronation) in that frame: pronation about
 * the shaft first, then deviation, then flexion about the radial axis. Positive:
 * distal end towards the palm, towards the radial side, radial side towards the palm;
 * a left arm has the signs of the mirrored right one. Translation is that of U.
 */
struct ost_motion_words {
    bool known;
    struct ost_screw screw; /* angle in radians; case frame */
    double angle_deg, slide_mm;
    double axis_to_shaft_deg; /* 0..90; a single cut is feasible up to about 60 */
    double flexion_deg, radial_deviation_deg, pronation_deg;
    double radial_mm, volar_mm, distal_mm;
};

/* Opening (>0) and overlap (<0) of the cut faces under the planned motion. */
struct ost_gap {
    bool known, section_assumed;
    double low_mm, high_mm;
    double opening_mm3, overlap_mm3;
};

struct ost_measures {
    struct ost_number_row number[OST_PLAN_NUMBERS];
    struct ost_motion_words deformity; /* healthy -> affected: the target's inverse */
    struct ost_motion_words planned;   /* the fragment's motion */
    struct ost_gap gap;
    struct ost_spread residual_deg, residual_mm; /* planned against target; mm at U */
    const char *target_source; /* "completion" ...; borrowed, NULL without a target */
};

/* The outline of the bone on the cut plane, where the caller knows it; mm, in order. */
struct ost_section {
    const double (*point)[3];
    size_t count;
};

/*
 * `section` may be NULL: then an ellipse from the osteotomy's half widths, or, where
 * these are absent, the common 13 by 9 mm with `section_assumed`. What cannot be
 * computed yet is marked unknown; that is no failure.
 */
void ost_plan_measures(const struct ost_plan *plan, const struct ost_section *section,
                       struct ost_measures *out);

/*
 * {"volar_tilt": {"unit", "before": SPREAD, "planned": SPREAD, "target": SPREAD}, ... the
 * four numbers, "deformity": WORDS, "planned": WORDS, "gap": {"min_mm", "max_mm",
 * "wedge_cm3" (opening), "overlap_cm3", "section_assumed"}, "residual": {"rotation_deg",
 * "translation_mm", "rotation_sd_deg", "translation_sd_mm"}}; null where unknown.
 * SPREAD = {"value", "sd", "how": "automatic", "corrected" or the target's source, "by":
 * who corrected, or null}.
 */
void ost_measures_write(struct ost_sink *sink, const struct ost_measures *measures);

OST_C_END

#endif
