#include "services/bench/summary.h"

#include <math.h>
#include <stdlib.h>

/* One number of one score; NaN where it has none. */
struct picker {
    double (*of)(const void *user, const struct ost_bench_score *score);
    const void *user; /* borrowed */
};

static size_t count_of(const struct ost_bench_report *report, int set, int method)
{
    size_t n = 0;
    for (int s = 0; s < OST_BENCH_SETS; s++) {
        if ((set == OST_BENCH_SETS || set == s) && report->set[s].score[method] != NULL)
            n += report->set[s].count;
    }
    return n;
}

/* A number of every case, in set order; the caller frees. NULL without room. */
static double *collect(const struct ost_bench_report *report, int set, int method,
                       const struct picker *picker)
{
    double *value = malloc((count_of(report, set, method) + 1) * sizeof *value);
    size_t n = 0;
    for (int s = 0; s < OST_BENCH_SETS && value != NULL; s++) {
        if ((set != OST_BENCH_SETS && set != s) || report->set[s].score[method] == NULL)
            continue;
        for (size_t i = 0; i < report->set[s].count; i++)
            value[n++] = picker->of(picker->user, &report->set[s].score[method][i]);
    }
    return value;
}

static struct ost_bench_figures figures(const struct ost_bench_report *report, int set, int method,
                                        const struct picker *picker)
{
    double *value = collect(report, set, method, picker);
    struct ost_bench_figures out =
        ost_bench_figures_of(value, value == NULL ? 0 : count_of(report, set, method));
    free(value);
    return out;
}

static double distance(const struct ost_compare_result *r, enum ost_bench_distance which)
{
    const double value[] = {r->asd, r->rms, r->hd95, r->max};
    return r->count[0] > 0 ? value[which] : NAN;
}

static double pick_distance(const void *user, const struct ost_bench_score *score)
{
    const struct ost_bench_question *q = user;
    const struct ost_bench_distances *d = &score->body[q->body];
    return score->answered ? distance(q->raw ? &d->raw[q->region] : &d->icp[q->region], q->distance)
                           : NAN;
}

struct ost_bench_figures ost_bench_distances_of(const struct ost_bench_set_report *set,
                                                const struct ost_bench_question *question)
{
    struct ost_bench_report one = {.set = {*set}};
    return figures(&one, 0, question->method, &(struct picker){pick_distance, question});
}

static double pick_error(const void *user, const struct ost_bench_score *score)
{
    return score->error[*(const enum ost_bench_number *)user];
}

struct ost_bench_figures ost_bench_errors_of(const struct ost_bench_report *report, int set,
                                             int method, enum ost_bench_number number)
{
    return figures(report, set, method, &(struct picker){pick_error, &number});
}

static double pick_cover(const void *user, const struct ost_bench_score *score)
{
    enum ost_bench_number number = *(const enum ost_bench_number *)user;
    if (!isfinite(score->sd[number]) || !isfinite(score->error[number]))
        return NAN;
    return ost_bench_covers(score, number) ? 1.0 : 0.0;
}

double ost_bench_cover_of(const struct ost_bench_report *report, int set, int method,
                          enum ost_bench_number number)
{
    return figures(report, set, method, &(struct picker){pick_cover, &number}).mean;
}

static double pick_actual(const void *user, const struct ost_bench_score *score)
{
    (void)user;
    return ost_bench_shown_asd(score, OST_BENCH_TOGETHER);
}

static double pick_told(const void *user, const struct ost_bench_score *score)
{
    (void)user;
    return score->predicted_mm;
}

static double pick_band(const void *user, const struct ost_bench_score *score)
{
    (void)user;
    return score->band_share;
}

struct ost_bench_trust ost_bench_trust_of(const struct ost_bench_report *report, int set,
                                          int method)
{
    struct ost_bench_trust out = {0, NAN, NAN, NAN};
    const size_t count = count_of(report, set, method);
    double *actual = collect(report, set, method, &(struct picker){pick_actual, NULL});
    double *told = collect(report, set, method, &(struct picker){pick_told, NULL});
    struct ost_bench_figures band = figures(report, set, method, &(struct picker){pick_band, NULL});
    if (actual != NULL && told != NULL) {
        out.pearson = ost_bench_pearson(told, actual, count);
        out.spearman = ost_bench_spearman(told, actual, count);
    }
    out.cases = band.count;
    out.coverage95 = band.mean;
    free(actual);
    free(told);
    return out;
}

static double pick_seconds(const void *user, const struct ost_bench_score *score)
{
    (void)user;
    return score->seconds;
}

static double pick_peak(const void *user, const struct ost_bench_score *score)
{
    (void)user;
    return score->peak_mb;
}

struct ost_bench_figures ost_bench_seconds_of(const struct ost_bench_report *report)
{
    return figures(report, OST_BENCH_SETS, OST_BENCH_BEST, &(struct picker){pick_seconds, NULL});
}

struct ost_bench_figures ost_bench_peak_of(const struct ost_bench_report *report)
{
    return figures(report, OST_BENCH_SETS, OST_BENCH_BEST, &(struct picker){pick_peak, NULL});
}

struct ost_bench_figures ost_bench_people_of(const struct ost_bench_report *report,
                                             enum ost_bone bone, bool fine)
{
    double value[OST_BENCH_PEOPLE];
    size_t n = 0;
    for (size_t i = 0; i < report->people; i++) {
        const struct ost_bench_left_out *p = &report->person[i];
        if (p->fine == fine && p->answered && p->has[bone])
            value[n++] = distance(&p->distance[bone].icp[OST_REGION_WHOLE], OST_BENCH_ASD);
    }
    return ost_bench_figures_of(value, n);
}
