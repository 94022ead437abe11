#include "recon/math/dense.h"
#include "recon/shape/field.h"

#include <stdlib.h>

double ost_field_inner(const double *area, uint32_t vertices, const float *x, const float *y)
{
    double sum = 0.0;
    for (size_t i = 0; i < (size_t)vertices * 3; i++)
        sum += area[i / 3] * (double)x[i] * (double)y[i];
    return sum;
}

static void add(size_t size, float *to, const float *what, double times)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (float)((double)to[i] + times * (double)what[i]);
}

/* Modes F q with F' W F q = lambda q. */
bool ost_field_axes(const double *area, uint32_t vertices, uint32_t count, const float *field,
                    float *out, struct ost_err *err)
{
    size_t n = count, size = (size_t)vertices * 3;
    double *gram = calloc(n * n + 1, sizeof *gram);
    double *vector = calloc(n * n + 1, sizeof *vector);
    double *value = calloc(n + 1, sizeof *value);
    bool ok = gram != NULL && vector != NULL && value != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        for (size_t j = i; j < n; j++) {
            gram[i * n + j] = gram[j * n + i] =
                ost_field_inner(area, vertices, field + i * size, field + j * size);
        }
    }
    if (ok)
        ost_eigen_symmetric(gram, n, value, vector);
    for (size_t k = 0; ok && k < n; k++) {
        for (size_t i = 0; i < size; i++)
            out[k * size + i] = 0.0F;
        for (size_t f = 0; f < n; f++)
            add(size, out + k * size, field + f * size, vector[k * n + f]);
    }
    free(gram);
    free(vector);
    free(value);
    return ok || ost_fail(err, OST_NOMEM, "training: no room for modes");
}
