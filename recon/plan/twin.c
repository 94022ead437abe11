#include "recon/plan/twin.h"

#include <stdlib.h>

#define TREE_BYTES(len) ((size_t)64 * 1024 + 96 * (len)) /* a node for two bytes, at the most */

static int by_key(const void *a, const void *b)
{
    const struct ost_tree *const *x = a, *const *y = b;
    return ost_key_order((*x)->key, (*y)->key);
}

static void write_map(struct ost_sink *sink, const struct ost_tree *map)
{
    const struct ost_tree **member = calloc(map->count + 1, sizeof *member);
    size_t count = 0;
    if (member == NULL) {
        sink->buf->failed = true;
        return;
    }
    for (const struct ost_tree *m = map->first; m != NULL; m = m->next)
        member[count++] = m;
    qsort(member, count, sizeof *member, by_key);
    ost_sink_map(sink, count);
    for (size_t i = 0; i < count && !sink->buf->failed; i++) {
        if (i > 0 && ost_key_order(member[i - 1]->key, member[i]->key) == 0)
            sink->buf->failed = true;
        ost_sink_key(sink, member[i]->key);
        ost_tree_write(sink, member[i]);
    }
    free(member);
}

void ost_tree_write(struct ost_sink *sink, const struct ost_tree *node)
{
    switch (node->kind) {
    case OST_TREE_NULL:
        ost_sink_null(sink);
        break;
    case OST_TREE_BOOL:
        ost_sink_bool(sink, node->truth);
        break;
    case OST_TREE_INTEGER:
        ost_sink_integer(sink, node->integer);
        break;
    case OST_TREE_F64:
        ost_sink_f64(sink, node->f64);
        break;
    case OST_TREE_TEXT:
        ost_sink_text(sink, node->text);
        break;
    case OST_TREE_LIST:
        ost_sink_list(sink, node->count);
        for (const struct ost_tree *m = node->first; m != NULL && !sink->buf->failed; m = m->next)
            ost_tree_write(sink, m);
        break;
    case OST_TREE_MAP:
        write_map(sink, node);
        break;
    }
}

bool ost_tree_of(enum ost_form form, struct ost_arena *arena, const void *bytes, size_t len,
                 const struct ost_tree **out, struct ost_err *err)
{
    return form == OST_FORM_CBOR ? ost_tree_of_cbor(arena, bytes, len, out, err)
                                 : ost_tree_of_json(arena, bytes, len, out, err);
}

static bool twin(const void *bytes, size_t len, enum ost_form to, struct ost_buf *out,
                 struct ost_err *err)
{
    const enum ost_form from = to == OST_FORM_CBOR ? OST_FORM_JSON : OST_FORM_CBOR;
    OST_AUTO(ost_arena) arena = NULL;
    const struct ost_tree *root = NULL;
    if (!ost_arena_create(&arena, TREE_BYTES(len), err) ||
        !ost_tree_of(from, arena, bytes, len, &root, err))
        return false;
    struct ost_sink sink = ost_sink_to(out, to);
    ost_tree_write(&sink, root);
    return ost_buf_done(out, err);
}

bool ost_twin_cbor(const void *json, size_t len, struct ost_buf *out, struct ost_err *err)
{
    return twin(json, len, OST_FORM_CBOR, out, err);
}

bool ost_twin_json(const void *cbor, size_t len, struct ost_buf *out, struct ost_err *err)
{
    return twin(cbor, len, OST_FORM_JSON, out, err);
}
