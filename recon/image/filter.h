/*
 * Smoothing, slopes and other sizes of a grey picture. Beyond the edge the nearest
 * pixel goes on.
 */
#ifndef OST_IMAGE_FILTER_H
#define OST_IMAGE_FILTER_H

#include "recon/image/image.h"

#include <stddef.h>

OST_C_BEGIN

/* Gaussian of `sigma` pixels, in place, cut off at four sigma. Nothing below 0.1. */
OST_MUST_CHECK
bool ost_image_blur(struct ost_image *image, double sigma, struct ost_err *err);

/*
 * The picture at `factor` >= 1 of its pixel size, each new pixel the mean of what it
 * covers: new pixel (i, j) is centred at ((i + 0.5) factor - 0.5, ...) of the old.
 */
OST_MUST_CHECK
bool ost_image_shrink(const struct ost_image *image, double factor, struct ost_image **out,
                      struct ost_err *err);

/* Central differences, per pixel: along columns in *across, along rows in *down. */
OST_MUST_CHECK
bool ost_image_slopes(const struct ost_image *image, struct ost_image **across,
                      struct ost_image **down, struct ost_err *err);

/* The value below which `part` (0..1) of the pixels lie; by a histogram of 65536 steps. */
OST_MUST_CHECK
bool ost_image_quantiles(const struct ost_image *image, const double *part, size_t count,
                         double *out, struct ost_err *err);

OST_MUST_CHECK
bool ost_image_copy(const struct ost_image *image, struct ost_image **out, struct ost_err *err);

OST_C_END

#endif
