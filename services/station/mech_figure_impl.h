/* The stress on a bone's surface as a page to print. */
#ifndef OST_STATION_MECH_FIGURE_IMPL_H
#define OST_STATION_MECH_FIGURE_IMPL_H

#include "recon/mesh/mesh.h"

OST_C_BEGIN

struct mech;

/* All borrowed. */
struct mech_figure {
    const struct ost_mesh *skin; /* of the elements */
    const float *von_mises;      /* MPa, one a vertex */
    const char *about;           /* what it can be trusted for, in one line */
};

/* radius_stress.pdf. */
OST_MUST_CHECK
bool mech_write_figure(const struct mech *mech, const struct mech_figure *figure,
                       struct ost_err *err);

OST_C_END

#endif
