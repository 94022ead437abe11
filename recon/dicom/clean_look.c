/* The pixels of a clean picture: as numbers, as something to look at, and blacked out. */
#include "recon/dicom/clean.h"
#include "recon/dicom/clean_object_impl.h"

#include <stdlib.h>

struct pixels {
    unsigned char *at; /* borrowed from the record's bytes */
    const struct ost_clean_facts *facts;
    size_t count;
};

static struct pixels pixels_of(const struct ost_clean_dicom *clean)
{
    const struct ost_clean_facts *f = &clean->record.facts;
    return (struct pixels){clean->bytes.ptr + clean->pixels_at, f, (size_t)f->width * f->height};
}

static int32_t get(const struct pixels *p, size_t i)
{
    if (p->facts->bits == 8)
        return p->at[i];
    uint16_t v = (uint16_t)(p->at[2 * i] | p->at[2 * i + 1] << 8);
    return p->facts->kind == OST_CLEAN_CT ? (int16_t)v : v;
}

static void set(const struct pixels *p, size_t i, int32_t v)
{
    if (p->facts->bits == 8) {
        p->at[i] = (unsigned char)v;
        return;
    }
    p->at[2 * i] = (unsigned char)(v & 0xff);
    p->at[2 * i + 1] = (unsigned char)(v >> 8 & 0xff);
}

static int32_t top(const struct pixels *p)
{
    return p->facts->bits == 8 ? 255 : 65535;
}

/* Turned so that larger is brighter. */
static int32_t shown(const struct pixels *p, size_t i)
{
    int32_t v = get(p, i);
    return p->facts->low_is_bright ? top(p) - v : v;
}

bool ost_clean_dicom_image(const struct ost_clean_dicom *clean, struct ost_image **out,
                           struct ost_err *err)
{
    struct pixels p = pixels_of(clean);
    if (!ost_image_create(out, p.facts->width, p.facts->height, err))
        return ost_err_note(err, "clean picture");
    for (size_t i = 0; i < p.count; i++)
        (*out)->pixel[i] = (float)shown(&p, i);
    return true;
}

/* The value below which `share` of the pixels lie, by counting; 17 bits hold every value. */
static int32_t percentile(const uint32_t *histogram, size_t count, double share)
{
    uint64_t want = (uint64_t)(share * (double)count), seen = 0;
    for (int32_t v = 0; v < 1 << 17; v++) {
        seen += histogram[v];
        if (seen > want)
            return v - 32768;
    }
    return 98303;
}

static bool auto_range(const struct pixels *p, double range[2], struct ost_err *err)
{
    uint32_t *histogram = calloc(1u << 17, sizeof *histogram);
    if (histogram == NULL)
        return ost_fail(err, OST_NOMEM, "histogram");
    for (size_t i = 0; i < p->count; i++)
        histogram[shown(p, i) + 32768]++;
    range[0] = percentile(histogram, p->count, 0.005);
    range[1] = percentile(histogram, p->count, 0.995);
    free(histogram);
    return true;
}

bool ost_clean_dicom_preview(const struct ost_clean_dicom *clean, struct ost_buf *grey,
                             struct ost_err *err)
{
    struct pixels p = pixels_of(clean);
    double range[2] = {0, 0};
    const double *window = p.facts->window;
    if (window[1] > 0.0) {
        double centre = p.facts->low_is_bright ? (double)top(&p) - window[0] : window[0];
        range[0] = centre - 0.5 * window[1];
        range[1] = centre + 0.5 * window[1];
    } else if (!auto_range(&p, range, err)) {
        return false;
    }
    double scale = range[1] > range[0] ? 255.0 / (range[1] - range[0]) : 0.0;
    unsigned char row[OST_IMAGE_SIDE_MOST];
    for (size_t i = 0, at = 0; i < p.count; i++) {
        double v = ((double)shown(&p, i) - range[0]) * scale;
        row[at++] = (unsigned char)(v <= 0.0 ? 0 : v >= 255.0 ? 255 : v + 0.5);
        if (at == p.facts->width) {
            ost_buf_put(grey, row, at);
            at = 0;
        }
    }
    if (!ost_buf_done(grey, err))
        return ost_err_note(err, "preview");
    return true;
}

/* The darkest shown value on the ring one pixel outside the box. */
struct ring {
    const struct pixels *p;
    int32_t darkest;
    bool any;
};

static void ring_row(struct ring *ring, int64_t y, int64_t x0, int64_t x1)
{
    int64_t w = ring->p->facts->width, h = ring->p->facts->height;
    for (int64_t x = x0; y >= 0 && y < h && x <= x1; x++) {
        if (x < 0 || x >= w)
            continue;
        int32_t v = shown(ring->p, (size_t)(y * w + x));
        if (!ring->any || v < ring->darkest)
            ring->darkest = v;
        ring->any = true;
    }
}

/* A box that fills the picture has no ring: black then, or air. */
static int32_t ring_darkest(const struct pixels *p, const struct ost_clean_box *b)
{
    struct ring ring = {p, p->facts->kind == OST_CLEAN_CT ? -1024 : 0, false};
    int64_t x0 = (int64_t)b->x - 1, x1 = (int64_t)b->x + b->w;
    int64_t y0 = (int64_t)b->y - 1, y1 = (int64_t)b->y + b->h;
    ring_row(&ring, y0, x0, x1);
    ring_row(&ring, y1, x0, x1);
    for (int64_t y = b->y; y < y1; y++) {
        ring_row(&ring, y, x0, x0);
        ring_row(&ring, y, x1, x1);
    }
    return ring.darkest;
}

static void fill(const struct pixels *p, const struct ost_clean_box *b)
{
    int32_t v = ring_darkest(p, b);
    if (p->facts->low_is_bright)
        v = top(p) - v;
    for (uint32_t y = b->y; y < b->y + b->h; y++) {
        for (uint32_t x = b->x; x < b->x + b->w; x++)
            set(p, (size_t)y * p->facts->width + x, v);
    }
}

bool ost_clean_dicom_blackout(struct ost_clean_dicom *clean, const struct ost_clean_box *box,
                              size_t count, struct ost_err *err)
{
    struct ost_clean_record *r = &clean->record;
    struct pixels p = pixels_of(clean);
    if (count > OST_CLEAN_BOXES - r->blacked_count)
        return ost_fail(err, OST_LIMIT, "more than %d blacked out areas", (int)OST_CLEAN_BOXES);
    for (size_t i = 0; i < count; i++) {
        if (box[i].w < 1 || box[i].h < 1 || box[i].x >= p.facts->width ||
            box[i].y >= p.facts->height || box[i].w > p.facts->width - box[i].x ||
            box[i].h > p.facts->height - box[i].y) {
            return ost_fail(err, OST_INVALID, "blacked out area %zu lies outside the picture",
                            i + 1);
        }
    }
    if (count == 0)
        return true;
    for (size_t i = 0; i < count; i++) {
        fill(&p, &box[i]);
        r->blacked[r->blacked_count++] = box[i];
    }
    if (ost_clean_object_rewrite(clean, err))
        return true;
    r->blacked_count -= (uint32_t)count;
    return false;
}
