#include "recon/mesh/ply.h"

#include "recon/base/read.h"
#include "recon/mesh/weld_impl.h"
#include "recon/mesh/words_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ELEMENTS = 16, PROPERTIES = 64, CORNERS = 64, VALUES_MOST = 1 << 28 };

enum form { ASCII, LITTLE, BIG };

enum kind { I8, U8, I16, U16, I32, U32, F32, F64, KINDS, NONE };

static enum kind kind_of(const char *word)
{
    static const char *const name[KINDS][2] = {
        {"char", "int8"}, {"uchar", "uint8"}, {"short", "int16"},   {"ushort", "uint16"},
        {"int", "int32"}, {"uint", "uint32"}, {"float", "float32"}, {"double", "float64"}};
    for (int k = 0; k < KINDS; k++)
        if (strcmp(word, name[k][0]) == 0 || strcmp(word, name[k][1]) == 0)
            return (enum kind)k;
    return NONE;
}

/* What a property is for; of a list, `count` is the kind of its length. */
struct property {
    enum kind kind, count; /* count NONE: one value */
    char use;              /* 'x', 'y', 'z', 'f' the corners of a face, ' ' nothing here */
};

struct element {
    char use; /* 'v', 'f' or ' ' */
    uint32_t count;
    size_t first, end; /* of its properties */
};

struct ply {
    enum form form;
    struct ost_words words; /* the header, and what follows of ASCII */
    struct ost_read read;   /* what follows of binary */
    struct element element[ELEMENTS];
    struct property property[PROPERTIES];
    size_t elements, properties;
    float (*vertex)[3]; /* owned */
    uint32_t vertices, vertex_room;
    uint32_t limit;
};

static bool read_format(struct ply *p, bool *said)
{
    static const char *const name[] = {"ascii", "binary_little_endian", "binary_big_endian"};
    char word[OST_WORD];
    if (!ost_words_next_here(&p->words, word))
        return false;
    for (int f = ASCII; f <= BIG; f++)
        if (strcmp(word, name[f]) == 0) {
            p->form = (enum form)f;
            *said = true;
        }
    return *said;
}

static bool read_element(struct ply *p)
{
    char word[OST_WORD], *end = NULL;
    if (p->elements == ELEMENTS || !ost_words_next_here(&p->words, word))
        return false;
    struct element *e = &p->element[p->elements++];
    *e = (struct element){.use = ' ', .first = p->properties, .end = p->properties};
    if (strcmp(word, "vertex") == 0)
        e->use = 'v';
    if (strcmp(word, "face") == 0)
        e->use = 'f';
    if (!ost_words_next_here(&p->words, word))
        return false;
    unsigned long count = strtoul(word, &end, 10);
    e->count = (uint32_t)count;
    return end != word && *end == '\0' && count < VALUES_MOST;
}

static char use_of(const char *name, bool list)
{
    if (list)
        return strcmp(name, "vertex_indices") == 0 || strcmp(name, "vertex_index") == 0 ? 'f' : ' ';
    return name[0] >= 'x' && name[0] <= 'z' && name[1] == '\0' ? name[0] : ' ';
}

static bool read_property(struct ply *p)
{
    char word[OST_WORD];
    if (p->elements == 0 || p->properties == PROPERTIES || !ost_words_next_here(&p->words, word))
        return false;
    struct property *q = &p->property[p->properties++];
    bool list = strcmp(word, "list") == 0;
    q->count = NONE;
    if (list) {
        if (!ost_words_next_here(&p->words, word))
            return false;
        q->count = kind_of(word);
        if (q->count >= F32 || !ost_words_next_here(&p->words, word))
            return false;
    }
    q->kind = kind_of(word);
    if (q->kind == NONE || !ost_words_next_here(&p->words, word))
        return false;
    q->use = use_of(word, list);
    p->element[p->elements - 1].end = p->properties;
    return true;
}

/* To the first byte after the header. */
static bool read_header(struct ply *p)
{
    bool said = false;
    ost_words_skip_line(&p->words); /* "ply" */
    for (char word[OST_WORD]; ost_words_next(&p->words, word);) {
        bool ok = true;
        if (strcmp(word, "format") == 0)
            ok = read_format(p, &said);
        else if (strcmp(word, "element") == 0)
            ok = read_element(p);
        else if (strcmp(word, "property") == 0)
            ok = read_property(p);
        ost_words_skip_line(&p->words);
        if (!ok)
            return false;
        if (strcmp(word, "end_header") == 0)
            return said;
    }
    return false;
}

static uint64_t take_bytes(struct ply *p, size_t count)
{
    const unsigned char *at = ost_read_bytes(&p->read, count);
    uint64_t v = 0;
    for (size_t i = 0; at != NULL && i < count; i++)
        v = v << 8 | at[p->form == BIG ? i : count - 1 - i];
    return v;
}

static double take_binary(struct ply *p, enum kind kind)
{
    static const size_t size[KINDS] = {1, 1, 2, 2, 4, 4, 4, 8};
    uint64_t bits = take_bytes(p, size[kind]);
    uint32_t half = (uint32_t)bits;
    float single;
    double full;
    switch (kind) {
    case I8:
        return (double)(int8_t)bits;
    case I16:
        return (double)(int16_t)bits;
    case I32:
        return (double)(int32_t)bits;
    case F32:
        memcpy(&single, &half, sizeof single);
        return (double)single;
    case F64:
        memcpy(&full, &bits, sizeof full);
        return full;
    default:
        return (double)bits;
    }
}

static bool take(struct ply *p, enum kind kind, double *out)
{
    if (p->form != ASCII) {
        *out = take_binary(p, kind);
        return !p->read.failed;
    }
    char word[OST_WORD], *end = NULL;
    if (!ost_words_next(&p->words, word))
        return false;
    *out = strtod(word, &end);
    return end != word && *end == '\0';
}

/* A whole number from 0 to below `most`. */
static bool is_index(double value, double most)
{
    return value >= 0.0 && value < most && floor(value) == value;
}

static bool add_face(struct ply *p, const uint32_t *corner, size_t count, struct ost_weld *weld,
                     struct ost_err *err)
{
    for (size_t i = 2; i < count; i++) {
        const uint32_t at[3] = {corner[0], corner[i - 1], corner[i]};
        float t[3][3];
        for (int k = 0; k < 3; k++)
            memcpy(t[k], p->vertex[at[k]], sizeof t[k]);
        if (weld->triangles == p->limit)
            return ost_fail(err, OST_LIMIT, "more than %u triangles", p->limit);
        if (!ost_weld_triangle(weld, t, err))
            return false;
    }
    return true;
}

static bool take_list(struct ply *p, const struct property *q, bool is_face, struct ost_weld *weld,
                      struct ost_err *err)
{
    uint32_t corner[CORNERS];
    double count, value;
    if (!take(p, q->count, &count) || !is_index(count, VALUES_MOST) || (is_face && count > CORNERS))
        return ost_fail(err, OST_CORRUPT, "a list cut off or too long");
    for (size_t i = 0; i < (size_t)count; i++) {
        if (!take(p, q->kind, &value) || (is_face && !is_index(value, p->vertices)))
            return ost_fail(err, OST_CORRUPT, "a corner that is none of %u vertices", p->vertices);
        if (is_face)
            corner[i] = (uint32_t)value;
    }
    return !is_face || add_face(p, corner, (size_t)count, weld, err);
}

static bool take_row(struct ply *p, const struct element *e, struct ost_weld *weld,
                     struct ost_err *err)
{
    float place[3] = {0.0F};
    for (size_t i = e->first; i < e->end; i++) {
        const struct property *q = &p->property[i];
        double value;
        if (q->count != NONE) {
            if (!take_list(p, q, e->use == 'f' && q->use == 'f', weld, err))
                return false;
            continue;
        }
        if (!take(p, q->kind, &value))
            return ost_fail(err, OST_CORRUPT, "cut off");
        if (e->use == 'v' && q->use != ' ')
            place[q->use - 'x'] = (float)value;
    }
    if (e->use == 'v')
        memcpy(p->vertex[p->vertices++], place, sizeof place);
    return true;
}

/* Of vertices and faces; that there is one of each. */
static bool make_room(struct ply *p, size_t len, struct ost_weld *weld, struct ost_err *err)
{
    uint64_t faces = 0, vertices = 0;
    for (size_t i = 0; i < p->elements; i++) {
        faces += p->element[i].use == 'f' ? p->element[i].count : 0;
        vertices += p->element[i].use == 'v' ? p->element[i].count : 0;
    }
    if (faces == 0 || vertices == 0)
        return ost_fail(err, OST_CORRUPT, "no faces: a cloud of points is no surface");
    if (faces > p->limit)
        return ost_fail(err, OST_LIMIT, "%llu faces, limit %u", (unsigned long long)faces,
                        p->limit);
    if (vertices > len)
        return ost_fail(err, OST_CORRUPT, "%llu vertices in %zu bytes",
                        (unsigned long long)vertices, len);
    p->vertex = calloc(vertices, sizeof *p->vertex);
    if (p->vertex == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %llu vertices", (unsigned long long)vertices);
    /* Polygons of more than four corners on the mean are nobody's bone. */
    return ost_weld_init(weld, (uint32_t)(2 * faces < p->limit ? 2 * faces + 2 : p->limit), err);
}

static bool read_body(struct ply *p, size_t len, struct ost_weld *weld, struct ost_err *err)
{
    if (!make_room(p, len, weld, err))
        return false;
    p->read = ost_read_of(p->words.at, (size_t)(p->words.end - p->words.at));
    for (size_t i = 0; i < p->elements; i++)
        for (uint32_t row = 0; row < p->element[i].count; row++)
            if (!take_row(p, &p->element[i], weld, err))
                return ost_err_note(err, "row %u", row);
    return true;
}

bool ost_ply_read(const void *bytes, size_t len, uint32_t limit, struct ost_mesh **out,
                  struct ost_err *err)
{
    struct ost_weld weld = {0};
    struct ply *p = calloc(1, sizeof *p);
    *out = NULL;
    if (p == NULL)
        return ost_fail(err, OST_NOMEM, "ply: out of memory");
    p->limit = limit;
    p->words = (struct ost_words){bytes, (const char *)bytes + len};
    bool ok = len >= 4 && memcmp(bytes, "ply", 3) == 0 && read_header(p);
    if (!ok)
        (void)ost_fail(err, OST_CORRUPT, "the header is not understood");
    ok = ok && read_body(p, len, &weld, err);
    if (ok)
        *out = ost_weld_take(&weld);
    ost_weld_fini(&weld);
    free(p->vertex);
    free(p);
    return ok || ost_err_note(err, "ply");
}
