/* An arm from what the predictor read off every film: the start of a fit. */
#ifndef OST_SHAPE_FIT_PREDICT_IMPL_H
#define OST_SHAPE_FIT_PREDICT_IMPL_H

#include "recon/shape/fit_impl.h"
#include "recon/shape/predictor.h"

OST_C_BEGIN

/* Where points were read on every film, and by which corner of a triangle each is held. */
struct fit_corner {
    uint32_t triangle;
    int corner;
};
struct fit_readings {
    const struct ost_prediction *said;         /* borrowed; one a view */
    const struct ost_predictor_vertex *points; /* borrowed */
    struct fit_corner corner[OST_PREDICTOR_POINTS];
};

/* What the readings say of every unknown ; part of what is known beforehand. */
void fit_normal_readings(struct fit_normal *normal, const struct fit *fit);

/*
 * Minus twice the log of the readings at the state, up to a constant, of the points near the
 * joint: which shaft is which where they cross on a film is told least by who reads that film. No
 * film costs more than `most`: one may be misread. 0 where nothing was read.
 */
double fit_readings_cost(const struct fit *fit, double most);

struct fit_predicted {
    double cost;   /* minus twice the log of points and prior, up to a constant */
    double off_mm; /* root mean square of near points from where they were read */
    double off_sd; /* the same over their spreads: near 1 or less where one arm explains all */
};

/* Holds the readings of all films; they stay the caller's. */
void fit_readings_init(struct fit_readings *readings, const struct fit *fit,
                       const struct ost_prediction *said,
                       const struct ost_predictor_vertex *points);

/* Poses of all views from `fit->read`, the mean arm; nothing else of the state is kept. */
void fit_predict_pose(struct fit *fit);

/*
 * The most likely arm of the prior with its points where they were read, from the state
 * as it stands: Gauss-Newton, Laplace spreads taken as Gaussian with Geman and McClure's
 * weights. The state's `broken` and `cut` stay as they are. `again`: the state is near
 * already, a few steps with all modes do.
 */
OST_MUST_CHECK
bool fit_predict(struct fit *fit, bool again, struct fit_predicted *out, struct ost_err *err);

OST_C_END

#endif
