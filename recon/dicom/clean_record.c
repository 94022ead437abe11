#include "recon/base/read.h"
#include "recon/dicom/clean_impl.h"

#include <math.h>
#include <string.h>

static const char magic[8] = "OSTCLEAN";

enum { OST_CLEAN_VERSION = 1, OST_CLEAN_SIDE_MOST = OST_IMAGE_SIDE_MOST };

static void put_reals(struct ost_buf *out, const double *value, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ost_buf_put_f64le(out, value[i]);
}

static void put_boxes(struct ost_buf *out, const struct ost_clean_box *box, uint32_t count)
{
    ost_buf_put_u32le(out, count);
    for (uint32_t i = 0; i < count; i++) {
        ost_buf_put_u32le(out, box[i].x);
        ost_buf_put_u32le(out, box[i].y);
        ost_buf_put_u32le(out, box[i].w);
        ost_buf_put_u32le(out, box[i].h);
    }
}

static void put_facts(struct ost_buf *out, const struct ost_clean_facts *f)
{
    ost_buf_put_u8(out, (uint8_t)f->kind);
    ost_buf_put_u8(out, (uint8_t)f->source);
    ost_buf_put_u8(out, (uint8_t)f->modality);
    ost_buf_put_u8(out, (uint8_t)f->bits);
    ost_buf_put_u8(out, f->low_is_bright ? 1 : 0);
    ost_buf_put_u8(out, (uint8_t)f->view);
    ost_buf_put_u8(out, (uint8_t)f->side);
    ost_buf_put_u8(out, (uint8_t)f->spacing_how);
    ost_buf_put_u32le(out, f->width);
    ost_buf_put_u32le(out, f->height);
    put_reals(out, f->spacing, 2);
    put_reals(out, &f->magnification, 1);
    put_reals(out, f->window, 2);
    put_reals(out, f->position, 3);
    put_reals(out, f->along_row, 3);
    put_reals(out, f->along_column, 3);
    put_reals(out, &f->thickness, 1);
    ost_buf_put_u32le(out, (uint32_t)f->instance);
}

bool ost_clean_record_write(const struct ost_clean_record *r, const void *pixels,
                            struct ost_buf *out, struct ost_err *err)
{
    ost_buf_put(out, magic, sizeof magic);
    ost_buf_put_u32le(out, OST_CLEAN_VERSION);
    ost_buf_put_u32le(out, (uint32_t)r->state);
    put_facts(out, &r->facts);
    ost_buf_put(out, r->file, sizeof r->file);
    ost_buf_put(out, r->uid, sizeof r->uid);
    put_boxes(out, r->suspected, r->suspected_count);
    put_boxes(out, r->blacked, r->blacked_count);
    ost_buf_put_u32le(out, r->removal_count);
    for (uint32_t i = 0; i < r->removal_count; i++) {
        ost_buf_put_u32le(out, r->removal[i].tag);
        ost_buf_put_u32le(out, r->removal[i].count);
        ost_buf_put_u8(out, r->removal[i].action);
    }
    ost_buf_put_u32le(out, r->private_count);
    ost_buf_put_u32le(out, r->unknown_count);
    ost_buf_put_u32le(out, r->metadata_bytes);
    size_t bytes = (size_t)r->facts.width * r->facts.height * (r->facts.bits / 8);
    ost_buf_put_u32le(out, (uint32_t)bytes);
    ost_buf_put(out, pixels, bytes);
    if (!ost_buf_done(out, err))
        return ost_err_note(err, "clean record");
    return true;
}

/* A byte from `low` to `high`; anything else spoils the reader. */
static unsigned int word(struct ost_read *in, unsigned int low, unsigned int high)
{
    unsigned int v = ost_read_u8(in);
    if (v < low || v > high)
        in->failed = true;
    return in->failed ? low : v;
}

/* Finite, within the bound, and not minus zero, which would be a second spelling. */
static void reals(struct ost_read *in, double low, double high, double *value, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        value[i] = ost_read_f64le(in);
        if (!(value[i] >= low && value[i] <= high) || (value[i] == 0.0 && signbit(value[i])))
            in->failed = true;
    }
}

static void read_facts(struct ost_read *in, struct ost_clean_facts *f)
{
    f->kind = (enum ost_clean_kind)word(in, OST_CLEAN_FILM, OST_CLEAN_CT);
    f->source = (enum ost_clean_source)word(in, OST_CLEAN_FROM_DICOM, OST_CLEAN_FROM_JPEG);
    f->modality = (enum ost_clean_modality)word(in, OST_CLEAN_CR, OST_CLEAN_X_CT);
    f->bits = word(in, 8, 16);
    f->low_is_bright = word(in, 0, 1) == 1;
    f->view = (enum ost_clean_view)word(in, OST_CLEAN_VIEW_UNKNOWN, OST_CLEAN_VIEW_OBLIQUE);
    f->side = (enum ost_clean_side)word(in, OST_CLEAN_SIDE_UNKNOWN, OST_CLEAN_SIDE_BOTH);
    f->spacing_how = (enum ost_clean_how)word(in, OST_CLEAN_HOW_NONE, OST_CLEAN_HOW_ASSUMED);
    f->width = ost_read_u32le(in);
    f->height = ost_read_u32le(in);
    reals(in, 0.0, 100.0, f->spacing, 2);
    reals(in, 0.0, 100.0, &f->magnification, 1);
    reals(in, -1e9, 1e9, f->window, 2);
    reals(in, -1e5, 1e5, f->position, 3);
    reals(in, -1.0, 1.0, f->along_row, 3);
    reals(in, -1.0, 1.0, f->along_column, 3);
    reals(in, 0.0, 1e3, &f->thickness, 1);
    f->instance = (int32_t)ost_read_u32le(in);
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static bool flat(const double *value, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (value[i] != 0.0)
            return false;
    }
    return true;
}

/* Fields that must agree with one another. */
static bool facts_agree(const struct ost_clean_facts *f)
{
    bool sized = f->width >= 1 && f->height >= 1 && f->width <= OST_CLEAN_SIDE_MOST &&
                 f->height <= OST_CLEAN_SIDE_MOST &&
                 (uint64_t)f->width * f->height <= OST_CLEAN_PIXELS_MOST &&
                 (f->bits == 8 || f->bits == 16);
    bool spaced = (f->spacing_how == OST_CLEAN_HOW_NONE) == (f->spacing[0] == 0.0) &&
                  (f->spacing[0] == 0.0) == (f->spacing[1] == 0.0);
    bool windowed = f->window[1] >= 0.0 && (f->window[1] > 0.0 || f->window[0] == 0.0);
    if (!sized || !spaced || !windowed)
        return false;
    if (f->kind == OST_CLEAN_FILM) {
        return f->modality != OST_CLEAN_X_CT && flat(f->position, 3) && flat(f->along_row, 3) &&
               flat(f->along_column, 3) && f->thickness == 0.0;
    }
    return f->modality == OST_CLEAN_X_CT && f->bits == 16 && !f->low_is_bright &&
           f->source == OST_CLEAN_FROM_DICOM && fabs(dot(f->along_row, f->along_row) - 1) < 1e-2 &&
           fabs(dot(f->along_column, f->along_column) - 1) < 1e-2 &&
           fabs(dot(f->along_row, f->along_column)) < 1e-2 &&
           f->spacing_how == OST_CLEAN_HOW_MEASURED;
}

static bool box_inside(const struct ost_clean_box *b, const struct ost_clean_facts *f)
{
    return b->w >= 1 && b->h >= 1 && b->x < f->width && b->y < f->height &&
           b->w <= f->width - b->x && b->h <= f->height - b->y;
}

static uint32_t read_boxes(struct ost_read *in, const struct ost_clean_facts *facts,
                           struct ost_clean_box *box)
{
    uint32_t count = ost_read_u32le(in);
    if (count > OST_CLEAN_BOXES) {
        in->failed = true;
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        box[i].x = ost_read_u32le(in);
        box[i].y = ost_read_u32le(in);
        box[i].w = ost_read_u32le(in);
        box[i].h = ost_read_u32le(in);
        if (!box_inside(&box[i], facts))
            in->failed = true;
    }
    return count;
}

static bool ascends(const struct ost_deid_removal *a, const struct ost_deid_removal *b)
{
    return a->tag < b->tag || (a->tag == b->tag && a->action < b->action);
}

static uint32_t read_removals(struct ost_read *in, struct ost_deid_removal *removal)
{
    uint32_t count = ost_read_u32le(in);
    if (count > OST_CLEAN_REMOVALS) {
        in->failed = true;
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        removal[i].tag = ost_read_u32le(in);
        removal[i].count = ost_read_u32le(in);
        removal[i].action = (uint8_t)word(in, OST_DEID_REMOVED, OST_DEID_ACTIONS);
        if (removal[i].count == 0 || (i > 0 && !ascends(&removal[i - 1], &removal[i])))
            in->failed = true;
    }
    return count;
}

bool ost_clean_record_read(const void *bytes, size_t len, struct ost_clean_record *r,
                           size_t *pixels_at, struct ost_err *err)
{
    if (len > OST_CLEAN_BYTES_MOST) {
        return ost_fail(err, OST_LIMIT, "clean record of %zu bytes, limit %d", len,
                        (int)OST_CLEAN_BYTES_MOST);
    }
    struct ost_read in = ost_read_of(bytes, len);
    const unsigned char *start = ost_read_bytes(&in, sizeof magic);
    if (start == NULL || memcmp(start, magic, sizeof magic) != 0)
        return ost_fail(err, OST_CORRUPT, "not a clean record");
    if (ost_read_u32le(&in) != OST_CLEAN_VERSION) {
        return ost_fail(err, OST_UNSUPPORTED, "clean record of another version than %d",
                        OST_CLEAN_VERSION);
    }
    uint32_t state = ost_read_u32le(&in);
    r->state = state == OST_CLEAN_KEYED ? OST_CLEAN_KEYED : OST_CLEAN_FRESH;
    read_facts(&in, &r->facts);
    if (state != (uint32_t)r->state || in.failed || !facts_agree(&r->facts))
        return ost_fail(err, OST_CORRUPT, "clean record: facts out of range");

    const unsigned char *file = ost_read_bytes(&in, sizeof r->file);
    const unsigned char *uid = ost_read_bytes(&in, sizeof r->uid);
    if (file == NULL || uid == NULL)
        return ost_fail(err, OST_CORRUPT, "clean record: cut off in its digests");
    memcpy(r->file, file, sizeof r->file);
    memcpy(r->uid, uid, sizeof r->uid);
    r->suspected_count = read_boxes(&in, &r->facts, r->suspected);
    r->blacked_count = read_boxes(&in, &r->facts, r->blacked);
    r->removal_count = read_removals(&in, r->removal);
    r->private_count = ost_read_u32le(&in);
    r->unknown_count = ost_read_u32le(&in);
    r->metadata_bytes = ost_read_u32le(&in);
    uint32_t declared = ost_read_u32le(&in);
    if (in.failed)
        return ost_fail(err, OST_CORRUPT, "clean record: a list is cut off or out of range");
    size_t need = (size_t)r->facts.width * r->facts.height * (r->facts.bits / 8);
    if (declared != need || in.len - in.at != need) {
        return ost_fail(err, OST_CORRUPT, "clean record: %zu bytes of pixels, %zu expected",
                        in.len - in.at, need);
    }
    *pixels_at = in.at;
    return true;
}
