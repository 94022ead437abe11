#include "services/bench/doubts.h"

#include "recon/base/array.h"
#include "recon/image/png.h"
#include "services/bench/run.h"
#include "services/bench/score.h"
#include "services/casefile/disk.h"
#include "services/casefile/model.h"
#include "services/cli/command.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASES_MOST = 200, USUAL_CASES = 32, CHILDREN = 6, ONE_VIEW_EVERY = 4 };

static const uint64_t first_seed = 1700000; /* of nobody's training, and no test's */
static const double malunited = 0.3;

/* Real films; left and front are said where they are so. */
static const struct child {
    const char *name;
    enum ost_side side;
    enum ost_projection projection;
} child[CHILDREN] = {
    {"2023-02-16_f6c8aa06.png", OST_SIDE_RIGHT, OST_PROJECTION_PA},
    {"2023-02-18_09161cc5.png", OST_SIDE_LEFT, OST_PROJECTION_LATERAL},
    {"2023-02-18_c09d27d9.png", OST_SIDE_LEFT, OST_PROJECTION_PA},
    {"2023-02-19_8b1841a6.png", OST_SIDE_RIGHT, OST_PROJECTION_LATERAL},
    {"2023-02-19_aa769cd2.png", OST_SIDE_RIGHT, OST_PROJECTION_PA},
    {"2023-02-21_9df430b4.png", OST_SIDE_LEFT, OST_PROJECTION_PA},
};

struct many {
    size_t count;
    double value[CASES_MOST];
};

struct doubts {
    const struct ost_prior *prior;
    struct ost_predictor *predictor;
    size_t cases;
    struct many own_doubt, own_off, two_off, child_doubt, own_plate, child_plate;
    /* From the front film alone: |error| over told SD, error and SD of tilt; band and misfit. */
    struct many tilt_ratio, tilt_error, tilt_sd, band, shown_mm;
};

static void add(struct many *many, double value)
{
    if (many->count < CASES_MOST)
        many->value[many->count++] = value;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value that `part` of them do not pass; NAN of none. */
static double quantile(const struct many *many, double part)
{
    struct many sorted = *many;
    if (many->count == 0)
        return NAN;
    qsort(sorted.value, sorted.count, sizeof sorted.value[0], by_value);
    return sorted.value[(size_t)lrint(part * (double)(sorted.count - 1))];
}

static double share_within(const struct many *many, double limit)
{
    size_t within = 0;
    for (size_t i = 0; i < many->count; i++)
        within += many->value[i] <= limit ? 1 : 0;
    return many->count == 0 ? (double)NAN : (double)within / (double)many->count;
}

/* The same arm every time, of the cohort's mixed family; right, as every other one here. */
static bool make_case(const struct doubts *d, size_t index, struct ost_bench_case **out,
                      struct ost_err *err)
{
    struct ost_patient_request request = ost_patient_random(first_seed + index, malunited);
    OST_AUTO(ost_bench_case) c = calloc(1, sizeof *c);
    if (c == NULL)
        return ost_fail(err, OST_NOMEM, "bench: no room for a case");
    request.left = false;
    if (!ost_patient_create(d->prior, &request, NULL, &c->patient, err))
        return false;
    c->prior = d->prior;
    c->predictor = d->predictor;
    c->side = OST_SIDE_RIGHT;
    for (int n = 0; n < OST_PATIENT_FILMS; n++) {
        const struct ost_patient_film *film = &c->patient->film[n];
        c->input[n] = (struct ost_fit_film){.image = film->image,
                                            .projection = film->projection,
                                            .bone = OST_BONE_AUTO,
                                            .spacing = film->spacing};
    }
    *out = ost_steal(&c);
    return true;
}

/* What one film alone says, and what it says of itself. */
static bool try_one_view(struct doubts *d, const struct ost_bench_case *c, struct ost_err *err)
{
    const struct ost_bench_reader reader = {d->prior, d->predictor};
    OST_AUTO(ost_find) find = NULL;
    struct ost_bench_answer answer = {.placed = false};
    struct ost_bench_score score;
    struct ost_err why = {.code = OST_OK};
    if (!ost_bench_fit(&reader, c->input, 1, c->side, &find, &answer.cost, &why)) {
        ost_bench_tell("one view: no answer: %s", why.msg);
        return true;
    }
    bool ok = ost_bench_answer_of(d->prior, find, &answer, err) &&
              ost_bench_score(c, &answer, &score, err);
    if (ok) {
        add(&d->tilt_error, fabs(score.error[OST_BENCH_TILT]));
        add(&d->tilt_sd, score.sd[OST_BENCH_TILT]);
        add(&d->tilt_ratio, fabs(score.error[OST_BENCH_TILT]) / score.sd[OST_BENCH_TILT]);
        add(&d->band, score.band_share);
        add(&d->shown_mm, ost_bench_shown_asd(&score, OST_BENCH_RADIUS));
    }
    ost_bench_answer_fini(&answer);
    return ok;
}

/* A person's own pair, and the front beside the next person's side. */
static bool try_pairs(struct doubts *d, const struct ost_bench_case *c,
                      const struct ost_bench_case *next, struct ost_err *err)
{
    const struct ost_fit_film two[2] = {c->input[0], next->input[1]};
    struct ost_find_doubts own, other;
    if (!ost_find_doubt(d->prior, d->predictor, c->input, 2, c->side, &own, err) ||
        !ost_find_doubt(d->prior, d->predictor, two, 2, c->side, &other, err))
        return false;
    add(&d->own_doubt, own.doubt);
    add(&d->own_off, own.off_sd);
    add(&d->own_plate, own.plate);
    add(&d->two_off, other.off_sd);
    return true;
}

static bool try_people(struct doubts *d, struct ost_err *err)
{
    OST_AUTO(ost_bench_case) c = NULL;
    bool ok = make_case(d, 0, &c, err);
    for (size_t i = 0; ok && i < d->cases; i++) {
        OST_AUTO(ost_bench_case) next = NULL;
        ok = make_case(d, i + 1, &next, err) && try_pairs(d, c, next, err) &&
             (i % ONE_VIEW_EVERY != 0 || try_one_view(d, c, err));
        ost_bench_case_destroy(c);
        c = ost_steal(&next);
        ost_bench_tell("doubts: %zu of %zu", i + 1, d->cases);
    }
    return ok;
}

/* Films that are not there are not counted. */
static bool try_child(struct doubts *d, const char *data, const struct child *who,
                      struct ost_err *err)
{
    OST_AUTO(ost_image) image = NULL;
    struct ost_err why = {.code = OST_OK};
    struct ost_find_doubts doubts;
    struct ost_buf bytes;
    char name[128];
    (void)snprintf(name, sizeof name, "wrist_radiographs_children/%s", who->name);
    ost_buf_init(&bytes, (size_t)1 << 26);
    bool there = ost_disk_read(data, name, &bytes, &why) &&
                 ost_png_read_grey(bytes.ptr, bytes.len, &image, NULL, &why);
    ost_buf_fini(&bytes);
    if (!there)
        return true;
    const struct ost_fit_film film = {
        .image = image, .projection = who->projection, .bone = OST_BONE_AUTO, .spacing = 0.144};
    if (!ost_find_doubt(d->prior, d->predictor, &film, 1, who->side, &doubts, err))
        return false;
    add(&d->child_doubt, doubts.doubt);
    add(&d->child_plate, doubts.plate);
    return true;
}

static json_t *spread_json(const struct many *many)
{
    if (many->count == 0)
        return json_null();
    return json_pack("{s:i, s:f, s:f, s:f, s:f, s:f}", "count", (int)many->count, "least",
                     quantile(many, 0.0), "p05", quantile(many, 0.05), "median",
                     quantile(many, 0.5), "p95", quantile(many, 0.95), "most", quantile(many, 1.0));
}

static void tell_spread(const char *what, const struct many *many)
{
    (void)printf("%-46s n %3zu  least %6.2f  5 %% %6.2f  median %6.2f  95 %% %6.2f  most %6.2f\n",
                 what, many->count, quantile(many, 0.0), quantile(many, 0.05), quantile(many, 0.5),
                 quantile(many, 0.95), quantile(many, 1.0));
}

static void tell(const struct doubts *d)
{
    const double limit = quantile(&d->own_off, 0.95);
    tell_spread("doubt, simulated adults, mm", &d->own_doubt);
    tell_spread("doubt, real films of children, mm", &d->child_doubt);
    tell_spread("line across the radius, simulated adults", &d->own_plate);
    tell_spread("line across the radius, real children", &d->child_plate);
    tell_spread("off_sd, two films of one (simulated)", &d->own_off);
    tell_spread("off_sd, films of two people (simulated)", &d->two_off);
    (void)printf("a limit of %.2f passes 95 %% of single people and tells %.0f %% of pairs\n",
                 limit, 100.0 * (1.0 - share_within(&d->two_off, limit)));
    tell_spread("one view: tilt off by, degrees", &d->tilt_error);
    tell_spread("one view: told SD of tilt, degrees", &d->tilt_sd);
    tell_spread("one view: radius, shown, ASD, mm", &d->shown_mm);
    tell_spread("one view: surface within 1.96 SD", &d->band);
    (void)printf("one view: tilt within its 95 %% interval in %.0f %% of %zu (simulated)\n",
                 100.0 * share_within(&d->tilt_ratio, 1.96), d->tilt_ratio.count);
}

static json_t *doubts_json(const struct doubts *d)
{
    const double limit = quantile(&d->own_off, 0.95);
    json_t *one = json_pack(
        "{s:i, s:f, s:o, s:o, s:o, s:o}", "count", (int)d->tilt_ratio.count, "tilt_covered95",
        d->tilt_ratio.count > 0 ? share_within(&d->tilt_ratio, 1.96) : 0.0, "tilt_error_deg",
        spread_json(&d->tilt_error), "tilt_sd_deg", spread_json(&d->tilt_sd), "band",
        spread_json(&d->band), "radius_shown_mm", spread_json(&d->shown_mm));
    return json_pack("{s:i, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:f, s:o}",
                     "osteon_bench_doubts", 1, "simulated", 1, "adult_doubt_mm",
                     spread_json(&d->own_doubt), "child_doubt_mm", spread_json(&d->child_doubt),
                     "one_person_off_sd", spread_json(&d->own_off), "two_people_off_sd",
                     spread_json(&d->two_off), "limit95", limit, "two_people_told",
                     1.0 - share_within(&d->two_off, limit), "one_view", one);
}

static bool run(struct doubts *d, const char *data, struct ost_err *err)
{
    for (int i = 0; i < CHILDREN; i++)
        if (!try_child(d, data, &child[i], err))
            return false;
    return try_people(d, err);
}

static bool open_all(const struct ost_args *args, struct ost_prior **prior,
                     struct ost_predictor **predictor, struct ost_err *err)
{
    const char *model = ost_args_value(args, "model"), *file = ost_args_value(args, "predictor");
    char path[OST_DISK_PATH];
    model = model == NULL ? OST_MODEL_FILE : model;
    if (!ost_model_predictor_path(model, path, sizeof path, err) ||
        !ost_bench_open_prior(model, prior, err) ||
        !ost_model_predictor_read(file == NULL ? path : file, *prior, predictor, err))
        return false;
    return *predictor != NULL ||
           ost_fail(err, OST_UNAVAILABLE, "no networks: what they doubt cannot be measured");
}

int ost_bench_doubts(const struct ost_args *args)
{
    struct ost_err err = {0};
    OST_AUTO(ost_prior) prior = NULL;
    OST_AUTO(ost_predictor) predictor = NULL;
    const char *data = ost_args_value(args, "data");
    double cases = USUAL_CASES;
    if (!ost_args_number(args, "cases", (const double[]){1.0, CASES_MOST}, cases, &cases, &err))
        return ost_command_refuse("bench", &err);
    if (!open_all(args, &prior, &predictor, &err))
        return ost_command_fail("bench", &err);
    struct doubts *d = calloc(1, sizeof *d);
    if (d == NULL)
        return OST_EXIT_UNAVAILABLE;
    d->prior = prior;
    d->predictor = predictor;
    d->cases = ost_args_value(args, "quick") != NULL ? ((size_t)cases + 9) / 10 : (size_t)cases;
    bool ok = run(d, data == NULL ? "../shared/data" : data, &err);
    if (ok && args->json) {
        json_t *all = doubts_json(d);
        (void)json_dumpf(all, stdout, JSON_SORT_KEYS | JSON_REAL_PRECISION(5));
        (void)printf("\n");
        json_decref(all);
    } else if (ok) {
        tell(d);
    }
    free(d);
    return ok ? OST_EXIT_OK : ost_command_fail("bench", &err);
}
