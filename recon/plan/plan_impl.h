/*
 * How a plan lies in memory. Objects are kept in the order of their ids and never
 * move once made, so that the journal may point at them.
 */
#ifndef OST_PLAN_PLAN_IMPL_H
#define OST_PLAN_PLAN_IMPL_H

#include "recon/base/siphash.h"
#include "recon/plan/order.h"
#include "recon/plan/plan.h"

OST_C_BEGIN

struct stamp {
    int64_t rev; /* 0: never written */
    int by;      /* index of a person */
};

struct slot {
    struct ost_value value; /* text owned */
    struct stamp stamp;
    struct ost_u128 fact; /* its part of the state sum */
};

struct place {
    char parent[OST_ID_BYTES + 1];
    char order[OST_ORDER_BYTES + 1];
    struct stamp stamp;
};

struct life {
    bool alive;
    struct stamp stamp;
};

struct object {
    char id[OST_ID_BYTES + 1];
    enum ost_type type;
    struct place place;
    struct life life;
    struct ost_u128 fact;
    unsigned slot_count;
    struct slot slot[];
};

struct person {
    char id[OST_ACTOR_BYTES + 1];
    char name[OST_NAME_BYTES + 1];
    enum ost_role role;
};

struct client {
    char id[OST_CLIENT_BYTES + 1];
    uint16_t next; /* of the same bucket: its index and one, 0 for none */
    int by;
    int64_t n, seq;
};

enum { OST_CLIENT_BUCKETS = 256 };

enum tag_kind {
    TAG_VERSION,
    TAG_DRAFT,
    TAG_PROPOSED,
    TAG_APPROVED,
    TAG_RELEASED,
    TAG_MANUFACTURED,
    TAG_USED,
    TAG_CHECKED,
};

struct tag {
    char name[OST_TAG_BYTES + 1];
    char said[OST_SAID_BYTES + 1];
    enum tag_kind kind;
    char hash[OST_SHA256_HEX];
    int64_t seq, at_ms;
    int by;
};

/* What one step of a transaction replaced: for taking it back at once, or later. */
enum change_kind {
    OST_CHANGE_BIRTH,
    OST_CHANGE_SLOT,
    OST_CHANGE_PLACE,
    OST_CHANGE_LIFE,
    OST_CHANGE_TAG
};

struct change {
    enum change_kind kind;
    struct object *object;
    int slot;
    union {
        struct slot slot; /* text owned */
        struct place place;
        struct life life;
    } old;
};

/* A transaction that may still be undone. */
struct past {
    int64_t seq, n, undo_of;
    char client[OST_CLIENT_BYTES + 1];
    int by;
    struct change *change; /* owned */
    size_t change_count, bytes;
};

struct ost_plan {
    char id[OST_ACTOR_BYTES + 1];
    int64_t seq;
    unsigned char head[OST_SHA256_BYTES];
    struct ost_u128 sum;
    bool preview;
    struct object **object; /* owned, by ost_key_order of ids */
    size_t object_count, object_room;
    struct person *person; /* owned */
    int person_count, person_room;
    struct client *client; /* owned */
    size_t client_count, client_room;
    uint16_t client_bucket[OST_CLIENT_BUCKETS]; /* as `next` */
    struct tag *tag;                            /* owned */
    size_t tag_count, tag_room;
    struct past *past; /* owned, oldest first */
    size_t past_count, past_room, past_bytes;
    struct ost_buf scratch;
};

/* Room for one more element; `most` is the stated limit. */
OST_MUST_CHECK
bool ost_plan_room(void **array, size_t size, size_t count, size_t *room, size_t most,
                   struct ost_err *err);

/* Where an id stands, or would stand. */
bool ost_plan_place_of(const struct ost_plan *plan, const char *id, size_t *at);
struct object *ost_plan_object(const struct ost_plan *plan, const char *id); /* or NULL */

OST_MUST_CHECK
bool ost_plan_object_add(struct ost_plan *plan, const char *id, enum ost_type type,
                         struct object **out, struct ost_err *err);
void ost_plan_object_drop(struct ost_plan *plan, struct object *object);

int ost_plan_person(const struct ost_plan *plan, const char *id); /* or -1 */
OST_MUST_CHECK
bool ost_plan_person_add(struct ost_plan *plan, const struct ost_actor *who, int *out,
                         struct ost_err *err);

/* Takes the fact of an object or slot out of the sum before, puts it in after a write. */
void ost_plan_fact_object(struct ost_plan *plan, struct object *object);
void ost_plan_fact_slot(struct ost_plan *plan, struct object *object, int slot);
void ost_plan_fact_tag(struct ost_plan *plan, const struct tag *tag, bool add);
void ost_plan_fact_drop(struct ost_plan *plan, const struct object *object);

/* A copy of a value whose text is the copy's own. */
OST_MUST_CHECK
bool ost_plan_value_keep(const struct ost_value *from, struct ost_value *to, struct ost_err *err);
void ost_plan_value_drop(struct ost_value *value);

OST_MUST_CHECK bool ost_plan_id_check(const char *id, struct ost_err *err);

/* Everything that must hold of a living object and its neighbours. */
OST_MUST_CHECK
bool ost_plan_object_check(const struct ost_plan *plan, const struct object *object,
                           struct ost_err *err);
/* The part of it that somebody else's move can break: parents, all the way up. */
OST_MUST_CHECK
bool ost_plan_parent_check(const struct ost_plan *plan, const struct object *object,
                           struct ost_err *err);
/* Nobody living leans on a removed one. */
OST_MUST_CHECK
bool ost_plan_unused_check(const struct ost_plan *plan, const struct object *object,
                           struct ost_err *err);

void ost_plan_changes_drop(struct change *change, size_t count);

OST_C_END

#endif
