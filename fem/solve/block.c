#include "fem/solve/system.h"

#include <stdlib.h>
#include <string.h>

/* Four numbers at once: a block's column and one beyond it, which nobody looks at. */
typedef float lanes __attribute__((vector_size(16)));
typedef double wide __attribute__((vector_size(32)));

void ost_blocks_fini(struct ost_blocks *blocks)
{
    free(blocks->first);
    free(blocks->column);
    free(blocks->value);
    free(blocks->rest);
    *blocks = (struct ost_blocks){0};
}

void ost_blocks_get(const struct ost_blocks *blocks, size_t at, double out[9])
{
    for (size_t m = 0; m < 9; m++) {
        size_t from = 9 * at + 3 * (m % 3) + m / 3;
        out[m] = (double)blocks->value[from] + (double)blocks->rest[from];
    }
}

void ost_blocks_multiply(const struct ost_blocks *a, const double *x, double *out)
{
    for (uint32_t i = 0; i < a->rows; i++) {
        wide sum[3] = {{0.0}, {0.0}, {0.0}};
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++) {
            const double *v = x + (size_t)3 * a->column[k];
            for (size_t c = 0; c < 3; c++) {
                lanes value, rest;
                memcpy(&value, a->value + 9 * k + 3 * c, sizeof value);
                memcpy(&rest, a->rest + 9 * k + 3 * c, sizeof rest);
                wide whole =
                    __builtin_convertvector(value, wide) + __builtin_convertvector(rest, wide);
                sum[c] += whole * v[c];
            }
        }
        for (size_t c = 0; c < 3; c++)
            out[(size_t)3 * i + c] = sum[0][c] + sum[1][c] + sum[2][c];
    }
}
