/*
 * JSON (RFC 8259) or deterministic CBOR (RFC 8949 4.2.1) as a tree in an arena.
 * For bytes that somebody else wrote: bounded in depth, length and nodes; valid
 * UTF-8 without NUL only; numbers finite; -0 read as 0.
 *
 * Repeated keys are refused by whoever reads the map, with ost_tree_fields().
 */
#ifndef OST_PLAN_TREE_H
#define OST_PLAN_TREE_H

#include "recon/base/arena.h"

#include <stdint.h>

OST_C_BEGIN

enum { OST_TREE_DEPTH = 12, OST_TREE_BYTES = 16 * 1024 * 1024 };

/* Integers stay apart from other numbers up to here, the last that doubles hold. */
#define OST_TREE_INTEGER_MOST ((int64_t)9007199254740991)

enum ost_tree_kind {
    OST_TREE_NULL,
    OST_TREE_BOOL,
    OST_TREE_INTEGER, /* written without a dot or exponent; `f64` holds it too */
    OST_TREE_F64,
    OST_TREE_TEXT,
    OST_TREE_LIST,
    OST_TREE_MAP,
};

struct ost_tree {
    enum ost_tree_kind kind;
    bool truth;
    int64_t integer;
    double f64;
    const char *key;  /* of a member of a map; with its NUL */
    const char *text; /* with its NUL */
    size_t count;     /* bytes of text, members of a list or map */
    const struct ost_tree *first, *next;
};

OST_MUST_CHECK
bool ost_tree_of_json(struct ost_arena *arena, const void *bytes, size_t len,
                      const struct ost_tree **out, struct ost_err *err);

/* Shortest heads, definite lengths, text keys, all floats 64 bits. */
OST_MUST_CHECK
bool ost_tree_of_cbor(struct ost_arena *arena, const void *bytes, size_t len,
                      const struct ost_tree **out, struct ost_err *err);

/*
 * The members of `map` by the NULL-terminated list `name`, in its order: out[i] is
 * NULL where absent. Fails where `map` is no map, holds a key that is not listed or
 * one key twice. `what` names the map in the message.
 */
OST_MUST_CHECK
bool ost_tree_fields(const struct ost_tree *map, const char *what, const char *const *name,
                     const struct ost_tree **out, struct ost_err *err);

/* These fail where the node is absent (NULL), of another kind or out of range. */
OST_MUST_CHECK
bool ost_tree_text(const struct ost_tree *node, const char *what, size_t most, const char **out,
                   struct ost_err *err);
OST_MUST_CHECK
bool ost_tree_integer(const struct ost_tree *node, const char *what, int64_t least, int64_t *out,
                      struct ost_err *err);

OST_C_END

#endif
