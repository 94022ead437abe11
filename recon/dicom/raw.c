#include "recon/base/array.h"
#include "recon/dicom/raw_impl.h"

#include <stdlib.h>
#include <string.h>

struct layout {
    uint32_t columns, rows, frames, samples, allocated, stored, high;
    uint32_t shift, mask, sign; /* of the stored bits: where they begin, which, the highest */
    bool is_signed, planar;
    char photometric[17];
    size_t bytes; /* of all frames */
};

static uint32_t number(const struct ost_dataset *dataset, uint32_t tag, uint32_t otherwise)
{
    double v = 0;
    if (!ost_dataset_number(dataset, tag, 0, &v) || v < 0 || v > 4e9)
        return otherwise;
    return (uint32_t)v;
}

static bool read_layout(const struct ost_dataset *dataset, struct layout *l, struct ost_err *err)
{
    l->columns = number(dataset, 0x00280011, 0);
    l->rows = number(dataset, 0x00280010, 0);
    l->frames = number(dataset, 0x00280008, 1);
    l->samples = number(dataset, 0x00280002, 1);
    l->allocated = number(dataset, 0x00280100, 0);
    l->stored = number(dataset, 0x00280101, l->allocated);
    l->high = number(dataset, 0x00280102, l->stored - 1);
    l->is_signed = number(dataset, 0x00280103, 0) == 1;
    l->planar = number(dataset, 0x00280006, 0) == 1;
    (void)ost_dataset_text(dataset, 0x00280004, l->photometric, sizeof l->photometric);
    if (l->columns == 0 || l->rows == 0 || l->samples == 0)
        return ost_fail(err, OST_CORRUPT, "a picture of %u x %u pixels", l->columns, l->rows);
    if (l->stored == 0 || l->stored > l->allocated || l->high >= l->allocated ||
        l->high + 1 < l->stored) {
        return ost_fail(err, OST_CORRUPT, "%u bits stored of %u, highest bit %u", l->stored,
                        l->allocated, l->high);
    }
    size_t bits = 0;
    if (!ost_array_bytes(l->columns, l->rows, &bits, err) ||
        !ost_array_bytes(bits, l->frames == 0 ? 1 : l->frames, &bits, err) ||
        !ost_array_bytes(bits, l->samples, &bits, err) ||
        !ost_array_bytes(bits, l->allocated, &bits, err))
        return false;
    l->bytes = (bits + 7) / 8;
    l->shift = l->high + 1 - l->stored;
    l->mask = l->stored < 32 ? (1u << l->stored) - 1 : UINT32_MAX;
    l->sign = l->mask ^ l->mask >> 1;
    return true;
}

static const unsigned char *pixels(struct ost_dataset *dataset, const struct layout *l,
                                   struct ost_err *err)
{
    size_t len = 0;
    const unsigned char *p = ost_dataset_pixels_view(dataset, &len);
    if (p == NULL || len < l->bytes) {
        (void)ost_fail(err, OST_CORRUPT, "%zu bytes of pixels, %zu declared", len, l->bytes);
        return NULL;
    }
    return p;
}

/* One sample, its bits picked out and its sign extended. */
static int32_t sample(const unsigned char *p, const struct layout *l, size_t index)
{
    uint32_t v = l->allocated == 8 ? p[index] : (uint32_t)(p[2 * index] | p[2 * index + 1] << 8);
    v = v >> l->shift & l->mask;
    return l->is_signed && (v & l->sign) != 0 ? (int32_t)(v | ~l->mask) : (int32_t)v;
}

/* Rec. 601 luma of red, green, blue; of Y, Cb, Cr it is the first sample. */
static int32_t grey(const unsigned char *p, const struct layout *l, size_t i)
{
    if (l->samples == 1)
        return sample(p, l, i);
    size_t pixels_in_plane = (size_t)l->columns * l->rows;
    size_t step = l->planar ? pixels_in_plane : 1, at = l->planar ? i : 3 * i;
    int32_t first = sample(p, l, at);
    if (strncmp(l->photometric, "YBR", 3) == 0)
        return first;
    double luma =
        0.299 * first + 0.587 * sample(p, l, at + step) + 0.114 * sample(p, l, at + 2 * step);
    return (int32_t)(luma + 0.5);
}

static bool is_readable(const struct layout *l, struct ost_err *err)
{
    bool colour = l->samples == 3 &&
                  (strcmp(l->photometric, "RGB") == 0 || strcmp(l->photometric, "YBR_FULL") == 0);
    bool mono = l->samples == 1 && strncmp(l->photometric, "MONOCHROME", 10) == 0;
    if (l->frames > 1) {
        return ost_fail(err, OST_UNSUPPORTED, "a picture of %u frames: send each film by itself",
                        l->frames);
    }
    if ((!colour && !mono) || (l->allocated != 8 && l->allocated != 16) ||
        (colour && l->is_signed)) {
        return ost_fail(err, OST_UNSUPPORTED, "pixels of %u samples of %u bits: not read here",
                        l->samples, l->allocated);
    }
    return true;
}

bool ost_raw_read(struct ost_dataset *dataset, struct ost_raw *out, struct ost_err *err)
{
    *out = (struct ost_raw){0};
    struct layout l = {0};
    if (!read_layout(dataset, &l, err) || !is_readable(&l, err))
        return false;
    const unsigned char *p = pixels(dataset, &l, err);
    if (p == NULL)
        return false;
    size_t count = (size_t)l.columns * l.rows;
    out->value = malloc((count > 0 ? count : 1) * sizeof *out->value);
    if (out->value == NULL)
        return ost_fail(err, OST_NOMEM, "a picture of %u x %u pixels", l.columns, l.rows);
    for (size_t i = 0; i < count; i++)
        out->value[i] = grey(p, &l, i);
    out->width = l.columns;
    out->height = l.rows;
    out->bits = l.stored;
    out->is_signed = l.is_signed;
    out->low_is_bright = strcmp(l.photometric, "MONOCHROME1") == 0;
    return true;
}

void ost_raw_fini(struct ost_raw *raw)
{
    free(raw->value);
    *raw = (struct ost_raw){0};
}

bool ost_raw_trim(struct ost_dataset *dataset, struct ost_err *err)
{
    if (!ost_dataset_has_pixels(dataset))
        return true;
    struct layout l = {0};
    if (!read_layout(dataset, &l, err) || pixels(dataset, &l, err) == NULL)
        return false;
    bool clears = l.allocated == 8 || l.allocated == 16 || l.allocated == 32;
    if (!clears && l.stored != l.allocated)
        return ost_fail(err, OST_UNSUPPORTED, "%u bits stored of %u", l.stored, l.allocated);
    unsigned char *copy = malloc(l.bytes);
    if (copy == NULL)
        return ost_fail(err, OST_NOMEM, "%zu bytes of pixels", l.bytes);
    memcpy(copy, pixels(dataset, &l, err), l.bytes);
    uint32_t mask = l.mask << l.shift;
    for (size_t i = 0; i < l.bytes && clears; i++)
        copy[i] &= (unsigned char)(mask >> (8 * (i % (l.allocated / 8))));
    bool ok = ost_dataset_put_pixels(dataset, copy, l.bytes, l.allocated == 8 ? 8 : 16, err);
    free(copy);
    return ok;
}
