/*
 * What all rays of one row of a film pass together is the same from every side: a film's
 * sums across the forearm, taken along it, are alike on two films that were turned about
 * its axis (the first of the consistency conditions of Helgason and Ludwig). It says how
 * far up one film lies beside another before anything is known of turn or shape. Grey
 * is no exact attenuation, so it is one opinion among others.
 */
#include "recon/shape/find_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double fine_mm = 0.9, slow_mm = 9.0; /* what is kept lies between */
static const double distal_mm = 50.0, proximal_mm = 60.0;
static const double least_mm = 50.0; /* of both films, to be an opinion at all */

struct find_profile {
    size_t rows;
    double row_mm;   /* at the arm */
    double film_row; /* film rows of one of these */
    double *value;   /* owned; the band of the sums between fine and slow */
};

void find_profile_destroy(struct find_profile *profile)
{
    if (profile == NULL)
        return;
    free(profile->value);
    free(profile);
}

/* Gaussian of `sigma` rows; beyond the ends the last value goes on. */
static void smooth(const double *from, size_t count, double sigma, double *to)
{
    long reach = (long)ceil(3.0 * sigma), last = (long)count - 1;
    for (long i = 0; i <= last; i++) {
        double sum = 0.0, weight = 0.0;
        for (long k = -reach; k <= reach; k++) {
            long at = i + k < 0 ? 0 : i + k > last ? last : i + k;
            double w = exp(-0.5 * (double)(k * k) / (sigma * sigma));
            sum += w * from[at];
            weight += w;
        }
        to[i] = sum / weight;
    }
}

static void sum_rows(const struct ost_scan *scan, double *out)
{
    const struct ost_image *a = scan->attenuation;
    for (size_t y = 0; y < a->height; y++) {
        double sum = 0.0;
        for (size_t x = 0; x < a->width; x++)
            if (scan->exposed->pixel[y * a->width + x] > 0.5F)
                sum += (double)a->pixel[y * a->width + x];
        out[y] = sum;
    }
}

bool find_profile_create(const struct ost_scan *scan, struct find_profile **out,
                         struct ost_err *err)
{
    size_t rows = scan->attenuation->height;
    struct find_profile *p = calloc(1, sizeof *p);
    double *sum = malloc(3 * rows * sizeof *sum);
    *out = NULL;
    if (p != NULL)
        *p = (struct find_profile){.rows = rows,
                                   .row_mm = scan->mm * scan->factor,
                                   .film_row = scan->factor,
                                   .value = malloc(rows * sizeof *p->value)};
    if (p == NULL || sum == NULL || p->value == NULL) {
        free(sum);
        find_profile_destroy(p);
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    }
    sum_rows(scan, sum);
    smooth(sum, rows, fmax(fine_mm / p->row_mm, 0.5), sum + rows);
    smooth(sum, rows, slow_mm / p->row_mm, sum + 2 * rows);
    for (size_t i = 0; i < rows; i++)
        p->value[i] = sum[rows + i] - sum[2 * rows + i];
    free(sum);
    *out = p;
    return true;
}

/* The value so many mm proximal to a film row; false off the film. */
static bool value_at(const struct find_profile *p, double film_row, double mm, double *out)
{
    double at = (film_row + 0.5) / p->film_row - 0.5 + mm / p->row_mm;
    if (!(at >= 0.0 && at < (double)p->rows - 1.0))
        return false;
    size_t low = (size_t)at;
    double t = at - (double)low;
    *out = (1.0 - t) * p->value[low] + t * p->value[low + 1];
    return true;
}

double find_profile_match(const struct find_profile *a, double row_a, const struct find_profile *b,
                          double row_b)
{
    double n = 0.0, sa = 0.0, sb = 0.0, aa = 0.0, bb = 0.0, ab = 0.0, step = a->row_mm;
    for (double mm = -distal_mm; mm <= proximal_mm; mm += step) {
        double x, y;
        if (!value_at(a, row_a, mm, &x) || !value_at(b, row_b, mm, &y))
            continue;
        n += 1.0;
        sa += x;
        sb += y;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    if (n * step < least_mm)
        return 0.0;
    double va = aa - sa * sa / n, vb = bb - sb * sb / n;
    return va > 0.0 && vb > 0.0 ? (ab - sa * sb / n) / sqrt(va * vb) : 0.0;
}
