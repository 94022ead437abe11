/* The frozen sets by every method of the ladder, and the curves on a few of their cases. */
#include "recon/base/array.h"
#include "services/bench/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t curve_cases = 4;
static const struct ost_bench_method *best(void)
{
    return ost_bench_method(OST_BENCH_METHODS - 1);
}

/* A way that finds nothing is a result; a bench that cannot measure is a failure. */
static bool try_method(const struct ost_bench_method *method, const struct ost_bench_case *kase,
                       struct ost_bench_score *out, struct ost_err *err)
{
    struct ost_bench_answer answer = {0};
    struct ost_err why = {.code = OST_OK};
    bool ok = true;
    if (method->make(kase, &answer, &why)) {
        ok = ost_bench_score(kase, &answer, out, err);
    } else {
        *out = (struct ost_bench_score){.seed = kase->patient->request.seed,
                                        .left = kase->side == OST_SIDE_LEFT,
                                        .broken = kase->patient->request.malunion.present,
                                        .seconds = answer.cost.seconds,
                                        .peak_mb = answer.cost.peak_mb};
        for (int n = 0; n < OST_BENCH_NUMBERS; n++)
            out->error[n] = out->sd[n] = NAN;
        out->band_share = out->predicted_mm = NAN;
        (void)snprintf(out->why, sizeof out->why, "%s", why.msg);
        ok = why.code != OST_NOMEM || ost_fail(err, why.code, "%s", why.msg);
    }
    ost_bench_answer_fini(&answer);
    return ok;
}

static void tell_score(const char *set, const struct ost_bench_method *method,
                       const struct ost_bench_score *s)
{
    if (!s->answered) {
        ost_bench_tell("%s %llu %s: no answer: %s", set, (unsigned long long)s->seed, method->name,
                       s->why);
        return;
    }
    ost_bench_tell("%s %llu %s: radius %.2f, ulna %.2f mm; tilt %+.1f, inclination %+.1f, "
                   "rotation %+.1f degrees; variance %+.1f, height %+.1f mm; %.1f s, %.0f MB",
                   set, (unsigned long long)s->seed, method->name,
                   ost_bench_shown_asd(s, OST_BENCH_RADIUS), ost_bench_shown_asd(s, OST_BENCH_ULNA),
                   s->error[OST_BENCH_TILT], s->error[OST_BENCH_INCLINATION],
                   s->error[OST_BENCH_ROTATION], s->error[OST_BENCH_VARIANCE],
                   s->error[OST_BENCH_HEIGHT], s->seconds, s->peak_mb);
}

bool ost_bench_run_set(struct ost_bench_run *run, enum ost_bench_set set, struct ost_err *err)
{
    struct ost_bench_set_report *to = &run->report->set[set];
    to->count = ost_bench_share(run, ost_bench_set_count(set));
    for (int m = 0; m < OST_BENCH_METHODS; m++) {
        if (!run->method[m])
            continue;
        to->score[m] = calloc(to->count, sizeof *to->score[m]);
        if (to->score[m] == NULL)
            return ost_fail(err, OST_NOMEM, "bench: no room for scores");
    }
    for (size_t i = 0; i < to->count; i++) {
        OST_AUTO(ost_bench_case) kase = NULL;
        if (!ost_bench_case_create(run->prior, set, i, NULL, &kase, err))
            return ost_err_note(err, "%s case %zu", ost_bench_set_name(set), i);
        kase->predictor = run->predictor;
        memcpy(kase->tl, run->baseline, sizeof kase->tl);
        for (int m = 0; m < OST_BENCH_METHODS; m++) {
            if (!run->method[m])
                continue;
            if (!try_method(ost_bench_method(m), kase, &to->score[m][i], err))
                return ost_err_note(err, "%s case %zu", ost_bench_set_name(set), i);
            tell_score(ost_bench_set_name(set), ost_bench_method(m), &to->score[m][i]);
        }
    }
    return true;
}

/* ---- curves ---- */

struct place {
    const char *curve;
    double at;
    struct ost_bench_spoil spoil;
};

static const struct place place_table[] = {
    {"view_angle_deg", 0.0, {.view_turn_deg = -1.0}},
    {"view_angle_deg", 2.0, {.view_turn_deg = 2.0}},
    {"view_angle_deg", 5.0, {.view_turn_deg = 5.0}},
    {"view_angle_deg", 10.0, {.view_turn_deg = 10.0}},
    {"noise", 1.0, {.noise = 1.0}},
    {"noise", 2.0, {.noise = 2.0}},
    {"noise", 4.0, {.noise = 4.0}},
    {"jpeg_quality", 90.0, {.jpeg = 90}},
    {"jpeg_quality", 70.0, {.jpeg = 70}},
    {"jpeg_quality", 50.0, {.jpeg = 50}},
    {"jpeg_quality", 30.0, {.jpeg = 30}},
    {"cameras", 1.0, {.has_cameras = true}},
};

static double raw_asd(const struct ost_bench_score *s, int body)
{
    const struct ost_compare_result *r = &s->body[body].raw[OST_REGION_SHOWN];
    return r->count[0] > 0 ? r->asd : NAN;
}

static void add_score(struct ost_bench_point *p, const struct ost_bench_score *s)
{
    p->cases++;
    if (!s->answered)
        return;
    p->answered++;
    for (int b = 0; b < OST_BENCH_BODIES; b++) {
        p->asd[b] += ost_bench_shown_asd(s, (enum ost_bench_body)b);
        p->raw[b] += raw_asd(s, b);
    }
    p->tilt += fabs(s->error[OST_BENCH_TILT]);
}

static void close_point(struct ost_bench_point *p, bool placed)
{
    double n = p->answered > 0 ? (double)p->answered : NAN;
    for (int b = 0; b < OST_BENCH_BODIES; b++) {
        p->asd[b] /= n;
        p->raw[b] = placed ? p->raw[b] / n : NAN;
    }
    p->tilt /= n;
}

static bool run_place(struct ost_bench_run *run, const struct place *place, size_t count,
                      struct ost_err *err)
{
    struct ost_bench_point point = {.curve = place->curve, .at = place->at};
    for (size_t i = 0; i < count; i++) {
        OST_AUTO(ost_bench_case) kase = NULL;
        struct ost_bench_score score;
        bool ok =
            ost_bench_case_create(run->prior, OST_BENCH_SIMULATED, i, &place->spoil, &kase, err);
        if (ok)
            kase->predictor = run->predictor;
        if (!ok || !try_method(best(), kase, &score, err))
            return ost_err_note(err, "%s %g", place->curve, place->at);
        add_score(&point, &score);
        ost_bench_tell("%s %g:", place->curve, place->at);
        tell_score("  case", best(), &score);
    }
    close_point(&point, place->spoil.has_cameras);
    run->report->point[run->report->points++] = point;
    return true;
}

bool ost_bench_run_curves(struct ost_bench_run *run, struct ost_err *err)
{
    size_t count = ost_bench_share(run, curve_cases);
    for (size_t i = 0; i < OST_COUNT(place_table); i++) {
        if (!run_place(run, &place_table[i], count, err))
            return false;
    }
    return true;
}
