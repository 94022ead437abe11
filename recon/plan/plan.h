/*
 * A correction plan: objects with typed properties, made by entries in one order.
 * The same files run in the server, the tools and the browser, and give the same
 * bytes. No clock, no randomness, no I/O; bounded memory.
 *
 * Every property remembers `rev`, the sequence number that last wrote it, and by
 * whom. Removed objects stay as tombstones, so an id is never used twice.
 *
 * State hash: SHA-256 of the canonical bytes of the objects (with revs and writers;
 * without tags, so that an approval does not outdate itself). State sum: 128 bits,
 * the sum of a keyed hash of every fact, tags included; cheap, carried by every
 * acknowledgement to notice replicas that drifted apart.
 */
#ifndef OST_PLAN_PLAN_H
#define OST_PLAN_PLAN_H

#include "recon/plan/entry.h"

OST_C_BEGIN

enum {
    OST_PLAN_OBJECTS = 2048, /* tombstones included */
    OST_PLAN_TAGS = 512,
    OST_PLAN_PEOPLE = 512,
    OST_PLAN_CLIENTS = 1024, /* the longest silent is forgotten first */
    OST_PLAN_DEPTH = 8,      /* of parents */
    OST_PLAN_HISTORY = 1024, /* entries that can still be undone */
    OST_PLAN_HISTORY_BYTES = 8 * 1024 * 1024,
    OST_PLAN_BYTES = 16 * 1024 * 1024, /* of a snapshot */
    OST_SUM_HEX = 33,
};

struct ost_plan;

/* An empty plan at seq 0; `id` (at most 64 bytes) is where its hash chain begins. */
OST_MUST_CHECK bool ost_plan_create(struct ost_plan **out, const char *id, struct ost_err *err);
void ost_plan_destroy(struct ost_plan *plan); /* NULL is fine */
OST_AUTO_DEFINE(ost_plan);

/* The same state without the memory of what can be undone. */
OST_MUST_CHECK
bool ost_plan_copy(const struct ost_plan *plan, struct ost_plan **out, struct ost_err *err);

enum ost_outcome {
    OST_APPLIED,
    OST_DUPLICATE, /* this (client, n) is in the log already; entry->seq tells where */
};

/*
 * The next entry. On success it has seq, prev and hash, and its bases are resolved;
 * on failure the plan is as it was. Codes: invalid (not by the tables), denied (not
 * this role), conflict (stale base or precondition, id in use, object gone),
 * not_found, limit.
 */
OST_MUST_CHECK
bool ost_plan_apply(struct ost_plan *plan, struct ost_entry *entry, enum ost_outcome *outcome,
                    struct ost_err *err);

/* The same for an entry of the log: its seq, prev and hash must be the ones that follow. */
OST_MUST_CHECK
bool ost_plan_replay(struct ost_plan *plan, struct ost_entry *entry, struct ost_err *err);

/*
 * A page's own edit before the server has answered: applied with rev -n, outside the
 * log. Such a plan is only for looking at; it takes no further entries.
 */
OST_MUST_CHECK
bool ost_plan_preview(struct ost_plan *plan, struct ost_entry *entry, struct ost_err *err);

struct ost_undo {
    bool redo;    /* in: take back the last undo instead */
    int restored; /* out: operations in the entry */
    int kept;     /* out: what others changed since and stays as they left it */
};

/*
 * An entry that takes back the last transaction of this actor that can be, where
 * every rev is still the one it wrote. The caller adds client, n and at_ms and
 * applies it. Fails with OST_NOT_FOUND where nothing is left, with OST_CONFLICT where
 * all that is left was changed by others.
 */
OST_MUST_CHECK
bool ost_plan_undo(struct ost_plan *plan, const struct ost_actor *by, struct ost_arena *arena,
                   struct ost_undo *undo, struct ost_entry *out, struct ost_err *err);

/* How many of this actor's transactions can be taken back, and how many done again. */
struct ost_undo_depth {
    size_t undo, redo;
};
OST_MUST_CHECK
bool ost_plan_undo_depth(const struct ost_plan *plan, const char *actor, struct ost_undo_depth *out,
                         struct ost_err *err);

int64_t ost_plan_seq(const struct ost_plan *plan);
const char *ost_plan_id_view(const struct ost_plan *plan);
const unsigned char *ost_plan_head_view(const struct ost_plan *plan); /* last entry's hash */
void ost_plan_sum(const struct ost_plan *plan, char hex[OST_SUM_HEX]);
OST_MUST_CHECK
bool ost_plan_hash(const struct ost_plan *plan, char hex[OST_SHA256_HEX], struct ost_err *err);

/* Where a (client, n) went: its seq, or 0 where it is not remembered. */
int64_t ost_plan_seq_of(const struct ost_plan *plan, const char *client, int64_t n);

/* The highest n taken from a client, 0 where it is unknown. */
int64_t ost_plan_last_n(const struct ost_plan *plan, const char *client);

/* The canonical bytes the state hash covers. */
OST_MUST_CHECK
bool ost_plan_bytes(const struct ost_plan *plan, struct ost_buf *buf, struct ost_err *err);

/* All a replica needs to go on from here: canonical CBOR, or the JSON twin. */
OST_MUST_CHECK
bool ost_plan_write(const struct ost_plan *plan, enum ost_form form, struct ost_buf *buf,
                    struct ost_err *err);
OST_MUST_CHECK
bool ost_plan_read(const void *bytes, size_t len, enum ost_form form, struct ost_plan **out,
                   struct ost_err *err);

/* A living object, looked at; the views die with the next entry. */
struct ost_object_view {
    const char *id, *parent, *order;
    enum ost_type type;
    bool alive;
};
size_t ost_plan_count(const struct ost_plan *plan); /* tombstones included */
struct ost_object_view ost_plan_object_view(const struct ost_plan *plan, size_t index);

/* The index of an object, or of the first living one of a type (by order, then id); -1. */
int ost_plan_find(const struct ost_plan *plan, const char *id);
int ost_plan_first(const struct ost_plan *plan, enum ost_type type);

struct ost_property_view {
    struct ost_value value; /* OST_VALUE_NONE where absent */
    int64_t rev;
    const char *by, *by_name; /* "" where never written */
    enum ost_role by_role;
};
struct ost_property_view ost_plan_property_view(const struct ost_plan *plan, int object,
                                                const char *property);

/*
 * Where the plan stands. A tag moves it on; anything but a draft cannot be changed, and a
 * tag of kind "draft" branches the next draft from it.
 */
enum ost_review {
    OST_REVIEW_DRAFT,
    OST_REVIEW_PROPOSED,
    OST_REVIEW_APPROVED,
    OST_REVIEW_RELEASED, /* for manufacture, by a second person */
    OST_REVIEW_MANUFACTURED,
    OST_REVIEW_USED,
    OST_REVIEW_CHECKED, /* after the operation */
};
enum ost_review ost_plan_review(const struct ost_plan *plan);
const char *ost_review_name(enum ost_review review);

struct ost_approval {
    bool approved;             /* the last approval is of exactly this state */
    bool outdated;             /* there is one, and the plan was edited after it */
    int version;               /* versions named and approvals so far */
    int64_t at_ms;             /* of the last approval */
    const char *by, *name;     /* who, and the tag's name; borrowed, "" without one */
    char hash[OST_SHA256_HEX]; /* of the state now */
};
OST_MUST_CHECK
bool ost_plan_approval(const struct ost_plan *plan, struct ost_approval *out, struct ost_err *err);

OST_C_END

#endif
