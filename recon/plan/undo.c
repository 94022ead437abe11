/*
 * Undo and redo by user, read off the log: an entry with undo_of takes back the one
 * it names; undoing such an entry is a redo. Nothing is stored but the log itself.
 */
#include "recon/plan/plan_impl.h"

#include <stdlib.h>
#include <string.h>

/* Indices into plan->past, newest last. */
struct stack {
    size_t *at;
    size_t count;
};

static bool drop_to(const struct ost_plan *plan, struct stack *stack, int64_t seq)
{
    for (size_t i = stack->count; i-- > 0;) {
        if (plan->past[stack->at[i]].seq == seq) {
            stack->count = i;
            return true;
        }
    }
    return false;
}

static bool is_tag(const struct past *past)
{
    return past->change_count == 1 && past->change[0].kind == OST_CHANGE_TAG;
}

static void replay_stacks(const struct ost_plan *plan, int by, struct stack *undo,
                          struct stack *redo)
{
    for (size_t i = 0; i < plan->past_count; i++) {
        const struct past *past = &plan->past[i];
        if (past->by != by || is_tag(past))
            continue;
        if (past->undo_of == 0) {
            undo->at[undo->count++] = i;
            redo->count = 0;
        } else if (drop_to(plan, undo, past->undo_of)) {
            redo->at[redo->count++] = i;
        } else {
            (void)drop_to(plan, redo, past->undo_of);
            undo->at[undo->count++] = i;
        }
    }
}

/* The first change of its kind on a thing holds what stood there before. */
static bool first_of_its_kind(const struct past *past, size_t at)
{
    const struct change *change = &past->change[at];
    for (size_t i = 0; i < at; i++) {
        const struct change *earlier = &past->change[i];
        if (earlier->object != change->object)
            continue;
        if (earlier->kind == OST_CHANGE_BIRTH ||
            (earlier->kind == change->kind && earlier->slot == change->slot))
            return false;
    }
    return true;
}

static const struct past *past_of(const struct ost_plan *plan, int64_t seq)
{
    for (size_t i = plan->past_count; i-- > 0 && plan->past[i].seq >= seq;) {
        if (plan->past[i].seq == seq)
            return &plan->past[i];
    }
    return NULL;
}

static const struct change *change_in(const struct past *past, const struct change *like)
{
    for (size_t i = 0; i < past->change_count; i++) {
        if (past->change[i].object == like->object && past->change[i].kind == like->kind &&
            past->change[i].slot == like->slot)
            return &past->change[i];
    }
    return NULL;
}

static int64_t old_rev(const struct change *change)
{
    switch (change->kind) {
    case OST_CHANGE_SLOT:
        return change->old.slot.stamp.rev;
    case OST_CHANGE_PLACE:
        return change->old.place.stamp.rev;
    case OST_CHANGE_LIFE:
        return change->old.life.stamp.rev;
    case OST_CHANGE_BIRTH:
    case OST_CHANGE_TAG:
        break;
    }
    return 0;
}

/*
 * Does what stands there now still stem from the transaction `seq`? What came back by
 * an undo stems from where it was written first as well.
 */
static bool stems_from(const struct ost_plan *plan, const struct change *like, int64_t seq)
{
    const struct object *object = like->object;
    int64_t rev = like->kind == OST_CHANGE_SLOT    ? object->slot[like->slot].stamp.rev
                  : like->kind == OST_CHANGE_PLACE ? object->place.stamp.rev
                                                   : object->life.stamp.rev;
    while (rev > seq) {
        const struct past *past = past_of(plan, rev);
        const struct past *undone =
            past == NULL || past->undo_of == 0 ? NULL : past_of(plan, past->undo_of);
        const struct change *change = undone == NULL ? NULL : change_in(undone, like);
        if (change == NULL)
            return false;
        rev = old_rev(change); /* older with every turn */
    }
    return rev == seq;
}

static bool untouched_since(const struct ost_plan *plan, struct object *object, int64_t seq)
{
    struct change like = {.kind = OST_CHANGE_SLOT, .object = object};
    for (unsigned i = 0; i < object->slot_count; i++) {
        like.slot = (int)i;
        if (object->slot[i].stamp.rev != 0 && !stems_from(plan, &like, seq))
            return false;
    }
    struct change life = {.kind = OST_CHANGE_LIFE, .object = object};
    struct change place = {.kind = OST_CHANGE_PLACE, .object = object};
    return object->life.alive && stems_from(plan, &life, seq) && stems_from(plan, &place, seq);
}

/* Copies: the history they come from may be forgotten while the undo is applied. */
static bool inverse_slot(const struct change *change, struct ost_arena *arena, struct ost_op *op)
{
    const struct object *object = change->object;
    const struct slot *slot = &object->slot[change->slot];
    struct ost_assign *assign = ost_arena_alloc(arena, sizeof *assign);
    if (!object->life.alive || assign == NULL)
        return false;
    assign->property = ost_type_rule_view(object->type)->property[change->slot].name;
    assign->value = change->old.slot.value;
    if (assign->value.kind == OST_VALUE_TEXT)
        assign->value.text = ost_arena_text(arena, assign->value.text, strlen(assign->value.text));
    *op = (struct ost_op){.kind = OST_OP_SET,
                          .object = object->id,
                          .assign = assign,
                          .assign_count = 1,
                          .base = slot->stamp.rev};
    return assign->value.kind != OST_VALUE_TEXT || assign->value.text != NULL;
}

static bool inverse_place(const struct change *change, struct ost_arena *arena, struct ost_op *op)
{
    const struct place *old = &change->old.place;
    *op = (struct ost_op){.kind = OST_OP_MOVE,
                          .object = change->object->id,
                          .parent = ost_arena_text(arena, old->parent, strlen(old->parent)),
                          .order = ost_arena_text(arena, old->order, strlen(old->order))};
    return op->parent != NULL && op->order != NULL && change->object->life.alive;
}

/* The operation that takes one change back; false where somebody wrote there since. */
static bool inverse(const struct ost_plan *plan, const struct change *change, int64_t seq,
                    struct ost_arena *arena, struct ost_op *op)
{
    struct object *object = change->object;
    if (change->kind == OST_CHANGE_BIRTH) {
        *op = (struct ost_op){.kind = OST_OP_REMOVE, .object = object->id};
        return untouched_since(plan, object, seq);
    }
    if (change->kind == OST_CHANGE_TAG || !stems_from(plan, change, seq))
        return false;
    if (change->kind == OST_CHANGE_SLOT)
        return inverse_slot(change, arena, op);
    if (change->kind == OST_CHANGE_PLACE)
        return inverse_place(change, arena, op);
    *op = (struct ost_op){.kind = object->life.alive ? OST_OP_REMOVE : OST_OP_RESTORE,
                          .object = object->id};
    return object->life.alive != change->old.life.alive;
}

static bool take_back(const struct ost_plan *plan, const struct past *past, struct ost_arena *arena,
                      struct ost_undo *undo, struct ost_entry *out, struct ost_err *err)
{
    out->op = ost_arena_alloc(arena, (past->change_count + 1) * sizeof *out->op);
    if (out->op == NULL)
        return ost_fail(err, OST_LIMIT, "an undo takes more than its memory limit");
    out->op_count = 0;
    undo->kept = 0;
    for (size_t i = past->change_count; i-- > 0;) {
        if (!first_of_its_kind(past, i))
            continue;
        if (out->op_count < OST_ENTRY_OPS &&
            inverse(plan, &past->change[i], past->seq, arena, &out->op[out->op_count])) {
            out->op_count++;
        } else {
            undo->kept++;
        }
    }
    undo->restored = (int)out->op_count;
    out->undo_of = past->seq;
    return true;
}

bool ost_plan_undo(struct ost_plan *plan, const struct ost_actor *by, struct ost_arena *arena,
                   struct ost_undo *undo, struct ost_entry *out, struct ost_err *err)
{
    struct stack stack[2];
    for (int i = 0; i < 2; i++) {
        stack[i] = (struct stack){
            .at = ost_arena_alloc(arena, (plan->past_count + 1) * sizeof *stack[i].at)};
        if (stack[i].at == NULL)
            return ost_fail(err, OST_LIMIT, "an undo takes more than its memory limit");
    }
    *out = (struct ost_entry){.by = *by};
    int person = ost_plan_person(plan, by->id);
    if (person >= 0)
        replay_stacks(plan, person, &stack[0], &stack[1]);
    struct stack *from = &stack[undo->redo ? 1 : 0];
    bool overtaken = from->count > 0;
    while (from->count > 0) {
        if (!take_back(plan, &plan->past[from->at[--from->count]], arena, undo, out, err))
            return false;
        if (undo->restored > 0)
            return true;
    }
    return overtaken ? ost_fail(err, OST_CONFLICT, "others have changed all of it since")
                     : ost_fail(err, OST_NOT_FOUND, "there is nothing left to %s",
                                undo->redo ? "redo" : "undo");
}

bool ost_plan_undo_depth(const struct ost_plan *plan, const char *actor, struct ost_undo_depth *out,
                         struct ost_err *err)
{
    *out = (struct ost_undo_depth){0, 0};
    int person = ost_plan_person(plan, actor);
    if (person < 0)
        return true;
    size_t *room = calloc(2 * plan->past_count + 2, sizeof *room);
    if (room == NULL)
        return ost_fail(err, OST_NOMEM, "plan: out of memory");
    struct stack undo = {.at = room}, redo = {.at = room + plan->past_count + 1};
    replay_stacks(plan, person, &undo, &redo);
    *out = (struct ost_undo_depth){undo.count, redo.count};
    free(room);
    return true;
}
