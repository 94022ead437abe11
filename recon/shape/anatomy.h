/*
 * The anatomical frame of a radius of the prior's topology and the clinical numbers
 * read in it. Works on any surface with that topology: a sample, a fit, a corrected
 * bone, of right arms (mirror a left one first).
 */
#ifndef OST_SHAPE_ANATOMY_H
#define OST_SHAPE_ANATOMY_H

#include "recon/shape/prior.h"

OST_C_BEGIN

struct ost_anatomy {
    double origin[3]; /* middle of the radius' distal articular surface, mm */
    double axis[3];   /* unit; along the distal shaft, proximal to distal */
    double radial[3]; /* unit; across, towards the radial styloid */
    double volar[3];  /* unit */
};

/*
 * The axis is the line through the middles of the shaft between 25 and 75 mm from
 * the joint; radial is the way from the ulnar border to the styloid across it.
 * `radius`: the vertices of ost_prior_shape(), moved as one likes.
 */
void ost_anatomy_of(const struct ost_prior *prior, const float (*radius)[3],
                    struct ost_anatomy *out);

/* The same of either arm as it lies in the patient: a left one has its thumb on the other side. */
void ost_anatomy_of_arm(const struct ost_prior *prior, const float (*radius)[3], bool left,
                        struct ost_anatomy *out);

struct ost_anatomy_numbers {
    double volar_tilt;         /* rad; dorsal tilt negative */
    double radial_inclination; /* rad */
    double radial_height;      /* mm */
    double ulnar_variance;     /* mm; positive where the ulna is longer */
};

/* `landmark`: positions of all enum ost_landmark in the same space as the frame. */
void ost_anatomy_measure(const struct ost_anatomy *anatomy, const double (*landmark)[3],
                         struct ost_anatomy_numbers *out);

/* Positions of all landmarks on a radius and an ulna that lie in one space. */
void ost_anatomy_landmarks(const struct ost_prior *prior, const float (*radius)[3],
                           const float (*ulna)[3], double (*out)[3]);

OST_C_END

#endif
