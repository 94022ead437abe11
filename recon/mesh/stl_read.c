#include "recon/base/read.h"
#include "recon/mesh/stl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 80, TRIANGLE = 50, WORD = 64 };

/* Corners as they come, welded by a table of hashes. */
struct weld {
    struct ost_mesh *mesh;
    uint32_t *slot; /* vertex + 1; 0 is free */
    uint32_t mask;
    uint32_t vertices, triangles, room;
};

static bool weld_init(struct weld *weld, uint32_t triangles, struct ost_err *err)
{
    uint64_t room = 64;
    while (room < (uint64_t)triangles * 6)
        room *= 2;
    if (triangles > UINT32_MAX / 16)
        return ost_fail(err, OST_LIMIT, "stl: %u triangles", triangles);
    weld->mask = (uint32_t)(room - 1);
    weld->room = triangles;
    weld->slot = calloc(room, sizeof *weld->slot);
    if (weld->slot == NULL)
        return ost_fail(err, OST_NOMEM, "stl: no room for %u triangles", triangles);
    return ost_mesh_create(&weld->mesh, triangles * 3, triangles, err);
}

static uint32_t weld_corner(struct weld *weld, const float p[3])
{
    uint32_t bits[3];
    memcpy(bits, p, sizeof bits);
    uint32_t hash = (bits[0] * 0x9E3779B1U) ^ (bits[1] * 0x85EBCA77U) ^ (bits[2] * 0xC2B2AE3DU);
    hash ^= hash >> 15;
    for (uint32_t at = hash & weld->mask;; at = (at + 1) & weld->mask) {
        if (weld->slot[at] == 0) {
            memcpy(weld->mesh->vertex[weld->vertices], p, sizeof bits);
            weld->slot[at] = ++weld->vertices;
            return weld->vertices - 1;
        }
        uint32_t held[3]; /* to the bit: values that compare equal may differ in sign only */
        memcpy(held, weld->mesh->vertex[weld->slot[at] - 1], sizeof held);
        if (held[0] == bits[0] && held[1] == bits[1] && held[2] == bits[2])
            return weld->slot[at] - 1;
    }
}

static bool weld_triangle(struct weld *weld, float p[3][3], struct ost_err *err)
{
    uint32_t t[3];
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            if (!isfinite(p[i][k]))
                return ost_fail(err, OST_CORRUPT, "a corner is no number");
            p[i][k] += 0.0F; /* -0 becomes 0, so that equal corners are equal bits */
        }
        t[i] = weld_corner(weld, p[i]);
    }
    if (t[0] != t[1] && t[1] != t[2] && t[2] != t[0])
        memcpy(weld->mesh->triangle[weld->triangles++], t, sizeof t);
    return true;
}

static bool read_binary(const unsigned char *bytes, size_t len, uint32_t count, struct weld *weld,
                        struct ost_err *err)
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
        if (!weld_triangle(weld, p, err))
            return ost_err_note(err, "triangle %u", i);
    }
    return ost_read_done(&read, err);
}

struct words {
    const char *at, *end;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next word, NUL-terminated; false at the end or where it is longer than a word. */
static bool next_word(struct words *words, char out[WORD])
{
    while (words->at < words->end && is_space(*words->at))
        words->at++;
    size_t n = 0;
    while (words->at < words->end && !is_space(*words->at)) {
        if (n + 1 >= WORD)
            return false;
        out[n++] = *words->at++;
    }
    out[n] = '\0';
    return n > 0;
}

static bool expect(struct words *words, const char *want)
{
    char word[WORD];
    return next_word(words, word) && strcmp(word, want) == 0;
}

static bool next_point(struct words *words, float out[3])
{
    for (int k = 0; k < 3; k++) {
        char word[WORD], *end = NULL;
        if (!next_word(words, word))
            return false;
        out[k] = strtof(word, &end);
        if (end == word || *end != '\0')
            return false;
    }
    return true;
}

/* After the word "facet". */
static bool next_facet(struct words *words, float p[3][3])
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

static bool read_text(const char *text, size_t len, struct weld *weld, struct ost_err *err)
{
    struct words words = {.at = text, .end = text + len};
    while (words.at < words.end && *words.at != '\n')
        words.at++; /* "solid" and a name of any length */
    char word[WORD];
    while (next_word(&words, word) && strcmp(word, "facet") == 0) {
        float p[3][3];
        if (weld->triangles == weld->room || !next_facet(&words, p))
            return ost_fail(err, OST_CORRUPT, "facet %u is broken", weld->triangles);
        if (!weld_triangle(weld, p, err))
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

    struct weld weld = {0};
    bool ok = weld_init(&weld, count, err);
    if (ok)
        ok = text ? read_text(bytes, len, &weld, err) : read_binary(bytes, len, count, &weld, err);
    free(weld.slot);
    OST_AUTO(ost_mesh) mesh = weld.mesh;
    if (!ok || mesh == NULL)
        return ost_err_note(err, "stl");
    mesh->vertex_count = weld.vertices;
    mesh->triangle_count = weld.triangles;
    *out = ost_steal(&mesh);
    return true;
}
