#include "recon/dicom/lettering.h"

#include "recon/dicom/lettering_impl.h"

#include <stdlib.h>

/* Scales 1, 2 and 4: letters from 6 to about 190 pixels high. */
enum { OST_LETTERING_SCALES = 3, OST_LETTERING_VALUES = 1 << 16 };

static const int levels[] = {28, 50, 72, 94, 116, 138, 160, 182, 204, 226, 244};

static uint32_t stored(const unsigned char *pixels, const struct ost_clean_facts *f, size_t i)
{
    return f->bits == 8 ? pixels[i] : (uint32_t)(pixels[2 * i] | pixels[2 * i + 1] << 8);
}

/* Eight bits between the 0.2 and 99.8 percentiles: print is brighter or darker than that. */
static bool stretch(const unsigned char *pixels, const struct ost_clean_facts *f,
                    unsigned char *grey, struct ost_err *err)
{
    size_t count = (size_t)f->width * f->height, seen = 0;
    uint32_t *histogram = calloc(OST_LETTERING_VALUES, sizeof *histogram);
    if (histogram == NULL)
        return ost_fail(err, OST_NOMEM, "histogram");
    for (size_t i = 0; i < count; i++)
        histogram[stored(pixels, f, i)]++;
    uint32_t low = 0, high = OST_LETTERING_VALUES - 1;
    while (low < high && (seen += histogram[low]) <= count / 500)
        low++;
    seen = 0;
    while (high > low && (seen += histogram[high]) <= count / 500)
        high--;
    free(histogram);
    double scale = high > low ? 255.0 / (double)(high - low) : 0.0;
    for (size_t i = 0; i < count; i++) {
        uint32_t v = stored(pixels, f, i);
        v = v < low ? low : v > high ? high : v;
        grey[i] = (unsigned char)((double)(v - low) * scale + 0.5);
    }
    return true;
}

/* Half the size, in place; an odd last row or column is left out. */
static void halve(struct ost_grey *grey, unsigned char *value)
{
    uint32_t w = grey->width / 2, h = grey->height / 2;
    for (uint32_t y = 0; y < h; y++) {
        for (uint32_t x = 0; x < w; x++) {
            const unsigned char *p = value + (size_t)2 * y * grey->width + (size_t)2 * x;
            unsigned int sum = 2u + p[0] + p[1] + p[grey->width] + p[grey->width + 1];
            value[(size_t)y * w + x] = (unsigned char)(sum / 4);
        }
    }
    grey->width = w;
    grey->height = h;
}

static bool at_scale(const struct ost_grey *grey, uint32_t scale, struct ost_marks *marks,
                     struct ost_lettering *out, struct ost_err *err)
{
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        for (int dark = 0; dark < 2; dark++) {
            if (!ost_marks_find(grey, levels[i], dark == 1, marks, err))
                return false;
            ost_marks_lines(marks, true, scale, out);
            ost_marks_lines(marks, false, scale, out);
        }
    }
    return true;
}

static void clip(struct ost_lettering *out, const struct ost_clean_facts *f)
{
    for (uint32_t i = 0; i < out->count; i++) {
        struct ost_clean_box *b = &out->box[i];
        b->w = b->w > f->width - b->x ? f->width - b->x : b->w;
        b->h = b->h > f->height - b->y ? f->height - b->y : b->h;
    }
}

static int by_place(const void *a, const void *b)
{
    const struct ost_clean_box *p = a, *q = b;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return p->x < q->x ? -1 : p->x > q->x;
}

bool ost_lettering_find(const unsigned char *pixels, const struct ost_clean_facts *facts,
                        struct ost_lettering *out, struct ost_err *err)
{
    out->count = 0;
    struct ost_marks marks = {.mark = malloc(OST_MARKS_MOST * sizeof *marks.mark)};
    unsigned char *value = malloc((size_t)facts->width * facts->height);
    struct ost_grey grey = {facts->width, facts->height, value};
    bool ok = marks.mark != NULL && value != NULL;
    if (ok) {
        ok = stretch(pixels, facts, value, err);
        for (uint32_t s = 0; ok && s < OST_LETTERING_SCALES; s++) {
            if (s > 0 && (grey.width < 2 || grey.height < 2))
                break;
            if (s > 0)
                halve(&grey, value);
            ok = at_scale(&grey, 1u << s, &marks, out, err);
        }
    } else {
        (void)ost_fail(err, OST_NOMEM, "lettering in %u x %u pixels", facts->width, facts->height);
    }
    free(marks.mark);
    free(value);
    clip(out, facts);
    qsort(out->box, out->count, sizeof out->box[0], by_place);
    return ok;
}
