#include "recon/image/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool ost_picture_create(struct ost_picture **out, uint32_t width, uint32_t height,
                        struct ost_err *err)
{
    *out = NULL;
    size_t count = (size_t)width * height;
    if (width == 0 || height == 0 || width > OST_IMAGE_SIDE_MOST || height > OST_IMAGE_SIDE_MOST ||
        count > OST_IMAGE_PIXELS_MOST)
        return ost_fail(err, OST_LIMIT, "picture of %u x %u pixels", width, height);
    OST_AUTO(ost_picture) picture = calloc(1, sizeof *picture);
    if (picture == NULL)
        return ost_fail(err, OST_NOMEM, "picture: out of memory");
    picture->pixel = calloc(count, sizeof *picture->pixel);
    picture->coverage = calloc(count, 1);
    if (picture->pixel == NULL || picture->coverage == NULL)
        return ost_fail(err, OST_NOMEM, "picture: no room for %zu pixels", count);
    picture->width = width;
    picture->height = height;
    *out = ost_steal(&picture);
    return true;
}

void ost_picture_destroy(struct ost_picture *picture)
{
    if (picture == NULL)
        return;
    free(picture->pixel);
    free(picture->coverage);
    free(picture);
}

bool ost_picture_of_image(const struct ost_image *image, double low, double high,
                          struct ost_picture **out, struct ost_err *err)
{
    if (!ost_picture_create(out, image->width, image->height, err))
        return false;
    size_t count = (size_t)image->width * image->height;
    double scale = high > low ? 255.0 / (high - low) : 0.0;
    for (size_t i = 0; i < count; i++) {
        double v = scale * ((double)image->pixel[i] - low);
        unsigned char grey = (unsigned char)lround(fmin(fmax(v, 0.0), 255.0));
        memset((*out)->pixel[i], grey, 3);
    }
    return true;
}

/* Pixels a stroke may touch: columns first..last-1 of axis 0, rows of axis 1. */
struct box {
    uint32_t first[2], last[2];
};

static uint32_t within(double x, uint32_t most)
{
    if (!(x > 0.0))
        return 0;
    return x < (double)most ? (uint32_t)x : most;
}

static struct box box_round(const struct ost_picture *p, const double low[2], const double high[2])
{
    const uint32_t side[2] = {p->width, p->height};
    struct box box;
    for (int k = 0; k < 2; k++) {
        box.first[k] = within(floor(low[k]), side[k]);
        box.last[k] = within(ceil(high[k]) + 1.0, side[k]);
    }
    return box;
}

static double distance_to_segment(const double p[2], const double a[2], const double b[2])
{
    double d[2] = {b[0] - a[0], b[1] - a[1]}, q[2] = {p[0] - a[0], p[1] - a[1]};
    double square = d[0] * d[0] + d[1] * d[1];
    double t = square > 0.0 ? (q[0] * d[0] + q[1] * d[1]) / square : 0.0;
    t = fmin(fmax(t, 0.0), 1.0);
    return hypot(q[0] - t * d[0], q[1] - t * d[1]);
}

static void cover(struct ost_picture *p, uint32_t column, uint32_t row, double part)
{
    unsigned char *at = p->coverage + (size_t)row * p->width + column;
    double v = 255.0 * fmin(fmax(part, 0.0), 1.0);
    if (v > (double)*at)
        *at = (unsigned char)lround(v);
}

static void cover_segment(struct ost_picture *p, const double a[2], const double b[2], double half)
{
    double low[2], high[2];
    for (int k = 0; k < 2; k++) {
        low[k] = fmin(a[k], b[k]) - half - 1.0;
        high[k] = fmax(a[k], b[k]) + half + 1.0;
    }
    struct box box = box_round(p, low, high);
    for (uint32_t row = box.first[1]; row < box.last[1]; row++)
        for (uint32_t column = box.first[0]; column < box.last[0]; column++) {
            const double at[2] = {(double)column, (double)row};
            cover(p, column, row, half + 0.5 - distance_to_segment(at, a, b));
        }
}

/* Lays the pen's colour where the box is covered, and uncovers it. */
static void blend(struct ost_picture *p, const struct box *box, const struct ost_pen *pen)
{
    for (uint32_t row = box->first[1]; row < box->last[1]; row++)
        for (uint32_t column = box->first[0]; column < box->last[0]; column++) {
            size_t at = (size_t)row * p->width + column;
            double part = pen->opacity * (double)p->coverage[at] / 255.0;
            p->coverage[at] = 0;
            for (int k = 0; k < 3; k++) {
                double v = (1.0 - part) * (double)p->pixel[at][k] + part * (double)pen->colour[k];
                p->pixel[at][k] = (unsigned char)lround(fmin(fmax(v, 0.0), 255.0));
            }
        }
}

void ost_picture_polyline(struct ost_picture *picture, const double (*point)[2], size_t count,
                          bool closed, const struct ost_pen *pen)
{
    if (count == 0)
        return;
    double low[2] = {point[0][0], point[0][1]}, high[2] = {point[0][0], point[0][1]};
    for (size_t i = 0; i < count; i++) {
        size_t next = i + 1 < count ? i + 1 : 0;
        for (int k = 0; k < 2; k++) {
            low[k] = fmin(low[k], point[i][k] - pen->width - 2.0);
            high[k] = fmax(high[k], point[i][k] + pen->width + 2.0);
        }
        if (next > 0 || closed)
            cover_segment(picture, point[i], point[next], 0.5 * pen->width);
    }
    struct box box = box_round(picture, low, high);
    blend(picture, &box, pen);
}

void ost_picture_dot(struct ost_picture *picture, const double centre[2], double radius,
                     const struct ost_pen *pen)
{
    const struct ost_pen wide = {
        .colour = {pen->colour[0], pen->colour[1], pen->colour[2]},
        .width = 2.0 * radius,
        .opacity = pen->opacity,
    };
    const double point[1][2] = {{centre[0], centre[1]}};
    ost_picture_polyline(picture, point, 1, true, &wide);
}

/* Rows from the top; the leftmost cell is bit 4. */
struct glyph {
    char letter;
    unsigned char row[7];
};

enum { CELLS_ACROSS = 5, CELLS_DOWN = 7, CELLS_APART = 6 };

static const struct glyph glyph[] = {
    {' ', {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00}},
    {'%', {0x18, 0x19, 0x02, 0x04, 0x08, 0x13, 0x03}},
    {'(', {0x02, 0x04, 0x08, 0x08, 0x08, 0x04, 0x02}},
    {')', {0x08, 0x04, 0x02, 0x02, 0x02, 0x04, 0x08}},
    {'+', {0x00, 0x04, 0x04, 0x1f, 0x04, 0x04, 0x00}},
    {',', {0x00, 0x00, 0x00, 0x00, 0x0c, 0x04, 0x08}},
    {'-', {0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00}},
    {'.', {0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c}},
    {'/', {0x00, 0x01, 0x02, 0x04, 0x08, 0x10, 0x00}},
    {'0', {0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e}},
    {'1', {0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e}},
    {'2', {0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f}},
    {'3', {0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e}},
    {'4', {0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02}},
    {'5', {0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e}},
    {'6', {0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e}},
    {'7', {0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08}},
    {'8', {0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e}},
    {'9', {0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c}},
    {':', {0x00, 0x0c, 0x0c, 0x00, 0x0c, 0x0c, 0x00}},
    {'=', {0x00, 0x00, 0x1f, 0x00, 0x1f, 0x00, 0x00}},
    {'A', {0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11}},
    {'B', {0x1e, 0x11, 0x11, 0x1e, 0x11, 0x11, 0x1e}},
    {'C', {0x0e, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0e}},
    {'D', {0x1e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1e}},
    {'E', {0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f}},
    {'F', {0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x10}},
    {'G', {0x0e, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0f}},
    {'H', {0x11, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11}},
    {'I', {0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e}},
    {'J', {0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0c}},
    {'K', {0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11}},
    {'L', {0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f}},
    {'M', {0x11, 0x1b, 0x15, 0x15, 0x11, 0x11, 0x11}},
    {'N', {0x11, 0x11, 0x19, 0x15, 0x13, 0x11, 0x11}},
    {'O', {0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e}},
    {'P', {0x1e, 0x11, 0x11, 0x1e, 0x10, 0x10, 0x10}},
    {'Q', {0x0e, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0d}},
    {'R', {0x1e, 0x11, 0x11, 0x1e, 0x14, 0x12, 0x11}},
    {'S', {0x0f, 0x10, 0x10, 0x0e, 0x01, 0x01, 0x1e}},
    {'T', {0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04}},
    {'U', {0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e}},
    {'V', {0x11, 0x11, 0x11, 0x11, 0x11, 0x0a, 0x04}},
    {'W', {0x11, 0x11, 0x11, 0x15, 0x15, 0x1b, 0x11}},
    {'X', {0x11, 0x11, 0x0a, 0x04, 0x0a, 0x11, 0x11}},
    {'Y', {0x11, 0x11, 0x0a, 0x04, 0x04, 0x04, 0x04}},
    {'Z', {0x1f, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1f}},
    {'_', {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x1f}},
};

static const struct glyph *find(char letter)
{
    char capital = letter;
    if (letter >= 'a' && letter <= 'z')
        capital = (char)(letter - 'a' + 'A');
    for (size_t i = 0; i < sizeof glyph / sizeof glyph[0]; i++)
        if (glyph[i].letter == capital)
            return &glyph[i];
    return &glyph[0];
}

static void cell(struct ost_picture *p, const double corner[2], double scale,
                 const struct ost_pen *pen)
{
    const double low[2] = {corner[0], corner[1]};
    const double high[2] = {corner[0] + scale - 1.0, corner[1] + scale - 1.0};
    struct box box = box_round(p, low, high);
    for (uint32_t row = box.first[1]; row < box.last[1]; row++)
        for (uint32_t column = box.first[0]; column < box.last[0]; column++)
            cover(p, column, row, 1.0);
    blend(p, &box, pen);
}

void ost_picture_text(struct ost_picture *picture, const double corner[2], double scale,
                      const char *text, const struct ost_pen *pen)
{
    double left = corner[0];
    for (const char *c = text; *c != '\0'; c++) {
        const struct glyph *g = find(*c);
        for (int r = 0; r < CELLS_DOWN; r++)
            for (int k = 0; k < CELLS_ACROSS; k++) {
                const double at[2] = {left + scale * k, corner[1] + scale * r};
                if ((g->row[r] >> (CELLS_ACROSS - 1 - k) & 1) != 0)
                    cell(picture, at, scale, pen);
            }
        left += scale * CELLS_APART;
    }
}

double ost_picture_text_width(const char *text, double scale)
{
    return scale * CELLS_APART * (double)strlen(text);
}
