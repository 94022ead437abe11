/*
 * The arm's expected attenuation beside the film's, on a raster about the bones:
 * the whole pixel values, where contours only look at borders.
 */
#ifndef OST_SHAPE_SHADE_H
#define OST_SHAPE_SHADE_H

#include "recon/shape/arm.h"
#include "recon/shape/scan.h"
#include "recon/xray/chord.h"

OST_C_BEGIN

struct ost_shade {
    struct ost_window window; /* on the film */
    double step_mm;           /* at the bone */
    struct ost_image *film;   /* owned; attenuation of the scan */
    struct ost_image *weight; /* owned; 1 where it counts, 0 elsewhere */
};

/*
 * The part of a film round the distal forearm: what the surfaces' vertices with a
 * mean height below `height_mm` cover, and a margin. `mm`: of a film pixel there.
 * An empty window (0 x 0 pictures are not made; NULL in *out) where none is on it.
 */
OST_MUST_CHECK
bool ost_shade_create(const struct ost_scan *scan, const struct ost_camera *camera,
                      const double (*corner)[3], size_t corners, double step_mm,
                      struct ost_shade **out, struct ost_err *err);
void ost_shade_destroy(struct ost_shade *shade); /* NULL is fine */
OST_AUTO_DEFINE(ost_shade);

/* Takes the slow part (a Gaussian of sigma_mm, by the weights) off a picture of the raster. */
OST_MUST_CHECK
bool ost_shade_flatten(const struct ost_shade *shade, double sigma_mm, struct ost_image *image,
                       struct ost_err *err);

/*
 * Divides a flattened picture by its size near by (root mean square under a Gaussian of
 * sigma_mm): what a film's curve pressed together counts as much as what it drew apart.
 */
OST_MUST_CHECK
bool ost_shade_level(const struct ost_shade *shade, double sigma_mm, struct ost_image *image,
                     struct ost_err *err);

/* Correlation of two pictures of the raster by its weights; 0 where one is constant. */
double ost_shade_correlate(const struct ost_shade *shade, const struct ost_image *a,
                           const struct ost_image *b);

OST_C_END

#endif
