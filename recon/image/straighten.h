/* A film photographed at an angle, as it would be seen from straight before it. */
#ifndef OST_IMAGE_STRAIGHTEN_H
#define OST_IMAGE_STRAIGHTEN_H

#include "recon/image/rim.h"

OST_C_BEGIN

/* A rim leaning by less is a film seen straight, or collimation; one by more hides too much. rad */
static const double ost_straight_enough = 0.035, ost_straighten_most = 0.6;

/*
 * What lies within the rim, its corners square again. The film's proportion follows from
 * the rim's perspective (Zhang and He 2007, equations 11 and 20, principal point in the
 * photograph's middle); where the perspective is too weak for the lens, a lens of 1.3 times
 * the photograph's longer side is taken. Its scale is nobody's: a pixel has no size.
 */
OST_MUST_CHECK
bool ost_image_straighten(const struct ost_image *photo, const struct ost_rim *rim,
                          struct ost_image **out, struct ost_err *err);

OST_C_END

#endif
