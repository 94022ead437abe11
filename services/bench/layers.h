/*
 * How well films come apart and what densities come of it, on the cohort's shifted family:
 * mass and likeness of every layer beside the exact one, densities beside the truth, with a
 * linear detector, a step wedge, and nothing.
 */
#ifndef OST_BENCH_LAYERS_H
#define OST_BENCH_LAYERS_H

#include "services/bench/arm.h"
#include "services/cli/args.h"

OST_C_BEGIN

enum ost_bench_surfaces {
    OST_BENCH_TRUE,      /* the method alone */
    OST_BENCH_DISTURBED, /* off by 0.5 mm, 1 degree and 0.3 mm of shape, SD */
    OST_BENCH_FITTED,    /* as ost_find_create() finds them, cameras too */
    OST_BENCH_SURFACES
};

struct ost_bench_layers_row {
    size_t cases, failed;
    double mass[OST_LAYERS]; /* mean over films of |found / exact - 1|; no metal */
    /*
     * dB, mean over films. Of absorptances 1 - exp(-L), whose peak is 1, as the layers of
     * BLS-GAN have it; and of L itself, peak: the exact layer's largest.
     */
    double psnr[OST_LAYERS], psnr_log[OST_LAYERS];
    struct ost_bench_density_row {
        size_t count;
        double r, slope, rmse, bias, covered; /* covered: share within the 95 % interval */
    } density[OST_BENCH_DENSITIES];
};

struct ost_bench_layers_job {
    const struct ost_prior *prior;   /* borrowed, as the next */
    struct ost_predictor *predictor; /* what fitted surfaces start from; NULL: a search */
    enum ost_family family;
    enum ost_bench_calibration calibration;
    enum ost_bench_surfaces surfaces;
    size_t cases;
};

OST_MUST_CHECK
bool ost_bench_layers_measure(const struct ost_bench_layers_job *job,
                              struct ost_bench_layers_row *out, struct ost_err *err);

/* `osteon bench layers` and `osteon bench bmd`: the same table. Returns the exit code. */
int ost_bench_layers(const struct ost_args *args);

OST_C_END

#endif
