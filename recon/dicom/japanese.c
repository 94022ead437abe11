#include "recon/dicom/japanese_impl.h"

#include <iconv.h>
#include <stdint.h>
#include <string.h>

static const char *const encoding[] = {"SHIFT_JIS", "EUC-JP", "ISO-2022-JP"};

enum { OST_JAPANESE_ENCODINGS = 3 };

static bool is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((text[i] & 0x80) != 0)
            return false;
    }
    return true;
}

static bool encode(const char *name, const char *text, size_t len, char *out, size_t size,
                   size_t *out_len)
{
    char in[1024];
    if (len > sizeof in)
        return false;
    memcpy(in, text, len);
    iconv_t converter = iconv_open(name, "UTF-8");
    if ((intptr_t)converter == -1)
        return false;
    char *from = in, *to = out;
    size_t left = len, room = size;
    bool ok = iconv(converter, &from, &left, &to, &room) != (size_t)-1 &&
              iconv(converter, NULL, NULL, &to, &room) != (size_t)-1;
    (void)iconv_close(converter);
    *out_len = size - room;
    return ok;
}

/* The next code point of two or three bytes; 0 for ASCII and for what is no UTF-8. */
static uint32_t point(const unsigned char *p, size_t left, size_t *used)
{
    *used = 1;
    if (left >= 3 && p[0] >> 4 == 14 && p[1] >> 6 == 2 && p[2] >> 6 == 2) {
        *used = 3;
        return (uint32_t)(p[0] & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (p[2] & 63);
    }
    return 0;
}

/* U+FF66 to U+FF9D as full-width katakana. */
static const uint16_t wide[] = {
    0x30F2, 0x30A1, 0x30A3, 0x30A5, 0x30A7, 0x30A9, 0x30E3, 0x30E5, 0x30E7, 0x30C3, 0x30FC, 0x30A2,
    0x30A4, 0x30A6, 0x30A8, 0x30AA, 0x30AB, 0x30AD, 0x30AF, 0x30B1, 0x30B3, 0x30B5, 0x30B7, 0x30B9,
    0x30BB, 0x30BD, 0x30BF, 0x30C1, 0x30C4, 0x30C6, 0x30C8, 0x30CA, 0x30CB, 0x30CC, 0x30CD, 0x30CE,
    0x30CF, 0x30D2, 0x30D5, 0x30D8, 0x30DB, 0x30DE, 0x30DF, 0x30E0, 0x30E1, 0x30E2, 0x30E4, 0x30E6,
    0x30E8, 0x30E9, 0x30EA, 0x30EB, 0x30EC, 0x30ED, 0x30EF, 0x30F3};

/* What a point becomes in a kana form; itself where the form does not touch it. */
static uint32_t kana(int form, uint32_t v)
{
    if (form == 3 && v >= 0x30A1 && v <= 0x30F6)
        return v - 0x60;
    if (form == 4 && v >= 0x3041 && v <= 0x3096)
        return v + 0x60;
    if (form == 5 && v >= 0xFF66 && v <= 0xFF9D)
        return wide[v - 0xFF66];
    return v;
}

static void put_point(unsigned char *to, uint32_t v)
{
    to[0] = (unsigned char)(0xE0 | v >> 12);
    to[1] = (unsigned char)(0x80 | (v >> 6 & 63));
    to[2] = (unsigned char)(0x80 | (v & 63));
}

/* A voicing mark after a half-width kana joins it: one further, or two. */
static bool join_mark(unsigned char *before, size_t made, uint32_t v)
{
    size_t used = 0;
    uint32_t last = made >= 3 ? point(before - 3, 3, &used) : 0;
    if ((v != 0xFF9E && v != 0xFF9F) || last < 0x30AB || last > 0x30DB)
        return false;
    put_point(before - 3, last + (v == 0xFF9E ? 1 : 2));
    return true;
}

static bool fold_kana(int form, const char *text, size_t len, char *out, size_t size,
                      size_t *out_len)
{
    bool changed = false;
    size_t made = 0;
    for (size_t at = 0; at < len;) {
        size_t used = 0;
        uint32_t v = point((const unsigned char *)text + at, len - at, &used);
        if (made + used > size)
            return false;
        unsigned char *to = (unsigned char *)out + made;
        if (form == 5 && join_mark(to, made, v)) {
            changed = true;
        } else if (v != 0) {
            put_point(to, kana(form, v));
            changed = changed || kana(form, v) != v;
            made += used;
        } else {
            *to = (unsigned char)text[at];
            made += used;
        }
        at += used;
    }
    *out_len = made;
    return changed;
}

bool ost_japanese_form(int form, const char *text, size_t len, char *out, size_t size,
                       size_t *out_len)
{
    if (is_ascii(text, len))
        return false;
    if (form < OST_JAPANESE_ENCODINGS)
        return encode(encoding[form], text, len, out, size, out_len);
    return fold_kana(form, text, len, out, size, out_len);
}

void ost_japanese_prepare(void)
{
    /* Held open for good: the C library unloads a converter that nobody holds. */
    static iconv_t held[OST_JAPANESE_ENCODINGS];
    static bool prepared;
    for (int i = 0; i < OST_JAPANESE_ENCODINGS && !prepared; i++) {
        char out[64], in[] = "\xe5\xb9\xb4", *from = in, *to = out;
        size_t left = 3, room = sizeof out;
        held[i] = iconv_open(encoding[i], "UTF-8");
        if ((intptr_t)held[i] != -1)
            (void)iconv(held[i], &from, &left, &to, &room);
    }
    prepared = true;
}
