#include "recon/shape/patch.h"

#include "recon/image/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double wide_mm = 20.0, near_mm = 6.0; /* across the square that is near */
static const double wide_floor = 0.10,
                    near_floor = 0.15; /* of the wider spread: noise stays small */
static const float most = 4.0F;
static const uint32_t smallest = 24; /* pixels along a side of the last level */

void ost_patch_film_destroy(struct ost_patch_film *film)
{
    if (film == NULL)
        return;
    for (int l = 0; l < OST_PATCH_LEVELS; l++)
        ost_image_destroy(film->level[l]);
    free(film);
}

bool ost_patch_film_create(const struct ost_image *film, enum ost_polarity bone,
                           struct ost_patch_film **out, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_patch_film) patch = calloc(1, sizeof *patch);
    if (patch == NULL)
        return ost_fail(err, OST_NOMEM, "patch: out of memory");
    patch->width = film->width;
    patch->height = film->height;
    if (!ost_image_copy(film, &patch->level[0], err))
        return false;
    size_t count = (size_t)film->width * film->height;
    for (size_t i = 0; bone == OST_BONE_DARK && i < count; i++)
        patch->level[0]->pixel[i] = -patch->level[0]->pixel[i];
    for (int l = 1; l < OST_PATCH_LEVELS; l++) {
        const struct ost_image *last = patch->level[l - 1];
        if (last->width < 2 * smallest || last->height < 2 * smallest)
            break;
        if (!ost_image_shrink(last, 2.0, &patch->level[l], err))
            return false;
    }
    *out = ost_steal(&patch);
    return true;
}

void ost_patch_to_film(const struct ost_patch_frame *frame, const struct ost_patch_shape *shape,
                       const double patch[2], double film[2])
{
    double x = frame->step * (patch[0] - shape->anchor[0]);
    double y = frame->step * (patch[1] - shape->anchor[1]);
    film[0] = frame->middle[0] + x * frame->down[1] + y * frame->down[0];
    film[1] = frame->middle[1] - x * frame->down[0] + y * frame->down[1];
}

void ost_patch_of_film(const struct ost_patch_frame *frame, const struct ost_patch_shape *shape,
                       const double film[2], double patch[2])
{
    double dx = film[0] - frame->middle[0], dy = film[1] - frame->middle[1];
    patch[0] = shape->anchor[0] + (dx * frame->down[1] - dy * frame->down[0]) / frame->step;
    patch[1] = shape->anchor[1] + (dx * frame->down[0] + dy * frame->down[1]) / frame->step;
}

/* The finest level that is coarse enough for the patch's step. */
static int level_of(const struct ost_patch_film *film, double step)
{
    int l = 0;
    while (l + 1 < OST_PATCH_LEVELS && film->level[l + 1] != NULL && 2.0 * (1 << l) <= step)
        l++;
    return l;
}

static void sample(const struct ost_patch_film *film, const struct ost_patch_frame *frame,
                   const struct ost_patch_shape *shape, float *grey, float *mask)
{
    int l = level_of(film, frame->step);
    const struct ost_image *image = film->level[l];
    double factor = (double)(1 << l);
    for (uint32_t row = 0; row < shape->height; row++)
        for (uint32_t column = 0; column < shape->width; column++) {
            const double patch[2] = {(double)column, (double)row};
            double p[2];
            size_t at = (size_t)row * shape->width + column;
            ost_patch_to_film(frame, shape, patch, p);
            bool on = p[0] >= -0.5 && p[1] >= -0.5 && p[0] <= (double)film->width - 0.5 &&
                      p[1] <= (double)film->height - 0.5;
            mask[at] = on ? 1.0F : 0.0F;
            grey[at] = on ? (float)ost_image_at(image, (p[0] + 0.5) / factor - 0.5,
                                                (p[1] + 0.5) / factor - 0.5)
                          : 0.0F;
        }
}

/* Sums of weight, grey and its square over everything above and left of a pixel. */
struct sums {
    uint32_t width, height;
    double (*at)[3]; /* (width + 1) x (height + 1) */
};

static void sum_up(struct sums *s, const float *grey, const float *mask)
{
    size_t line = (size_t)s->width + 1;
    memset(s->at, 0, line * sizeof *s->at);
    for (size_t row = 0; row < s->height; row++) {
        double run[3] = {0.0, 0.0, 0.0};
        double(*here)[3] = s->at + (row + 1) * line, (*above)[3] = s->at + row * line;
        memset(here[0], 0, sizeof here[0]);
        for (size_t column = 0; column < s->width; column++) {
            double w = (double)mask[row * s->width + column];
            double g = (double)grey[row * s->width + column];
            run[0] += w;
            run[1] += w * g;
            run[2] += w * g * g;
            for (int k = 0; k < 3; k++)
                here[column + 1][k] = above[column + 1][k] + run[k];
        }
    }
}

/* Mean and spread of the grey in a square; zero where there is no film. */
static void around(const struct sums *s, int64_t column, int64_t row, int64_t half, double *mean,
                   double *spread)
{
    size_t line = (size_t)s->width + 1;
    size_t x0 = (size_t)(column > half ? column - half : 0);
    size_t y0 = (size_t)(row > half ? row - half : 0);
    size_t x1 = column + half + 1 < (int64_t)s->width ? (size_t)(column + half + 1) : s->width;
    size_t y1 = row + half + 1 < (int64_t)s->height ? (size_t)(row + half + 1) : s->height;
    double sum[3];
    for (int k = 0; k < 3; k++)
        sum[k] = s->at[y1 * line + x1][k] - s->at[y0 * line + x1][k] - s->at[y1 * line + x0][k] +
                 s->at[y0 * line + x0][k];
    *mean = sum[0] > 0.5 ? sum[1] / sum[0] : 0.0;
    *spread = sum[0] > 0.5 ? sqrt(fmax(sum[2] / sum[0] - *mean * *mean, 0.0)) : 0.0;
}

static float held(double value)
{
    return (float)fmin(fmax(value, -(double)most), (double)most);
}

static void normalise(const struct sums *s, const struct ost_patch_shape *shape, const float *grey,
                      const float *mask, float *out)
{
    size_t count = (size_t)s->width * s->height;
    int64_t wide = (int64_t)lround(0.5 * wide_mm / shape->mm);
    int64_t near = (int64_t)lround(0.5 * near_mm / shape->mm);
    double mean, spread;
    around(s, 0, 0, (int64_t)(s->width > s->height ? s->width : s->height), &mean, &spread);
    spread = fmax(spread, 1e-12);
    for (size_t i = 0; i < count; i++) {
        int64_t column = (int64_t)(i % s->width), row = (int64_t)(i / s->width);
        double g = (double)grey[i], far_mean, far_spread, near_mean, near_spread;
        around(s, column, row, wide > 1 ? wide : 1, &far_mean, &far_spread);
        around(s, column, row, near > 1 ? near : 1, &near_mean, &near_spread);
        bool on = mask[i] > 0.0F;
        float *to = out + OST_PATCH_CHANNELS * i;
        to[0] = on ? held((g - far_mean) / (far_spread + wide_floor * spread)) : 0.0F;
        to[1] = on ? held((g - near_mean) / (near_spread + near_floor * far_spread + 0.05 * spread))
                   : 0.0F;
        to[2] = on ? held((g - mean) / spread) : 0.0F;
        to[3] = mask[i];
    }
}

bool ost_patch_cut(const struct ost_patch_film *film, const struct ost_patch_frame *frame,
                   const struct ost_patch_shape *shape, float *out, struct ost_err *err)
{
    size_t count = (size_t)shape->width * shape->height;
    struct sums s = {.width = shape->width, .height = shape->height};
    float *grey = malloc(2 * count * sizeof *grey);
    s.at = malloc(((size_t)shape->width + 1) * ((size_t)shape->height + 1) * sizeof *s.at);
    bool done = (grey != NULL && s.at != NULL) || ost_fail(err, OST_NOMEM, "patch: out of memory");
    if (done) {
        sample(film, frame, shape, grey, grey + count);
        sum_up(&s, grey, grey + count);
        normalise(&s, shape, grey, grey + count, out);
    }
    free(grey);
    free(s.at);
    return done;
}
