#include "recon/shape/scan.h"

#include "recon/image/exposed.h"
#include "recon/image/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is as dense as a film can show, and hangs together with its border, lay under a shutter. */
static const float unexposed = 0.93F;

static const double base_mm = 0.25; /* finest pixel that is kept */
static const double level_sigma_mm[OST_SCAN_LEVELS] = {0.4, 1.0, 2.5};
static const double noise_block_mm[OST_SCAN_LEVELS] = {6.0, 8.0, 16.0};
static const double rim_mm = 4.0; /* of the exposed field, taken off */

void ost_scan_destroy(struct ost_scan *scan)
{
    if (scan == NULL)
        return;
    ost_image_destroy(scan->attenuation);
    ost_image_destroy(scan->exposed);
    for (int l = 0; l < OST_SCAN_LEVELS; l++) {
        ost_image_destroy(scan->level[l].across);
        ost_image_destroy(scan->level[l].down);
        ost_image_destroy(scan->level[l].noise);
    }
    free(scan);
}

/* Position of a film pixel on a raster of `factor`. */
static double on_raster(double pixel, double factor)
{
    return (pixel + 0.5) / factor - 0.5;
}

static double sample(const struct ost_image *image, double factor, const double pixel[2])
{
    return ost_image_at(image, on_raster(pixel[0], factor), on_raster(pixel[1], factor));
}

/* Film grey to attenuation: 0 at the brightest 0.1 %, in units of the densest 1 %. */
static bool to_attenuation(struct ost_image *image, enum ost_polarity bone, struct ost_err *err)
{
    size_t count = (size_t)image->width * image->height;
    const double part[2] = {0.001, 0.999};
    double range[2];
    if (!ost_image_quantiles(image, part, 2, range, err))
        return false;
    double span = range[1] - range[0];
    if (!(span > 0.0))
        return ost_fail(err, OST_INVALID, "film: every pixel has the same grey");
    const double least = 1.0 / 255.0;
    for (size_t i = 0; i < count; i++) {
        double v = fmin(fmax(((double)image->pixel[i] - range[0]) / span, 0.0), 1.0);
        if (bone == OST_BONE_DARK)
            v = -log(fmax(v, least)) / -log(least);
        image->pixel[i] = (float)v;
    }
    return true;
}

/* Takes `reach` pixels off the exposed field where it meets the unexposed. */
static bool shrink_field(struct ost_image *exposed, double reach, struct ost_err *err)
{
    if (!ost_image_blur(exposed, 0.6 * reach, err))
        return false;
    size_t count = (size_t)exposed->width * exposed->height;
    for (size_t i = 0; i < count; i++)
        exposed->pixel[i] = exposed->pixel[i] > 0.95F ? 1.0F : 0.0F;
    return true;
}

enum { BINS = 512 };

/* The cut that parts a histogram best (Otsu 1979). */
static int best_cut(const double count[BINS])
{
    double all = 0.0, sum = 0.0, low = 0.0, low_sum = 0.0, best = -1.0;
    int cut = 0;
    for (int i = 0; i < BINS; i++) {
        all += count[i];
        sum += i * count[i];
    }
    for (int i = 0; i < BINS; i++) {
        low += count[i];
        low_sum += i * count[i];
        if (!(low > 0.0) || !(all - low > 0.0))
            continue;
        double apart = low_sum / low - (sum - low_sum) / (all - low);
        double between = low * (all - low) * apart * apart;
        if (between > best) {
            best = between;
            cut = i;
        }
    }
    return cut;
}

/* The attenuation below which `part` of the exposed pixels lie. */
static double exposed_quantile(const struct ost_scan *scan, double part)
{
    double count[BINS] = {0.0}, all = 0.0, seen = 0.0;
    size_t pixels = (size_t)scan->attenuation->width * scan->attenuation->height;
    for (size_t i = 0; i < pixels; i++) {
        int bin = (int)((double)scan->attenuation->pixel[i] * (BINS - 1));
        if (scan->exposed->pixel[i] < 0.5F)
            continue;
        count[bin < 0 ? 0 : bin] += 1.0;
        all += 1.0;
    }
    int bin = 0;
    for (; bin < BINS - 1 && seen + count[bin] < part * all; bin++)
        seen += count[bin];
    return (bin + 1.0) / BINS;
}

/*
 * A quarter of the middle attenuation of what is denser than air. The densest twentieth
 * is left out: rims of the field, metal and markers would draw the cut to themselves.
 */
static double air_of(const struct ost_scan *scan)
{
    double count[BINS] = {0.0}, above = 0.0, seen = 0.0, most = exposed_quantile(scan, 0.95);
    size_t pixels = (size_t)scan->attenuation->width * scan->attenuation->height;
    for (size_t i = 0; i < pixels; i++) {
        double v = (double)scan->attenuation->pixel[i] / most;
        if (scan->exposed->pixel[i] > 0.5F && v < 1.0)
            count[v > 0.0 ? (int)(v * (BINS - 1)) : 0] += 1.0;
    }
    int cut = best_cut(count), middle = cut + 1;
    for (int i = cut + 1; i < BINS; i++)
        above += count[i];
    for (int i = cut + 1; i < BINS && seen < 0.5 * above; i++) {
        seen += count[i];
        middle = i;
    }
    return 0.25 * most * middle / (BINS - 1);
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Slopes without what a wider smoothing keeps: mostly noise, and robustly so over a block. */
struct quick {
    struct ost_image *across, *down; /* owned */
};

static bool quick_init(struct quick *q, const struct ost_scan_level *l, struct ost_err *err)
{
    const double wider = 4.0; /* pixels of the level: twice its own smoothing */
    *q = (struct quick){NULL, NULL};
    if (!ost_image_copy(l->across, &q->across, err) || !ost_image_copy(l->down, &q->down, err) ||
        !ost_image_blur(q->across, wider, err) || !ost_image_blur(q->down, wider, err))
        return false;
    size_t count = (size_t)l->across->width * l->across->height;
    for (size_t i = 0; i < count; i++) {
        q->across->pixel[i] = l->across->pixel[i] - q->across->pixel[i];
        q->down->pixel[i] = l->down->pixel[i] - q->down->pixel[i];
    }
    return true;
}

static void quick_fini(struct quick *q)
{
    ost_image_destroy(q->across);
    ost_image_destroy(q->down);
}

/* 1.4826 times the median of |slope| over one block, both directions pooled. */
static float spread(const struct quick *l, size_t block, size_t column, size_t row, float *room)
{
    size_t w = l->across->width, h = l->across->height, count = 0;
    for (size_t r = row * block; r < (row + 1) * block && r < h; r++)
        for (size_t c = column * block; c < (column + 1) * block && c < w; c++) {
            room[count++] = fabsf(l->across->pixel[r * w + c]);
            room[count++] = fabsf(l->down->pixel[r * w + c]);
        }
    qsort(room, count, sizeof *room, compare);
    return count > 0 ? 1.4826F * room[count / 2] : 0.0F;
}

static bool fill_noise(struct ost_image *noise, const struct quick *q, size_t block,
                       struct ost_err *err)
{
    float *room = malloc(2 * block * block * sizeof *room);
    if (room == NULL)
        return ost_fail(err, OST_NOMEM, "film: out of memory");
    for (size_t row = 0; row < noise->height; row++)
        for (size_t column = 0; column < noise->width; column++)
            noise->pixel[row * noise->width + column] = spread(q, block, column, row, room);
    free(room);
    return true;
}

static bool measure_noise(struct ost_scan_level *l, size_t block, struct ost_err *err)
{
    uint32_t across = (uint32_t)((l->across->width + block - 1) / block);
    uint32_t down = (uint32_t)((l->across->height + block - 1) / block);
    struct quick quick;
    bool done = quick_init(&quick, l, err) && ost_image_create(&l->noise, across, down, err) &&
                fill_noise(l->noise, &quick, block, err);
    quick_fini(&quick);
    l->noise_factor = l->factor * (double)block;
    return done;
}

static void scale(struct ost_image *image, double factor)
{
    size_t count = (size_t)image->width * image->height;
    for (size_t i = 0; i < count; i++)
        image->pixel[i] = (float)(factor * (double)image->pixel[i]);
}

/* The 90th percentile of the slopes where there is limb. */
static bool measure_clear(const struct ost_scan *scan, struct ost_scan_level *l,
                          struct ost_err *err)
{
    size_t pixels = (size_t)l->across->width * l->across->height, count = 0;
    float *list = malloc(pixels * sizeof *list);
    if (list == NULL)
        return ost_fail(err, OST_NOMEM, "film: out of memory");
    for (size_t i = 0; i < pixels; i += 3) {
        const double pixel[2] = {((double)(i % l->across->width) + 0.5) * l->factor - 0.5,
                                 ((double)(i / l->across->width) + 0.5) * l->factor - 0.5};
        if (ost_scan_is_exposed(scan, pixel, 0.0) && ost_scan_at(scan, pixel) > scan->air)
            list[count++] = hypotf(l->across->pixel[i], l->down->pixel[i]);
    }
    qsort(list, count, sizeof *list, compare);
    l->clear = count > 0 ? (double)list[(size_t)(0.9 * (double)(count - 1))] : 1.0;
    free(list);
    return true;
}

static bool make_level(struct ost_scan *scan, int level, struct ost_err *err)
{
    struct ost_scan_level *l = &scan->level[level];
    OST_AUTO(ost_image) smooth = NULL;
    OST_AUTO(ost_image) small = NULL;
    double base = scan->factor * scan->mm, sigma = level_sigma_mm[level];
    double shrink = fmax(0.5 * sigma / base, 1.0);
    if (!ost_image_copy(scan->attenuation, &smooth, err) ||
        !ost_image_blur(smooth, sigma / base, err) ||
        !ost_image_shrink(smooth, shrink, &small, err) ||
        !ost_image_slopes(small, &l->across, &l->down, err))
        return false;
    l->factor = scan->factor * shrink;
    l->sigma = sigma / scan->mm;
    scale(l->across, 1.0 / (l->factor * scan->mm));
    scale(l->down, 1.0 / (l->factor * scan->mm));
    size_t block = (size_t)fmax(noise_block_mm[level] / (l->factor * scan->mm), 4.0);
    return measure_noise(l, block, err) && measure_clear(scan, l, err);
}

bool ost_scan_create(const struct ost_image *film, enum ost_polarity bone, double mm,
                     struct ost_scan **out, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_scan) scan = calloc(1, sizeof *scan);
    if (scan == NULL)
        return ost_fail(err, OST_NOMEM, "film: out of memory");
    if (!(mm > 1e-3 && mm < 10.0))
        return ost_fail(err, OST_INVALID, "film: a pixel of %g mm", mm);
    scan->width = film->width;
    scan->height = film->height;
    scan->mm = mm;
    scan->factor = fmax(base_mm / mm, 1.0);
    if (!ost_image_shrink(film, scan->factor, &scan->attenuation, err) ||
        !to_attenuation(scan->attenuation, bone, err) ||
        !ost_image_create(&scan->exposed, scan->attenuation->width, scan->attenuation->height,
                          err) ||
        !ost_image_exposed(scan->attenuation, (const float[]){-INFINITY, unexposed}, scan->exposed,
                           err) ||
        !shrink_field(scan->exposed, rim_mm / (mm * scan->factor), err))
        return false;
    scan->air = air_of(scan);
    for (int level = 0; level < OST_SCAN_LEVELS; level++)
        if (!make_level(scan, level, err))
            return false;
    *out = ost_steal(&scan);
    return true;
}

double ost_scan_fall(const struct ost_scan *scan, int level, const double pixel[2],
                     const double normal[2])
{
    const struct ost_scan_level *l = &scan->level[level];
    return -(normal[0] * sample(l->across, l->factor, pixel) +
             normal[1] * sample(l->down, l->factor, pixel));
}

double ost_scan_at(const struct ost_scan *scan, const double pixel[2])
{
    return sample(scan->attenuation, scan->factor, pixel);
}

double ost_scan_noise(const struct ost_scan *scan, int level, const double pixel[2])
{
    const struct ost_scan_level *l = &scan->level[level];
    return sample(l->noise, l->noise_factor, pixel);
}

bool ost_scan_is_exposed(const struct ost_scan *scan, const double pixel[2], double margin)
{
    if (!(pixel[0] >= margin && pixel[1] >= margin &&
          pixel[0] <= (double)scan->width - 1.0 - margin &&
          pixel[1] <= (double)scan->height - 1.0 - margin))
        return false;
    double column = on_raster(pixel[0], scan->factor), row = on_raster(pixel[1], scan->factor);
    size_t c = (size_t)fmax(column + 0.5, 0.0), r = (size_t)fmax(row + 0.5, 0.0);
    if (c >= scan->exposed->width)
        c = scan->exposed->width - 1;
    if (r >= scan->exposed->height)
        r = scan->exposed->height - 1;
    return scan->exposed->pixel[r * scan->exposed->width + c] > 0.5F;
}
