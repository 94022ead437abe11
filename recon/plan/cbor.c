#include "recon/base/read.h"
#include "recon/plan/sink.h"
#include "recon/plan/tree.h"
#include "recon/plan/utf8_impl.h"

#include <math.h>
#include <string.h>

/* Major types of RFC 8949 section 3.1, those we use. */
#define UNSIGNED 0
#define NEGATIVE 1
#define TEXT     3
#define LIST     4
#define MAP      5
#define SIMPLE   7

struct reader {
    struct ost_arena *arena;
    struct ost_read bytes;
    struct ost_err *err;
};

static bool corrupt(struct reader *r, const char *what)
{
    return ost_fail(r->err, OST_CORRUPT, "CBOR: %s at byte %zu", what, r->bytes.at);
}

static uint64_t big_endian(struct ost_read *read, size_t len)
{
    uint64_t v = 0;
    for (size_t i = 0; i < len; i++)
        v = v << 8 | ost_read_u8(read);
    return v;
}

/* Reads a head; shortest form only. Floats come back as their bits with info 27. */
static bool head(struct reader *r, int *major, int *info, uint64_t *argument)
{
    static const uint64_t least[] = {24, 0x100, 0x10000, 0x100000000U};
    uint8_t first = ost_read_u8(&r->bytes);
    *major = first >> 5;
    *info = first & 31;
    *argument = (uint64_t)*info;
    if (*info > 27)
        return corrupt(r, "an indefinite or reserved length");
    if (*info >= 24)
        *argument = big_endian(&r->bytes, (size_t)1 << (*info - 24));
    if (r->bytes.failed)
        return corrupt(r, "the end comes too early");
    if (*info >= 24 && *major != SIMPLE && *argument < least[*info - 24])
        return corrupt(r, "a length that is not the shortest");
    return true;
}

static bool text(struct reader *r, uint64_t len, const char **out)
{
    const unsigned char *p = len > r->bytes.len ? NULL : ost_read_bytes(&r->bytes, (size_t)len);
    if (p == NULL)
        return corrupt(r, "the end comes too early");
    for (size_t at = 0, n = 0; at < len; at += n) {
        n = ost_utf8_get(p + at, (size_t)len - at);
        if (n == 0)
            return corrupt(r, "text that is not UTF-8");
    }
    *out = ost_arena_text(r->arena, (const char *)p, (size_t)len);
    return *out != NULL || ost_fail(r->err, OST_LIMIT, "CBOR: more than its memory limit");
}

static bool simple(struct reader *r, int info, uint64_t argument, struct ost_tree *node)
{
    if (info == 20 || info == 21) {
        node->kind = OST_TREE_BOOL;
        node->truth = info == 21;
        return true;
    }
    if (info == 22)
        return true;
    if (info != 27)
        return corrupt(r, "a kind of value that is not used");
    memcpy(&node->f64, &argument, sizeof node->f64);
    node->kind = OST_TREE_F64;
    if (!isfinite(node->f64) || (node->f64 == 0.0 && signbit(node->f64)))
        return corrupt(r, "a number that is not finite, or a negative zero");
    return true;
}

static bool value(struct reader *r, struct ost_tree *node, int depth);

static bool key(struct reader *r, const char *before, const char **out)
{
    int major = 0, info = 0;
    uint64_t len = 0;
    if (!head(r, &major, &info, &len))
        return false;
    if (major != TEXT)
        return corrupt(r, "a key that is no text");
    if (!text(r, len, out))
        return false;
    return before == NULL || ost_key_order(before, *out) < 0 || corrupt(r, "keys out of order");
}

static bool members(struct reader *r, struct ost_tree *node, uint64_t count, int depth)
{
    const struct ost_tree **link = &node->first;
    const char *before = NULL;
    if (count > r->bytes.len - r->bytes.at)
        return corrupt(r, "more members than bytes");
    for (uint64_t i = 0; i < count; i++) {
        struct ost_tree *next = ost_arena_alloc(r->arena, sizeof *next);
        if (next == NULL)
            return ost_fail(r->err, OST_LIMIT, "CBOR: more than its memory limit");
        if (node->kind == OST_TREE_MAP && !key(r, before, &next->key))
            return false;
        before = next->key;
        if (!value(r, next, depth + 1))
            return false;
        *link = next;
        link = &next->next;
        node->count++;
    }
    return true;
}

static bool integer(struct reader *r, bool negative, uint64_t argument, struct ost_tree *node)
{
    if (argument > (uint64_t)OST_TREE_INTEGER_MOST - 1)
        return corrupt(r, "an integer too large");
    node->kind = OST_TREE_INTEGER;
    node->integer = negative ? -1 - (int64_t)argument : (int64_t)argument;
    node->f64 = (double)node->integer;
    return true;
}

static bool value(struct reader *r, struct ost_tree *node, int depth)
{
    int major = 0, info = 0;
    uint64_t argument = 0;
    if (depth > OST_TREE_DEPTH)
        return corrupt(r, "too deep");
    if (!head(r, &major, &info, &argument))
        return false;
    switch (major) {
    case UNSIGNED:
    case NEGATIVE:
        return integer(r, major == NEGATIVE, argument, node);
    case TEXT:
        node->kind = OST_TREE_TEXT;
        node->count = (size_t)argument;
        return text(r, argument, &node->text);
    case LIST:
    case MAP:
        node->kind = major == LIST ? OST_TREE_LIST : OST_TREE_MAP;
        return members(r, node, argument, depth);
    case SIMPLE:
        return simple(r, info, argument, node);
    default:
        return corrupt(r, "a kind of value that is not used");
    }
}

bool ost_tree_of_cbor(struct ost_arena *arena, const void *bytes, size_t len,
                      const struct ost_tree **out, struct ost_err *err)
{
    if (len > OST_TREE_BYTES)
        return ost_fail(err, OST_LIMIT, "CBOR of %zu bytes, limit %d", len, (int)OST_TREE_BYTES);
    struct reader r = {.arena = arena, .bytes = ost_read_of(bytes, len), .err = err};
    struct ost_tree *root = ost_arena_alloc(arena, sizeof *root);
    if (root == NULL)
        return ost_fail(err, OST_LIMIT, "CBOR: more than its memory limit");
    if (!value(&r, root, 0))
        return false;
    if (r.bytes.at != r.bytes.len)
        return corrupt(&r, "something follows the end");
    *out = root;
    return true;
}
