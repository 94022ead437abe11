/* Films whose pixels are longer one way than the other, with square ones; and back. */
#ifndef OST_IMAGE_SQUARE_H
#define OST_IMAGE_SQUARE_H

#include "recon/image/image.h"

OST_C_BEGIN

/* By more than this of its size a pixel's other side counts as another. */
static const double ost_square_enough = 0.005;

/*
 * A new picture with pixels of the smaller of `size` (across, down; any unit, both above
 * zero), bilinear along the other way. Its pixel (i, j) is centred at ((i + 0.5) step[0] -
 * 0.5, (j + 0.5) step[1] - 0.5) of the old.
 */
OST_MUST_CHECK
bool ost_image_square(const struct ost_image *image, const double size[2], double step[2],
                      struct ost_image **out, struct ost_err *err);

OST_C_END

#endif
