/*
 * What the parts of the guide share: its own frame, in which it is put on along -z,
 * y runs distal and x across; and the box of voxels it is carved in.
 */
#ifndef OST_GUIDE_GUIDE_IMPL_H
#define OST_GUIDE_GUIDE_IMPL_H

#include "recon/guide/guide.h"
#include "recon/image/image.h"
#include "recon/math/rigid.h"
#include "recon/volume/volume.h"

OST_C_BEGIN

struct ost_guide_frame {
    struct ost_rigid to_guide;    /* bone frame -> guide frame; the cut point is its origin */
    struct ost_mesh *bone;        /* owned; in the guide frame */
    double normal[3];             /* of the cut, guide frame */
    double top;                   /* z of the bone's outermost point in the footprint */
    double floor;                 /* z below which the guide does not reach */
    double plate_low, plate_high; /* y of the label plate */
    double plate_top;             /* z of its flat face */
    double slot_half;             /* half the slot's length along x */
    struct ost_volume_box box;
    double voxel;
    size_t sleeve_count;
    struct ost_guide_sleeve sleeve[OST_GUIDE_SLEEVES]; /* guide frame */
};

enum { OST_GUIDE_PLATE_WIDTH = 31, OST_GUIDE_PLATE_LENGTH = 12 }; /* mm */
static const double ost_guide_engraved = 0.7;                     /* mm deep */
static const double ost_guide_bridge = 3.0;                       /* mm beside the slot's ends */

OST_MUST_CHECK
bool ost_guide_frame_make(const struct ost_guide_spec *spec, struct ost_guide_frame *out,
                          struct ost_err *err);
void ost_guide_frame_fini(struct ost_guide_frame *frame);

/* Signed distances (negative inside) of the added blocks and of what is taken away. */
double ost_guide_footprint(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                           const double p[3]);
double ost_guide_blocks(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                        const double p[3]);
double ost_guide_slot(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                      const double p[3]);
double ost_guide_drills(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                        const double p[3]);

/* The letters seen from above: > 0.5 where a stroke is; pixels are cells of the plate. */
OST_MUST_CHECK
bool ost_guide_letters(const struct ost_guide_spec *spec, struct ost_image **out,
                       struct ost_err *err);
double ost_guide_engraving(const struct ost_guide_frame *frame, const struct ost_image *letters,
                           const double p[3]);

/* The solid's surface in the guide frame; the caller owns it. */
OST_MUST_CHECK
bool ost_guide_solid(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                     const struct ost_progress *progress, struct ost_mesh **out,
                     struct ost_err *err);

/* Fills the facts and checks of `guide`, whose mesh is in the guide frame. */
OST_MUST_CHECK
bool ost_guide_examine(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                       struct ost_guide *guide, struct ost_err *err);

OST_C_END

#endif
