/* The exposed part of a film: what no shutter covered. */
#ifndef OST_IMAGE_EXPOSED_H
#define OST_IMAGE_EXPOSED_H

#include "recon/image/image.h"

OST_C_BEGIN

/*
 * `exposed`, of the film's size, becomes 0 at every pixel that hangs together with the film's
 * border through pixels (side by side) of at most `beyond[0]` or at least `beyond[1]`, and 1
 * elsewhere. An infinite limit never holds. OST_NOMEM.
 */
OST_MUST_CHECK
bool ost_image_exposed(const struct ost_image *film, const float beyond[2],
                       struct ost_image *exposed, struct ost_err *err);

OST_C_END

#endif
