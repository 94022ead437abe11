#include "recon/xray/exposure.h"

#include "recon/image/filter.h"

#include <math.h>

static size_t pixels(const struct ost_image *image)
{
    return (size_t)image->width * image->height;
}

/*
 * What is scattered at a point grows with the signal there and the matter in
 * its way; it lands all round. Made small first: nothing of it is sharp.
 */
static bool scattered(const struct ost_image *passes, double reach, struct ost_image **out,
                      struct ost_err *err)
{
    const double factor = 8.0;
    if (!ost_image_shrink(passes, factor, out, err)) {
        return false;
    }
    struct ost_image *small = *out;
    for (size_t n = 0; n < pixels(small); n++) {
        double signal = fmax((double)small->pixel[n], 1e-6);
        /* Largest, 1, where the body weakens to 1/e. */
        small->pixel[n] = (float)(-exp(1.0) * signal * log(signal));
    }
    return ost_image_blur(small, reach / factor, err);
}

static bool add_scatter(const struct ost_exposure *e, struct ost_image *image, struct ost_err *err)
{
    if (!(e->scatter > 0.0)) {
        return true;
    }
    OST_AUTO(ost_image) small = NULL;
    if (!scattered(image, e->scatter_reach, &small, err)) {
        return false;
    }
    const double factor = (double)image->width / small->width;
    for (uint32_t row = 0; row < image->height; row++) {
        float *line = image->pixel + (size_t)row * image->width;
        double y = (row + 0.5) / factor - 0.5;
        for (uint32_t column = 0; column < image->width; column++) {
            line[column] += (float)(e->scatter * exp(-1.0) *
                                    ost_image_at(small, (column + 0.5) / factor - 0.5, y));
        }
    }
    return true;
}

/* A row of signal under `open` of the beam, with the noise of its quanta. */
static void count_quanta(double open, double quanta, struct ost_rng *rng, float *line,
                         uint32_t width)
{
    for (uint32_t column = 0; column < width; column++) {
        double signal = open * (double)line[column];
        if (quanta > 0.0)
            signal += sqrt(fmax(signal, 0.0) / quanta) * ost_rng_normal(rng);
        line[column] = (float)signal;
    }
}

static void add_heel_and_noise(const struct ost_exposure *e, struct ost_rng *rng,
                               struct ost_image *image)
{
    for (uint32_t row = 0; row < image->height; row++) {
        double tilt = 0.5 - (row + 0.5) / image->height;
        float *line = image->pixel + (size_t)row * image->width;
        count_quanta(1.0 + e->heel * tilt, e->quanta, rng, line, image->width);
    }
}

double ost_exposure_tone(const struct ost_exposure *e, double attenuation)
{
    if (e->tone == OST_TONE_LINEAR)
        return fmin(1.0, fmax(0.0, attenuation / (65535.0 * e->gain)));
    if (e->tone == OST_TONE_POWER) {
        double part = 0.5 + (attenuation - e->tone_centre) / (3.8 * e->tone_width);
        return pow(fmin(1.0, fmax(0.0, part)), e->gamma);
    }
    /* The straight part between a toe and a shoulder, as film has them. */
    return 0.5 + 0.5 * tanh(0.55 * (attenuation - e->tone_centre) / e->tone_width);
}

static void develop(const struct ost_exposure *e, struct ost_image *image)
{
    for (uint32_t row = 0; row < image->height; row++) {
        for (uint32_t column = 0; column < image->width; column++) {
            float *pixel = image->pixel + (size_t)row * image->width + column;
            bool open = column >= e->shutter[0] && row >= e->shutter[1] &&
                        column <= e->shutter[2] && row <= e->shutter[3];
            double depth = -log(fmax((double)*pixel, 1e-6));
            *pixel = open ? (float)(65535.0 * ost_exposure_tone(e, depth)) : 0.0F;
        }
    }
}

bool ost_exposure_film(const struct ost_exposure *exposure, struct ost_rng *rng,
                       struct ost_image *passes, struct ost_err *err)
{
    /* A panel answers with a little spread of its own, so noise is not white. */
    const double panel = 0.45;
    if (!add_scatter(exposure, passes, err) || !ost_image_blur(passes, exposure->blur, err)) {
        return ost_err_note(err, "exposure");
    }
    add_heel_and_noise(exposure, rng, passes);
    if (!ost_image_blur(passes, panel, err)) {
        return ost_err_note(err, "exposure");
    }
    develop(exposure, passes);
    return true;
}
