/*
 * DICOM Part 10 bytes for tests, written without the library under test: every file is
 * made from a few lines, right or wrong on purpose.
 */
#ifndef OST_TESTS_DICOM_BYTES_H
#define OST_TESTS_DICOM_BYTES_H

#include "recon/base/buf.h"

#include <stdio.h>
#include <string.h>

#define DICOM_EXPLICIT "1.2.840.10008.1.2.1"
#define DICOM_IMPLICIT "1.2.840.10008.1.2"
#define DICOM_DEFLATED "1.2.840.10008.1.2.1.99"
#define DICOM_JPEG2000 "1.2.840.10008.1.2.4.90"
#define DICOM_RLE      "1.2.840.10008.1.2.5"
#define DICOM_DX       "1.2.840.10008.5.1.4.1.1.1.1"
#define DICOM_CT       "1.2.840.10008.5.1.4.1.1.2"
#define DICOM_SC       "1.2.840.10008.5.1.4.1.1.7"

static inline bool dicom_long_form(const char *vr)
{
    return strchr("O", vr[0]) != NULL || strcmp(vr, "SQ") == 0 || strcmp(vr, "UN") == 0 ||
           strcmp(vr, "UT") == 0 || strcmp(vr, "UC") == 0 || strcmp(vr, "UR") == 0;
}

static inline void dicom_head(struct ost_buf *b, uint32_t tag, const char *vr, uint32_t len)
{
    ost_buf_put_u16le(b, (uint16_t)(tag >> 16));
    ost_buf_put_u16le(b, (uint16_t)(tag & 0xFFFF));
    ost_buf_put(b, vr, 2);
    if (dicom_long_form(vr)) {
        ost_buf_put_u16le(b, 0);
        ost_buf_put_u32le(b, len);
    } else {
        ost_buf_put_u16le(b, (uint16_t)len);
    }
}

/* Padded to even length: UI and binary by a zero byte, text by a blank. */
static inline void dicom_bytes(struct ost_buf *b, uint32_t tag, const char *vr, const void *value,
                               size_t len)
{
    bool blank = strcmp(vr, "UI") != 0 && vr[0] != 'O' && strcmp(vr, "UN") != 0;
    dicom_head(b, tag, vr, (uint32_t)(len + (len & 1)));
    ost_buf_put(b, value, len);
    if ((len & 1) != 0)
        ost_buf_put_u8(b, blank ? ' ' : 0);
}

static inline void dicom_text(struct ost_buf *b, uint32_t tag, const char *vr, const char *text)
{
    dicom_bytes(b, tag, vr, text, strlen(text));
}

static inline void dicom_u16(struct ost_buf *b, uint32_t tag, uint16_t v)
{
    dicom_head(b, tag, "US", 2);
    ost_buf_put_u16le(b, v);
}

/* Items and sequences of undefined length. */
static inline void dicom_open(struct ost_buf *b, uint32_t tag)
{
    dicom_head(b, tag, "SQ", 0xFFFFFFFFu);
}

static inline void dicom_mark(struct ost_buf *b, uint16_t element, uint32_t len)
{
    ost_buf_put_u16le(b, 0xFFFE);
    ost_buf_put_u16le(b, element);
    ost_buf_put_u32le(b, len);
}

static inline void dicom_item(struct ost_buf *b)
{
    dicom_mark(b, 0xE000, 0xFFFFFFFFu);
}

static inline void dicom_item_end(struct ost_buf *b)
{
    dicom_mark(b, 0xE00D, 0);
}

static inline void dicom_close(struct ost_buf *b)
{
    dicom_mark(b, 0xE0DD, 0);
}

/* Preamble, mark and file meta information. */
static inline void dicom_begin(struct ost_buf *b, size_t limit, const char *syntax,
                               const char *sop_class)
{
    static const unsigned char preamble[128];
    ost_buf_init(b, limit);
    ost_buf_put(b, preamble, sizeof preamble);
    ost_buf_text(b, "DICM");
    struct ost_buf meta;
    ost_buf_init(&meta, 4096);
    dicom_bytes(&meta, 0x00020001, "OB", "\0\1", 2);
    dicom_text(&meta, 0x00020002, "UI", sop_class);
    dicom_text(&meta, 0x00020003, "UI", "1.2.3.4.5.6.7");
    dicom_text(&meta, 0x00020010, "UI", syntax);
    dicom_text(&meta, 0x00020012, "UI", "1.2.3.4.5");
    dicom_head(b, 0x00020000, "UL", 4);
    ost_buf_put_u32le(b, (uint32_t)meta.len);
    ost_buf_put(b, meta.ptr, meta.len);
    ost_buf_fini(&meta);
}

/* What is wrong with a film, if anything: the attributes of its picture. */
struct dicom_film {
    uint16_t rows, columns, allocated, stored, high, is_signed, samples;
    const char *photometric, *frames;
    size_t pixel_bytes; /* 0: as many as the above ask for */
};

static const struct dicom_film dicom_small = {.rows = 4,
                                              .columns = 6,
                                              .allocated = 16,
                                              .stored = 12,
                                              .high = 11,
                                              .samples = 1,
                                              .photometric = "MONOCHROME2"};

/* Groups 0008 to 0020 of a film, in ascending order. */
static inline void dicom_identify(struct ost_buf *b, const char *sop_class)
{
    dicom_text(b, 0x00080016, "UI", sop_class);
    dicom_text(b, 0x00080018, "UI", "1.2.3.4.5.6.7");
    dicom_text(b, 0x00080060, "CS", "DX");
    dicom_text(b, 0x00100010, "PN", "Planted^Patient");
    dicom_text(b, 0x00100020, "LO", "ID-9911882");
    dicom_text(b, 0x0020000D, "UI", "1.2.3.4.5.1");
    dicom_text(b, 0x0020000E, "UI", "1.2.3.4.5.2");
}

/* Group 0028 and the pixels: value i is 3 i. */
static inline void dicom_picture(struct ost_buf *b, const struct dicom_film *f)
{
    dicom_u16(b, 0x00280002, f->samples);
    dicom_text(b, 0x00280004, "CS", f->photometric);
    if (f->frames != NULL)
        dicom_text(b, 0x00280008, "IS", f->frames);
    dicom_u16(b, 0x00280010, f->rows);
    dicom_u16(b, 0x00280011, f->columns);
    dicom_u16(b, 0x00280100, f->allocated);
    dicom_u16(b, 0x00280101, f->stored);
    dicom_u16(b, 0x00280102, f->high);
    dicom_u16(b, 0x00280103, f->is_signed);
    size_t bytes = (size_t)f->rows * f->columns * f->samples * f->allocated / 8;
    if (f->pixel_bytes > 0)
        bytes = f->pixel_bytes;
    dicom_head(b, 0x7FE00010, f->allocated == 8 ? "OB" : "OW", (uint32_t)(bytes + (bytes & 1)));
    for (size_t i = 0; i < bytes + (bytes & 1); i++) {
        size_t v = f->allocated == 16 ? (i / 2 * 3) >> (i % 2 * 8) : i * 3;
        ost_buf_put_u8(b, (uint8_t)(v & 0xff));
    }
}

static inline void dicom_whole(struct ost_buf *b, const char *sop_class, const struct dicom_film *f)
{
    dicom_begin(b, 1 << 24, DICOM_EXPLICIT, sop_class);
    dicom_identify(b, sop_class);
    dicom_picture(b, f);
}

#endif
