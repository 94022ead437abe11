/*
 * What is said about a film besides its pixels, in closed lists: the arm's side, how
 * the beam went, which way grey runs, where the pixel size comes from.
 */
#ifndef OST_IMAGE_FILM_H
#define OST_IMAGE_FILM_H

#include "recon/base/attr.h"

#include <stdbool.h>

OST_C_BEGIN

enum ost_side { OST_SIDE_UNKNOWN, OST_SIDE_RIGHT, OST_SIDE_LEFT, OST_SIDES };

enum ost_projection {
    OST_PROJECTION_UNKNOWN,
    OST_PROJECTION_PA,
    OST_PROJECTION_AP,
    OST_PROJECTION_LATERAL,
    OST_PROJECTION_OBLIQUE,
    OST_PROJECTIONS
};

enum ost_polarity { OST_BONE_AUTO, OST_BONE_DARK, OST_BONE_BRIGHT, OST_POLARITIES };

enum ost_spacing_how {
    OST_SPACING_NONE, /* there is no pixel size */
    OST_SPACING_MEASURED,
    OST_SPACING_ASSUMED,
    OST_SPACING_ESTIMATED,
    OST_SPACING_HOWS
};

/* "right", "pa", "dark", "measured": as written in files. */
const char *ost_side_name(enum ost_side which);
const char *ost_projection_name(enum ost_projection which);
const char *ost_polarity_name(enum ost_polarity which);
const char *ost_spacing_how_name(enum ost_spacing_how how);

/* The other way; false on any other word. */
bool ost_side_of_name(const char *name, enum ost_side *out);
bool ost_projection_of_name(const char *name, enum ost_projection *out);
bool ost_polarity_of_name(const char *name, enum ost_polarity *out);
bool ost_spacing_how_of_name(const char *name, enum ost_spacing_how *out);

OST_C_END

#endif
