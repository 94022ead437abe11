/*
 * The same message in the other of the two forms of sink.h: JSON and deterministic CBOR.
 * Whole numbers stay whole, and floats floats, with every bit of theirs; members of a map
 * come out in the order of their keys. So what CBOR tells survives the way there and back
 * byte for byte, and a message has one CBOR whatever order its JSON was written in.
 */
#ifndef OST_PLAN_TWIN_H
#define OST_PLAN_TWIN_H

#include "recon/plan/sink.h"
#include "recon/plan/tree.h"

OST_C_BEGIN

/* What bytes of a form say. */
OST_MUST_CHECK
bool ost_tree_of(enum ost_form form, struct ost_arena *arena, const void *bytes, size_t len,
                 const struct ost_tree **out, struct ost_err *err);

/* A tree as one value of the sink. A key twice in a map leaves the sink's buffer failed. */
void ost_tree_write(struct ost_sink *sink, const struct ost_tree *node);

/* Appends to `out`, whose limit holds. OST_CORRUPT where `bytes` are not of that form. */
OST_MUST_CHECK
bool ost_twin_cbor(const void *json, size_t len, struct ost_buf *out, struct ost_err *err);
OST_MUST_CHECK
bool ost_twin_json(const void *cbor, size_t len, struct ost_buf *out, struct ost_err *err);

OST_C_END

#endif
