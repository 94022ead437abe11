#include "recon/image/image.h"

#include "recon/base/array.h"

#include <math.h>
#include <stdlib.h>

bool ost_image_create(struct ost_image **out, uint32_t width, uint32_t height, struct ost_err *err)
{
    *out = NULL;
    if (width == 0 || height == 0 || width > OST_IMAGE_SIDE_MOST || height > OST_IMAGE_SIDE_MOST ||
        (size_t)width * height > OST_IMAGE_PIXELS_MOST)
        return ost_fail(err, OST_LIMIT,
                        "image of %u x %u pixels: 1 to %d a side, %d million in all", width, height,
                        OST_IMAGE_SIDE_MOST, OST_IMAGE_PIXELS_MOST / 1000000);
    OST_AUTO(ost_image) image = calloc(1, sizeof *image);
    if (image == NULL)
        return ost_fail(err, OST_NOMEM, "image: out of memory");
    image->pixel = calloc((size_t)width * height, sizeof *image->pixel);
    if (image->pixel == NULL)
        return ost_fail(err, OST_NOMEM, "image: no room for %u x %u pixels", width, height);
    image->width = width;
    image->height = height;
    *out = ost_steal(&image);
    return true;
}

void ost_image_destroy(struct ost_image *image)
{
    if (image == NULL)
        return;
    free(image->pixel);
    free(image);
}

/* The two neighbours of `x` in 0..count-1 and the weight of the second. */
static double neighbours(double x, uint32_t count, size_t at[2])
{
    double most = (double)count - 1.0;
    double in = x > 0.0 ? x : 0.0;
    if (in > most)
        in = most;
    at[0] = (size_t)in;
    at[1] = at[0] + 1 < count ? at[0] + 1 : at[0];
    return in - (double)at[0];
}

double ost_image_at(const struct ost_image *image, double column, double row)
{
    size_t c[2], r[2];
    double u = neighbours(column, image->width, c);
    double v = neighbours(row, image->height, r);
    const float *upper = image->pixel + r[0] * image->width;
    const float *lower = image->pixel + r[1] * image->width;
    double above = (1.0 - u) * (double)upper[c[0]] + u * (double)upper[c[1]];
    double below = (1.0 - u) * (double)lower[c[0]] + u * (double)lower[c[1]];
    return (1.0 - v) * above + v * below;
}
