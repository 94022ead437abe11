/*
 * What people measure on radius and ulna, read from two closed surfaces of the
 * prior's topology: right arms, in one space, unbroken. Angles in degrees, lengths
 * in mm. Every number has a definition that needs no eye; where a paper's own is
 * open, the one nearest to its words and other numbers is taken and said.
 */
#ifndef OST_COHORT_MORPHOMETRY_H
#define OST_COHORT_MORPHOMETRY_H

#include "recon/mesh/mesh.h"
#include "recon/shape/anatomy.h"

OST_C_BEGIN

enum ost_morph {
    /* By the landmarks of recon/shape/anatomy.h, as everywhere in the house. */
    OST_MORPH_TILT,
    OST_MORPH_INCLINATION,
    OST_MORPH_HEIGHT,
    OST_MORPH_VARIANCE,
    OST_MORPH_WIDTH_PA,      /* styloid tip to ulnar border, across the shaft */
    OST_MORPH_WIDTH_LATERAL, /* of the column of the lunate facet, dorsal to volar */
    OST_MORPH_DEPTH,         /* of the ulnar edge, 3 mm beside the sigmoid notch */
    OST_MORPH_NOTCH_AP,      /* between the notch's lips, 3.5 mm proximal to the rim */
    OST_MORPH_NOTCH_PD,      /* along the shaft, from the rim to where the face ends */
    OST_MORPH_NOTCH_RADIUS,  /* of the circle through the face; INFINITY where it is flat */
    OST_MORPH_NOTCH_DEPTH,   /* of the face under the line between its lips */
    OST_MORPH_NOTCH_VERSION, /* that line to the dorsovolar direction; positive faces dorsally */
    OST_MORPH_NORMAL_VOLAR,  /* of the joint surface: the mean normal's three parts */
    OST_MORPH_NORMAL_DISTAL,
    OST_MORPH_NORMAL_ULNAR,
    OST_MORPH_VOLAR_LATERAL,      /* volar surface to shaft, under the scaphoid facet */
    OST_MORPH_VOLAR_INTERMEDIATE, /* the same under the lunate facet */
    OST_MORPH_VOLAR_CORTEX,       /* 180 less the steepest part of it, lunate facet */
    OST_MORPH_HEAD_DIAMETER,      /* ulnar head: circle of the area 2.5 to 5.5 mm from the dome */
    OST_MORPH_HEAD_OFFSET,        /* that area's middle to the line of the shaft */
    OST_MORPH_RADIAL_HEAD,        /* largest diameter of the radius within 12 mm of its end */
    OST_MORPH_RADIUS_LENGTH,
    OST_MORPH_ULNA_LENGTH,
    /* Gap under a ruler along the hollow side, and where, in % of length from the elbow. */
    OST_MORPH_RADIUS_BOW_PA,
    OST_MORPH_RADIUS_BOW_PA_AT,
    OST_MORPH_RADIUS_BOW_LATERAL,
    OST_MORPH_RADIUS_BOW_LATERAL_AT,
    OST_MORPH_ULNA_BOW_PA,
    OST_MORPH_ULNA_BOW_PA_AT,
    OST_MORPH_ULNA_BOW_LATERAL,
    OST_MORPH_ULNA_BOW_LATERAL_AT,
    OST_MORPHS
};

/* Fails where a surface has no section at a place that every bone has. */
OST_MUST_CHECK
bool ost_morphometry(const struct ost_prior *prior, const struct ost_mesh *radius,
                     const struct ost_mesh *ulna, double out[OST_MORPHS], struct ost_err *err);

OST_C_END

#endif
