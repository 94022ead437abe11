/* An arm from what the predictor read off every film: the start of a fit. */
#ifndef OST_SHAPE_FIT_PREDICT_IMPL_H
#define OST_SHAPE_FIT_PREDICT_IMPL_H

#include "recon/shape/fit_impl.h"
#include "recon/shape/predictor.h"

OST_C_BEGIN

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
