#include "fem/solve/system.h"
#include "recon/base/wide.h"

#include <stdlib.h>
#include <string.h>

/* A row of a block and one number beyond it, which meets a zero or is not looked at. */
typedef float lanes __attribute__((vector_size(16)));
typedef double wide __attribute__((vector_size(32)));

/* Numbers of each half to ask memory for in advance, as in smooth.c. */
enum { AHEAD = 1024 };

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
    for (size_t m = 0; m < 9; m++)
        out[m] = (double)blocks->value[9 * at + m] + (double)blocks->rest[9 * at + m];
}

/* Row `r` of block `at`, both halves together. */
static inline void take_row(const struct ost_blocks *a, size_t at, size_t r, wide *out)
{
    lanes value, rest;
    memcpy(&value, a->value + 9 * at + 3 * r, sizeof value);
    memcpy(&rest, a->rest + 9 * at + 3 * r, sizeof rest);
    *out = __builtin_convertvector(value, wide) + __builtin_convertvector(rest, wide);
}

/*
 * A block right of the diagonal acts on its column's numbers and, turned, on its row's. After it
 * the row is done: its products with x join `total`.
 */
static inline void multiply_row(const struct ost_blocks *a, uint32_t i, const double *x,
                                double *out, wide *total)
{
    size_t k = a->first[i], end = a->first[i + 1];
    double *mine = out + (size_t)OST_WIDTH * i;
    wide v, row, other, below, sum[3];
    memcpy(&v, x + (size_t)OST_WIDTH * i, sizeof v);
    for (size_t r = 0; r < 3; r++) {
        take_row(a, k, r, &row);
        sum[r] = row * v;
    }
    for (k++; k < end; k++) {
        size_t at = (size_t)OST_WIDTH * a->column[k];
        memcpy(&other, x + at, sizeof other);
        memcpy(&below, out + at, sizeof below);
        __builtin_prefetch(a->value + 9 * k + AHEAD);
        __builtin_prefetch(a->rest + 9 * k + AHEAD);
        for (size_t r = 0; r < 3; r++) {
            take_row(a, k, r, &row);
            sum[r] += row * other;
            below += row * v[r];
        }
        memcpy(out + at, &below, sizeof below);
    }
    for (size_t r = 0; r < 3; r++)
        mine[r] += sum[r][0] + sum[r][1] + sum[r][2];
    mine[3] = 0.0;
    memcpy(&row, mine, sizeof row);
    *total += row * v;
}

OST_WIDE double ost_blocks_multiply(const struct ost_blocks *a, const double *x, double *out)
{
    wide total = {0.0};
    memset(out, 0, (size_t)OST_WIDTH * a->rows * sizeof *out);
    for (uint32_t i = 0; i < a->rows; i++)
        multiply_row(a, i, x, out, &total);
    return total[0] + total[1] + total[2] + total[3];
}

/* sum += a b, four by four. */
static inline void add_products(const double *a, const double *b, wide *sum)
{
    wide u, v;
    memcpy(&u, a, sizeof u);
    memcpy(&v, b, sizeof v);
    *sum += u * v;
}

/* Eight sums side by side: one alone would wait for itself at every number. */
OST_WIDE double ost_rows_dot(const double *a, const double *b, size_t count)
{
    const size_t pair = (size_t)2 * OST_WIDTH, pairs = count / pair * pair;
    wide even = {0.0}, odd = {0.0};
    for (size_t i = 0; i < pairs; i += pair) {
        add_products(a + i, b + i, &even);
        add_products(a + i + OST_WIDTH, b + i + OST_WIDTH, &odd);
    }
    if (pairs < count)
        add_products(a + pairs, b + pairs, &even);
    even += odd;
    return even[0] + even[1] + even[2] + even[3];
}

OST_WIDE void ost_rows_dots(const double *a, const double *b, const double *z, size_t count,
                            double out[2])
{
    wide first = {0.0}, second = {0.0};
    for (size_t i = 0; i < count; i += OST_WIDTH) {
        add_products(a + i, z + i, &first);
        add_products(b + i, z + i, &second);
    }
    out[0] = first[0] + first[1] + first[2] + first[3];
    out[1] = second[0] + second[1] + second[2] + second[3];
}

/* to += share from, four by four. */
static inline void add_share(double share, const double *from, double *to, wide *out)
{
    wide u;
    memcpy(&u, from, sizeof u);
    memcpy(out, to, sizeof *out);
    *out += share * u;
    memcpy(to, out, sizeof *out);
}

OST_WIDE double ost_rows_advance(double alpha, const double *p, const double *q, double *x,
                                 double *r, size_t count)
{
    wide sum = {0.0}, now;
    for (size_t i = 0; i < count; i += OST_WIDTH) {
        add_share(alpha, p + i, x + i, &now);
        add_share(-alpha, q + i, r + i, &now);
        sum += now * now;
    }
    return sum[0] + sum[1] + sum[2] + sum[3];
}
