/* The operations of one transaction, each with its way back. */
#include "recon/plan/review_impl.h"

#include <stdlib.h>
#include <string.h>

static struct change *journal(struct run *run, enum change_kind kind, struct object *object)
{
    if (run->count == run->room) {
        size_t room = run->room * 2 + 8;
        struct change *grown = realloc(run->change, room * sizeof *grown);
        if (grown == NULL) {
            (void)ost_fail(run->err, OST_NOMEM, "plan: out of memory");
            return NULL;
        }
        run->change = grown;
        run->room = room;
    }
    struct change *change = &run->change[run->count++];
    *change = (struct change){.kind = kind, .object = object};
    return change;
}

static void put_back(struct ost_plan *plan, struct change *change)
{
    struct object *object = change->object;
    switch (change->kind) {
    case OST_CHANGE_BIRTH:
        ost_plan_object_drop(plan, object);
        break;
    case OST_CHANGE_SLOT:
        ost_plan_value_drop(&object->slot[change->slot].value);
        object->slot[change->slot].value = change->old.slot.value;
        object->slot[change->slot].stamp = change->old.slot.stamp;
        change->old.slot.value.kind = OST_VALUE_NONE;
        ost_plan_fact_slot(plan, object, change->slot);
        break;
    case OST_CHANGE_PLACE:
        object->place = change->old.place;
        ost_plan_fact_object(plan, object);
        break;
    case OST_CHANGE_LIFE:
        object->life = change->old.life;
        ost_plan_fact_object(plan, object);
        break;
    case OST_CHANGE_TAG:
        plan->tag_count--;
        ost_plan_fact_tag(plan, &plan->tag[plan->tag_count], false);
        break;
    }
}

void ost_run_roll_back(struct run *run)
{
    while (run->count > 0)
        put_back(run->plan, &run->change[--run->count]);
    free(run->change);
    if (run->new_person)
        run->plan->person_count--;
}

static bool may(const struct run *run, unsigned who, const char *what)
{
    return (who & 1u << run->entry->by.role) != 0 ||
           ost_fail(run->err, OST_DENIED, "the role %s may not change %s",
                    ost_role_name(run->entry->by.role), what);
}

static bool living(const struct run *run, const char *id, struct object **out)
{
    if (!ost_plan_id_check(id, run->err))
        return false;
    *out = ost_plan_object(run->plan, id);
    if (*out == NULL)
        return ost_fail(run->err, OST_NOT_FOUND, "there is no object %s", id);
    return (*out)->life.alive || ost_fail(run->err, OST_CONFLICT, "object %s was removed", id);
}

static bool write_slot(struct run *run, struct object *object, int slot,
                       const struct ost_value *value)
{
    struct ost_value kept;
    if (!ost_plan_value_keep(value, &kept, run->err))
        return false;
    ost_value_normalise(&kept);
    struct change *change = journal(run, OST_CHANGE_SLOT, object);
    if (change == NULL) {
        ost_plan_value_drop(&kept);
        return false;
    }
    change->slot = slot;
    change->old.slot = object->slot[slot];
    object->slot[slot].value = kept;
    object->slot[slot].stamp = run->stamp;
    ost_plan_fact_slot(run->plan, object, slot);
    return true;
}

/* A mark ("how") is the program's own, but an undo brings it back as it was. */
static bool is_mark(enum ost_type type, const char *property)
{
    const struct ost_type_rule *rule = ost_type_rule_view(type);
    for (unsigned i = 0; i < rule->property_count; i++) {
        if (rule->property[i].marks != NULL && strcmp(rule->property[i].marks, property) == 0)
            return true;
    }
    return false;
}

static bool assign(struct run *run, struct object *object, const struct ost_assign *assign)
{
    int slot = ost_property_of_name(object->type, assign->property);
    if (slot < 0)
        return ost_fail(run->err, OST_INVALID, "object %s has no such property", object->id);
    const struct ost_property_rule *rule = &ost_type_rule_view(object->type)->property[slot];
    bool undoing_mark = run->entry->undo_of != 0 && is_mark(object->type, rule->name);
    if (!undoing_mark && !may(run, rule->who, rule->name))
        return false;
    return ost_rule_check(rule, &assign->value, run->err) &&
           write_slot(run, object, slot, &assign->value);
}

static bool known_type(const struct run *run, const char *name, enum ost_type *out)
{
    return ost_type_of_name(name, out) ||
           ost_fail(run->err, OST_INVALID, "objects of this type are not known");
}

static bool order_check(const struct run *run, const char *order)
{
    return ost_order_valid(order) ||
           ost_fail(run->err, OST_INVALID, "an order key is 1 to %d of 0-9A-Za-z, not ending in 0",
                    (int)OST_ORDER_BYTES);
}

static bool place_at(struct run *run, struct object *object, const struct ost_op *op)
{
    if (!order_check(run, op->order))
        return false;
    if (op->parent[0] != '\0' && !ost_plan_id_check(op->parent, run->err))
        return ost_err_note(run->err, "parent");
    memset(&object->place, 0, sizeof object->place);
    memcpy(object->place.parent, op->parent, strlen(op->parent));
    memcpy(object->place.order, op->order, strlen(op->order));
    object->place.stamp = run->stamp;
    return true;
}

static bool op_create(struct run *run, const struct ost_op *op)
{
    enum ost_type type = OST_TYPE_NOTE;
    struct object *object = NULL;
    if (!ost_plan_id_check(op->object, run->err) || !known_type(run, op->type, &type) ||
        !may(run, ost_type_rule_view(type)->who, "objects of this type"))
        return false;
    if (!ost_plan_object_add(run->plan, op->object, type, &object, run->err))
        return false;
    if (journal(run, OST_CHANGE_BIRTH, object) == NULL) {
        ost_plan_object_drop(run->plan, object);
        return false;
    }
    object->life = (struct life){.alive = true, .stamp = run->stamp};
    if (!place_at(run, object, op))
        return false;
    for (size_t i = 0; i < op->assign_count; i++) {
        int slot = ost_property_of_name(type, op->assign[i].property);
        if (slot >= 0 && object->slot[slot].stamp.rev != 0) {
            return ost_fail(run->err, OST_INVALID, "object %s is given %s twice", object->id,
                            op->assign[i].property);
        }
        if (!assign(run, object, &op->assign[i]))
            return false;
    }
    ost_plan_fact_object(run->plan, object);
    return true;
}

/* The rev a writer names: its own transaction -n stands for the seq that one got. */
static bool resolve(const struct run *run, int64_t said, int64_t *rev)
{
    *rev = said;
    if (said >= 0 || said == OST_REV_UNSAID || run->plan->preview)
        return true;
    *rev = ost_plan_seq_of(run->plan, run->entry->client, -said);
    return *rev != 0 || ost_fail(run->err, OST_CONFLICT,
                                 "it builds on an earlier edit of yours that was refused");
}

static bool op_set(struct run *run, struct ost_op *op)
{
    struct object *object = NULL;
    if (!living(run, op->object, &object) || !resolve(run, op->base, &op->base))
        return false;
    int slot = ost_property_of_name(object->type, op->assign[0].property);
    const struct ost_property_rule *rule =
        slot < 0 ? NULL : &ost_type_rule_view(object->type)->property[slot];
    int64_t rev = slot < 0 ? 0 : object->slot[slot].stamp.rev;
    if (rule != NULL && rule->policy == OST_STRICT && rev != run->stamp.rev) {
        if (op->base == OST_REV_UNSAID) {
            return ost_fail(run->err, OST_INVALID, "%s of %s needs the base it was read at",
                            rule->name, object->id);
        }
        if (op->base != rev) {
            return ost_fail(run->err, OST_CONFLICT,
                            "%s of %s was changed meanwhile: it has rev %lld, not %lld", rule->name,
                            object->id, (long long)rev, (long long)op->base);
        }
    }
    if (!assign(run, object, op->assign))
        return false;
    if (rule == NULL || rule->marks == NULL || run->entry->by.role == OST_ROLE_SYSTEM ||
        run->entry->undo_of != 0)
        return true;
    struct ost_value corrected = ost_value_text("corrected");
    return write_slot(run, object, ost_property_of_name(object->type, rule->marks), &corrected);
}

static bool op_move(struct run *run, const struct ost_op *op)
{
    struct object *object = NULL;
    if (!living(run, op->object, &object) ||
        !may(run, ost_type_rule_view(object->type)->who, "the place of this object"))
        return false;
    struct change *change = journal(run, OST_CHANGE_PLACE, object);
    if (change == NULL)
        return false;
    change->old.place = object->place;
    if (!place_at(run, object, op))
        return false;
    ost_plan_fact_object(run->plan, object);
    return true;
}

static bool op_life(struct run *run, const struct ost_op *op)
{
    bool restore = op->kind == OST_OP_RESTORE;
    if (!ost_plan_id_check(op->object, run->err))
        return false;
    struct object *object = ost_plan_object(run->plan, op->object);
    if (object == NULL)
        return ost_fail(run->err, OST_NOT_FOUND, "there is no object %s", op->object);
    if (object->life.alive == restore) {
        return ost_fail(run->err, OST_CONFLICT, "object %s %s", object->id,
                        restore ? "is there already" : "was removed already");
    }
    if (!may(run, ost_type_rule_view(object->type)->who, "objects of this type"))
        return false;
    struct change *change = journal(run, OST_CHANGE_LIFE, object);
    if (change == NULL)
        return false;
    change->old.life = object->life;
    object->life = (struct life){.alive = restore, .stamp = run->stamp};
    ost_plan_fact_object(run->plan, object);
    return true;
}

static bool tag_check(struct run *run, const struct ost_op *op, enum tag_kind *kind)
{
    char hash[OST_SHA256_HEX];
    size_t len = strlen(op->tag);
    if (!ost_tag_kind_of_name(op->tag_kind, kind))
        return ost_fail(run->err, OST_INVALID, "a tag is of no known kind");
    if (run->entry->op_count != 1)
        return ost_fail(run->err, OST_INVALID, "a tag stands alone in its transaction");
    if (len == 0 || len > OST_TAG_BYTES) {
        return ost_fail(run->err, OST_INVALID, "a tag has a name of 1 to %d bytes",
                        (int)OST_TAG_BYTES);
    }
    if (op->said != NULL && strlen(op->said) > OST_SAID_BYTES) {
        return ost_fail(run->err, OST_LIMIT, "what is said with a tag has at most %d bytes",
                        (int)OST_SAID_BYTES);
    }
    if (!ost_review_may_tag(run, *kind))
        return false;
    for (size_t i = 0; i < run->plan->tag_count; i++) {
        if (strcmp(run->plan->tag[i].name, op->tag) == 0)
            return ost_fail(run->err, OST_CONFLICT, "this name is on a version already");
    }
    if (!ost_plan_hash(run->plan, hash, run->err))
        return false;
    return strcmp(hash, op->hash) == 0 ||
           ost_fail(run->err, OST_CONFLICT, "the plan was changed since: look at it again");
}

static bool op_tag(struct run *run, const struct ost_op *op)
{
    struct ost_plan *plan = run->plan;
    enum tag_kind kind = TAG_VERSION;
    if (!tag_check(run, op, &kind) ||
        !ost_plan_room((void **)&plan->tag, sizeof *plan->tag, plan->tag_count, &plan->tag_room,
                       OST_PLAN_TAGS, run->err) ||
        journal(run, OST_CHANGE_TAG, NULL) == NULL)
        return false;
    struct tag *tag = &plan->tag[plan->tag_count++];
    *tag = (struct tag){
        .kind = kind, .seq = run->stamp.rev, .at_ms = run->entry->at_ms, .by = run->stamp.by};
    memcpy(tag->name, op->tag, strlen(op->tag));
    memcpy(tag->hash, op->hash, strlen(op->hash));
    if (op->said != NULL)
        memcpy(tag->said, op->said, strlen(op->said));
    ost_plan_fact_tag(plan, tag, true);
    return true;
}

static bool apply_op(struct run *run, struct ost_op *op)
{
    if (op->kind != OST_OP_TAG && !ost_review_may_write(run))
        return false;
    switch (op->kind) {
    case OST_OP_CREATE:
        return op_create(run, op);
    case OST_OP_SET:
        return op_set(run, op);
    case OST_OP_MOVE:
        return op_move(run, op);
    case OST_OP_REMOVE:
    case OST_OP_RESTORE:
        return op_life(run, op);
    case OST_OP_TAG:
        return op_tag(run, op);
    }
    return ost_fail(run->err, OST_BUG, "operation of kind %d", (int)op->kind);
}

static bool check_pre(struct run *run, const struct ost_pre *pre)
{
    int64_t rev = 0;
    if (!ost_plan_id_check(pre->object, run->err) || !resolve(run, pre->rev, &rev))
        return false;
    const struct object *object = ost_plan_object(run->plan, pre->object);
    int slot = object == NULL ? -1 : ost_property_of_name(object->type, pre->property);
    if (slot < 0)
        return ost_fail(run->err, OST_NOT_FOUND, "a precondition names nothing there is");
    if (!object->life.alive || object->slot[slot].stamp.rev != rev) {
        return ost_fail(run->err, OST_CONFLICT, "object %s was changed since: rev %lld, not %lld",
                        object->id, (long long)object->slot[slot].stamp.rev, (long long)rev);
    }
    return true;
}

/* Who moves takes all below along: their depth changes too. */
static bool check_depths(struct run *run)
{
    bool moved = false;
    for (size_t i = 0; i < run->count; i++) {
        moved = moved || run->change[i].kind == OST_CHANGE_PLACE ||
                run->change[i].kind == OST_CHANGE_LIFE;
    }
    for (size_t i = 0; moved && i < run->plan->object_count; i++) {
        const struct object *object = run->plan->object[i];
        if (object->life.alive && !ost_plan_parent_check(run->plan, object, run->err))
            return false;
    }
    return true;
}

static bool check_after(struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct object *object = run->change[i].object;
        if (object == NULL)
            continue;
        if (!(object->life.alive ? ost_plan_object_check(run->plan, object, run->err)
                                 : ost_plan_unused_check(run->plan, object, run->err)))
            return false;
    }
    return check_depths(run);
}

bool ost_run_steps(struct run *run)
{
    for (size_t i = 0; i < run->entry->pre_count; i++) {
        if (!check_pre(run, &run->entry->pre[i]))
            return false;
    }
    for (size_t i = 0; i < run->entry->op_count; i++) {
        if (!apply_op(run, &run->entry->op[i]))
            return ost_err_note(run->err, "operation %zu", i + 1);
    }
    return check_after(run);
}
