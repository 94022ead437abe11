/*
 * Surfaces as a person sees them, for the report: parallel view, one light at the
 * eye, hidden parts hidden. No graphics hardware, the same pixels everywhere.
 */
#ifndef OST_STATION_SHADE_H
#define OST_STATION_SHADE_H

#include "recon/image/picture.h"
#include "recon/math/rigid.h"
#include "recon/mesh/mesh.h"

OST_C_BEGIN

struct ost_shade_part {
    const struct ost_mesh *mesh; /* borrowed */
    struct ost_rigid motion;     /* applied before drawing */
    double opacity;              /* 1 hides what is behind; less is laid once over the rest */
    unsigned char colour[3];
    const unsigned char (*vertex_colour)[3]; /* borrowed; in its place where not NULL: numbers on a
                                                surface, so less is taken off for the light */
    bool cut; /* draw only where (p - cut_point) . cut_normal > 0, before the motion */
    double cut_point[3], cut_normal[3];
};

/* `right` and `up` are unit and perpendicular; the eye looks along up x right. */
struct ost_shade_view {
    double centre[3], right[3], up[3];
    double mm_per_pixel;
};

/* Draws onto `picture`, whose present pixels are the background. */
OST_MUST_CHECK
bool ost_shade(const struct ost_shade_part *part, size_t count, const struct ost_shade_view *view,
               struct ost_picture *picture, struct ost_err *err);

OST_C_END

#endif
