/* A snapshot read back. It must come out as the same sum and hash it says it has. */
#include "recon/plan/clients_impl.h"
#include "recon/plan/review_impl.h"

#include <stdlib.h>
#include <string.h>

#define READ_BYTES ((size_t)128 * 1024 * 1024) /* nodes of a snapshot of OST_PLAN_BYTES */

struct reading {
    struct ost_plan *plan;
    struct ost_arena *arena;
    struct ost_err *err;
    bool older; /* in the form snapshots had before: clients by their id */
};

static bool copy_text(const struct reading *r, const struct ost_tree *node, const char *what,
                      char *to, size_t most)
{
    const char *text = NULL;
    if (!ost_tree_text(node, what, most, &text, r->err))
        return false;
    memcpy(to, text, strlen(text) + 1);
    return true;
}

static bool person_of(const struct reading *r, const struct ost_tree *node, int *out)
{
    const char *id = NULL;
    if (!ost_tree_text(node, "by", OST_ACTOR_BYTES, &id, r->err))
        return false;
    *out = ost_plan_person(r->plan, id);
    return *out >= 0 || ost_fail(r->err, OST_CORRUPT, "a writer is not among the people");
}

static bool read_person(const struct reading *r, const struct ost_tree *node)
{
    static const char *const name[] = {"name", "role", NULL};
    const struct ost_tree *part[2];
    struct ost_actor who = {.id = node->key};
    const char *role = NULL;
    int at = 0;
    if (!ost_tree_fields(node, "a person", name, part, r->err) ||
        !ost_tree_text(part[0], "name", OST_NAME_BYTES, &who.name, r->err) ||
        !ost_tree_text(part[1], "role", OST_ID_BYTES, &role, r->err))
        return false;
    if (!ost_role_of_name(role, &who.role) || strlen(who.id) > OST_ACTOR_BYTES ||
        ost_plan_person(r->plan, who.id) >= 0)
        return ost_fail(r->err, OST_CORRUPT, "a person is given wrongly");
    return ost_plan_person_add(r->plan, &who, &at, r->err);
}

static bool read_client(const struct reading *r, const struct ost_tree *node)
{
    static const char *const name[] = {"n", "by", "seq", NULL};
    const struct ost_tree *part[3];
    struct client *client = NULL;
    if (node->kind == OST_TREE_LIST)
        return ost_plan_clients_read(r->plan, node, r->err);
    if (!ost_tree_fields(node, "a client", name, part, r->err) ||
        !ost_plan_client_add(r->plan, node->key, &client, r->err))
        return false;
    return ost_tree_integer(part[0], "n", 1, &client->n, r->err) &&
           person_of(r, part[1], &client->by) &&
           ost_tree_integer(part[2], "seq", 1, &client->seq, r->err);
}

static bool read_tag(const struct reading *r, const struct ost_tree *node)
{
    static const char *const name[] = {"at", "by", "seq", "hash", "kind", "name", "said", NULL};
    const struct ost_tree *part[7];
    struct ost_plan *plan = r->plan;
    char kind[16];
    if (!ost_tree_fields(node, "a tag", name, part, r->err) ||
        !ost_plan_room((void **)&plan->tag, sizeof *plan->tag, plan->tag_count, &plan->tag_room,
                       OST_PLAN_TAGS, r->err))
        return false;
    struct tag *tag = &plan->tag[plan->tag_count];
    memset(tag, 0, sizeof *tag);
    if (!ost_tree_integer(part[0], "at", 0, &tag->at_ms, r->err) ||
        !person_of(r, part[1], &tag->by) ||
        !ost_tree_integer(part[2], "seq", 1, &tag->seq, r->err) ||
        !copy_text(r, part[3], "hash", tag->hash, OST_SHA256_HEX - 1) ||
        !copy_text(r, part[4], "kind", kind, sizeof kind - 1) ||
        !copy_text(r, part[5], "name", tag->name, OST_TAG_BYTES) ||
        (part[6] != NULL && !copy_text(r, part[6], "said", tag->said, OST_SAID_BYTES)))
        return false;
    if (!ost_tag_kind_of_name(kind, &tag->kind))
        return ost_fail(r->err, OST_CORRUPT, "a tag is of no known kind");
    plan->tag_count++;
    ost_plan_fact_tag(plan, tag, true);
    return true;
}

static bool read_stamp(const struct reading *r, const struct ost_tree *by,
                       const struct ost_tree *rev, struct stamp *out)
{
    return person_of(r, by, &out->by) && ost_tree_integer(rev, "rev", 1, &out->rev, r->err);
}

static bool read_slot(const struct reading *r, struct object *object, const struct ost_tree *node)
{
    static const char *const name[] = {"by", "rev", "value", NULL};
    const struct ost_tree *part[3];
    struct ost_value value;
    int at = ost_property_of_name(object->type, node->key);
    if (at < 0 || object->slot[at].stamp.rev != 0) {
        return ost_fail(r->err, OST_CORRUPT, "object %s has an unknown or doubled property",
                        object->id);
    }
    struct slot *slot = &object->slot[at];
    if (!ost_tree_fields(node, "a property", name, part, r->err) ||
        !read_stamp(r, part[0], part[1], &slot->stamp) ||
        !ost_value_read(part[2], &value, r->err) ||
        !ost_rule_check(&ost_type_rule_view(object->type)->property[at], &value, r->err) ||
        !ost_plan_value_keep(&value, &slot->value, r->err))
        return false;
    ost_plan_fact_slot(r->plan, object, at);
    return true;
}

static bool read_life(const struct reading *r, struct object *object, const struct ost_tree *node)
{
    static const char *const name[] = {"by", "rev", "alive", NULL};
    const struct ost_tree *part[3];
    if (!ost_tree_fields(node, "life", name, part, r->err) ||
        !read_stamp(r, part[0], part[1], &object->life.stamp))
        return false;
    if (part[2] == NULL || part[2]->kind != OST_TREE_BOOL)
        return ost_fail(r->err, OST_CORRUPT, "alive is neither true nor false");
    object->life.alive = part[2]->truth;
    return true;
}

static bool read_place(const struct reading *r, struct object *object, const struct ost_tree *node)
{
    static const char *const name[] = {"by", "rev", "order", "parent", NULL};
    const struct ost_tree *part[4];
    if (!ost_tree_fields(node, "place", name, part, r->err) ||
        !read_stamp(r, part[0], part[1], &object->place.stamp) ||
        !copy_text(r, part[2], "order", object->place.order, OST_ORDER_BYTES) ||
        !copy_text(r, part[3], "parent", object->place.parent, OST_ID_BYTES))
        return false;
    return ost_order_valid(object->place.order) ||
           ost_fail(r->err, OST_CORRUPT, "object %s has a wrong order key", object->id);
}

static bool read_object(const struct reading *r, const struct ost_tree *node)
{
    static const char *const name[] = {"life", "type", "place", "props", NULL};
    const struct ost_tree *part[4];
    const char *type_name = NULL;
    enum ost_type type = OST_TYPE_NOTE;
    struct object *object = NULL;
    if (!ost_plan_id_check(node->key, r->err) ||
        !ost_tree_fields(node, "an object", name, part, r->err) ||
        !ost_tree_text(part[1], "type", OST_ID_BYTES, &type_name, r->err))
        return false;
    if (!ost_type_of_name(type_name, &type) || part[3] == NULL || part[3]->kind != OST_TREE_MAP)
        return ost_fail(r->err, OST_CORRUPT, "object %s is of no known type", node->key);
    if (!ost_plan_object_add(r->plan, node->key, type, &object, r->err) ||
        !read_life(r, object, part[0]) || !read_place(r, object, part[2]))
        return false;
    for (const struct ost_tree *p = part[3]->first; p != NULL; p = p->next) {
        if (!read_slot(r, object, p))
            return false;
    }
    ost_plan_fact_object(r->plan, object);
    return true;
}

static bool each(const struct reading *r, const struct ost_tree *node, enum ost_tree_kind kind,
                 bool (*read)(const struct reading *, const struct ost_tree *))
{
    if (node == NULL || node->kind != kind)
        return ost_fail(r->err, OST_CORRUPT, "a part of the snapshot is missing");
    for (const struct ost_tree *member = node->first; member != NULL; member = member->next) {
        if (!read(r, member))
            return false;
    }
    return true;
}

static bool check_all(const struct reading *r)
{
    const struct ost_plan *plan = r->plan;
    for (size_t i = 0; i < plan->object_count; i++) {
        if (plan->object[i]->life.alive && !ost_plan_object_check(plan, plan->object[i], r->err))
            return false;
    }
    return true;
}

static bool check_digests(const struct reading *r, const char *sum, const char *hash)
{
    char own_sum[OST_SUM_HEX], own_hash[OST_SHA256_HEX];
    if (!ost_plan_hash(r->plan, own_hash, r->err))
        return false;
    ost_plan_sum(r->plan, own_sum);
    return (strcmp(own_sum, sum) == 0 && strcmp(own_hash, hash) == 0) ||
           ost_fail(r->err, OST_CORRUPT, "the snapshot is not the state whose hash it carries");
}

static bool read_head(const struct reading *r, const char *hex)
{
    struct ost_plan *plan = r->plan;
    if (strlen(hex) != 2 * sizeof plan->head ||
        strspn(hex, "0123456789abcdef") != 2 * sizeof plan->head)
        return ost_fail(r->err, OST_CORRUPT, "head is no digest");
    for (size_t i = 0; i < sizeof plan->head; i++) {
        char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        plan->head[i] = (unsigned char)strtoul(two, NULL, 16);
    }
    return true;
}

static bool read_plan(struct reading *r, const struct ost_tree *root)
{
    static const char *const name[] = {"id",      "seq",         "sum",    "hash",
                                       "head",    "tags",        "people", "clients",
                                       "objects", "osteon_plan", NULL};
    const struct ost_tree *part[10];
    const char *id = NULL, *sum = NULL, *hash = NULL, *head = NULL;
    int64_t version = 0;
    if (!ost_tree_fields(root, "a plan", name, part, r->err) ||
        !ost_tree_integer(part[9], "osteon_plan", 1, &version, r->err) ||
        !ost_tree_text(part[0], "id", OST_ACTOR_BYTES, &id, r->err) ||
        !ost_tree_text(part[2], "sum", 32, &sum, r->err) ||
        !ost_tree_text(part[3], "hash", 64, &hash, r->err) ||
        !ost_tree_text(part[4], "head", 64, &head, r->err))
        return false;
    if (version != 1)
        return ost_fail(r->err, OST_UNSUPPORTED, "a plan of version %lld", (long long)version);
    r->older = part[7] != NULL && part[7]->first != NULL && part[7]->first->kind == OST_TREE_MAP;
    return ost_plan_create(&r->plan, id, r->err) &&
           ost_tree_integer(part[1], "seq", 0, &r->plan->seq, r->err) && read_head(r, head) &&
           each(r, part[6], OST_TREE_MAP, read_person) &&
           each(r, part[7], OST_TREE_MAP, read_client) &&
           each(r, part[8], OST_TREE_MAP, read_object) &&
           each(r, part[5], OST_TREE_LIST, read_tag) && check_all(r) && check_digests(r, sum, hash);
}

/* Canonical bytes have one form: what is written again must be what was read. */
static bool check_form(const struct reading *r, const void *bytes, size_t len)
{
    struct ost_buf again;
    ost_buf_init(&again, OST_PLAN_BYTES);
    bool same = ost_plan_write(r->plan, OST_FORM_CBOR, &again, r->err);
    if (same && (again.len != len || memcmp(again.ptr, bytes, len) != 0))
        same = ost_fail(r->err, OST_CORRUPT, "the snapshot is not in canonical form");
    ost_buf_fini(&again);
    return same;
}

static bool read_form(struct reading *r, const void *bytes, size_t len, enum ost_form form)
{
    const struct ost_tree *root = NULL;
    if (form == OST_FORM_JSON)
        return ost_tree_of_json(r->arena, bytes, len, &root, r->err) && read_plan(r, root);
    return ost_tree_of_cbor(r->arena, bytes, len, &root, r->err) && read_plan(r, root) &&
           (r->older || check_form(r, bytes, len));
}

bool ost_plan_read(const void *bytes, size_t len, enum ost_form form, struct ost_plan **out,
                   struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_arena) arena = NULL;
    if (len > OST_PLAN_BYTES)
        return ost_fail(err, OST_LIMIT, "a plan of %zu bytes, limit %d", len, (int)OST_PLAN_BYTES);
    if (!ost_arena_create(&arena, READ_BYTES, err))
        return false;
    struct reading r = {.arena = arena, .err = err};
    if (!read_form(&r, bytes, len, form)) {
        ost_plan_destroy(r.plan);
        return ost_err_note(err, "plan");
    }
    *out = r.plan;
    return true;
}

static bool copy_array(void **to, const void *from, size_t size, size_t count)
{
    if (count == 0)
        return true;
    *to = malloc(count * size);
    if (*to == NULL)
        return false;
    memcpy(*to, from, count * size);
    return true;
}

static bool copy_object(struct ost_plan *to, const struct object *from, struct ost_err *err)
{
    struct object *object = NULL;
    if (!ost_plan_object_add(to, from->id, from->type, &object, err))
        return false;
    object->place = from->place;
    object->life = from->life;
    object->fact = from->fact;
    for (unsigned i = 0; i < from->slot_count; i++) {
        if (!ost_plan_value_keep(&from->slot[i].value, &object->slot[i].value, err))
            return false;
        object->slot[i].stamp = from->slot[i].stamp;
        object->slot[i].fact = from->slot[i].fact;
    }
    return true;
}

static bool copy_all(const struct ost_plan *plan, struct ost_plan *to, struct ost_err *err)
{
    size_t people = (size_t)plan->person_count;
    if (!copy_array((void **)&to->person, plan->person, sizeof *plan->person, people) ||
        !copy_array((void **)&to->client, plan->client, sizeof *plan->client, plan->client_count) ||
        !copy_array((void **)&to->tag, plan->tag, sizeof *plan->tag, plan->tag_count))
        return ost_fail(err, OST_NOMEM, "plan: out of memory");
    to->person_count = to->person_room = plan->person_count;
    to->client_count = to->client_room = plan->client_count;
    memcpy(to->client_bucket, plan->client_bucket, sizeof to->client_bucket);
    to->tag_count = to->tag_room = plan->tag_count;
    to->seq = plan->seq;
    memcpy(to->head, plan->head, sizeof to->head);
    for (size_t i = 0; i < plan->object_count; i++) {
        if (!copy_object(to, plan->object[i], err))
            return false;
    }
    to->sum = plan->sum;
    to->preview = plan->preview;
    return true;
}

bool ost_plan_copy(const struct ost_plan *plan, struct ost_plan **out, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_plan) copy = NULL;
    if (!ost_plan_create(&copy, plan->id, err) || !copy_all(plan, copy, err))
        return false;
    *out = ost_steal(&copy);
    return true;
}
