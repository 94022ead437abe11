/*
 * From the share of radiation that passes to a film as a hospital stores it: scatter,
 * heel effect, blur, quantum noise, collimation, response and tone curve. Grey values
 * end in 0..65535, bones bright.
 */
#ifndef OST_XRAY_EXPOSURE_H
#define OST_XRAY_EXPOSURE_H

#include "recon/base/rng.h"
#include "recon/image/image.h"

OST_C_BEGIN

enum ost_tone {
    OST_TONE_FILM,  /* a toe, a straight part, a shoulder */
    OST_TONE_POWER, /* cut off at both ends of a window, a power of what lies between */
    OST_TONE_LINEAR /* a detector's own numbers: grey = attenuation over `gain` */
};

struct ost_exposure {
    double scatter;       /* scattered over primary where the body weakens to 1/e */
    double scatter_reach; /* pixels, standard deviation of where it goes */
    double heel;          /* signal at the top over the bottom, minus 1 */
    double blur;          /* pixels, standard deviation: focal spot and panel */
    double quanta;        /* per pixel in the open beam; 0: no noise */
    double shutter[4];    /* left, top, right, bottom edge, pixels; beyond it is black */
    double tone_centre;   /* attenuation -ln(I/I0) that becomes middle grey */
    double tone_width;    /* attenuation from middle grey to about 3/4 */
    enum ost_tone tone;
    double gamma; /* POWER: its exponent; the window is centre -+ 1.9 width */
    double gain;  /* LINEAR: attenuation of one grey value of 65535 */
};

/* `passes` (ost_drr_passes) becomes the film in place. The same `rng`, the same film. */
OST_MUST_CHECK
bool ost_exposure_film(const struct ost_exposure *exposure, struct ost_rng *rng,
                       struct ost_image *passes, struct ost_err *err);

/* The tone curve alone: 0..1 of an attenuation, rising. */
double ost_exposure_tone(const struct ost_exposure *exposure, double attenuation);

OST_C_END

#endif
