#include "recon/math/dense.h"

#include <math.h>
#include <string.h>

bool ost_cholesky(double *a, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        double *column = a + j * n;
        for (size_t k = 0; k < j; k++) {
            const double *done = a + k * n;
            for (size_t i = j; i < n; i++)
                column[i] -= done[i] * done[j];
        }
        if (!(column[j] > 0.0))
            return false;
        double pivot = sqrt(column[j]);
        for (size_t i = j; i < n; i++)
            column[i] /= pivot;
    }
    return true;
}

void ost_cholesky_solve(const double *l, size_t n, double *b)
{
    for (size_t j = 0; j < n; j++) {
        const double *column = l + j * n;
        b[j] /= column[j];
        for (size_t i = j + 1; i < n; i++)
            b[i] -= column[i] * b[j];
    }
    for (size_t j = n; j-- > 0;) {
        const double *column = l + j * n;
        double sum = b[j];
        for (size_t i = j + 1; i < n; i++)
            sum -= column[i] * b[i];
        b[j] = sum / column[j];
    }
}

void ost_cholesky_inverse(const double *l, size_t n, double *inverse)
{
    memset(inverse, 0, n * n * sizeof *inverse);
    for (size_t j = 0; j < n; j++) {
        inverse[j * n + j] = 1.0;
        ost_cholesky_solve(l, n, inverse + j * n);
    }
}

/* One Jacobi rotation in the (p, q) plane of `a` and `v`. */
static void rotate(double *a, double *v, size_t n, size_t p, size_t q)
{
    double apq = a[q * n + p];
    if (apq == 0.0)
        return;
    double theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
    double t = (theta >= 0.0 ? 1.0 : -1.0) / (fabs(theta) + sqrt(theta * theta + 1.0));
    double c = 1.0 / sqrt(t * t + 1.0), s = t * c;
    for (size_t k = 0; k < n; k++) {
        double kp = a[p * n + k], kq = a[q * n + k];
        a[p * n + k] = c * kp - s * kq;
        a[q * n + k] = s * kp + c * kq;
    }
    for (size_t k = 0; k < n; k++) {
        double pk = a[k * n + p], qk = a[k * n + q];
        a[k * n + p] = c * pk - s * qk;
        a[k * n + q] = s * pk + c * qk;
        double vp = v[p * n + k], vq = v[q * n + k];
        v[p * n + k] = c * vp - s * vq;
        v[q * n + k] = s * vp + c * vq;
    }
}

static double off_diagonal(const double *a, size_t n)
{
    double sum = 0.0;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < j; i++)
            sum += a[j * n + i] * a[j * n + i];
    return sum;
}

static double diagonal(const double *a, size_t n)
{
    double sum = 0.0;
    for (size_t j = 0; j < n; j++)
        sum += a[j * n + j] * a[j * n + j];
    return sum;
}

static void sort_largest_first(double *value, double *vector, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t best = i;
        for (size_t j = i + 1; j < n; j++)
            if (value[j] > value[best])
                best = j;
        if (best == i)
            continue;
        double x = value[i];
        value[i] = value[best];
        value[best] = x;
        for (size_t k = 0; k < n; k++) {
            double y = vector[i * n + k];
            vector[i * n + k] = vector[best * n + k];
            vector[best * n + k] = y;
        }
    }
}

void ost_eigen_symmetric(double *a, size_t n, double *value, double *vector)
{
    enum { SWEEPS = 60 };
    memset(vector, 0, n * n * sizeof *vector);
    for (size_t i = 0; i < n; i++)
        vector[i * n + i] = 1.0;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        if (off_diagonal(a, n) <= 1e-30 * diagonal(a, n))
            break;
        for (size_t p = 0; p + 1 < n; p++)
            for (size_t q = p + 1; q < n; q++)
                rotate(a, vector, n, p, q);
    }
    for (size_t i = 0; i < n; i++)
        value[i] = a[i * n + i];
    sort_largest_first(value, vector, n);
}
