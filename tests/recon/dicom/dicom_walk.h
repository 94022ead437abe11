/*
 * A second reader of DICOM, for tests only and unlike the first: it knows nothing of the
 * dictionary, and collects text by tag from the bytes as they lie, sequences included.
 */
#ifndef OST_TESTS_DICOM_WALK_H
#define OST_TESTS_DICOM_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct dicom_walk {
    const unsigned char *bytes;
    size_t len;
    bool implicit, big;
    /* Called for every attribute with a value; `vr` is "  " in implicit files. */
    void (*each)(void *user, uint32_t tag, const char vr[2], const unsigned char *value,
                 size_t len);
    void *user;
    int depth;
};

static inline uint32_t walk_u16(const struct dicom_walk *w, size_t at)
{
    const unsigned char *p = w->bytes + at;
    return w->big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static inline uint32_t walk_u32(const struct dicom_walk *w, size_t at)
{
    return w->big ? walk_u16(w, at) << 16 | walk_u16(w, at + 2)
                  : walk_u16(w, at + 2) << 16 | walk_u16(w, at);
}

/* Attributes from `at` to `end` or to a delimiter; where it stopped. */
static inline size_t walk_item(struct dicom_walk *w, size_t at, size_t end);

static inline size_t walk_sequence(struct dicom_walk *w, size_t at, size_t end, bool packed)
{
    while (at + 8 <= end) {
        uint32_t tag = walk_u16(w, at) << 16 | walk_u16(w, at + 2), len = walk_u32(w, at + 4);
        at += 8;
        if (tag != 0xFFFEE000)
            return at;
        if (packed)
            at += len;
        else
            at = walk_item(w, at, len == 0xFFFFFFFF || len > end - at ? end : at + len);
    }
    return at;
}

static inline size_t walk_item(struct dicom_walk *w, size_t at, size_t end)
{
    static const char two[] = "OBODOFOLOVOWSQSVUCUNURUTUV";
    if (++w->depth > 64)
        return end;
    while (at + 8 <= end) {
        uint32_t tag = walk_u16(w, at) << 16 | walk_u16(w, at + 2), len = 0;
        char vr[2] = {' ', ' '};
        if (tag >> 16 == 0xFFFE) {
            at += 8;
            break;
        }
        if (w->implicit) {
            len = walk_u32(w, at + 4);
            at += 8;
        } else {
            memcpy(vr, w->bytes + at + 4, 2);
            bool wide = false;
            for (size_t i = 0; i + 1 < sizeof two; i += 2)
                wide = wide || memcmp(vr, two + i, 2) == 0;
            if (wide && at + 12 > end)
                break;
            len = wide ? walk_u32(w, at + 8) : walk_u16(w, at + 6);
            at += wide ? 12 : 8;
        }
        bool items = at + 8 <= end && walk_u16(w, at) == 0xFFFE && tag != 0x7FE00010;
        if (len == 0xFFFFFFFF || (items && len >= 8)) {
            size_t stop = len == 0xFFFFFFFF || len > end - at ? end : at + len;
            bool was = w->implicit;
            w->implicit = was || memcmp(vr, "UN", 2) == 0;
            size_t next = walk_sequence(w, at, stop, tag == 0x7FE00010);
            w->implicit = was;
            at = len == 0xFFFFFFFF ? next : stop;
            continue;
        }
        if (len > end - at)
            break;
        if (len > 0)
            w->each(w->user, tag, vr, w->bytes + at, len);
        at += len;
    }
    w->depth--;
    return at;
}

/* False where it is no Part 10 file this reader knows. */
static inline bool walk_part10(struct dicom_walk *w)
{
    if (w->len < 140 || memcmp(w->bytes + 128, "DICM", 4) != 0)
        return false;
    size_t at = 132;
    char syntax[65] = {0};
    while (at + 8 <= w->len && w->bytes[at] == 2 && w->bytes[at + 1] == 0) {
        bool wide =
            memcmp(w->bytes + at + 4, "OB", 2) == 0 || memcmp(w->bytes + at + 4, "UN", 2) == 0;
        uint32_t len = wide ? walk_u32(w, at + 8) : walk_u16(w, at + 6);
        size_t value = at + (wide ? 12 : 8);
        if (w->bytes[at + 2] == 0x10 && len < sizeof syntax && value + len <= w->len)
            memcpy(syntax, w->bytes + value, len);
        at = value + len;
    }
    w->implicit = strcmp(syntax, "1.2.840.10008.1.2") == 0;
    w->big = strcmp(syntax, "1.2.840.10008.1.2.2") == 0;
    if (strcmp(syntax, "1.2.840.10008.1.2.1.99") == 0 || at > w->len)
        return false;
    (void)walk_item(w, at, w->len);
    return true;
}

#endif
