#include "recon/mesh/obj.h"

#include "recon/mesh/weld_impl.h"
#include "recon/mesh/words_impl.h"

#include <stdlib.h>
#include <string.h>

struct obj {
    struct ost_words words;
    float (*vertex)[3]; /* owned */
    uint32_t vertices, vertex_room;
    struct ost_weld weld;
};

/* Lines of vertices, and the triangles that the faces come to. */
static void count_lines(struct ost_words words, uint64_t *vertices, uint64_t *triangles)
{
    *vertices = *triangles = 0;
    for (char word[OST_WORD]; ost_words_next(&words, word); ost_words_skip_line(&words)) {
        *vertices += strcmp(word, "v") == 0 ? 1 : 0;
        if (strcmp(word, "f") != 0)
            continue;
        uint64_t corners = 0;
        while (ost_words_next_here(&words, word))
            corners++;
        *triangles += corners > 2 ? corners - 2 : 0;
    }
}

/* The vertex that a corner names; a number before the first slash. */
static bool vertex_of(const struct obj *o, const char *word, uint32_t *out)
{
    char *end = NULL;
    long n = strtol(word, &end, 10);
    if (end == word || (*end != '\0' && *end != '/'))
        return false;
    long at = n > 0 ? n - 1 : (long)o->vertices + n;
    *out = (uint32_t)at;
    return n != 0 && at >= 0 && at < (long)o->vertices;
}

static bool read_face(struct obj *o, struct ost_err *err)
{
    uint32_t corner[3] = {0};
    char word[OST_WORD];
    for (int n = 0; ost_words_next_here(&o->words, word); n++) {
        uint32_t at;
        float t[3][3];
        if (!vertex_of(o, word, &at))
            return ost_fail(err, OST_CORRUPT, "a corner that is none of %u vertices", o->vertices);
        corner[n < 2 ? n : 2] = at;
        if (n < 2)
            continue;
        for (int k = 0; k < 3; k++)
            memcpy(t[k], o->vertex[corner[k]], sizeof t[k]);
        if (!ost_weld_triangle(&o->weld, t, err))
            return false;
        corner[1] = at;
    }
    return true;
}

static bool read_lines(struct obj *o, struct ost_err *err)
{
    for (char word[OST_WORD]; ost_words_next(&o->words, word); ost_words_skip_line(&o->words)) {
        if (strcmp(word, "v") == 0) {
            float *v = o->vertex[o->vertices++];
            if (!ost_words_number(&o->words, &v[0]) || !ost_words_number(&o->words, &v[1]) ||
                !ost_words_number(&o->words, &v[2]))
                return ost_fail(err, OST_CORRUPT, "vertex %u is no place", o->vertices);
        } else if (strcmp(word, "f") == 0 && !read_face(o, err)) {
            return false;
        }
    }
    return true;
}

bool ost_obj_read(const void *bytes, size_t len, uint32_t limit, struct ost_mesh **out,
                  struct ost_err *err)
{
    struct obj o = {.words = {bytes, (const char *)bytes + len}};
    uint64_t vertices, triangles;
    *out = NULL;
    count_lines(o.words, &vertices, &triangles);
    if (triangles == 0 || vertices == 0)
        return ost_fail(err, OST_CORRUPT, "obj: no faces: a cloud of points is no surface");
    if (triangles > limit)
        return ost_fail(err, OST_LIMIT, "obj: %llu triangles, limit %u",
                        (unsigned long long)triangles, limit);
    o.vertex = calloc(vertices, sizeof *o.vertex);
    bool ok = o.vertex != NULL || ost_fail(err, OST_NOMEM, "no room for vertices");
    ok = ok && ost_weld_init(&o.weld, (uint32_t)triangles, err) && read_lines(&o, err);
    if (ok)
        *out = ost_weld_take(&o.weld);
    ost_weld_fini(&o.weld);
    free(o.vertex);
    return ok || ost_err_note(err, "obj");
}
