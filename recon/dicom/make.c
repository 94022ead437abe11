#include "recon/dicom/make.h"

#include "recon/base/sha256.h"
#include "recon/dicom/clean_impl.h"
#include "recon/dicom/deid_impl.h"
#include "recon/dicom/film_impl.h"
#include "recon/dicom/lettering.h"
#include "recon/dicom/photo_impl.h"
#include "recon/dicom/scan.h"
#include "recon/image/exif.h"
#include "recon/image/jpeg.h"
#include "recon/image/png.h"
#include "recon/image/straighten.h"

#include <stdlib.h>
#include <string.h>

/* What is being made, and what is needed for it. */
struct making {
    struct ost_clean_record *record;
    struct ost_buf pixels;
    struct ost_buf plain; /* an inflated file */
};

/* ------------------------------------------------ from DICOM */

static bool read_dicom(struct making *m, const void *bytes, size_t len,
                       struct ost_dataset **dataset, struct ost_err *err)
{
    if (ost_scan_is_deflated(bytes, len)) {
        if (!ost_scan_inflate(bytes, len, &m->plain, err))
            return false;
        bytes = m->plain.ptr;
        len = m->plain.len;
    }
    struct ost_scan scan;
    const uint64_t most = (uint64_t)OST_CLEAN_PIXELS_MOST * 3;
    if (!ost_scan_part10(bytes, len, &scan, err) || !ost_scan_pixels_within(&scan, most, err))
        return false;
    if (scan.rows > OST_IMAGE_SIDE_MOST || scan.columns > OST_IMAGE_SIDE_MOST ||
        (uint64_t)scan.rows * scan.columns > OST_CLEAN_PIXELS_MOST) {
        return ost_fail(err, OST_LIMIT,
                        "a picture of %u x %u pixels is too large: at most %d a side", scan.columns,
                        scan.rows, (int)OST_IMAGE_SIDE_MOST);
    }
    return ost_dataset_read(bytes, scan.len, dataset, err);
}

/* Digests without a secret: the parent keys them. */
static void note_uids(const struct ost_dataset *dataset, struct ost_clean_record *record)
{
    static const uint32_t tag[] = {0x0020000D, 0x0020000E, 0x00200052, 0x00080018};
    for (size_t i = 0; i < 4; i++) {
        char uid[128];
        unsigned char digest[OST_SHA256_BYTES];
        if (!ost_dataset_text(dataset, tag[i], uid, sizeof uid))
            continue;
        ost_sha256_of(uid, strlen(uid), digest);
        memcpy(record->uid[i], digest, sizeof record->uid[i]);
    }
}

static bool deidentify(struct making *m, struct ost_dataset *dataset, struct ost_err *err)
{
    static const struct ost_deid_profile basic = {0};
    const struct ost_deid_key none = {0};
    OST_AUTO(ost_identity) identity = NULL;
    struct ost_deid_report *report = calloc(1, sizeof *report);
    if (report == NULL)
        return ost_fail(err, OST_NOMEM, "removal record");
    bool ok = ost_identity_create(&identity, err) &&
              ost_deid_dataset(dataset, &basic, &none, identity, report, err);
    m->record->removal_count = report->removal_count;
    memcpy(m->record->removal, report->removal, sizeof report->removal);
    m->record->private_count = report->private_count;
    m->record->unknown_count = report->unknown_count;
    free(report);
    return ok;
}

/* UIDs first, then everything that names a person goes, then what is left is read. */
static bool make_dicom(struct making *m, const void *bytes, size_t len, struct ost_err *err)
{
    OST_AUTO(ost_dataset) dataset = NULL;
    struct ost_clean_facts *facts = &m->record->facts;
    facts->source = OST_CLEAN_FROM_DICOM;
    if (!read_dicom(m, bytes, len, &dataset, err) || !ost_film_kind(dataset, facts, err))
        return false;
    note_uids(dataset, m->record);
    if (!deidentify(m, dataset, err) || !ost_film_facts(dataset, facts, err) ||
        !ost_dataset_unpack(dataset, err))
        return false;
    struct ost_raw raw = {0};
    bool ok =
        ost_raw_read(dataset, &raw, err) && ost_film_pixels(dataset, &raw, facts, &m->pixels, err);
    ost_raw_fini(&raw);
    return ok;
}

/* ------------------------------------------------ from a picture file */

/* A film photographed at an angle, as from straight before it: what its uploader sees. */
static bool make_straight(struct ost_image **image, struct ost_err *err)
{
    struct ost_rim rim;
    struct ost_image *straight = NULL;
    if (!ost_rim_find(*image, &rim, err))
        return false;
    if (!rim.found || rim.lean < ost_straight_enough)
        return true;
    if (!ost_image_straighten(*image, &rim, &straight, err))
        return false;
    ost_image_destroy(*image);
    *image = straight;
    return true;
}

static bool make_photo(struct making *m, const unsigned char *bytes, size_t len,
                       struct ost_err *err)
{
    OST_AUTO(ost_image) stored = NULL;
    OST_AUTO(ost_image) image = NULL;
    struct ost_clean_facts *facts = &m->record->facts;
    bool png = bytes[0] == 0x89;
    facts->kind = OST_CLEAN_FILM;
    facts->modality = OST_CLEAN_SC;
    facts->source = png ? OST_CLEAN_FROM_PNG : OST_CLEAN_FROM_JPEG;
    facts->bits = 8;
    m->record->metadata_bytes = ost_photo_extras(bytes, len);
    bool read = png ? ost_png_read_grey(bytes, len, &stored, &facts->bits, err)
                    : ost_jpeg_read_grey(bytes, len, &stored, err);
    if (!read || !ost_image_upright(stored, ost_exif_orientation(bytes, len), &image, err) ||
        (facts->bits == 8 && !make_straight(&image, err)))
        return false;
    facts->width = image->width;
    facts->height = image->height;
    size_t count = (size_t)image->width * image->height;
    for (size_t i = 0; i < count; i++) {
        float v = image->pixel[i] + 0.5f;
        if (facts->bits == 8) {
            ost_buf_put_u8(&m->pixels, (uint8_t)(v < 255.0f ? v : 255.0f));
        } else {
            ost_buf_put_u16le(&m->pixels, (uint16_t)(v < 65535.0f ? v : 65535.0f));
        }
    }
    return true;
}

/* ------------------------------------------------ which of them */

static const struct {
    size_t at;
    const char *mark;
    size_t len;
    const char *what;
} other[] = {{0, "%PDF", 4, "a PDF"},
             {0, "PK\3\4", 4, "a zip archive"},
             {0, "\x1f\x8b", 2, "a gzip archive"},
             {0, "GIF8", 4, "a GIF picture"},
             {0, "BM", 2, "a BMP picture"},
             {0, "II*\0", 4, "a TIFF picture"},
             {0, "MM\0*", 4, "a TIFF picture"},
             {8, "WEBP", 4, "a WebP picture"},
             {4, "ftyp", 4, "an HEIC picture or a video"},
             {0, "\0\0\0\x0cjP", 6, "a JPEG 2000 picture"}};

static bool refuse(const unsigned char *bytes, size_t len, struct ost_err *err)
{
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        if (len >= other[i].at + other[i].len &&
            memcmp(bytes + other[i].at, other[i].mark, other[i].len) == 0) {
            return ost_fail(err, OST_UNSUPPORTED, "this is %s: send DICOM, PNG or JPEG",
                            other[i].what);
        }
    }
    return ost_fail(err, OST_UNSUPPORTED, "this is no DICOM, PNG or JPEG file");
}

static bool make_any(struct making *m, const unsigned char *bytes, size_t len, struct ost_err *err)
{
    static const unsigned char png[] = {0x89, 'P', 'N', 'G', 13, 10, 26, 10};
    if (len == 0)
        return ost_fail(err, OST_INVALID, "the file is empty");
    if (len > OST_MAKE_BYTES_MOST) {
        return ost_fail(err, OST_LIMIT, "the file has %zu bytes: at most %d", len,
                        (int)OST_MAKE_BYTES_MOST);
    }
    if (len >= 132 && memcmp(bytes + 128, "DICM", 4) == 0)
        return make_dicom(m, bytes, len, err);
    if ((len >= sizeof png && memcmp(bytes, png, sizeof png) == 0) ||
        (len >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF))
        return make_photo(m, bytes, len, err);
    return refuse(bytes, len, err);
}

/* Lettering is looked for in what a person will see. */
static bool note_lettering(struct making *m, struct ost_err *err)
{
    struct ost_clean_record *r = m->record;
    if (r->facts.kind == OST_CLEAN_CT)
        return true;
    struct ost_lettering found;
    if (!ost_lettering_find(m->pixels.ptr, &r->facts, &found, err))
        return false;
    r->suspected_count = found.count;
    memcpy(r->suspected, found.box, sizeof r->suspected);
    return true;
}

bool ost_clean_dicom_make(const void *bytes, size_t len, struct ost_buf *out, struct ost_err *err)
{
    struct making m = {.record = calloc(1, sizeof *m.record)};
    if (m.record == NULL)
        return ost_fail(err, OST_NOMEM, "clean record");
    ost_buf_init(&m.pixels, OST_CLEAN_BYTES_MOST);
    ost_buf_init(&m.plain, OST_MAKE_BYTES_MOST);
    m.record->state = OST_CLEAN_FRESH;
    ost_sha256_of(bytes, len, m.record->file);
    bool ok = make_any(&m, bytes, len, err) && ost_buf_done(&m.pixels, err) &&
              note_lettering(&m, err) && ost_clean_record_write(m.record, m.pixels.ptr, out, err);
    ost_buf_fini(&m.pixels);
    ost_buf_fini(&m.plain);
    free(m.record);
    return ok;
}
