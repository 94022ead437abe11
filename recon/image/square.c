#include "recon/image/square.h"

#include <math.h>

bool ost_image_square(const struct ost_image *image, const double size[2], double step[2],
                      struct ost_image **out, struct ost_err *err)
{
    const double least = fmin(size[0], size[1]);
    *out = NULL;
    if (!(least > 0.0) || !isfinite(size[0]) || !isfinite(size[1]))
        return ost_fail(err, OST_INVALID, "pixels without a size");
    double side[2] = {image->width * size[0] / least, image->height * size[1] / least};
    for (int k = 0; k < 2; k++) {
        side[k] = fmax(floor(side[k] + 0.5), 1.0);
        step[k] = least / size[k];
        if (side[k] > OST_IMAGE_SIDE_MOST)
            return ost_fail(err, OST_LIMIT, "a film of %.0f square pixels along a side", side[k]);
    }
    if (!ost_image_create(out, (uint32_t)side[0], (uint32_t)side[1], err))
        return false;
    struct ost_image *to = *out;
    for (uint32_t row = 0; row < to->height; row++)
        for (uint32_t column = 0; column < to->width; column++)
            to->pixel[(size_t)row * to->width + column] = (float)ost_image_at(
                image, (column + 0.5) * step[0] - 0.5, (row + 0.5) * step[1] - 0.5);
    return true;
}
