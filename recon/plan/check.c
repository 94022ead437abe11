/* What must hold of a plan after every transaction. No libm: every build decides alike. */
#include "recon/math/vec.h"
#include "recon/plan/plan_impl.h"

#include <string.h>

#define MOVE_MOST                                                                                  \
    150.0 /* mm a fragment may be moved at the joint: far more than any correction                 \
           */

bool ost_plan_id_check(const char *id, struct ost_err *err)
{
    static const char allowed[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "_-.";
    size_t len = strlen(id);
    if (len == 0 || len > OST_ID_BYTES || strspn(id, allowed) != len) {
        return ost_fail(err, OST_INVALID, "an object id is 1 to %d letters, digits, '_', '-', '.'",
                        (int)OST_ID_BYTES);
    }
    return true;
}

bool ost_plan_parent_check(const struct ost_plan *plan, const struct object *object,
                           struct ost_err *err)
{
    unsigned allowed = ost_type_rule_view(object->type)->parents;
    const struct object *at = object;
    for (int depth = 0; at->place.parent[0] != '\0'; depth++) {
        const struct object *parent = ost_plan_object(plan, at->place.parent);
        if (parent == NULL) {
            return ost_fail(err, OST_NOT_FOUND, "object %s has no parent %s", at->id,
                            at->place.parent);
        }
        if (!parent->life.alive) {
            return ost_fail(err, OST_CONFLICT, "object %s: its parent %s was removed", at->id,
                            parent->id);
        }
        if (at == object && (allowed & 1u << parent->type) == 0) {
            return ost_fail(err, OST_INVALID, "object %s may not hang under %s", object->id,
                            parent->id);
        }
        if (depth == OST_PLAN_DEPTH || parent == object) {
            return ost_fail(err, OST_INVALID, "object %s hangs in a circle or too deep",
                            object->id);
        }
        at = parent;
    }
    return true;
}

static bool check_reference(const struct ost_plan *plan, const struct object *object, int slot,
                            struct ost_err *err)
{
    const struct ost_property_rule *rule = &ost_type_rule_view(object->type)->property[slot];
    const struct ost_value *value = &object->slot[slot].value;
    if (rule->rule != OST_RULE_REFERENCE || value->kind == OST_VALUE_NONE)
        return true;
    if (!ost_plan_id_check(value->text, err))
        return ost_err_note(err, "%s", rule->name);
    const struct object *to = ost_plan_object(plan, value->text);
    if (to == NULL)
        return ost_fail(err, OST_NOT_FOUND, "%s of %s names no object", rule->name, object->id);
    if (!to->life.alive) {
        return ost_fail(err, OST_CONFLICT, "%s of %s: %s was removed", rule->name, object->id,
                        to->id);
    }
    if (rule->reference != NULL &&
        strcmp(ost_type_rule_view(to->type)->name, rule->reference) != 0) {
        return ost_fail(err, OST_INVALID, "%s of %s must name a %s", rule->name, object->id,
                        rule->reference);
    }
    return true;
}

static bool check_slots(const struct ost_plan *plan, const struct object *object,
                        struct ost_err *err)
{
    const struct ost_type_rule *type = ost_type_rule_view(object->type);
    for (unsigned i = 0; i < object->slot_count; i++) {
        if (type->property[i].required && object->slot[i].value.kind == OST_VALUE_NONE) {
            return ost_fail(err, OST_INVALID, "object %s needs %s", object->id,
                            type->property[i].name);
        }
        if (!check_reference(plan, object, (int)i, err))
            return false;
    }
    return true;
}

static bool check_count(const struct ost_plan *plan, const struct object *object,
                        struct ost_err *err)
{
    const struct ost_type_rule *type = ost_type_rule_view(object->type);
    unsigned count = 0;
    for (size_t i = 0; i < plan->object_count; i++)
        count += plan->object[i]->type == object->type && plan->object[i]->life.alive ? 1 : 0;
    return count <= type->most ||
           ost_fail(err, OST_LIMIT, "a plan holds %u of %s at most", type->most, type->name);
}

static const struct ost_value *value_of(const struct object *object, const char *property)
{
    return &object->slot[ost_property_of_name(object->type, property)].value;
}

/* The three directions of a frame stand square on each other, whatever its handedness. */
static bool check_frame(const struct object *object, struct ost_err *err)
{
    const double *axis = value_of(object, "axis")->vec3;
    const double *radial = value_of(object, "radial")->vec3;
    const double *volar = value_of(object, "volar")->vec3;
    double off[3] = {ost_dot(axis, radial), ost_dot(radial, volar), ost_dot(volar, axis)};
    for (int k = 0; k < 3; k++) {
        if (!(off[k] <= 1e-5 && off[k] >= -1e-5)) {
            return ost_fail(err, OST_INVALID, "object %s: its directions are not square",
                            object->id);
        }
    }
    return true;
}

static bool check_motion(const struct ost_plan *plan, const struct object *object,
                         const struct ost_value *motion, struct ost_err *err)
{
    int frame = ost_plan_first(plan, OST_TYPE_FRAME);
    if (frame < 0 || motion->kind != OST_VALUE_RIGID)
        return true;
    const double *origin = value_of(plan->object[frame], "origin")->vec3;
    double moved[3], by[3];
    ost_rigid_point(&motion->rigid, origin, moved);
    ost_sub(moved, origin, by);
    return ost_dot(by, by) <= MOVE_MOST * MOVE_MOST ||
           ost_fail(err, OST_INVALID, "object %s is moved by more than %g mm", object->id,
                    MOVE_MOST);
}

static bool check_type(const struct ost_plan *plan, const struct object *object,
                       struct ost_err *err)
{
    switch (object->type) {
    case OST_TYPE_FRAME:
        return check_frame(object, err);
    case OST_TYPE_FRAGMENT:
    case OST_TYPE_TARGET:
        return check_motion(plan, object, value_of(object, "motion"), err);
    case OST_TYPE_BONE:
        return check_motion(plan, object, value_of(object, "correction"), err);
    default:
        return true;
    }
}

bool ost_plan_object_check(const struct ost_plan *plan, const struct object *object,
                           struct ost_err *err)
{
    return ost_plan_parent_check(plan, object, err) && check_slots(plan, object, err) &&
           check_count(plan, object, err) && check_type(plan, object, err);
}

static bool leans_on(const struct object *object, const char *id)
{
    const struct ost_type_rule *type = ost_type_rule_view(object->type);
    if (strcmp(object->place.parent, id) == 0)
        return true;
    for (unsigned i = 0; i < object->slot_count; i++) {
        if (type->property[i].rule == OST_RULE_REFERENCE &&
            object->slot[i].value.kind == OST_VALUE_TEXT &&
            strcmp(object->slot[i].value.text, id) == 0)
            return true;
    }
    return false;
}

bool ost_plan_unused_check(const struct ost_plan *plan, const struct object *object,
                           struct ost_err *err)
{
    for (size_t i = 0; i < plan->object_count; i++) {
        const struct object *other = plan->object[i];
        if (other != object && other->life.alive && leans_on(other, object->id)) {
            return ost_fail(err, OST_CONFLICT, "object %s is still used by %s", object->id,
                            other->id);
        }
    }
    return true;
}
