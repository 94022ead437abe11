/* The parts of a measurement; each knows one place of the bone. */
#ifndef OST_COHORT_MORPHOMETRY_IMPL_H
#define OST_COHORT_MORPHOMETRY_IMPL_H

#include "recon/cohort/morphometry.h"
#include "recon/mesh/section.h"

#include <stddef.h>

/* A point by its way from the frame's origin: radial, volar, proximal. */
void ost_morph_at(const struct ost_anatomy *frame, const double way[3], double out[3]);

/* The contour across the shaft at a height (mm proximal): u radial, v volar. */
OST_MUST_CHECK
bool ost_morph_across(const struct ost_mesh *mesh, const struct ost_anatomy *frame, double height,
                      struct ost_section **out, struct ost_err *err);

/* The contour's point farthest along `way`, a unit vector. */
bool ost_morph_support(const struct ost_section *section, const double way[2], double out[2]);

struct ost_morph_circle {
    double centre[2], radius;
};
/* Algebraic circle (Kasa 1976) through points; false where they lie on a line. */
bool ost_morph_circle_fit(const double (*point)[2], size_t count, struct ost_morph_circle *out);

struct ost_morph_notch {
    double ap, depth, radius, version; /* mm, mm, mm, rad */
    double pd;
    double middle; /* volar coordinate of the face's middle */
};
/* `rim`: how far proximal to the frame's origin the ulnar border of the joint lies. */
OST_MUST_CHECK
bool ost_morph_notch_of(const struct ost_mesh *radius, const struct ost_anatomy *frame, double rim,
                        struct ost_morph_notch *out, struct ost_err *err);

/* Least and most v where the line u = `at` meets the contour. */
bool ost_morph_thickness(const struct ost_section *section, double at, double out[2]);

/* The volar surface against the shaft in the sagittal plane `radial` mm beside the origin, rad. */
OST_MUST_CHECK
bool ost_morph_volar(const struct ost_mesh *radius, const struct ost_anatomy *frame, double radial,
                     double *whole, double *steepest, struct ost_err *err);

/*
 * Unit normal of the plane through what faces distally within the rim (corners in
 * order, radial and volar): radial, volar, distal parts. False where nothing does.
 */
OST_MUST_CHECK
bool ost_morph_joint_normal(const struct ost_mesh *radius, const struct ost_anatomy *frame,
                            const double (*rim)[2], size_t corners, double out[3]);

struct ost_morph_head {
    double diameter, offset; /* mm */
};
/* `dome`: the head's most distal point; `distal`: unit, roughly along the shaft. */
OST_MUST_CHECK
bool ost_morph_head_of(const struct ost_mesh *ulna, const double dome[3], const double distal[3],
                       struct ost_morph_head *out, struct ost_err *err);

struct ost_morph_bow {
    double gap, at; /* mm; share of the length from the proximal end */
};
/* A ruler along the bone's side towards `way`; `distal`: unit, along the bone. */
OST_MUST_CHECK
bool ost_morph_bow_of(const struct ost_mesh *mesh, const double distal[3], const double way[3],
                      struct ost_morph_bow *out, struct ost_err *err);

#endif
