#include "recon/base/array.h"
#include "recon/learn/tl_forearm.h"
#include "services/bench/bench.h"
#include "services/bench/machine.h"
#include "services/bench/run.h"
#include "services/casefile/disk.h"
#include "services/casefile/model.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef OST_TL_MODEL
#define OST_TL_MODEL "recon/learn/models/tl_%s.ostm"
#endif
#ifndef OST_MODEL_FILE
#define OST_MODEL_FILE "recon/shape/models/forearm.ostm"
#endif

struct part {
    const char *name;
    bool (*run)(struct ost_bench_run *run, struct ost_err *err);
    const char *missing; /* why, where there is nothing to run */
};

static bool run_simulated(struct ost_bench_run *run, struct ost_err *err)
{
    return ost_bench_run_set(run, OST_BENCH_SIMULATED, err);
}

static bool run_shifted(struct ost_bench_run *run, struct ost_err *err)
{
    return ost_bench_run_set(run, OST_BENCH_SHIFTED, err);
}

static const struct part part_table[OST_BENCH_PARTS] = {
    [OST_BENCH_PART_SIMULATED] = {"simulated", run_simulated, NULL},
    [OST_BENCH_PART_SHIFTED] = {"shifted", run_shifted, NULL},
    [OST_BENCH_PART_CURVES] = {"curves", ost_bench_run_curves, NULL},
    [OST_BENCH_PART_LEAVE_ONE_OUT] = {"leave_one_out", ost_bench_run_leave_one_out, NULL},
    [OST_BENCH_PART_BIPLANE] = {"biplane", ost_bench_run_biplane, NULL},
    [OST_BENCH_PART_FEMUR] = {"femur", ost_bench_run_femur, NULL},
    [OST_BENCH_PART_LAYERS] = {"layers", ost_bench_run_layers, NULL},
    [OST_BENCH_PART_BMD] = {"bmd", ost_bench_run_bmd, NULL},
};

const struct ost_bench_figure_key *ost_bench_figure_key(enum ost_bench_figure figure)
{
    static const struct ost_bench_figure_key key[OST_BENCH_FIGURES] = {
        [OST_BENCH_FEMUR_ASD] = {"femur", "asd_mm",
                                 "real femora, 7 unseen people, rendered views, ASD mm (published "
                                 "0.94 on other femora)"},
        [OST_BENCH_FEMUR_TL_ASD] = {"femur", "tl_asd_mm",
                                    "the T-L net on the same cases, ASD mm (published 1.41)"},
        [OST_BENCH_LAYERS_MASS] = {"layers", "mass_error", "mass of each layer, worst share off"},
        [OST_BENCH_LAYERS_PSNR] = {"layers", "psnr_db", "layers against exact ones, dB"},
        [OST_BENCH_BMD_R] = {"bmd", "r",
                             "density from films, r (published 0.93 IBEX, 0.88 BMD-GAN, real "
                             "films)"},
    };
    return &key[figure];
}

const char *ost_bench_part_name(enum ost_bench_part part)
{
    return part_table[part].name;
}

void ost_bench_tell(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
}

size_t ost_bench_share(const struct ost_bench_run *run, size_t all)
{
    size_t share = run->quick ? (all + 9) / 10 : all;
    return run->cases > 0 && run->cases < share ? run->cases : share;
}

bool ost_bench_open_prior(const char *path, struct ost_prior **out, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, (size_t)64 << 20);
    bool ok =
        ost_disk_read(NULL, path, &bytes, err) && ost_prior_open(bytes.ptr, bytes.len, out, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "the shape prior");
}

bool ost_bench_open_predictor(const struct ost_bench_run *run, const char *prior_file,
                              const struct ost_prior *prior, struct ost_predictor **out,
                              struct ost_err *err)
{
    char path[OST_DISK_PATH];
    *out = NULL;
    if (run->search)
        return true;
    return (run->predictor_file != NULL
                ? snprintf(path, sizeof path, "%s", run->predictor_file) < (int)sizeof path ||
                      ost_fail(err, OST_LIMIT, "--predictor: the path is too long")
                : ost_model_predictor_path(prior_file, path, sizeof path, err)) &&
           ost_model_predictor_read(path, prior, out, err);
}

/* The baselines that ship; without a model its row of the ladder is left out. */
static bool open_baselines(struct ost_bench_run *run, struct ost_err *err)
{
    for (int r = 0; r < OST_TL_RECIPES; r++) {
        const enum ost_tl_recipe recipe = (enum ost_tl_recipe)r;
        struct ost_err why = {.code = OST_OK};
        struct ost_buf bytes;
        char path[OST_DISK_PATH];
        if (!run->method[OST_BENCH_TL + r])
            continue;
        (void)snprintf(path, sizeof path, OST_TL_MODEL, ost_tl_recipe_name(recipe));
        ost_buf_init(&bytes, (size_t)64 << 20);
        const bool there = ost_disk_read(NULL, path, &bytes, &why);
        const bool ok =
            there ? ost_tl_create(&run->baseline[r], recipe, &ost_tl_forearm_size, 1, err) &&
                        ost_tl_read(run->baseline[r], bytes.ptr, bytes.len, err)
                  : why.code == OST_NOT_FOUND || ost_fail(err, why.code, "%s", why.msg);
        ost_buf_fini(&bytes);
        run->method[OST_BENCH_TL + r] = there;
        if (!ok)
            return ost_err_note(err, "the baseline of %s", ost_tl_recipe_name(recipe));
    }
    return true;
}

void ost_bench_report_fini(struct ost_bench_report *report)
{
    for (int s = 0; s < OST_BENCH_SETS; s++) {
        for (int m = 0; m < OST_BENCH_METHODS; m++)
            free(report->set[s].score[m]);
    }
}

/* Sets `chosen` for each word of `list`, commas between; all of them where it is NULL. */
static bool choose(const char *list, const char *const *name, size_t count, bool *chosen,
                   struct ost_err *err)
{
    for (size_t i = 0; i < count; i++)
        chosen[i] = list == NULL;
    for (const char *at = list; at != NULL && *at != '\0';) {
        size_t len = strcspn(at, ","), i = 0;
        while (i < count && (strlen(name[i]) != len || strncmp(name[i], at, len) != 0))
            i++;
        if (i == count)
            return ost_fail(err, OST_INVALID, "'%.*s' is none of this bench's: it has %s to %s",
                            len > 40 ? 40 : (int)len, at, name[0], name[count - 1]);
        chosen[i] = true;
        at += len + (at[len] == ',' ? 1 : 0);
    }
    return true;
}

struct asked {
    const char *model;
    double cases;
    bool part[OST_BENCH_PARTS];
};

static bool take(const struct ost_args *args, struct ost_bench_run *run, struct asked *asked,
                 struct ost_err *err)
{
    const char *part[OST_BENCH_PARTS], *method[OST_BENCH_METHODS];
    for (int p = 0; p < OST_BENCH_PARTS; p++)
        part[p] = part_table[p].name;
    for (int m = 0; m < OST_BENCH_METHODS; m++)
        method[m] = ost_bench_method(m)->name;
    asked->model = ost_args_value(args, "model");
    asked->model = asked->model == NULL ? OST_MODEL_FILE : asked->model;
    run->data = ost_args_value(args, "data");
    run->predictor_file = ost_args_value(args, "predictor");
    run->search = run->predictor_file != NULL && strcmp(run->predictor_file, "none") == 0;
    run->data = run->data == NULL ? "../shared/data" : run->data;
    run->tl = ost_args_value(args, "tl");
    run->quick = ost_args_value(args, "quick") != NULL;
    if (!choose(ost_args_value(args, "only"), part, OST_BENCH_PARTS, asked->part, err))
        return ost_err_note(err, "--only");
    if (!choose(ost_args_value(args, "methods"), method, OST_BENCH_METHODS, run->method, err))
        return ost_err_note(err, "--methods");
    if (!ost_args_number(args, "cases", (const double[]){1.0, 1000.0}, 0.0, &asked->cases, err))
        return false;
    run->cases = (size_t)asked->cases;
    return true;
}

static bool run_parts(struct ost_bench_run *run, const struct asked *asked, struct ost_err *err)
{
    struct ost_bench_report *report = run->report;
    for (int p = 0; p < OST_BENCH_PARTS; p++) {
        const struct part *part = &part_table[p];
        const char *why = part->missing;
        if (why == NULL && !asked->part[p])
            why = "not asked for";
        if (why != NULL)
            (void)snprintf(report->left_out[p], sizeof report->left_out[p], "%s", why);
        else if (!part->run(run, err))
            return ost_err_note(err, "%s", part->name);
    }
    return true;
}

int ost_bench_recon(const struct ost_args *args)
{
    struct ost_err err = {0};
    struct ost_bench_report *report = calloc(1, sizeof *report);
    struct ost_bench_run run = {.report = report};
    struct asked asked;
    OST_AUTO(ost_prior) prior = NULL;
    OST_AUTO(ost_predictor) predictor = NULL;
    if (report == NULL)
        return OST_EXIT_UNAVAILABLE;
    if (!take(args, &run, &asked, &err)) {
        free(report);
        return ost_command_refuse("bench recon", &err);
    }
    double begin = ost_bench_clock();
    report->quick = run.quick;
    for (int f = 0; f < OST_BENCH_FIGURES; f++)
        report->figure[f] = NAN;
    report->load[0] = ost_bench_load();
    ost_bench_processor(report->processor, &report->threads);
    bool ok = ost_bench_open_prior(asked.model, &prior, &err) &&
              ost_bench_open_predictor(&run, asked.model, prior, &predictor, &err) &&
              open_baselines(&run, &err);
    run.prior = prior;
    run.predictor = predictor;
    /* Without networks the fit is the search. */
    run.method[OST_BENCH_SEARCH] = run.method[OST_BENCH_SEARCH] && predictor != NULL;
    ok = ok && run_parts(&run, &asked, &err);
    if (ok) {
        report->digest = ost_prior_digest_view(prior);
        report->predictor = predictor == NULL ? NULL : ost_predictor_digest_view(predictor);
        report->load[1] = ost_bench_load();
        report->seconds = ost_bench_clock() - begin;
        (args->json ? ost_bench_print_json : ost_bench_print_table)(report);
    }
    for (int r = 0; r < OST_TL_RECIPES; r++)
        ost_tl_destroy(run.baseline[r]);
    ost_bench_report_fini(report);
    free(report);
    return ok ? OST_EXIT_OK : ost_command_fail("bench recon", &err);
}
