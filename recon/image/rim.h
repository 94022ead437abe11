/*
 * The rim of a film that somebody photographed on a light box or a table: four straight
 * edges with one grey step all round. A rim whose corners are no right angles was seen
 * at an angle, and so was all that the film shows.
 */
#ifndef OST_IMAGE_RIM_H
#define OST_IMAGE_RIM_H

#include "recon/image/image.h"

OST_C_BEGIN

struct ost_rim {
    bool found;
    double corner[4][2]; /* pixels; top left, top right, bottom right, bottom left */
    double lean;         /* rad: how far the worst corner is from a right angle */
};

/*
 * Edges by a Hough transform over slopes up to 0.35 (Duda and Hart 1972), voted along the
 * gradient, then lines of least squares. A rim bounds a third of the picture at least, with
 * an edge on four fifths of each side. `found` is false where there is none.
 */
OST_MUST_CHECK
bool ost_rim_find(const struct ost_image *photo, struct ost_rim *out, struct ost_err *err);

OST_C_END

#endif
