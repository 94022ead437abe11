#include "recon/base/array.h"
#include "services/bench/layers.h"
#include "services/bench/run.h"
#include "services/cli/command.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#ifndef OST_MODEL_FILE
#define OST_MODEL_FILE "recon/shape/models/forearm.ostm"
#endif

enum { USUAL_CASES = 32 };
static const char *const surfaces_name[OST_BENCH_SURFACES] = {"true", "disturbed", "fitted"};

static void tell_row(enum ost_bench_calibration calibration, const struct ost_bench_layers_row *r)
{
    (void)printf("\n%s, %zu arms, %zu failed (simulated, shifted family)\n",
                 ost_bench_calibration_name(calibration), r->cases, r->failed);
    for (int k = 0; k < OST_LAYER_METAL; k++)
        (void)printf("  layer %-7s mass off by %5.1f %%, PSNR %5.1f dB (of L: %.1f dB)\n",
                     ost_layer_name((enum ost_layer)k), 100.0 * r->mass[k], r->psnr[k],
                     r->psnr_log[k]);
    for (int d = 0; d < OST_BENCH_DENSITIES; d++) {
        const struct ost_bench_density_row *b = &r->density[d];
        (void)printf("  %-22s n %3zu  r %.3f  slope %.2f  RMSE %.3g  bias %+.1f %%  within its "
                     "95 %% interval %.0f %%\n",
                     ost_bench_density_name((enum ost_bench_density)d), b->count, b->r, b->slope,
                     b->rmse, 100.0 * b->bias, 100.0 * b->covered);
    }
}

static json_t *row_json(const struct ost_bench_layers_row *r)
{
    json_t *layers = json_object(), *densities = json_object();
    for (int k = 0; k < OST_LAYER_METAL; k++)
        (void)json_object_set_new(layers, ost_layer_name((enum ost_layer)k),
                                  json_pack("{s:f, s:f, s:f}", "mass_error", r->mass[k], "psnr_db",
                                            r->psnr[k], "psnr_log_db", r->psnr_log[k]));
    for (int d = 0; d < OST_BENCH_DENSITIES; d++) {
        const struct ost_bench_density_row *b = &r->density[d];
        (void)json_object_set_new(densities, ost_bench_density_name((enum ost_bench_density)d),
                                  json_pack("{s:i, s:f, s:f, s:f, s:f, s:f}", "count",
                                            (int)b->count, "r", b->r, "slope", b->slope, "rmse",
                                            b->rmse, "bias", b->bias, "covered95", b->covered));
    }
    return json_pack("{s:i, s:i, s:o, s:o}", "cases", (int)r->cases, "failed", (int)r->failed,
                     "layers", layers, "densities", densities);
}

static bool take(const struct ost_args *args, struct ost_bench_layers_job *job, struct ost_err *err)
{
    double cases = USUAL_CASES;
    const char *surfaces = ost_args_value(args, "surfaces");
    *job = (struct ost_bench_layers_job){.family = OST_FAMILY_SHIFTED,
                                         .surfaces = OST_BENCH_DISTURBED};
    if (!ost_args_number(args, "cases", (const double[]){1.0, 400.0}, cases, &cases, err))
        return false;
    job->cases = (size_t)cases;
    if (ost_args_value(args, "quick") != NULL)
        job->cases = (job->cases + 9) / 10;
    for (int s = 0; surfaces != NULL && s < OST_BENCH_SURFACES; s++)
        if (strcmp(surfaces, surfaces_name[s]) == 0) {
            job->surfaces = (enum ost_bench_surfaces)s;
            return true;
        }
    return surfaces == NULL ||
           ost_fail(err, OST_INVALID, "--surfaces knows true, disturbed and fitted");
}

int ost_bench_layers(const struct ost_args *args)
{
    struct ost_err err = {0};
    struct ost_bench_layers_job job;
    OST_AUTO(ost_prior) prior = NULL;
    const char *model = ost_args_value(args, "model");
    if (!take(args, &job, &err))
        return ost_command_refuse("bench", &err);
    model = model == NULL ? OST_MODEL_FILE : model;
    if (!ost_bench_open_prior(model, &prior, &err))
        return ost_command_fail("bench", &err);
    job.prior = prior;
    const struct ost_bench_run run = {.search = false};
    OST_AUTO(ost_predictor) predictor = NULL;
    if (job.surfaces == OST_BENCH_FITTED &&
        !ost_bench_open_predictor(&run, model, prior, &predictor, &err))
        return ost_command_fail("bench", &err);
    job.predictor = predictor;
    json_t *all = json_pack("{s:i, s:b, s:s}", "osteon_bench_layers", 1, "simulated", 1, "surfaces",
                            surfaces_name[job.surfaces]);
    bool ok = true;
    for (int c = 0; ok && c < OST_BENCH_CALIBRATIONS; c++) {
        struct ost_bench_layers_row row;
        job.calibration = (enum ost_bench_calibration)c;
        ok = ost_bench_layers_measure(&job, &row, &err);
        if (ok && args->json)
            (void)json_object_set_new(all, ost_bench_calibration_name(job.calibration),
                                      row_json(&row));
        else if (ok)
            tell_row(job.calibration, &row);
    }
    if (ok && args->json) {
        (void)json_dumpf(all, stdout, JSON_SORT_KEYS | JSON_REAL_PRECISION(6));
        (void)printf("\n");
    }
    json_decref(all);
    return ok ? OST_EXIT_OK : ost_command_fail("bench", &err);
}

/* ---- the parts of `osteon bench recon` ---- */

bool ost_bench_run_layers(struct ost_bench_run *run, struct ost_err *err)
{
    struct ost_bench_layers_row row;
    const struct ost_bench_layers_job job = {
        run->prior,       run->predictor,      OST_FAMILY_SHIFTED,
        OST_BENCH_LINEAR, OST_BENCH_DISTURBED, ost_bench_share(run, USUAL_CASES)};
    if (!ost_bench_layers_measure(&job, &row, err))
        return false;
    double worst = 0.0, least = INFINITY;
    for (int k = 0; k < OST_LAYER_METAL; k++) {
        worst = fmax(worst, row.mass[k]);
        least = fmin(least, row.psnr[k]);
    }
    run->report->figure[OST_BENCH_LAYERS_MASS] = worst;
    run->report->figure[OST_BENCH_LAYERS_PSNR] = least;
    return true;
}

/* The least r of the distal radius' densities, with a wedge and with a linear detector. */
bool ost_bench_run_bmd(struct ost_bench_run *run, struct ost_err *err)
{
    static const enum ost_bench_calibration way[] = {OST_BENCH_LINEAR, OST_BENCH_WEDGE};
    static const enum ost_bench_density distal[] = {OST_BENCH_ULTRADISTAL, OST_BENCH_DISTAL_30};
    double least = 1.0;
    for (size_t c = 0; c < OST_COUNT(way); c++) {
        struct ost_bench_layers_row row;
        const struct ost_bench_layers_job job = {
            run->prior, run->predictor,      OST_FAMILY_SHIFTED,
            way[c],     OST_BENCH_DISTURBED, ost_bench_share(run, USUAL_CASES)};
        if (!ost_bench_layers_measure(&job, &row, err))
            return false;
        for (size_t d = 0; d < OST_COUNT(distal); d++)
            least = fmin(least, row.density[distal[d]].r);
    }
    run->report->figure[OST_BENCH_BMD_R] = least;
    return true;
}
