/*
 * One transaction of a plan: who, when, and a list of operations that happen all
 * together or not at all. Once applied it is an entry of the log, chained to the
 * one before by SHA-256.
 *
 * Everything here is borrowed, usually from the arena it was read into.
 */
#ifndef OST_PLAN_ENTRY_H
#define OST_PLAN_ENTRY_H

#include "recon/base/sha256.h"
#include "recon/plan/schema.h"
#include "recon/plan/tree.h"

OST_C_BEGIN

enum {
    OST_ACTOR_BYTES = 64,  /* a user's id */
    OST_NAME_BYTES = 120,  /* a user's name */
    OST_TAG_BYTES = 60,    /* a tag's name */
    OST_SAID_BYTES = 400,  /* what its writer says with it */
    OST_CLIENT_BYTES = 32, /* hexadecimal digits a page made for itself */
    OST_ENTRY_OPS = 256,
    OST_ENTRY_PRE = 64,
    OST_ENTRY_BYTES = 256 * 1024, /* canonical bytes */
};

/* Not said which rev was seen. A negative rev -n is the sender's own transaction n. */
#define OST_REV_UNSAID INT64_MIN

struct ost_actor {
    const char *id, *name;
    enum ost_role role;
};

enum ost_op_kind {
    OST_OP_CREATE,
    OST_OP_SET,
    OST_OP_MOVE,
    OST_OP_REMOVE,
    OST_OP_RESTORE, /* takes a remove back; what the object held is there again */
    OST_OP_TAG,
};

struct ost_assign {
    const char *property;
    struct ost_value value;
};

struct ost_op {
    enum ost_op_kind kind;
    const char *object;              /* id */
    const char *type;                /* create */
    const char *parent, *order;      /* create, move; parent "" is none */
    const struct ost_assign *assign; /* create: any number; set: one */
    size_t assign_count;
    int64_t base;               /* set: the rev the writer saw, or OST_REV_UNSAID */
    const char *tag, *tag_kind; /* name; "version", "approved" or another of README.md */
    const char *hash;           /* tag: the state hash it binds to, hex */
    const char *said;           /* tag: what the writer says with it; NULL or "": nothing */
};

/* Holds only while `property` of `object` still has rev `rev`. */
struct ost_pre {
    const char *object, *property;
    int64_t rev;
};

struct ost_entry {
    struct ost_actor by;
    const char *client; /* 32 hexadecimal digits */
    int64_t n;          /* 1, 2, 3 ... of that client */
    int64_t at_ms;      /* Unix time, told by the caller */
    int64_t undo_of;    /* seq of the entry this one takes back, or 0 */
    struct ost_op *op;  /* bases are resolved in place when applied */
    size_t op_count;
    struct ost_pre *pre; /* checked, not logged */
    size_t pre_count;
    /* Known once applied: */
    int64_t seq;
    unsigned char prev[OST_SHA256_BYTES], hash[OST_SHA256_BYTES];
};

/* Operations, or preconditions, from a list node; strict, into the arena. */
OST_MUST_CHECK
bool ost_ops_read(const struct ost_tree *node, struct ost_arena *arena, struct ost_entry *out,
                  struct ost_err *err);
OST_MUST_CHECK
bool ost_pres_read(const struct ost_tree *node, struct ost_arena *arena, struct ost_entry *out,
                   struct ost_err *err);

/* A whole entry, CBOR body or JSON; JSON may carry "hash", CBOR never does. */
OST_MUST_CHECK
bool ost_entry_read(const struct ost_tree *node, struct ost_arena *arena, struct ost_entry *out,
                    struct ost_err *err);

/* The same from a canonical body as it lies in the log; `hash` becomes that of the bytes. */
OST_MUST_CHECK
bool ost_entry_read_body(const void *body, size_t len, struct ost_arena *arena,
                         struct ost_entry *out, struct ost_err *err);

/* A value by its shape: number, truth, text, [x, y, z], {"r": [9], "t": [3]} or null. */
OST_MUST_CHECK
bool ost_value_read(const struct ost_tree *node, struct ost_value *out, struct ost_err *err);

/* JSON carries "hash" beside the rest; the CBOR body is what the hash covers. */
void ost_entry_write(struct ost_sink *sink, const struct ost_entry *entry);

/* The members "ops" and "pre" of a map that is already begun. */
void ost_ops_write(struct ost_sink *sink, const struct ost_entry *entry);

/* SHA-256 of the canonical body, `prev` within it. */
OST_MUST_CHECK bool ost_entry_hash(struct ost_entry *entry, struct ost_err *err);

/* The `prev` of a plan's first entry: SHA-256 of "osteon plan " and the plan's id. */
void ost_entry_genesis(const char *plan_id, unsigned char prev[OST_SHA256_BYTES]);

OST_C_END

#endif
