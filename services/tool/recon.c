#include "services/station/recon.h"

#include "recon/base/array.h"
#include "services/casefile/result.h"
#include "services/cli/args.h"
#include "services/tool/tool.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef OST_MODEL_FILE
#define OST_MODEL_FILE "recon/shape/models/forearm.ostm"
#endif

static const struct ost_option option[] = {
    {"model", "FILE", "the shape prior; the one that ships when not given"},
    {"method", "full|fit",
     "full: networks read the films, then the fit (default); fit: without "
     "networks, from a search, which takes ten times as long"},
};

static const struct ost_usage usage = {
    .line = "osteon recon CASE [--model F] [--method full|fit]",
    .summary = "Films of a case to radius and ulna with uncertainty: CASE/result. Exit 4 where the "
               "fit is above its residual limit; the result is written all the same.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 1,
};

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void tell_view(const struct ost_result *r, size_t i, bool json, json_t *list)
{
    const struct ost_result_contour *c = &r->view[i].contour;
    if (json) {
        json_t *item =
            json_pack("{s:f, s:f, s:f, s:f, s:f}", "mean", c->mean, "p95", c->p95, "share",
                      c->share, "shifted_mean", c->shifted_mean, "shifted_share", c->shifted_share);
        (void)json_array_append_new(list, item);
        return;
    }
    (void)printf(
        "film %zu: outline to edge %.2f mm, 95 %% within %.2f mm, edge on %.0f %%; shifted "
        "by 2 mm: %.2f mm, %.0f %%\n",
        i + 1, c->mean, c->p95, 100.0 * c->share, c->shifted_mean, 100.0 * c->shifted_share);
}

static void tell(const struct ost_result *r, double took, bool json)
{
    json_t *views = json_array(), *numbers = json_object();
    for (size_t i = 0; i < r->view_count; i++)
        tell_view(r, i, json, views);
    for (int m = 0; m < OST_MEASURES; m++) {
        const struct ost_number *n = &r->measure[m];
        const char *name = ost_measure_name((enum ost_measure)m);
        (void)json_object_set_new(numbers, name,
                                  json_pack("{s:f, s:f, s:f, s:s}", "value", n->value, "low",
                                            n->low, "high", n->high, "unit", n->unit));
        if (!json)
            (void)printf("%-20s %6.1f %s (%.1f to %.1f)\n", name, n->value, n->unit, n->low,
                         n->high);
    }
    for (size_t i = 0; i < r->warning_count && !json; i++)
        (void)printf("note: %s\n", r->warning[i].text);
    json_t *root = json_pack("{s:f, s:f, s:f, s:b, s:b, s:s, s:o, s:o}", "seconds", took,
                             "residual_mm", r->residual, "limit_mm", r->residual_limit, "ok",
                             (int)r->residual_ok, "broken", (int)r->fragment_present, "side",
                             ost_side_name(r->side), "contour_mm", views, "numbers", numbers);
    if (json) {
        (void)json_dumpf(root, stdout, JSON_SORT_KEYS);
        (void)printf("\n");
    }
    json_decref(root);
}

int ost_tool_recon(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;

    struct ost_err err = {0};
    const char *model = ost_args_value(&args, "model"), *method = ost_args_value(&args, "method");
    if (method != NULL && strcmp(method, "fit") != 0 && strcmp(method, "full") != 0) {
        (void)ost_fail(&err, OST_INVALID, "--method knows full and fit");
        return ost_command_refuse("recon", &err);
    }
    const struct ost_station_recon_options options = {
        .model = model == NULL ? OST_MODEL_FILE : model,
        .searched = method != NULL && strcmp(method, "fit") == 0};
    const struct ost_progress progress = ost_command_progress();
    struct ost_station_recon_done done;
    double begin = seconds();
    struct ost_result *result = malloc(sizeof *result);
    bool ok = result != NULL && ost_station_recon(args.word[0], &options, &progress, &done, &err) &&
              ost_result_read(args.word[0], result, &err);
    if (ok)
        tell(result, seconds() - begin, args.json);
    free(result);
    if (!ok)
        return ost_command_fail("recon", &err);
    return done.converged ? OST_EXIT_OK : OST_EXIT_NOT_CONVERGED;
}
