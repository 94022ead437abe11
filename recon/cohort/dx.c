#include "recon/cohort/dx.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void element(struct ost_buf *out, uint32_t tag, const char *kind, const void *value,
                    size_t len)
{
    ost_buf_put_u16le(out, (uint16_t)(tag >> 16));
    ost_buf_put_u16le(out, (uint16_t)tag);
    ost_buf_put(out, kind, 2);
    if (strcmp(kind, "OB") == 0 || strcmp(kind, "OW") == 0) {
        ost_buf_put_u16le(out, 0);
        ost_buf_put_u32le(out, (uint32_t)len);
    } else {
        ost_buf_put_u16le(out, (uint16_t)len);
    }
    ost_buf_put(out, value, len);
}

/* Text is padded to an even length: ids by NUL, all else by a blank. */
static void text(struct ost_buf *out, uint32_t tag, const char *kind, const char *value)
{
    char even[130] = {0};
    int len = snprintf(even, sizeof even - 1, "%s", value);
    if (len < 0 || (size_t)len >= sizeof even - 1) {
        out->failed = true;
        return;
    }
    if (len % 2 != 0) {
        even[len++] = strcmp(kind, "UI") == 0 ? '\0' : ' ';
    }
    element(out, tag, kind, even, (size_t)len);
}

static void number(struct ost_buf *out, uint32_t tag, const char *kind, const double *value,
                   size_t count)
{
    char all[64] = "";
    size_t len = 0;
    for (size_t n = 0; n < count && len < sizeof all; n++) {
        len += (size_t)snprintf(all + len, sizeof all - len, "%s%.6g", n > 0 ? "\\" : "", value[n]);
    }
    text(out, tag, kind, all);
}

static void whole(struct ost_buf *out, uint32_t tag, unsigned value)
{
    const unsigned char two[2] = {(unsigned char)value, (unsigned char)(value >> 8)};
    element(out, tag, "US", two, 2);
}

/* 2.25 is the root for ids made of a number of one's own (PS3.5 B.2). */
static void unique(struct ost_buf *out, uint32_t tag, const struct ost_dx *dx, int kind)
{
    char id[65];
    (void)snprintf(id, sizeof id, "2.25.3085%" PRIu64 "%d", dx->number % 1000000000000U, kind);
    text(out, tag, "UI", id);
}

static const char dx_class[] = "1.2.840.10008.5.1.4.1.1.1.1";

static void put_meta(const struct ost_dx *dx, struct ost_buf *out)
{
    struct ost_buf meta;
    ost_buf_init(&meta, 1024);
    element(&meta, 0x00020001, "OB", "\0\1", 2);
    text(&meta, 0x00020002, "UI", dx_class);
    unique(&meta, 0x00020003, dx, 3);
    text(&meta, 0x00020010, "UI", "1.2.840.10008.1.2.1");
    text(&meta, 0x00020012, "UI", "2.25.30850");
    const unsigned char len[4] = {(unsigned char)meta.len, (unsigned char)(meta.len >> 8), 0, 0};
    const char preamble[128] = {0};
    ost_buf_put(out, preamble, sizeof preamble);
    ost_buf_put(out, "DICM", 4);
    element(out, 0x00020000, "UL", len, 4);
    ost_buf_put(out, meta.ptr, meta.len);
    out->failed = out->failed || meta.failed;
    ost_buf_fini(&meta);
}

static void put_identity(const struct ost_dx *dx, struct ost_buf *out)
{
    text(out, 0x00080008, "CS", "ORIGINAL\\PRIMARY");
    text(out, 0x00080016, "UI", dx_class);
    unique(out, 0x00080018, dx, 3);
    text(out, 0x00080020, "DA", dx->study_date);
    text(out, 0x00080023, "DA", dx->study_date);
    text(out, 0x00080030, "TM", "101500");
    text(out, 0x00080050, "SH", "A0001");
    text(out, 0x00080060, "CS", "DX");
    text(out, 0x00080068, "CS", "FOR PRESENTATION");
    text(out, 0x00080070, "LO", "Osteon simulation");
    text(out, 0x00080080, "LO", dx->institution);
    text(out, 0x00080090, "PN", dx->physician);
    text(out, 0x00081030, "LO", "Wrist, two views");
    text(out, 0x00100010, "PN", dx->patient_name);
    text(out, 0x00100020, "LO", dx->patient_id);
    text(out, 0x00100030, "DA", dx->birth_date);
    text(out, 0x00100040, "CS", "F");
    text(out, 0x00104000, "LT", "simulated, no real person");
}

static void put_acquisition(const struct ost_dx *dx, struct ost_buf *out)
{
    bool lateral = dx->projection == OST_PROJECTION_LATERAL;
    const char *view = lateral ? "LL" : dx->projection == OST_PROJECTION_AP ? "AP" : "PA";
    text(out, 0x00180015, "CS", "WRIST");
    number(out, 0x00181110, "DS", &dx->source_to_detector, 1);
    number(out, 0x00181164, "DS", (const double[]){dx->spacing, dx->spacing}, 2);
    text(out, 0x00185101, "CS", view);
    unique(out, 0x0020000d, dx, 1);
    unique(out, 0x0020000e, dx, 2);
    text(out, 0x00200010, "SH", "1");
    text(out, 0x00200013, "IS", lateral ? "2" : "1");
    if (dx->side != OST_SIDE_UNKNOWN) {
        text(out, 0x00200062, "CS", dx->side == OST_SIDE_LEFT ? "L" : "R");
    }
}

static void put_pixels(const struct ost_image *film, struct ost_buf *out)
{
    whole(out, 0x00280002, 1);
    text(out, 0x00280004, "CS", "MONOCHROME2");
    whole(out, 0x00280010, film->height);
    whole(out, 0x00280011, film->width);
    whole(out, 0x00280100, 16);
    whole(out, 0x00280101, 12);
    whole(out, 0x00280102, 11);
    whole(out, 0x00280103, 0);
    text(out, 0x00281050, "DS", "2048");
    text(out, 0x00281051, "DS", "4096");
    const size_t count = (size_t)film->width * film->height;
    element(out, 0x7fe00010, "OW", "", 0);
    /* The length of the empty element just written becomes the picture's. */
    if (out->failed) {
        return;
    }
    for (int k = 0; k < 4; k++) {
        out->ptr[out->len - 4 + (size_t)k] = (unsigned char)((2 * count) >> (8 * k));
    }
    for (size_t n = 0; n < count; n++) {
        float grey = roundf(film->pixel[n] / 16.0F);
        ost_buf_put_u16le(out, (uint16_t)fminf(4095.0F, fmaxf(0.0F, grey)));
    }
}

bool ost_dx_write(const struct ost_dx *dx, const struct ost_image *film, struct ost_buf *out,
                  struct ost_err *err)
{
    if (film->width > UINT16_MAX || film->height > UINT16_MAX) {
        return ost_fail(err, OST_LIMIT, "dx: %u x %u pixels", film->width, film->height);
    }
    put_meta(dx, out);
    put_identity(dx, out);
    put_acquisition(dx, out);
    put_pixels(film, out);
    return ost_buf_done(out, err) || ost_err_note(err, "dx");
}
