#include "recon/image/filter.h"

#include "recon/base/wide.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KERNEL_MOST = 2049 };

/* Half of a normalised Gaussian: weight[0] in the middle. Returns how many beside it. */
static size_t gaussian(double sigma, double weight[KERNEL_MOST])
{
    size_t reach = (size_t)fmin(ceil(4.0 * sigma), KERNEL_MOST - 1);
    double sum = 0.0;
    for (size_t i = 0; i <= reach; i++) {
        weight[i] = exp(-0.5 * (double)(i * i) / (sigma * sigma));
        sum += i == 0 ? weight[i] : 2.0 * weight[i];
    }
    for (size_t i = 0; i <= reach; i++)
        weight[i] /= sum;
    return reach;
}

/* One line with its ends drawn out by `reach` on both sides, smoothed into `out`. */
OST_WIDE static void blur_line(const double *restrict line, size_t count,
                               const double *restrict weight, size_t reach, double *restrict out)
{
    const double *at = line + reach;
    for (size_t i = 0; i < count; i++)
        out[i] = weight[0] * at[i];
    for (size_t k = 1; k <= reach; k++) {
        const double *after = at + k, *before = at - k;
        const double share = weight[k];
        for (size_t i = 0; i < count; i++)
            out[i] += share * (after[i] + before[i]);
    }
}

/* The lines of one direction: how many, how long, and the strides in the picture. */
struct lines {
    size_t count, length, next_line, next_pixel;
};

static void blur_lines(float *pixel, const struct lines *lines, const double *weight, size_t reach,
                       double *room)
{
    double *padded = room, *smooth = room + lines->length + 2 * reach;
    for (size_t l = 0; l < lines->count; l++) {
        float *line = pixel + l * lines->next_line;
        for (size_t i = 0; i < lines->length + 2 * reach; i++) {
            size_t from = i < reach ? 0 : i - reach;
            if (from >= lines->length)
                from = lines->length - 1;
            padded[i] = (double)line[from * lines->next_pixel];
        }
        blur_line(padded, lines->length, weight, reach, smooth);
        for (size_t i = 0; i < lines->length; i++)
            line[i * lines->next_pixel] = (float)smooth[i];
    }
}

bool ost_image_blur(struct ost_image *image, double sigma, struct ost_err *err)
{
    if (!(sigma >= 0.1))
        return true;
    double weight[KERNEL_MOST];
    size_t reach = gaussian(sigma, weight), w = image->width, h = image->height;
    size_t longest = w > h ? w : h;
    double *room = malloc((2 * longest + 2 * reach) * sizeof *room);
    if (room == NULL)
        return ost_fail(err, OST_NOMEM, "blur: no room for a line of %zu pixels", longest);
    const struct lines rows = {.count = h, .length = w, .next_line = w, .next_pixel = 1};
    const struct lines columns = {.count = w, .length = h, .next_line = 1, .next_pixel = w};
    blur_lines(image->pixel, &rows, weight, reach, room);
    blur_lines(image->pixel, &columns, weight, reach, room);
    free(room);
    return true;
}

/* The mean over [from, to) of old pixels, the first and last in part. */
struct piece {
    size_t first, last;
    double first_part, last_part;
};

static struct piece piece_of(double from, double to, uint32_t count)
{
    struct piece p;
    p.first = (size_t)from;
    p.last = (size_t)ceil(to) - 1;
    if (p.last >= count)
        p.last = count - 1;
    p.first_part = (double)(p.first + 1) - from;
    p.last_part = fmin(to, (double)count) - (double)p.last;
    if (p.first == p.last)
        p.first_part = to - from;
    return p;
}

static double part_of(const struct piece *p, size_t at)
{
    if (at == p->first)
        return p->first_part;
    return at == p->last ? p->last_part : 1.0;
}

static float mean_of(const struct ost_image *image, const struct piece *across,
                     const struct piece *down)
{
    double sum = 0.0, weight = 0.0;
    for (size_t row = down->first; row <= down->last; row++)
        for (size_t column = across->first; column <= across->last; column++) {
            double part = part_of(across, column) * part_of(down, row);
            sum += part * (double)image->pixel[row * image->width + column];
            weight += part;
        }
    return (float)(sum / weight);
}

bool ost_image_shrink(const struct ost_image *image, double factor, struct ost_image **out,
                      struct ost_err *err)
{
    *out = NULL;
    if (!(factor >= 1.0))
        return ost_fail(err, OST_INVALID, "shrink: a factor below one");
    uint32_t width = (uint32_t)fmax(floor((double)image->width / factor), 1.0);
    uint32_t height = (uint32_t)fmax(floor((double)image->height / factor), 1.0);
    if (!ost_image_create(out, width, height, err))
        return false;
    for (uint32_t row = 0; row < height; row++) {
        struct piece down = piece_of(row * factor, (row + 1) * factor, image->height);
        for (uint32_t column = 0; column < width; column++) {
            struct piece across = piece_of(column * factor, (column + 1) * factor, image->width);
            (*out)->pixel[(size_t)row * width + column] = mean_of(image, &across, &down);
        }
    }
    return true;
}

static float slope(const float *pixel, size_t at, size_t last, size_t stride)
{
    size_t before = at > 0 ? at - 1 : at, after = at < last ? at + 1 : at;
    double span = (double)(after - before);
    if (span < 0.5)
        return 0.0F;
    return (float)(((double)pixel[after * stride] - (double)pixel[before * stride]) / span);
}

bool ost_image_slopes(const struct ost_image *image, struct ost_image **across,
                      struct ost_image **down, struct ost_err *err)
{
    OST_AUTO(ost_image) x = NULL;
    OST_AUTO(ost_image) y = NULL;
    *across = *down = NULL;
    size_t w = image->width, h = image->height;
    if (!ost_image_create(&x, image->width, image->height, err) ||
        !ost_image_create(&y, image->width, image->height, err))
        return false;
    for (size_t row = 0; row < h; row++)
        for (size_t column = 0; column < w; column++) {
            x->pixel[row * w + column] = slope(image->pixel + row * w, column, w - 1, 1);
            y->pixel[row * w + column] = slope(image->pixel + column, row, h - 1, w);
        }
    *across = ost_steal(&x);
    *down = ost_steal(&y);
    return true;
}

enum { STEPS = 65536 };

static size_t step_of(double v, double low, double high)
{
    double at = (v - low) / (high - low) * (STEPS - 1);
    return at > 0.0 ? (size_t)fmin(at, STEPS - 1) : 0;
}

static double quantile(const size_t *histogram, size_t count, double part)
{
    double want = part * (double)count, seen = 0.0;
    for (size_t s = 0; s < STEPS; s++) {
        seen += (double)histogram[s];
        if (seen >= want && histogram[s] > 0)
            return (double)s / (STEPS - 1);
    }
    return 1.0;
}

bool ost_image_quantiles(const struct ost_image *image, const double *part, size_t count,
                         double *out, struct ost_err *err)
{
    size_t pixels = (size_t)image->width * image->height;
    double low = (double)image->pixel[0], high = low;
    for (size_t i = 0; i < pixels; i++) {
        low = fmin(low, (double)image->pixel[i]);
        high = fmax(high, (double)image->pixel[i]);
    }
    for (size_t i = 0; i < count; i++)
        out[i] = low;
    if (!(high > low))
        return true;
    size_t *histogram = calloc(STEPS, sizeof *histogram);
    if (histogram == NULL)
        return ost_fail(err, OST_NOMEM, "quantiles: out of memory");
    for (size_t i = 0; i < pixels; i++)
        histogram[step_of((double)image->pixel[i], low, high)]++;
    for (size_t i = 0; i < count; i++)
        out[i] = low + (high - low) * quantile(histogram, pixels, part[i]);
    free(histogram);
    return true;
}

bool ost_image_copy(const struct ost_image *image, struct ost_image **out, struct ost_err *err)
{
    if (!ost_image_create(out, image->width, image->height, err))
        return false;
    memcpy((*out)->pixel, image->pixel,
           (size_t)image->width * image->height * sizeof *image->pixel);
    return true;
}
