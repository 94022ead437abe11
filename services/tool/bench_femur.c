#include "services/casefile/disk.h"
#include "services/femur/femur.h"
#include "services/tool/bench.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>

enum { FILE_MOST = 1 << 26 };

/* What people say in print of two rendered views of a femur (XrayTo3D 2023), mm. */
static const double published[2] = {0.94, 1.41}; /* the best network; the T-L net */

static void tell(void *user, const struct ost_femur_case *c)
{
    (void)user;
    (void)fprintf(stderr, "femur %d: %.2f mm (95 %% within %.2f)\n", c->number, c->fit.asd,
                  c->fit.hd95);
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* Null where it was not measured. */
static json_t *apart(const struct ost_bone_apart *a)
{
    return isfinite(a->asd) ? json_pack("{s:f, s:f, s:f}", "asd_mm", a->asd, "hd95_mm", a->hd95,
                                        "max_mm", a->max)
                            : json_null();
}

static json_t *case_json(const struct ost_femur_case *c)
{
    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:f, s:f}", "person", c->number,
                     "mean", apart(&c->ladder.mean), "scaled_mean", apart(&c->ladder.scaled),
                     "model_onto_truth", apart(&c->ladder.reach), "contours", apart(&c->contours),
                     "fit", apart(&c->fit), "tl", apart(&c->tl), "contour_mm", c->contour_mm,
                     "edge_share", c->edge_share, "processor_seconds", c->seconds);
}

static void print_json(const struct ost_femur_report *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->count; i++)
        (void)json_array_append_new(list, case_json(&r->one[i]));
    json_auto_t *all = json_pack(
        "{s:i, s:s, s:i, s:i, s:i, s:f, s:f, s:o, s:o, s:o}", "osteon_bench_femur", 1, "films",
        "simulated from real surfaces", "trained", (int)r->trained, "vertices", (int)r->vertices,
        "modes", (int)r->modes, "asd_mm", r->mean.fit.asd, "hd95_mm", r->mean.fit.hd95, "tl_asd_mm",
        number(r->mean.tl.asd), "mean", case_json(&r->mean), "cases", list);
    if (all == NULL)
        return;
    (void)json_dumpf(all, stdout, JSON_REAL_PRECISION(5));
    (void)printf("\n");
}

static void print_line(const char *name, const struct ost_femur_case *c)
{
    const double value[8] = {
        c->ladder.mean.asd, c->ladder.scaled.asd, c->ladder.reach.asd, c->contours.asd,
        c->fit.asd,         c->fit.hd95,          c->fit.max,          c->tl.asd};
    (void)printf("%-8s", name);
    for (int k = 0; k < 8; k++) {
        char text[16] = "-";
        if (isfinite(value[k]))
            (void)snprintf(text, sizeof text, "%.2f", value[k]);
        (void)printf(" %8s", text);
    }
    (void)printf("\n");
}

static void print_text(const struct ost_femur_report *r)
{
    (void)printf("%u people, model of %u: %u vertices, %u modes. Films are simulated from the\n"
                 "surfaces of people it has not seen; distances in mm after rigid alignment.\n",
                 r->people, r->trained, r->vertices, r->modes);
    (void)printf("%-8s %8s %8s %8s %8s %8s %8s %8s %8s\n", "person", "mean", "scaled", "reach",
                 "contours", "fit", "hd95", "max", "T-L");
    for (size_t i = 0; i < r->count; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%d", r->one[i].number);
        print_line(name, &r->one[i]);
    }
    print_line("all", &r->mean);
    (void)printf("published on rendered films: best network %.2f, T-L net %.2f (other people's "
                 "femora)\n",
                 published[0], published[1]);
}

static bool run(struct ost_femur_options options, const char *file, struct ost_femur_report *report,
                struct ost_err *err)
{
    const struct ost_progress progress = ost_command_progress();
    struct ost_buf bytes;
    ost_buf_init(&bytes, FILE_MOST);
    bool ok = file == NULL || ost_disk_read(NULL, file, &bytes, err);
    options.tl = file != NULL ? bytes.ptr : NULL;
    options.tl_len = bytes.len;
    ok = ok && ost_femur_run(&options, &progress, report, err);
    ost_buf_fini(&bytes);
    return ok;
}

int ost_bench_femur(const struct ost_args *args)
{
    struct ost_err err = {0};
    struct ost_femur_report report;
    double error, cases;
    if (!ost_args_number(args, "view-error", (const double[]){0.0, 15.0}, 3.0, &error, &err) ||
        !ost_args_number(args, "cases", (const double[]){1.0, OST_FEMUR_CASES}, OST_FEMUR_CASES,
                         &cases, &err))
        return ost_command_refuse("bench femur", &err);
    const char *data = ost_args_value(args, "data");
    const struct ost_femur_options options = {
        .data = data != NULL ? data : "../shared/data",
        .cases = (uint32_t)cases,
        .ladder = ost_args_value(args, "ladder") != NULL,
        .turn_deg = error,
        .exact = !(error > 0.0),
        .told = tell,
    };
    bool ok = run(options, ost_args_value(args, "tl"), &report, &err);
    if (ok && args->json) {
        print_json(&report);
    } else if (ok) {
        print_text(&report);
    }
    return ok ? OST_EXIT_OK : ost_command_fail("bench femur", &err);
}
