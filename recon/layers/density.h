/*
 * Bone mineral density of a part of a bone from the layers of a film: areal as a
 * densitometer sees it, volumetric by the surface's own volume, each with its interval.
 */
#ifndef OST_LAYERS_DENSITY_H
#define OST_LAYERS_DENSITY_H

#include "recon/layers/layers.h"

OST_C_BEGIN

/* Between two heights, mm proximal of the joint's middle along the frame's axis. */
struct ost_density_part {
    enum ost_bone bone;
    double from, to;
};

struct ost_density_found {
    size_t view;        /* the film the areal value is read on: the one taken most from the front */
    double areal;       /* g/cm2 of hydroxyapatite: mean over the bone's shadow */
    double volumetric;  /* mgHA/cm3: all mineral over all that lies within the surface */
    double relative_sd; /* of both, by the equations and what is known of the film's tone */
    double shown;       /* share of the part's shadow that the film shows, 0..1 */
    bool relative;      /* no film is calibrated: the scale is bounded by the flesh alone */
};

/*
 * Ultradistal, 2 to 17 mm; the distal 30 mm with the styloid; 30 to 50 mm; and the 33 %
 * site, 20 mm about a third of the ulna's length from its most distal point. Of the radius.
 */
enum ost_density_site {
    OST_DENSITY_ULTRADISTAL,
    OST_DENSITY_DISTAL_30,
    OST_DENSITY_METAPHYSIS,
    OST_DENSITY_THIRD,
    OST_DENSITY_SITES
};
const char *ost_density_site_name(enum ost_density_site site); /* "radius_ultradistal" */
struct ost_density_part ost_density_part_of(const struct ost_layers_request *request,
                                            enum ost_density_site site);

/*
 * Fails with OST_NOT_FOUND where no film shows at least half of the part. The request is
 * the one the layers were made by.
 */
OST_MUST_CHECK
bool ost_density_measure(const struct ost_layers *layers, const struct ost_layers_request *request,
                         const struct ost_density_part *part, struct ost_density_found *out,
                         struct ost_err *err);

OST_C_END

#endif
