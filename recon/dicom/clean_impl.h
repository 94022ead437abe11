/*
 * The flat record behind `struct ost_clean_dicom`. Only the de-identifier writes one;
 * only ost_clean_dicom_open() reads one. Little-endian, every field in a fixed place,
 * reserved bits zero, nothing after the pixels: record_write(record_read(b)) == b.
 */
#ifndef OST_DICOM_CLEAN_IMPL_H
#define OST_DICOM_CLEAN_IMPL_H

#include "recon/dicom/clean.h"
#include "recon/dicom/deid.h"

OST_C_BEGIN

enum ost_clean_state { OST_CLEAN_FRESH = 1, OST_CLEAN_KEYED };

enum { OST_CLEAN_REMOVALS = OST_DEID_REMOVALS, OST_CLEAN_DIGEST = 32, OST_CLEAN_UID_BYTES = 16 };

/* A record in memory, without its pixels. Boxes and removals are ascending lists. */
struct ost_clean_record {
    struct ost_clean_facts facts;
    enum ost_clean_state state;
    unsigned char file[OST_CLEAN_DIGEST]; /* of the bytes that came in */
    unsigned char uid[4][OST_CLEAN_UID_BYTES];
    uint32_t suspected_count, blacked_count, removal_count;
    struct ost_clean_box suspected[OST_CLEAN_BOXES], blacked[OST_CLEAN_BOXES];
    struct ost_deid_removal removal[OST_CLEAN_REMOVALS];
    uint32_t private_count, unknown_count; /* attributes outside the table that went */
    uint32_t metadata_bytes;               /* EXIF, text and profiles of a PNG or JPEG */
};

/* The record's bytes: everything, then `pixels` (width * height * bits / 8, little-endian). */
OST_MUST_CHECK
bool ost_clean_record_write(const struct ost_clean_record *record, const void *pixels,
                            struct ost_buf *out, struct ost_err *err);

/* `*pixels_at` is where the pixels begin. */
OST_MUST_CHECK
bool ost_clean_record_read(const void *bytes, size_t len, struct ost_clean_record *record,
                           size_t *pixels_at, struct ost_err *err);

OST_C_END

#endif
