/* What many cases come to: means, medians, correlations. */
#ifndef OST_BENCH_FIGURES_H
#define OST_BENCH_FIGURES_H

#include "recon/base/attr.h"

#include <stddef.h>

OST_C_BEGIN

/* Of the finite values among `value`; the others do not count. All NaN where there is none. */
struct ost_bench_figures {
    size_t count;
    double mean, sd; /* sd: of the sample, n - 1; 0 of one value */
    double median, worst;
    double mean_abs;
};
struct ost_bench_figures ost_bench_figures_of(const double *value, size_t count);

/*
 * Pearson's correlation, and Spearman's (Pearson's of the ranks, equal values sharing the mean
 * of theirs). Pairs with a value that is not finite do not count; NaN where fewer than three
 * are left or one of the two never changes.
 */
double ost_bench_pearson(const double *a, const double *b, size_t count);
double ost_bench_spearman(const double *a, const double *b, size_t count);

OST_C_END

#endif
