#include "recon/base/read.h"
#include "recon/mesh/stl.h"
#include "recon/mesh/weld_impl.h"
#include "recon/mesh/words_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 80, TRIANGLE = 50, WORD = OST_WORD };

static bool read_binary(const unsigned char *bytes, size_t len, uint32_t count,
                        struct ost_weld *weld, struct ost_err *err)
{
    struct ost_read read = ost_read_of(bytes, len);
    (void)ost_read_bytes(&read, HEADER + 4);
    for (uint32_t i = 0; i < count; i++) {
        float p[3][3];
        (void)ost_read_bytes(&read, 12);
        for (int corner = 0; corner < 3; corner++) {
            for (int k = 0; k < 3; k++)
                p[corner][k] = ost_read_f32le(&read);
        }
        (void)ost_read_u16le(&read);
        if (!ost_weld_triangle(weld, p, err))
            return ost_err_note(err, "triangle %u", i);
    }
    return ost_read_done(&read, err);
}

static bool expect(struct ost_words *words, const char *want)
{
    char word[WORD];
    return ost_words_next(words, word) && strcmp(word, want) == 0;
}

static bool next_point(struct ost_words *words, float out[3])
{
    return ost_words_number(words, &out[0]) && ost_words_number(words, &out[1]) &&
           ost_words_number(words, &out[2]);
}

/* After the word "facet". */
static bool next_facet(struct ost_words *words, float p[3][3])
{
    float normal[3];
    if (!expect(words, "normal") || !next_point(words, normal) || !expect(words, "outer") ||
        !expect(words, "loop"))
        return false;
    for (int corner = 0; corner < 3; corner++) {
        if (!expect(words, "vertex") || !next_point(words, p[corner]))
            return false;
    }
    return expect(words, "endloop") && expect(words, "endfacet");
}

static uint32_t count_facets(const char *text, size_t len)
{
    static const char word[] = "endfacet";
    uint32_t count = 0;
    for (size_t i = 0; i + sizeof word - 1 <= len; i++)
        count += text[i] == 'e' && memcmp(text + i, word, sizeof word - 1) == 0;
    return count;
}

static bool read_text(const char *text, size_t len, struct ost_weld *weld, struct ost_err *err)
{
    struct ost_words words = {.at = text, .end = text + len};
    ost_words_skip_line(&words); /* "solid" and a name of any length */
    char word[WORD];
    while (ost_words_next(&words, word) && strcmp(word, "facet") == 0) {
        float p[3][3];
        if (weld->triangles == weld->room || !next_facet(&words, p))
            return ost_fail(err, OST_CORRUPT, "facet %u is broken", weld->triangles);
        if (!ost_weld_triangle(weld, p, err))
            return false;
    }
    if (strcmp(word, "endsolid") != 0)
        return ost_fail(err, OST_CORRUPT, "no end after %u facets", weld->triangles);
    return true;
}

static uint32_t stated_count(const unsigned char *bytes, size_t len)
{
    struct ost_read read = ost_read_of(bytes, len);
    (void)ost_read_bytes(&read, HEADER);
    return ost_read_u32le(&read);
}

bool ost_stl_read(const void *bytes, size_t len, uint32_t limit, struct ost_mesh **out,
                  struct ost_err *err)
{
    *out = NULL;
    uint32_t count = stated_count(bytes, len);
    bool binary = len == HEADER + 4 + (uint64_t)count * TRIANGLE;
    bool text =
        !binary && len >= 6 && memcmp(bytes, "solid", 5) == 0 && memchr(bytes, '\0', len) == NULL;
    if (!binary && !text) {
        return ost_fail(err, OST_CORRUPT, "stl: %zu bytes are no STL file of %u triangles", len,
                        count);
    }
    count = text ? count_facets(bytes, len) : count;
    if (count > limit)
        return ost_fail(err, OST_LIMIT, "stl: %u triangles, limit %u", count, limit);

    struct ost_weld weld = {0};
    bool ok = ost_weld_init(&weld, count, err);
    if (ok)
        ok = text ? read_text(bytes, len, &weld, err) : read_binary(bytes, len, count, &weld, err);
    if (ok)
        *out = ost_weld_take(&weld);
    ost_weld_fini(&weld);
    return ok || ost_err_note(err, "stl");
}
