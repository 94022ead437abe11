/* Contours that look for edges where the other bone's shaft lay: find_exchange.c. */
#ifndef OST_SHAPE_FIT_EXCHANGE_IMPL_H
#define OST_SHAPE_FIT_EXCHANGE_IMPL_H

#include "recon/shape/fit_impl.h"

OST_C_BEGIN

/* Bands of height above the joint, by the mean bone, mm. */
enum { FIT_BANDS = 16 };
static const double fit_band_low = 25.0, fit_band_mm = 5.0;

static inline int fit_band_of(double height)
{
    double at = (height - fit_band_low) / fit_band_mm;
    return at >= 0.0 && at < FIT_BANDS ? (int)at : -1;
}

/* Where the middles of a bone's sections fall on a film. */
struct fit_middles {
    bool known[FIT_BANDS];
    double pixel[FIT_BANDS][2];
};

/* The tables must be up to the state. */
void fit_middles_of(const struct fit *fit, size_t view, struct fit_middles out[OST_BONES]);

/* On this view each bone's shaft is looked for about these middles. */
struct fit_exchange {
    size_t view;
    struct fit_middles to[OST_BONES];
};

OST_C_END

#endif
