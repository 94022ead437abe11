/* Stored numbers to what they stand for: PS3.3 C.11.1 (modality LUT), C.11.2 (window). */
#include "recon/dicom/film_impl.h"

#include <math.h>
#include <stdlib.h>

enum { OST_LUT_MOST = 65536 };

/* Either a table or a line. */
struct modality {
    uint16_t *table; /* owned; NULL for a line */
    uint32_t count;
    int32_t first;
    double slope, intercept;
};

static bool read_table(const struct ost_dataset *dataset, struct modality *m, struct ost_err *err)
{
    const uint32_t sequence = 0x00283000, descriptor = 0x00283002, data = 0x00283006;
    double count = 0, first = 0;
    if (!ost_dataset_item_number(dataset, sequence, descriptor, 0, &count) ||
        !ost_dataset_item_number(dataset, sequence, descriptor, 1, &first))
        return true;
    m->count = count <= 0 ? OST_LUT_MOST : (uint32_t)count;
    m->first = (int32_t)first;
    m->table = calloc(OST_LUT_MOST, sizeof *m->table);
    if (m->table == NULL)
        return ost_fail(err, OST_NOMEM, "look-up table");
    size_t found = ost_dataset_item_words(dataset, sequence, data, m->table, OST_LUT_MOST);
    if (m->count > OST_LUT_MOST || found < m->count) {
        return ost_fail(err, OST_CORRUPT, "look-up table of %u entries, %zu present", m->count,
                        found);
    }
    return true;
}

static bool read_modality(const struct ost_dataset *dataset, struct modality *m,
                          struct ost_err *err)
{
    *m = (struct modality){.slope = 1.0};
    if (!read_table(dataset, m, err))
        return false;
    double v = 0;
    if (ost_dataset_number(dataset, 0x00281053, 0, &v) && fabs(v) > 1e-9 && fabs(v) < 1e9)
        m->slope = v;
    if (ost_dataset_number(dataset, 0x00281052, 0, &v) && fabs(v) < 1e9)
        m->intercept = v;
    return true;
}

static double apply(const struct modality *m, int32_t v)
{
    if (m->table == NULL)
        return m->slope * v + m->intercept;
    int64_t at = (int64_t)v - m->first;
    return m->table[at < 0 ? 0 : at >= m->count ? m->count - 1 : at];
}

/* How kept values follow from real ones: kept = (real - from) * scale, rounded. */
struct fit {
    double from, scale;
    uint32_t bits;
    bool integral;
};

static struct fit fit_film(const struct modality *m, const struct ost_raw *raw, size_t count)
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (size_t i = 0; i < count; i++) {
        double v = apply(m, raw->value[i]);
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    bool whole =
        m->table != NULL || (m->slope == floor(m->slope) && m->intercept == floor(m->intercept));
    double from = low < 0.0 || !whole ? low : 0.0;
    if (whole && high - from <= 65535.0)
        return (struct fit){from, 1.0, high - from <= 255.0 && raw->bits <= 8 ? 8 : 16, true};
    return (struct fit){low, high > low ? 65535.0 / (high - low) : 1.0, 16, false};
}

static void read_window(const struct ost_dataset *dataset, const struct fit *fit,
                        struct ost_clean_facts *facts)
{
    double centre = 0, width = 0;
    if (!ost_dataset_number(dataset, 0x00281050, 0, &centre) ||
        !ost_dataset_number(dataset, 0x00281051, 0, &width) || !(width >= 1.0))
        return;
    centre = (centre - fit->from) * fit->scale;
    width *= fit->scale;
    if (fabs(centre) > 1e8 || width > 1e8)
        return;
    facts->window[0] = centre + 0.0;
    facts->window[1] = width;
}

static void put_film(const struct modality *m, const struct ost_raw *raw, const struct fit *fit,
                     struct ost_buf *out)
{
    size_t count = (size_t)raw->width * raw->height;
    for (size_t i = 0; i < count; i++) {
        double v = floor((apply(m, raw->value[i]) - fit->from) * fit->scale + 0.5);
        uint16_t kept = (uint16_t)(v <= 0.0 ? 0 : v >= 65535.0 ? 65535 : v);
        if (fit->bits == 8) {
            ost_buf_put_u8(out, (uint8_t)kept);
        } else {
            ost_buf_put_u16le(out, kept);
        }
    }
}

/* Outside the round field some scanners store a number that is no Hounsfield unit. */
static void put_ct(const struct ost_dataset *dataset, const struct modality *m,
                   const struct ost_raw *raw, struct ost_buf *out)
{
    double padding = 0;
    bool padded = ost_dataset_number(dataset, 0x00280120, 0, &padding);
    size_t count = (size_t)raw->width * raw->height;
    for (size_t i = 0; i < count; i++) {
        double v = floor(apply(m, raw->value[i]) + 0.5);
        if (padded && (double)raw->value[i] == padding)
            v = -1024.0;
        int16_t kept = (int16_t)(v <= -32768.0 ? -32768 : v >= 32767.0 ? 32767 : v);
        ost_buf_put_u16le(out, (uint16_t)kept);
    }
}

bool ost_film_pixels(const struct ost_dataset *dataset, const struct ost_raw *raw,
                     struct ost_clean_facts *facts, struct ost_buf *out, struct ost_err *err)
{
    struct modality m;
    if (!read_modality(dataset, &m, err)) {
        free(m.table);
        return false;
    }
    struct fit fit = {.scale = 1.0, .bits = 16};
    if (facts->kind == OST_CLEAN_CT) {
        put_ct(dataset, &m, raw, out);
    } else {
        fit = fit_film(&m, raw, (size_t)raw->width * raw->height);
        put_film(&m, raw, &fit, out);
        facts->low_is_bright = raw->low_is_bright;
    }
    facts->width = raw->width;
    facts->height = raw->height;
    facts->bits = fit.bits;
    read_window(dataset, &fit, facts);
    free(m.table);
    if (!ost_buf_done(out, err))
        return ost_err_note(err, "pixels");
    return true;
}
