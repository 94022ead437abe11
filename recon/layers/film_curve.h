/*
 * From a film's grey to attenuation L = -ln(I / I0), as far as the film is calibrated.
 * A curve gives a reading y of every grey; L is then c + w y + q y^2 with the three
 * numbers known (0, 1, 0) or left to the decomposition within the spreads here.
 */
#ifndef OST_LAYERS_FILM_CURVE_H
#define OST_LAYERS_FILM_CURVE_H

#include "recon/base/err.h"
#include "recon/image/film.h"

#include <stddef.h>

OST_C_BEGIN

enum ost_curve_how {
    OST_CURVE_UNKNOWN, /* a curve curve nobody stated */
    OST_CURVE_LINEAR,  /* grey = offset + gain x L: a known linear detector, log taken */
    OST_CURVE_RAW,     /* grey = offset + gain x I / I0: a known linear detector, raw */
    OST_CURVE_WEDGE,   /* by the steps of a wedge on the film, ost_film_curve_of_wedge() */
    OST_CURVE_HOWS
};
const char *ost_curve_how_name(enum ost_curve_how how); /* "linear" */

enum { OST_CURVE_POINTS = 32 };

/*
 * A wedge's step: its mean grey, what attenuates there (aluminium by the spectrum), and
 * where its middle lies on the film: the arm's scatter reaches it too.
 */
struct ost_curve_step {
    double grey, attenuation, pixel[2];
};

struct ost_film_curve {
    enum ost_curve_how how;
    enum ost_polarity bone; /* UNKNOWN only: DARK (grey falls with L) or BRIGHT */
    double white;           /* UNKNOWN only: the largest grey the file can hold */
    double gain, offset;    /* LINEAR, RAW */
    size_t count;           /* WEDGE: the curve's points, grey strictly rising */
    double grey[OST_CURVE_POINTS], attenuation[OST_CURVE_POINTS];
    double filter; /* mm of aluminium before the arm */
    size_t steps;  /* WEDGE: as they were measured */
    struct ost_curve_step step[OST_CURVE_POINTS];
    bool flat;          /* scatter and heel effect were taken off already */
    double kvp, kvp_sd; /* of the tube; kvp_sd 0.2 where stated, some kV where assumed */
};

/* What is read at a grey; see above. UNKNOWN: the inverse of a logistic curve. */
double ost_film_curve_read(const struct ost_film_curve *curve, double grey);

/*
 * Sorts the steps, makes them rise together (pools those that do not: Barlow 1972) and
 * goes between them by monotone cubics (Fritsch and Carlson 1980); beyond the last it
 * goes on straight. The steps are kept. L may rise or fall with grey. Fails with OST_INVALID on
 * fewer than four different steps.
 */
OST_MUST_CHECK
bool ost_film_curve_of_wedge(const struct ost_curve_step *step, size_t count,
                             struct ost_film_curve *out, struct ost_err *err);

OST_C_END

#endif
