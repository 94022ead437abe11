#include "services/bench/figures.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

struct ost_bench_figures ost_bench_figures_of(const double *value, size_t count)
{
    struct ost_bench_figures out = {0, NAN, NAN, NAN, NAN, NAN};
    double *kept = malloc((count + 1) * sizeof *kept), sum = 0.0, size = 0.0, squares = 0.0;
    for (size_t i = 0; kept != NULL && i < count; i++) {
        if (!isfinite(value[i]))
            continue;
        kept[out.count++] = value[i];
        sum += value[i];
        size += fabs(value[i]);
    }
    if (out.count > 0) {
        size_t n = out.count;
        qsort(kept, n, sizeof *kept, by_size);
        out.mean = sum / (double)n;
        out.mean_abs = size / (double)n;
        out.median = 0.5 * (kept[(n - 1) / 2] + kept[n / 2]);
        out.worst = fabs(kept[0]) > fabs(kept[n - 1]) ? kept[0] : kept[n - 1];
        for (size_t i = 0; i < n; i++)
            squares += (kept[i] - out.mean) * (kept[i] - out.mean);
        out.sd = n > 1 ? sqrt(squares / (double)(n - 1)) : 0.0;
    }
    free(kept);
    return out;
}

double ost_bench_pearson(const double *a, const double *b, size_t count)
{
    double mean[2] = {0.0, 0.0}, aa = 0.0, bb = 0.0, ab = 0.0;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(a[i]) || !isfinite(b[i]))
            continue;
        mean[0] += a[i];
        mean[1] += b[i];
        n++;
    }
    for (size_t i = 0; i < count && n > 2; i++) {
        if (!isfinite(a[i]) || !isfinite(b[i]))
            continue;
        double x = a[i] - mean[0] / (double)n, y = b[i] - mean[1] / (double)n;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    return aa > 0.0 && bb > 0.0 ? ab / sqrt(aa * bb) : NAN;
}

/* 1 for the least; equal values share the mean of their ranks. */
static double rank_of(const double *value, const double *other, size_t count, size_t at)
{
    double below = 0.0, alike = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(value[i]) || !isfinite(other[i]))
            continue;
        below += value[i] < value[at] ? 1.0 : 0.0;
        alike += value[i] == value[at] ? 1.0 : 0.0;
    }
    return below + 0.5 * (alike + 1.0);
}

double ost_bench_spearman(const double *a, const double *b, size_t count)
{
    double *rank = malloc((2 * count + 1) * sizeof *rank), r = NAN;
    for (size_t i = 0; rank != NULL && i < count; i++) {
        bool counts = isfinite(a[i]) && isfinite(b[i]);
        rank[i] = counts ? rank_of(a, b, count, i) : NAN;
        rank[count + i] = counts ? rank_of(b, a, count, i) : NAN;
    }
    if (rank != NULL)
        r = ost_bench_pearson(rank, rank + count, count);
    free(rank);
    return r;
}
