/* Scores of many cases in few figures: what both the table and the JSON print. */
#ifndef OST_BENCH_SUMMARY_H
#define OST_BENCH_SUMMARY_H

#include "services/bench/figures.h"
#include "services/bench/report.h"

OST_C_BEGIN

enum ost_bench_distance { OST_BENCH_ASD, OST_BENCH_RMS, OST_BENCH_HD95, OST_BENCH_MAX };

struct ost_bench_question {
    int method;
    enum ost_bench_body body;
    enum ost_region region;
    enum ost_bench_distance distance;
    bool raw; /* as they lie; else after alignment */
};

/* Over the cases of one set that were answered and have points there. */
struct ost_bench_figures ost_bench_distances_of(const struct ost_bench_set_report *set,
                                                const struct ost_bench_question *question);

/* Signed errors of one number, of one set or (`set` OST_BENCH_SETS) of all. */
struct ost_bench_figures ost_bench_errors_of(const struct ost_bench_report *report, int set,
                                             int method, enum ost_bench_number number);

/* The share of told intervals that hold the truth; NaN where none was told. */
double ost_bench_cover_of(const struct ost_bench_report *report, int set, int method,
                          enum ost_bench_number number);

/* Of told and actual error, case by case, over all sets; the actual one is the shown ASD. */
struct ost_bench_trust {
    size_t cases;
    double pearson, spearman;
    double coverage95; /* of the band round the surface, mean over cases */
};
struct ost_bench_trust ost_bench_trust_of(const struct ost_bench_report *report, int set,
                                          int method);

/* The method whose figures head everything: the last one, where it ran. */
enum { OST_BENCH_BEST = OST_BENCH_METHODS - 1 };

/* Time and memory of the best method on all its cases. */
struct ost_bench_figures ost_bench_seconds_of(const struct ost_bench_report *report);
struct ost_bench_figures ost_bench_peak_of(const struct ost_bench_report *report);

/* People left out: mean ASD of one bone within its real extent; of fine surfaces or the others. */
struct ost_bench_figures ost_bench_people_of(const struct ost_bench_report *report,
                                             enum ost_bone bone, bool fine);

OST_C_END

#endif
