/* What kind of CT this is, and the part of it that may hold bone. */
#include "recon/segment/segment_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 1024, BIN_HU = 4, LOW_HU = -1100, /* to 2996 */ TISSUE_LEAST = 500 };
static const double margin_mm = 7.0;
static const double bone_above = 200.0; /* HU over soft tissue: surely no muscle */

static bool is_finite_all(const struct ost_grid *ct, size_t count, struct ost_err *err)
{
    size_t bad = 0;
#pragma omp parallel for reduction(+ : bad)
    for (size_t n = 0; n < count; n++)
        bad += isfinite(ct->value[n]) && fabsf(ct->value[n]) < 1e5F ? 0 : 1;
    return bad == 0 || ost_fail(err, OST_CORRUPT, "%zu voxels of the CT hold no number", bad);
}

static void histogram(const struct ost_grid *ct, size_t count, size_t bin[BINS])
{
    memset(bin, 0, BINS * sizeof *bin);
    for (size_t n = 0; n < count; n++) {
        int b = ((int)lrintf(ct->value[n]) - LOW_HU) / BIN_HU;
        bin[b < 0 ? 0 : b >= BINS ? BINS - 1 : b]++;
    }
}

/* The fullest place, smoothed over +-16 HU, between two values; NAN where hardly anything is. */
static double mode_between(const size_t bin[BINS], int low, int high)
{
    const int half = 16 / BIN_HU;
    size_t best = 0;
    int at = -1;
    for (int b = (low - LOW_HU) / BIN_HU; b <= (high - LOW_HU) / BIN_HU; b++) {
        size_t sum = 0;
        for (int i = -half; i <= half; i++)
            sum += bin[b + i];
        at = sum > best ? b : at;
        best = sum > best ? sum : best;
    }
    return best < TISSUE_LEAST ? NAN : (double)(LOW_HU + BIN_HU * at + BIN_HU / 2);
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* SD of one voxel: the second difference of white noise has six times its variance. */
static bool measure_noise(struct seg *s, const struct ost_grid *ct, size_t count,
                          struct ost_err *err)
{
    enum { SAMPLES = 200000 };
    float *sample = calloc(SAMPLES, sizeof *sample);
    size_t taken = 0, stride = count / (8 * (size_t)SAMPLES) + 1;
    if (sample == NULL)
        return ost_fail(err, OST_NOMEM, "no room to measure the noise");
    for (size_t n = 1; n + 1 < count && taken < SAMPLES; n += stride) {
        const float *v = ct->value + n;
        if (n % ct->size[0] == 0 || n % ct->size[0] == ct->size[0] - 1 ||
            fabs((double)v[0] - s->tissue) > 150.0)
            continue;
        sample[taken++] = fabsf(v[-1] - 2.0F * v[0] + v[1]);
    }
    qsort(sample, taken, sizeof *sample, by_value);
    s->noise = taken < 100 ? 20.0 : 1.4826 * (double)sample[taken / 2] / sqrt(6.0);
    s->noise = fmax(s->noise, 1.0);
    free(sample);
    return true;
}

struct box {
    uint32_t low[3], high[3]; /* of voxels, both inside */
    size_t count;             /* of voxels that may be bone */
};

/* A voxel counts where its neighbours along x and y are bright too: noise and wires are not. */
static struct box box_of(const struct ost_grid *ct, double level)
{
    struct box box = {{UINT32_MAX, UINT32_MAX, UINT32_MAX}, {0, 0, 0}, 0};
    const size_t row = ct->size[0];
    for (uint32_t k = 0; k < ct->size[2]; k++)
        for (uint32_t j = 1; j + 1 < ct->size[1]; j++)
            for (uint32_t i = 1; i + 1 < row; i++) {
                const float *v = ct->value + ((size_t)k * ct->size[1] + j) * row + i;
                const uint32_t at[3] = {i, j, k};
                if ((double)v[0] < level || (double)(v[-1] + v[1]) < 2.0 * level ||
                    (double)(v[-(ptrdiff_t)row] + v[row]) < 2.0 * level)
                    continue;
                box.count++;
                for (int a = 0; a < 3; a++) {
                    box.low[a] = at[a] < box.low[a] ? at[a] : box.low[a];
                    box.high[a] = at[a] > box.high[a] ? at[a] : box.high[a];
                }
            }
    return box;
}

/* Bounds with a margin, whether they are the CT's own, and every other size. */
static void shape(struct seg *s, const struct ost_grid *ct, const struct box *box, uint32_t low[3])
{
    s->count = 1;
    for (int k = 0; k < 3; k++) {
        uint32_t margin = (uint32_t)ceil(margin_mm / ct->spacing[k]), high = box->high[k] + margin;
        low[k] = box->low[k] > margin ? box->low[k] - margin : 0;
        high = high < ct->size[k] - 1 ? high : ct->size[k] - 1;
        s->size[k] = high - low[k] + 1;
        s->end[k][0] = low[k] == 0;
        s->end[k][1] = high == ct->size[k] - 1;
        s->spacing[k] = ct->spacing[k];
        s->origin[k] = ct->origin[k] + ct->spacing[k] * low[k];
        s->step[k] = s->count;
        s->count *= s->size[k];
    }
}

static bool allocate(struct seg *s, struct ost_err *err)
{
    s->hu = calloc(s->count, sizeof *s->hu);
    s->calm = calloc(s->count, sizeof *s->calm);
    s->mask = calloc(s->count, 1);
    s->depth = calloc(s->count, sizeof *s->depth);
    s->label = calloc(s->count, sizeof *s->label);
    return (s->hu != NULL && s->calm != NULL && s->mask != NULL && s->depth != NULL &&
            s->label != NULL) ||
           ost_fail(err, OST_NOMEM, "no room for %zu voxels", s->count);
}

static bool copy(struct seg *s, const struct ost_grid *ct, const uint32_t low[3],
                 struct ost_err *err)
{
    for (uint32_t k = 0; k < s->size[2]; k++)
        for (uint32_t j = 0; j < s->size[1]; j++)
            memcpy(s->hu + k * s->step[2] + j * s->step[1],
                   ct->value + (((size_t)k + low[2]) * ct->size[1] + j + low[1]) * ct->size[0] +
                       low[0],
                   s->size[0] * sizeof *s->hu);
    memcpy(s->calm, s->hu, s->count * sizeof *s->calm);
    return seg_blur(s->size, s->spacing, seg_calm_mm, s->calm, err);
}

/* HU of compact bone: what only the brightest hundredth of bone is above. */
static double compact(const size_t bin[BINS], double tissue)
{
    const int low = ((int)(tissue + bone_above) - LOW_HU) / BIN_HU;
    const int metal = (2500 - LOW_HU) / BIN_HU;
    size_t all = 0, above = 0;
    for (int b = low; b < metal; b++)
        all += bin[b];
    int b = metal - 1;
    while (b > low && (double)above < 0.01 * (double)all)
        above += bin[b--];
    return LOW_HU + BIN_HU * b;
}

static bool look(struct seg *s, const struct ost_grid *ct, size_t count, struct ost_err *err)
{
    size_t bin[BINS];
    const uint32_t *n = ct->size;
    if (n[0] < 8 || n[1] < 8 || n[2] < 3)
        return ost_fail(err, OST_UNSUPPORTED, "a CT of %u x %u x %u voxels is no volume", n[0],
                        n[1], n[2]);
    if (!is_finite_all(ct, count, err))
        return false;
    histogram(ct, count, bin);
    s->tissue = mode_between(bin, -30, 120);
    if (isnan(s->tissue) || s->tissue < -29.0)
        return ost_fail(err, OST_UNSUPPORTED,
                        "no soft tissue between -30 and 120: the volume is not in Hounsfield "
                        "units, or is empty");
    s->cortical = compact(bin, s->tissue);
    return seg_grey_check(ct, err) && measure_noise(s, ct, count, err);
}

bool seg_open(struct seg *s, const struct ost_grid *ct, struct ost_err *err)
{
    const size_t count = (size_t)ct->size[0] * ct->size[1] * ct->size[2];
    uint32_t low[3];
    if (!look(s, ct, count, err))
        return false;
    seg_share_fill(&s->share);
    const struct box box = box_of(ct, s->tissue + bone_above);
    const double bright = (double)box.count * ct->spacing[0] * ct->spacing[1] * ct->spacing[2];
    if (bright < 200.0)
        return ost_fail(err, OST_NOT_FOUND, "no bone: only %.0f mm3 are brighter than %.0f HU",
                        bright, s->tissue + bone_above);
    shape(s, ct, &box, low);
    if (s->count > OST_SEGMENT_VOXELS)
        return ost_fail(err, OST_LIMIT,
                        "bone spreads over %zu voxels, limit %d: cut the series to the limb",
                        s->count, OST_SEGMENT_VOXELS);
    return allocate(s, err) && copy(s, ct, low, err);
}

void seg_close(struct seg *s)
{
    free(s->hu);
    free(s->calm);
    free(s->mask);
    free(s->depth);
    free(s->label);
}
