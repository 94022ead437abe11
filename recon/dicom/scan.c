#include "recon/dicom/scan.h"

#include "recon/dicom/scan_impl.h"

#include <string.h>

enum {
    OST_SCAN_PREAMBLE = 128,
    OST_SCAN_META_AT = 132,
    OST_SCAN_STACK = OST_SCAN_DEPTH_MOST * 2 + 2
};

static const uint32_t undefined = 0xFFFFFFFFu;
static const uint32_t item = 0xFFFEE000u, item_end = 0xFFFEE00Du, sequence_end = 0xFFFEE0DDu;
static const uint32_t pixel_data = 0x7FE00010u;

enum holder { OST_SCAN_ITEM, OST_SCAN_SEQUENCE, OST_SCAN_FRAGMENTS };

/* What the walk stands in: an item, a sequence or the fragments of packed pixels. */
struct level {
    enum holder holder;
    size_t end; /* where its bytes must end at the latest */
    bool open;  /* undefined length: a delimiter ends it */
    bool implicit;
};

struct walk {
    const unsigned char *bytes;
    size_t len, at;
    bool big;
    struct level level[OST_SCAN_STACK];
    size_t depth; /* levels in use; the data set itself is the first */
    struct ost_scan *out;
    struct ost_err *err;
};

struct head {
    uint32_t tag, len;
    char vr[2];
};

static uint32_t u16(const struct walk *w, size_t at)
{
    const unsigned char *p = w->bytes + at;
    return w->big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static uint32_t u32(const struct walk *w, size_t at)
{
    return w->big ? u16(w, at) << 16 | u16(w, at + 2) : u16(w, at + 2) << 16 | u16(w, at);
}

static bool cut_off(struct walk *w, uint32_t tag)
{
    return ost_fail(w->err, OST_CORRUPT,
                    "the file ends inside attribute %08X at byte %zu: it was cut off or damaged",
                    tag, w->at);
}

bool ost_scan_is_long(const char vr[2])
{
    static const char two[][3] = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                  "SV", "UC", "UN", "UR", "UT", "UV"};
    for (size_t i = 0; i < sizeof two / sizeof two[0]; i++) {
        if (memcmp(vr, two[i], 2) == 0)
            return true;
    }
    return false;
}

/* Tag, representation and length at w->at; moves past them. `end` bounds the holder. */
static bool read_head(struct walk *w, const struct level *in, struct head *h)
{
    if (in->end - w->at < 8)
        return cut_off(w, 0);
    h->tag = u16(w, w->at) << 16 | u16(w, w->at + 2);
    memcpy(h->vr, "  ", 2);
    if (in->implicit || h->tag >> 16 == 0xFFFE) {
        h->len = u32(w, w->at + 4);
        w->at += 8;
        return true;
    }
    memcpy(h->vr, w->bytes + w->at + 4, 2);
    if (h->vr[0] < 'A' || h->vr[0] > 'Z' || h->vr[1] < 'A' || h->vr[1] > 'Z') {
        return ost_fail(w->err, OST_CORRUPT,
                        "attribute %08X at byte %zu has no value representation", h->tag, w->at);
    }
    if (!ost_scan_is_long(h->vr)) {
        h->len = u16(w, w->at + 6);
        w->at += 8;
        return true;
    }
    if (in->end - w->at < 12)
        return cut_off(w, h->tag);
    h->len = u32(w, w->at + 8);
    w->at += 12;
    return true;
}

static bool push(struct walk *w, enum holder holder, uint32_t len, bool implicit)
{
    const struct level *in = &w->level[w->depth - 1];
    if (w->depth == OST_SCAN_STACK) {
        return ost_fail(w->err, OST_LIMIT, "sequences nested deeper than %d levels",
                        (int)OST_SCAN_DEPTH_MOST);
    }
    bool open = len == undefined;
    if (!open && len > in->end - w->at)
        return cut_off(w, holder == OST_SCAN_ITEM ? item : 0);
    w->level[w->depth++] = (struct level){holder, open ? in->end : w->at + len, open, implicit};
    uint32_t sequences = (uint32_t)(w->depth / 2);
    if (sequences > w->out->depth)
        w->out->depth = sequences;
    return true;
}

static uint32_t number_text(const struct walk *w, size_t at, uint32_t len)
{
    uint64_t v = 0;
    for (uint32_t i = 0; i < len; i++) {
        unsigned char c = w->bytes[at + i];
        if (c >= '0' && c <= '9') {
            v = v * 10 + (unsigned int)(c - '0');
        } else if (c != ' ' && c != '+' && c != 0) {
            return undefined;
        }
        if (v > 0x7FFFFFFF)
            return undefined;
    }
    return (uint32_t)v;
}

/* The size of the picture, where the top level declares it. */
static void note_picture(struct walk *w, const struct head *h)
{
    struct ost_scan *out = w->out;
    if (h->tag == pixel_data)
        out->has_pixels = true;
    if (h->tag >> 16 != 0x0028 || h->len == undefined || h->len > w->len - w->at)
        return;
    uint32_t v = h->len >= 2 ? u16(w, w->at) : 0;
    switch (h->tag & 0xFFFF) {
    case 0x0002:
        out->samples = v;
        break;
    case 0x0008:
        out->frames = number_text(w, w->at, h->len);
        break;
    case 0x0010:
        out->rows = v;
        break;
    case 0x0011:
        out->columns = v;
        break;
    case 0x0100:
        out->bits = v;
        break;
    default:
        break;
    }
}

/* In implicit files a sequence is known by its first item. */
static bool looks_like_items(const struct walk *w, const struct head *h)
{
    return h->len >= 8 && w->len - w->at >= 8 && u16(w, w->at) == 0xFFFE &&
           u16(w, w->at + 2) == 0xE000 && h->tag != pixel_data;
}

static bool element(struct walk *w, const struct head *h)
{
    struct level *in = &w->level[w->depth - 1];
    if (++w->out->elements > OST_SCAN_ELEMENTS_MOST)
        return ost_fail(w->err, OST_LIMIT, "more than %d attributes", (int)OST_SCAN_ELEMENTS_MOST);
    if (w->depth == 1)
        note_picture(w, h);
    bool sequence = memcmp(h->vr, "SQ", 2) == 0;
    if (h->len == undefined) {
        if (h->vr[0] == 'O' || (in->implicit && h->tag == pixel_data))
            return push(w, OST_SCAN_FRAGMENTS, undefined, in->implicit);
        if (!sequence && !in->implicit && memcmp(h->vr, "UN", 2) != 0)
            return ost_fail(w->err, OST_CORRUPT, "attribute %08X has no length", h->tag);
        return push(w, OST_SCAN_SEQUENCE, undefined, in->implicit || !sequence);
    }
    if (h->len > in->end - w->at)
        return cut_off(w, h->tag);
    if (sequence || (in->implicit && looks_like_items(w, h)))
        return push(w, OST_SCAN_SEQUENCE, h->len, in->implicit);
    w->at += h->len;
    return true;
}

static bool stray(struct walk *w, uint32_t tag)
{
    return ost_fail(w->err, OST_CORRUPT, "item mark %08X at byte %zu where none may stand", tag,
                    w->at);
}

static bool in_sequence(struct walk *w, const struct head *h)
{
    struct level *in = &w->level[w->depth - 1];
    if (h->tag == sequence_end && in->open) {
        w->depth--;
        return true;
    }
    if (h->tag != item)
        return stray(w, h->tag);
    if (in->holder == OST_SCAN_SEQUENCE)
        return push(w, OST_SCAN_ITEM, h->len, in->implicit);
    if (h->len > in->end - w->at)
        return cut_off(w, pixel_data);
    w->at += h->len;
    return true;
}

static bool step(struct walk *w)
{
    struct level *in = &w->level[w->depth - 1];
    struct head h = {0};
    if (!read_head(w, in, &h))
        return false;
    if (in->holder != OST_SCAN_ITEM)
        return in_sequence(w, &h);
    if (h.tag == item_end && in->open && w->depth > 1) {
        w->depth--;
        return true;
    }
    return h.tag >> 16 == 0xFFFE ? stray(w, h.tag) : element(w, &h);
}

/* Some writers fill the file up with zeros. */
static bool only_zeros(const struct walk *w)
{
    for (size_t i = w->at; i < w->len; i++) {
        if (w->bytes[i] != 0)
            return false;
    }
    return true;
}

static bool walk_data(struct walk *w, bool implicit)
{
    w->level[0] = (struct level){OST_SCAN_ITEM, w->len, false, implicit};
    w->depth = 1;
    while (w->at < w->len || w->depth > 1) {
        struct level *in = &w->level[w->depth - 1];
        if (w->depth > 1 && !in->open && w->at == in->end) {
            w->depth--;
            continue;
        }
        if (w->depth == 1 && only_zeros(w))
            break;
        if (!step(w))
            return false;
    }
    w->out->len = w->at;
    return true;
}

/* The file meta information is always explicit little endian; finds the transfer syntax. */
static bool read_meta(struct walk *w)
{
    struct level file = {OST_SCAN_ITEM, w->len, false, false};
    while (w->len - w->at >= 8 && u16(w, w->at) == 0x0002) {
        struct head h = {0};
        if (!read_head(w, &file, &h))
            return false;
        if (h.len > w->len - w->at)
            return cut_off(w, h.tag);
        if (h.tag == 0x00020010 && h.len < OST_SCAN_SYNTAX_TEXT) {
            memcpy(w->out->syntax, w->bytes + w->at, h.len);
            size_t n = h.len;
            while (n > 0 && (w->out->syntax[n - 1] == ' ' || w->out->syntax[n - 1] == '\0'))
                n--;
            w->out->syntax[n] = '\0';
        }
        w->at += h.len;
    }
    w->out->data_at = w->at;
    if (w->out->syntax[0] == '\0')
        return ost_fail(w->err, OST_CORRUPT, "the file does not say its transfer syntax");
    return true;
}

static bool is_part10(const unsigned char *bytes, size_t len)
{
    return len >= OST_SCAN_META_AT && memcmp(bytes + OST_SCAN_PREAMBLE, "DICM", 4) == 0;
}

bool ost_scan_part10(const void *bytes, size_t len, struct ost_scan *out, struct ost_err *err)
{
    *out = (struct ost_scan){.frames = 1, .samples = 1};
    if (!is_part10(bytes, len))
        return ost_fail(err, OST_UNSUPPORTED, "no DICOM file: the mark DICM is missing");
    struct walk w = {.bytes = bytes, .len = len, .at = OST_SCAN_META_AT, .out = out, .err = err};
    if (!read_meta(&w))
        return false;
    if (strcmp(out->syntax, "1.2.840.10008.1.2.1.99") == 0)
        return ost_fail(err, OST_UNSUPPORTED, "the data set is deflated");
    w.big = strcmp(out->syntax, "1.2.840.10008.1.2.2") == 0;
    return walk_data(&w, strcmp(out->syntax, "1.2.840.10008.1.2") == 0);
}

bool ost_scan_pixels_within(const struct ost_scan *scan, uint64_t limit, struct ost_err *err)
{
    uint64_t bytes = (scan->bits + 7u) / 8u,
             of[4] = {scan->rows, scan->columns, scan->frames, scan->samples};
    for (size_t i = 0; i < 4; i++) {
        if (__builtin_mul_overflow(bytes, of[i], &bytes))
            bytes = UINT64_MAX;
    }
    if (scan->has_pixels && bytes > limit) {
        return ost_fail(
            err, OST_LIMIT,
            "a picture of %u x %u pixels, %u frames, %u samples is too large: limit %llu "
            "bytes",
            scan->columns, scan->rows, scan->frames, scan->samples, (unsigned long long)limit);
    }
    return true;
}

bool ost_scan_is_deflated(const void *bytes, size_t len)
{
    struct ost_scan scan = {0};
    struct walk w = {.bytes = bytes, .len = len, .at = OST_SCAN_META_AT, .out = &scan};
    return is_part10(bytes, len) && read_meta(&w) &&
           strcmp(scan.syntax, "1.2.840.10008.1.2.1.99") == 0;
}
