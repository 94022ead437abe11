#include "fem/solve/system.h"

#include <stdlib.h>

void ost_blocks_fini(struct ost_blocks *blocks)
{
    free(blocks->first);
    free(blocks->column);
    free(blocks->value);
    *blocks = (struct ost_blocks){0};
}

void ost_blocks_multiply(const struct ost_blocks *a, const double *x, double *out)
{
    for (uint32_t i = 0; i < a->rows; i++) {
        double s0 = 0.0, s1 = 0.0, s2 = 0.0;
        for (uint32_t k = a->first[i]; k < a->first[i + 1]; k++) {
            const double *b = a->value + (size_t)9 * k, *v = x + (size_t)3 * a->column[k];
            s0 += b[0] * v[0] + b[1] * v[1] + b[2] * v[2];
            s1 += b[3] * v[0] + b[4] * v[1] + b[5] * v[2];
            s2 += b[6] * v[0] + b[7] * v[1] + b[8] * v[2];
        }
        out[(size_t)3 * i] = s0;
        out[(size_t)3 * i + 1] = s1;
        out[(size_t)3 * i + 2] = s2;
    }
}
