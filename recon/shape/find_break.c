/* One break of the radius: a fragment's motion beside the healthy shape. */
#include "recon/math/vec.h"
#include "recon/shape/find_impl.h"

#include <math.h>
#include <string.h>

static const double cuts_mm[] = {14.0, 20.0, 27.0};
static const double tilts[] = {-0.35, 0.35}; /* rad about the radial axis: dorsal, volar */
static const double worth = 0.02;            /* of judged cost that a break must save ... */
/*
 * Twice the log odds by which the whole shape must be the odder one: contours alone
 * cannot tell, for an odd enough whole radius follows a broken one's outline too.
 */
static const double least_odd = 25.0;
static const double least_turn = 0.07, least_shift = 1.2; /* ... and be at least so large */

static const struct fit_contour_stage coarse = {
    .level = OST_SCAN_MIDDLE, .reach = 7.0, .reach_last = 3.5, .turns = 8, .modes = 10, .every = 2};
static const struct fit_contour_stage fine = {.level = OST_SCAN_FINE,
                                              .reach = 3.0,
                                              .reach_last = 1.5,
                                              .turns = 8,
                                              .modes = OST_ARM_MODES,
                                              .every = 1};

static void take_break(struct fit *fit, const struct fit_start *whole, double cut, double tilt)
{
    fit_take_start(fit, whole);
    fit->arm.broken = true;
    fit->arm.cut = cut;
    memset(fit->arm.turn, 0, sizeof fit->arm.turn);
    memset(fit->arm.shift, 0, sizeof fit->arm.shift);
    fit->arm.turn[0] = tilt;
    /* A broken radius was fitted as an odd whole one: its shape is to be found anew. */
    memset(fit->arm.mode[OST_RADIUS], 0, sizeof fit->arm.mode[OST_RADIUS]);
}

static bool is_real(const struct ost_arm *arm)
{
    return ost_length(arm->turn) >= least_turn || ost_length(arm->shift) >= least_shift;
}

static bool refine(struct fit *fit, const struct fit_contour_stage *stage, double *cost,
                   struct ost_err *err)
{
    struct fit_contour_score score;
    return fit_contours(fit, stage, &score, err) && fit_judge(fit, cost, err);
}

/* The state with its break taken away, as good as it gets. */
static bool mend(struct fit *fit, struct fit_start *out, struct ost_err *err)
{
    fit->arm.broken = false;
    memset(fit->arm.turn, 0, sizeof fit->arm.turn);
    memset(fit->arm.shift, 0, sizeof fit->arm.shift);
    double cost = 0.0;
    if (!refine(fit, &coarse, &cost, err) || !refine(fit, &fine, &cost, err))
        return false;
    fit_give_start(fit, out);
    out->cost = cost;
    return true;
}

/* The best break over cuts and tilts, from a whole arm. */
static bool search(struct fit *fit, const struct fit_start *whole, struct fit_start *best,
                   struct ost_err *err)
{
    best->cost = 1e9;
    for (size_t c = 0; c < sizeof cuts_mm / sizeof cuts_mm[0]; c++)
        for (size_t t = 0; t < sizeof tilts / sizeof tilts[0]; t++) {
            double now = 0.0;
            take_break(fit, whole, cuts_mm[c], tilts[t]);
            if (!refine(fit, &coarse, &now, err))
                return false;
            if (now >= best->cost)
                continue;
            fit_give_start(fit, best);
            best->cost = now;
        }
    fit_take_start(fit, best);
    if (!refine(fit, &fine, &best->cost, err))
        return false;
    fit_give_start(fit, best);
    return true;
}

static double prior_of(struct fit *fit, const struct fit_start *start)
{
    fit_take_start(fit, start);
    fit_refresh(fit, false);
    return fit_prior_cost(fit);
}

bool find_break(struct fit *fit, double *cost, struct ost_err *err)
{
    struct fit_start whole = {.cost = *cost}, broken = {.cost = *cost};
    if (fit->arm.broken) {
        fit_give_start(fit, &broken);
        if (!mend(fit, &whole, err))
            return false;
    } else {
        fit_give_start(fit, &whole);
        if (!search(fit, &whole, &broken, err))
            return false;
    }
    bool keep = broken.cost < whole.cost - worth && is_real(&broken.arm) &&
                prior_of(fit, &whole) - prior_of(fit, &broken) > least_odd;
    *cost = keep ? broken.cost : whole.cost;
    fit_take_start(fit, keep ? &broken : &whole);
    return true;
}
