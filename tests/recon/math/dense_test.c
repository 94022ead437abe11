#include "recon/base/rng.h"
#include "recon/math/dense.h"
#include "tests/check.h"

#include <string.h>

enum { N = 12 };

static void positive(struct ost_rng *rng, double a[N * N])
{
    double b[N * N];
    for (int i = 0; i < N * N; i++)
        b[i] = ost_rng_normal(rng);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[j * N + i] = i == j ? 0.1 : 0.0;
            for (int k = 0; k < N; k++)
                a[j * N + i] += b[k * N + i] * b[k * N + j];
        }
}

static void cholesky_solves(void **state)
{
    (void)state;
    struct ost_rng rng = ost_rng_seed(7);
    double a[N * N], l[N * N], x[N], b[N] = {0};
    positive(&rng, a);
    for (int i = 0; i < N; i++)
        x[i] = ost_rng_normal(&rng);
    for (int j = 0; j < N; j++)
        for (int i = 0; i < N; i++)
            b[i] += a[j * N + i] * x[j];
    memcpy(l, a, sizeof l);
    assert_true(ost_cholesky(l, N));
    ost_cholesky_solve(l, N, b);
    for (int i = 0; i < N; i++)
        assert_near(b[i], x[i], 1e-8);
}

static void an_indefinite_matrix_is_refused(void **state)
{
    (void)state;
    double a[4] = {1, 2, 2, 1};
    assert_false(ost_cholesky(a, 2));
}

static void eigenvectors_rebuild_the_matrix(void **state)
{
    (void)state;
    struct ost_rng rng = ost_rng_seed(8);
    double a[N * N], work[N * N], value[N], vector[N * N];
    positive(&rng, a);
    memcpy(work, a, sizeof work);
    ost_eigen_symmetric(work, N, value, vector);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double sum = 0.0;
            for (int k = 0; k < N; k++)
                sum += value[k] * vector[k * N + i] * vector[k * N + j];
            assert_near(sum, a[j * N + i], 1e-9);
        }
    for (int k = 1; k < N; k++)
        assert_true(value[k - 1] >= value[k]);
}

RUN(T(cholesky_solves), T(an_indefinite_matrix_is_refused), T(eigenvectors_rebuild_the_matrix))
