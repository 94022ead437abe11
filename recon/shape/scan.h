/*
 * A film made ready for fitting: one number per pixel that grows with what the ray
 * had to pass, which parts were exposed, and its slopes at three scales with the
 * local noise of each. Positions in and out are pixels of the film itself.
 */
#ifndef OST_SHAPE_SCAN_H
#define OST_SHAPE_SCAN_H

#include "recon/image/film.h"
#include "recon/image/image.h"

OST_C_BEGIN

enum { OST_SCAN_FINE, OST_SCAN_MIDDLE, OST_SCAN_COARSE, OST_SCAN_LEVELS };

/* A raster laid over the film: its pixel (i, j) is the film's (i + 0.5) factor - 0.5. */
struct ost_scan_level {
    double factor;                   /* film pixels a pixel of this level */
    double sigma;                    /* film pixels, of the smoothing */
    struct ost_image *across, *down; /* owned; slope of the attenuation, per mm at the arm */
    double clear;                    /* a slope as bones' clearer borders have it, per mm */
    double noise_factor;             /* film pixels a pixel of `noise` */
    struct ost_image *noise;         /* owned; robust spread of one slope, per mm */
};

struct ost_scan {
    uint32_t width, height;        /* of the film */
    double mm;                     /* at the arm, a film pixel */
    double factor;                 /* film pixels a pixel of the two pictures below */
    struct ost_image *attenuation; /* owned; 0 in air, about 1 in the densest bone */
    struct ost_image *exposed;     /* owned; 1 where the film was exposed, else 0 */
    double air;                    /* attenuation below which there is no limb */
    struct ost_scan_level level[OST_SCAN_LEVELS];
};

/*
 * `bone` is DARK (the film shows what came through: its logarithm is taken) or BRIGHT
 * (grey grows with density already). `mm` need not be exact: it sets the scales.
 */
OST_MUST_CHECK
bool ost_scan_create(const struct ost_image *film, enum ost_polarity bone, double mm,
                     struct ost_scan **out, struct ost_err *err);
void ost_scan_destroy(struct ost_scan *scan); /* NULL is fine */
OST_AUTO_DEFINE(ost_scan);

/* How steeply the attenuation falls along `normal` at a film pixel, per mm. */
double ost_scan_fall(const struct ost_scan *scan, int level, const double pixel[2],
                     const double normal[2]);

/* The attenuation at a film pixel. */
double ost_scan_at(const struct ost_scan *scan, const double pixel[2]);

double ost_scan_noise(const struct ost_scan *scan, int level, const double pixel[2]);

/* On the film and exposed, with `margin` film pixels to spare on the film. */
bool ost_scan_is_exposed(const struct ost_scan *scan, const double pixel[2], double margin);

OST_C_END

#endif
