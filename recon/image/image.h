/*
 * A grey picture: one float per pixel, rows from the top, pixel (0, 0) centred at
 * the origin. What the numbers mean is the caller's: a film as it was stored, an
 * attenuation, a mask.
 */
#ifndef OST_IMAGE_IMAGE_H
#define OST_IMAGE_IMAGE_H

#include "recon/base/err.h"

#include <stdint.h>

OST_C_BEGIN

enum {
    OST_IMAGE_SIDE_MOST = 16384,     /* pixels along a side; more is refused */
    OST_IMAGE_PIXELS_MOST = 1 << 26, /* pixels in all */
};

struct ost_image {
    uint32_t width, height;
    float *pixel; /* owned; pixel[row * width + column] */
};

/* All zero. Fails with OST_LIMIT on an empty or too large picture. */
OST_MUST_CHECK
bool ost_image_create(struct ost_image **out, uint32_t width, uint32_t height, struct ost_err *err);
void ost_image_destroy(struct ost_image *image); /* NULL is fine */
OST_AUTO_DEFINE(ost_image);

/* Bilinear; the nearest edge pixel outside. `column`, `row` in pixels. */
double ost_image_at(const struct ost_image *image, double column, double row);

OST_C_END

#endif
