#include "recon/plan/tree.h"
#include "recon/plan/utf8_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct ost_arena *arena;
    const unsigned char *at, *end;
    struct ost_err *err;
};

static bool corrupt(struct reader *r, const char *what)
{
    return ost_fail(r->err, OST_INVALID, "JSON: %s, %zu bytes before the end", what,
                    (size_t)(r->end - r->at));
}

static bool nomem(struct reader *r)
{
    return ost_fail(r->err, OST_LIMIT, "JSON: more than its memory limit");
}

static void skip_space(struct reader *r)
{
    while (r->at < r->end && strchr(" \t\r\n", *r->at) != NULL && *r->at != '\0')
        r->at++;
}

static bool take(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != (unsigned char)c)
        return false;
    r->at++;
    return true;
}

static bool hex4(struct reader *r, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        if (r->at == r->end)
            return false;
        unsigned c = *r->at++;
        unsigned lower = c | 0x20;
        if (c >= '0' && c <= '9') {
            *out = *out << 4 | (c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            *out = *out << 4 | (lower - 'a' + 10);
        } else {
            return false;
        }
    }
    return true;
}

/* After "\u": one code point, two escapes where it lies beyond the first plane. */
static bool code_point(struct reader *r, uint32_t *out)
{
    uint32_t low = 0;
    if (!hex4(r, out) || *out == 0 || (*out >= 0xDC00 && *out <= 0xDFFF))
        return false;
    if (*out < 0xD800 || *out > 0xDBFF)
        return true;
    if (!take(r, '\\') || !take(r, 'u') || !hex4(r, &low) || low < 0xDC00 || low > 0xDFFF)
        return false;
    *out = 0x10000 + ((*out - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

static bool escape(struct reader *r, char **to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    if (r->at == r->end)
        return false;
    unsigned char c = *r->at++;
    if (c == 'u') {
        uint32_t point = 0;
        if (!code_point(r, &point))
            return false;
        *to += ost_utf8_put(point, *to);
        return true;
    }
    const char *found = c == '\0' ? NULL : strchr(from, c);
    if (found == NULL)
        return false;
    *(*to)++ = into[found - from];
    return true;
}

/* Bytes up to the closing quote; false where there is none. */
static bool text_length(const struct reader *r, size_t *length)
{
    size_t left = (size_t)(r->end - r->at), n = 0;
    while (n < left && r->at[n] != '"')
        n += r->at[n] == '\\' ? 2 : 1;
    *length = n;
    return n < left;
}

/* One character of a text, or one escape. */
static bool character(struct reader *r, const unsigned char *end, char **to)
{
    if (*r->at == '\\') {
        r->at++;
        return escape(r, to) || corrupt(r, "a wrong escape");
    }
    size_t n = ost_utf8_get(r->at, (size_t)(end - r->at));
    if (n == 0 || *r->at < 0x20)
        return corrupt(r, "a byte that is no text");
    memcpy(*to, r->at, n);
    *to += n;
    r->at += n;
    return true;
}

/* The text after its opening quote; an escape never grows when it is undone. */
static bool text(struct reader *r, const char **out, size_t *len)
{
    size_t length = 0;
    if (!text_length(r, &length))
        return corrupt(r, "a text does not end");
    const unsigned char *end = r->at + length;
    char *copy = ost_arena_alloc(r->arena, length + 1), *to = copy;
    if (copy == NULL)
        return nomem(r);
    while (r->at < end) {
        if (!character(r, end, &to))
            return false;
    }
    if (r->at != end)
        return corrupt(r, "a wrong escape");
    r->at++;
    *out = copy;
    *len = (size_t)(to - copy);
    return true;
}

static size_t digits(const char *p)
{
    return strspn(p, "0123456789");
}

/* Steps over digits; false where there are none. */
static bool step_digits(const char **p)
{
    size_t count = digits(*p);
    *p += count;
    return count > 0;
}

/* The length of a number by the grammar of RFC 8259, 0 where it is none. */
static size_t number_length(const char *text, bool *integer)
{
    const char *p = text[0] == '-' ? text + 1 : text;
    *integer = true;
    if (p[0] == '0' && digits(p) > 1)
        return 0;
    if (!step_digits(&p))
        return 0;
    if (*p == '.') {
        *integer = false;
        p++;
        if (!step_digits(&p))
            return 0;
    }
    if (*p == 'e' || *p == 'E') {
        *integer = false;
        p += p[1] == '+' || p[1] == '-' ? 2 : 1;
        if (!step_digits(&p))
            return 0;
    }
    return (size_t)(p - text);
}

/* strtod() of a short copy: exact in glibc and wasi-libc alike (a test holds it). */
static bool number(struct reader *r, struct ost_tree *node)
{
    char copy[64] = {0};
    size_t left = (size_t)(r->end - r->at);
    memcpy(copy, r->at, left < sizeof copy - 1 ? left : sizeof copy - 1);
    copy[strspn(copy, "+-.0123456789eE")] = '\0';
    bool integer = false;
    size_t n = number_length(copy, &integer);
    if (n == 0 || copy[n] != '\0' || n == sizeof copy - 1)
        return corrupt(r, "a wrong or overlong number");
    node->f64 = strtod(copy, NULL);
    if (!isfinite(node->f64))
        return corrupt(r, "a number too large");
    if (node->f64 == 0.0)
        node->f64 = 0.0;
    node->kind = OST_TREE_F64;
    if (integer && fabs(node->f64) <= (double)OST_TREE_INTEGER_MOST) {
        node->kind = OST_TREE_INTEGER;
        node->integer = (int64_t)node->f64;
    }
    r->at += n;
    return true;
}

static bool word(struct reader *r, const char *is)
{
    size_t n = strlen(is);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, is, n) != 0)
        return corrupt(r, "an unknown word");
    r->at += n;
    return true;
}

static bool value(struct reader *r, struct ost_tree *node, int depth);

static bool member(struct reader *r, struct ost_tree *node, bool map, int depth)
{
    skip_space(r);
    if (map) {
        size_t len = 0;
        if (!take(r, '"'))
            return corrupt(r, "a key must be text");
        if (!text(r, &node->key, &len))
            return false;
        skip_space(r);
        if (!take(r, ':'))
            return corrupt(r, "':' is missing");
        skip_space(r);
    }
    return value(r, node, depth + 1);
}

static bool members(struct reader *r, struct ost_tree *node, char close, int depth)
{
    bool map = close == '}';
    node->kind = map ? OST_TREE_MAP : OST_TREE_LIST;
    const struct ost_tree **link = &node->first;
    skip_space(r);
    if (take(r, close))
        return true;
    for (;;) {
        struct ost_tree *next = ost_arena_alloc(r->arena, sizeof *next);
        if (next == NULL)
            return nomem(r);
        if (!member(r, next, map, depth))
            return false;
        *link = next;
        link = &next->next;
        node->count++;
        skip_space(r);
        if (take(r, close))
            return true;
        if (!take(r, ','))
            return corrupt(r, "',' or an end is missing");
    }
}

static bool value(struct reader *r, struct ost_tree *node, int depth)
{
    if (depth > OST_TREE_DEPTH)
        return ost_fail(r->err, OST_LIMIT, "JSON: deeper than %d", (int)OST_TREE_DEPTH);
    if (r->at == r->end)
        return corrupt(r, "it ends too early");
    switch (*r->at) {
    case '{':
        r->at++;
        return members(r, node, '}', depth);
    case '[':
        r->at++;
        return members(r, node, ']', depth);
    case '"':
        r->at++;
        node->kind = OST_TREE_TEXT;
        return text(r, &node->text, &node->count);
    case 't':
    case 'f':
        node->kind = OST_TREE_BOOL;
        node->truth = *r->at == 't';
        return word(r, node->truth ? "true" : "false");
    case 'n':
        node->kind = OST_TREE_NULL;
        return word(r, "null");
    default:
        return number(r, node);
    }
}

bool ost_tree_of_json(struct ost_arena *arena, const void *bytes, size_t len,
                      const struct ost_tree **out, struct ost_err *err)
{
    if (len > OST_TREE_BYTES)
        return ost_fail(err, OST_LIMIT, "JSON of %zu bytes, limit %d", len, (int)OST_TREE_BYTES);
    struct reader r = {.arena = arena, .at = bytes, .err = err};
    r.end = r.at + len;
    struct ost_tree *root = ost_arena_alloc(arena, sizeof *root);
    if (root == NULL)
        return nomem(&r);
    skip_space(&r);
    if (!value(&r, root, 0))
        return false;
    skip_space(&r);
    if (r.at != r.end)
        return corrupt(&r, "something follows the end");
    *out = root;
    return true;
}
