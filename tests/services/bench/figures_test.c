#include "services/bench/figures.h"
#include "tests/check.h"

static void figures_are_those_of_the_finite_values(void **state)
{
    (void)state;
    const double value[] = {2.0, NAN, -4.0, 6.0, INFINITY, 8.0};
    struct ost_bench_figures f = ost_bench_figures_of(value, 6);
    assert_int_equal(f.count, 4);
    assert_near(f.mean, 3.0, 1e-12);
    assert_near(f.mean_abs, 5.0, 1e-12);
    assert_near(f.median, 4.0, 1e-12);
    assert_near(f.worst, 8.0, 1e-12);
    assert_near(f.sd, sqrt((1.0 + 49.0 + 9.0 + 25.0) / 3.0), 1e-12);
    assert_near(ost_bench_figures_of((const double[]){-9.0, 3.0}, 2).worst, -9.0, 0.0);
    assert_near(ost_bench_figures_of((const double[]){7.0}, 1).sd, 0.0, 0.0);
    assert_true(isnan(ost_bench_figures_of(value + 1, 1).mean));
    assert_true(isnan(ost_bench_figures_of(NULL, 0).median));
}

/* Anscombe 1973, first set: r = 0.81642. */
static void correlations_are_the_textbook_ones(void **state)
{
    (void)state;
    const double x[] = {10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5, NAN, 1};
    const double y[] = {8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68, 3, NAN};
    assert_near(ost_bench_pearson(x, y, 13), 0.81642, 1e-5);
    /* Ranks of y: 7 4 6 9 8 10 5 1 11 2 3, of x: 7 5 10 6 8 11 3 1 9 4 2; sum of squares 40. */
    assert_near(ost_bench_spearman(x, y, 13), 1.0 - 6.0 * 40.0 / (11.0 * 120.0), 1e-9);
    const double up[] = {1, 2, 3, 4, 5}, steep[] = {1, 10, 100, 1000, 1e5};
    assert_near(ost_bench_spearman(up, steep, 5), 1.0, 1e-12);
    assert_true(ost_bench_pearson(up, steep, 5) < 0.8);
    const double tied[] = {1, 1, 2, 2, 3};
    /* Shared ranks 1.5 1.5 3.5 3.5 5 against 1 to 5. */
    assert_near(ost_bench_spearman(up, tied, 5), 9.0 / sqrt(10.0 * 9.0), 1e-9);
    const double flat[] = {2, 2, 2, 2, 2};
    assert_true(isnan(ost_bench_pearson(up, flat, 5)));
    assert_true(isnan(ost_bench_pearson(up, steep, 2)));
}

RUN(T(figures_are_those_of_the_finite_values), T(correlations_are_the_textbook_ones))
