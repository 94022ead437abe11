/*
 * The parts of a wrist that a reconstruction is judged in, read off a truth's own joint and the
 * cameras of its films. A point of radius or ulna may lie in several of them.
 */
#ifndef OST_SHAPE_REGION_H
#define OST_SHAPE_REGION_H

#include "recon/shape/anatomy.h"
#include "recon/xray/camera.h"

OST_C_BEGIN

enum ost_region {
    OST_REGION_ARTICULAR, /* see ost_region_of() */
    OST_REGION_DISTAL_30, /* within 30 mm of the joint's middle along the shaft, and all beyond */
    OST_REGION_DISTAL_60,
    OST_REGION_SHOWN, /* on every film, 5 mm (at the bone) inside its border */
    OST_REGION_WHOLE,
    OST_REGIONS
};
const char *ost_region_name(enum ost_region region); /* "distal_30" */

static const double ost_region_film_margin = 5.0; /* mm at the bone */

enum { OST_REGION_VIEWS = 8 };

/* Everything in the space of the surface that is asked about. */
struct ost_region_frame {
    double origin[3]; /* middle of the radius' distal articular surface, mm */
    double axis[3];   /* unit; of the shaft, proximal to distal */
    double radial[3]; /* unit; across, towards the radial styloid */
    double facing[3]; /* unit; the joint's own normal, distal */
    double head[3];   /* the most distal point of the ulnar head */
    size_t view_count;
    struct ost_camera camera[OST_REGION_VIEWS];
};

/*
 * From an anatomical frame and the positions of all landmarks in the same space. The joint's
 * normal stands on the line of inclination (ulnar corners to styloid) and the line of tilt
 * (dorsal to volar lip). Without views; the caller adds them.
 */
void ost_region_frame_of(const struct ost_anatomy *anatomy, const double (*landmark)[3],
                         struct ost_region_frame *out);

/* The same, carried along: cameras too. */
struct ost_region_frame ost_region_frame_moved(const struct ost_region_frame *frame,
                                               const struct ost_rigid *motion);

/*
 * Bit r for each region r this point belongs to; `normal` points out of the bone. Articular
 * is, of the radius, what faces within 60 degrees of the joint's normal and lies within 8 mm of
 * its middle along it; of the ulna, what lies within 7 mm of the head along the shaft and faces
 * distally or towards the radius within 60 degrees. Without views nothing is shown.
 */
uint32_t ost_region_of(const struct ost_region_frame *frame, enum ost_bone bone,
                       const double point[3], const double normal[3]);

OST_C_END

#endif
