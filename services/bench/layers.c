#include "services/bench/layers.h"

#include "recon/layers/density.h"
#include "services/bench/figures.h"
#include "services/bench/method.h"
#include "services/bench/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CASES_MOST = 400, FILMS = OST_PATIENT_FILMS };
static const uint64_t first_seed = 3000001; /* of nobody's training */
static const double in_air = 0.02;          /* L */
static const double disturbed[3] = {0.5, 1.0, 0.3};

struct tally {
    size_t cases, films, failed;
    double mass[OST_LAYERS], psnr[OST_LAYERS], psnr_log[OST_LAYERS];
    double truth[OST_BENCH_DENSITIES][CASES_MOST], found[OST_BENCH_DENSITIES][CASES_MOST];
    double sd[OST_BENCH_DENSITIES][CASES_MOST];
};

/* What stands for the patient's bones in one case. */
struct stand_in {
    struct ost_mesh *bone[OST_BONES]; /* owned; NULL: the truth itself */
    struct ost_camera camera[FILMS];
    struct ost_anatomy frame;
};

static bool fit(const struct ost_bench_layers_job *job, const struct ost_bench_arm *arm,
                struct stand_in *out, struct ost_err *err)
{
    struct ost_fit_film film[FILMS];
    OST_AUTO(ost_find) find = NULL;
    struct ost_bench_answer answer = {.placed = false};
    const struct ost_bench_reader reader = {job->prior, job->predictor};
    struct ost_bench_cost cost;
    for (int v = 0; v < FILMS; v++)
        film[v] = (struct ost_fit_film){.image = arm->film[v],
                                        .projection = arm->projection[v],
                                        .bone = arm->polarity[v],
                                        .spacing = arm->spacing[v]};
    if (!ost_bench_fit(&reader, film, FILMS, arm->left ? OST_SIDE_LEFT : OST_SIDE_RIGHT, &find,
                       &cost, err))
        return false;
    const bool left = find->arm.mirrored;
    for (int v = 0; v < FILMS; v++)
        out->camera[v] = find->camera[v];
    bool ok = ost_bench_answer_of(job->prior, find, &answer, err);
    for (int b = 0; ok && b < OST_BONES; b++)
        out->bone[b] = ost_steal(&answer.bone[b]);
    ost_bench_answer_fini(&answer);
    if (ok)
        ost_anatomy_of_arm(job->prior, (const float(*)[3])out->bone[OST_RADIUS]->vertex, left,
                           &out->frame);
    return ok;
}

static bool stand_in(const struct ost_bench_layers_job *job, const struct ost_bench_arm *arm,
                     struct stand_in *out, struct ost_err *err)
{
    *out = (struct stand_in){.frame = arm->frame};
    memcpy(out->camera, arm->camera, sizeof out->camera);
    if (job->surfaces == OST_BENCH_FITTED)
        return fit(job, arm, out, err);
    return job->surfaces == OST_BENCH_TRUE || ost_bench_arm_disturb(arm, disturbed, out->bone, err);
}

static struct ost_layers_request request_of(const struct ost_bench_layers_job *job,
                                            const struct ost_bench_arm *arm,
                                            const struct stand_in *by)
{
    struct ost_layers_request r = {.count = FILMS, .frame = by->frame};
    for (int v = 0; v < FILMS; v++)
        r.film[v] = (struct ost_layers_film){
            .image = arm->film[v], .camera = by->camera[v], .curve = arm->curve[v]};
    for (int b = 0; b < OST_BONES; b++) {
        r.bone[b].surface = by->bone[b] != NULL ? by->bone[b] : arm->bone[b];
        r.bone[b].cortex = job->surfaces == OST_BENCH_FITTED
                               ? ost_prior_bone_view(job->prior, (enum ost_bone)b)->cortex
                               : arm->cortex[b];
    }
    memcpy(r.cortical, arm->cortical, sizeof r.cortical);
    memcpy(r.trabecular, arm->trabecular, sizeof r.trabecular);
    return r;
}

/* 1 - exp(-L), as a picture has it: 0 to 1. */
static double absorptance(double attenuation)
{
    return 1.0 - exp(-fmax(attenuation, 0.0));
}

/* One layer of one film beside the exact one, where the film was exposed. */
static void compare(const struct ost_layers_view *view, const struct ost_image *exact, int layer,
                    struct tally *t)
{
    const struct ost_image *found = view->attenuation[layer];
    double sum = 0.0, all = 0.0, most = 0.0, square = 0.0, absorbed = 0.0, count = 0.0;
    for (size_t n = 0; n < (size_t)exact->width * exact->height; n++) {
        const double a = (double)found->pixel[n], b = (double)exact->pixel[n];
        /* Letters and wedge lie in air and are none of the arm's flesh. */
        if (view->exposed->pixel[n] < 0.5F || (layer == OST_LAYER_SOFT && b < in_air))
            continue;
        const double off = absorptance(a) - absorptance(b);
        sum += a;
        all += b;
        most = fmax(most, b);
        square += (a - b) * (a - b);
        absorbed += off * off;
        count += 1.0;
    }
    t->mass[layer] += fabs(sum / all - 1.0);
    t->psnr[layer] += -10.0 * log10(absorbed / count);
    t->psnr_log[layer] += 20.0 * log10(most / sqrt(square / count));
}

static bool compare_film(const struct ost_layers *layers, const struct ost_bench_arm *arm, int v,
                         struct tally *t, struct ost_err *err)
{
    struct ost_image *exact[OST_LAYERS] = {NULL};
    const bool ok = ost_bench_arm_layers(arm, v, exact, err);
    for (int k = 0; ok && k < OST_LAYER_METAL; k++)
        compare(&layers->view[v], exact[k], k, t);
    for (int k = 0; k < OST_LAYERS; k++)
        ost_image_destroy(exact[k]);
    t->films += ok ? 1 : 0;
    return ok;
}

static void take_densities(const struct ost_layers *layers, const struct ost_layers_request *r,
                           const struct ost_bench_arm *arm, struct tally *t)
{
    static const enum ost_density_site site[OST_BENCH_DENSITIES] = {
        [OST_BENCH_ULTRADISTAL] = OST_DENSITY_ULTRADISTAL,
        [OST_BENCH_THIRD] = OST_DENSITY_THIRD,
        [OST_BENCH_DISTAL_30] = OST_DENSITY_DISTAL_30};
    for (int d = 0; d < OST_BENCH_DENSITIES; d++) {
        const struct ost_density_part part = ost_density_part_of(r, site[d]);
        struct ost_density_found found;
        t->truth[d][t->cases] = arm->truth[d];
        t->found[d][t->cases] = NAN;
        if (!ost_density_measure(layers, r, &part, &found, NULL))
            continue;
        t->found[d][t->cases] = d == OST_BENCH_DISTAL_30 ? found.volumetric : found.areal;
        t->sd[d][t->cases] = found.relative_sd * t->found[d][t->cases];
    }
}

/* A case whose films the layers cannot take apart counts as failed, not as a failure of the bench.
 */
static bool look(const struct ost_bench_layers_job *job, size_t index, struct tally *t,
                 struct ost_err *err)
{
    OST_AUTO(ost_bench_arm) arm = NULL;
    OST_AUTO(ost_layers) layers = NULL;
    struct stand_in by = {.bone = {NULL}};
    struct ost_err why = {.code = OST_OK};
    if (!ost_bench_arm_create(job->prior, first_seed + index, job->family, job->calibration, &arm,
                              err))
        return false;
    bool ok = true;
    if (stand_in(job, arm, &by, &why)) {
        const struct ost_layers_request r = request_of(job, arm, &by);
        if (ost_layers_create(&r, NULL, &layers, &why)) {
            for (int v = 0; ok && v < FILMS; v++)
                ok = compare_film(layers, arm, v, t, err);
            take_densities(layers, &r, arm, t);
            t->cases++;
        }
    }
    if (layers == NULL) {
        t->failed++;
        ost_bench_tell("layers: case %zu: %s", index, why.msg);
    }
    for (int b = 0; b < OST_BONES; b++)
        ost_mesh_destroy(by.bone[b]);
    return ok;
}

static struct ost_bench_density_row density_row(const struct tally *t, int d)
{
    struct ost_bench_density_row row = {.r = ost_bench_pearson(t->truth[d], t->found[d], t->cases)};
    double x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
    for (size_t i = 0; i < t->cases; i++) {
        const double a = t->truth[d][i], b = t->found[d][i];
        if (!isfinite(a) || !isfinite(b))
            continue;
        row.count++;
        x += a;
        y += b;
        xx += a * a;
        xy += a * b;
        row.rmse += (b - a) * (b - a);
        row.bias += b / a - 1.0;
        row.covered += fabs(b - a) <= 1.96 * t->sd[d][i] ? 1.0 : 0.0;
    }
    const double n = (double)row.count;
    row.slope = (xy - x * y / n) / (xx - x * x / n);
    row.rmse = sqrt(row.rmse / n);
    row.bias /= n;
    row.covered /= n;
    return row;
}

bool ost_bench_layers_measure(const struct ost_bench_layers_job *job,
                              struct ost_bench_layers_row *out, struct ost_err *err)
{
    struct tally *t = calloc(1, sizeof *t);
    if (t == NULL)
        return ost_fail(err, OST_NOMEM, "bench: out of memory");
    bool ok =
        job->cases <= CASES_MOST || ost_fail(err, OST_LIMIT, "at most %d cases", (int)CASES_MOST);
    for (size_t i = 0; ok && i < job->cases; i++) {
        ok = look(job, i, t, err);
        ost_bench_tell("layers, %s: %zu of %zu", ost_bench_calibration_name(job->calibration),
                       i + 1, job->cases);
    }
    *out = (struct ost_bench_layers_row){.cases = t->cases, .failed = t->failed};
    for (int k = 0; ok && k < OST_LAYER_METAL; k++) {
        out->mass[k] = t->mass[k] / (double)t->films;
        out->psnr[k] = t->psnr[k] / (double)t->films;
        out->psnr_log[k] = t->psnr_log[k] / (double)t->films;
    }
    for (int d = 0; ok && d < OST_BENCH_DENSITIES; d++)
        out->density[d] = density_row(t, d);
    free(t);
    return ok;
}
