#include "recon/plan/seed.h"

#include "recon/base/array.h"

#include <string.h>

/* Built op by op; the last property of the last object is where the next one goes. */
struct build {
    struct ost_arena *arena;
    struct ost_entry *entry;
    struct ost_assign *assign; /* room for every property of every object */
    bool failed;
};

#define SEED_OBJECTS (OST_SEED_LANDMARKS + 12)

static void object(struct build *b, const char *id, const char *type, const char *parent)
{
    if (b->entry->op_count >= SEED_OBJECTS) {
        b->failed = true;
        return;
    }
    struct ost_op *op = &b->entry->op[b->entry->op_count++];
    *op = (struct ost_op){.kind = OST_OP_CREATE,
                          .object = id,
                          .type = type,
                          .parent = parent,
                          .order = "V",
                          .assign = b->assign};
}

static void put(struct build *b, const char *property, struct ost_value value)
{
    struct ost_op *op = &b->entry->op[b->entry->op_count - 1];
    if (op->assign_count >= OST_TYPE_PROPERTIES) {
        b->failed = true;
        return;
    }
    *b->assign++ = (struct ost_assign){.property = property, .value = value};
    op->assign_count++;
}

static void put_known(struct build *b, const char *property, double value)
{
    if (value >= 0.0)
        put(b, property, ost_value_f64(value));
}

static void put_bones(struct build *b, const struct ost_seed *seed)
{
    struct ost_rigid still = ost_rigid_identity();
    for (size_t i = 0; i < seed->bone_count; i++) {
        object(b, seed->bone[i].kind, "bone", "");
        put(b, "kind", ost_value_text(seed->bone[i].kind));
        put(b, "side", ost_value_text(seed->side));
        put(b, "surface", ost_value_text(seed->bone[i].surface));
        put(b, "correction", ost_value_rigid(&still));
    }
}

static void put_anatomy(struct build *b, const struct ost_seed *seed)
{
    object(b, "frame", "frame", "");
    put(b, "axis", ost_value_vec3(seed->axis));
    put(b, "volar", ost_value_vec3(seed->volar));
    put(b, "origin", ost_value_vec3(seed->origin));
    put(b, "radial", ost_value_vec3(seed->radial));
    for (size_t i = 0; i < seed->landmark_count; i++) {
        const struct ost_seed_landmark *landmark = &seed->landmark[i];
        object(b, landmark->name, "landmark", landmark->bone);
        put(b, "how", ost_value_text("automatic"));
        put(b, "bone", ost_value_text(landmark->bone));
        put(b, "name", ost_value_text(landmark->name));
        put(b, "sd_mm", ost_value_f64(landmark->sd_mm));
        put(b, "position", ost_value_vec3(landmark->position));
    }
    object(b, "numbers", "uncertainty", "");
    put_known(b, "volar_tilt_sd", seed->volar_tilt_sd_deg);
    put_known(b, "radial_height_sd", seed->radial_height_sd_mm);
    put_known(b, "ulnar_variance_sd", seed->ulnar_variance_sd_mm);
    put_known(b, "radial_inclination_sd", seed->radial_inclination_sd_deg);
}

static void put_correction(struct build *b, const struct ost_seed *seed)
{
    struct ost_rigid still = ost_rigid_identity();
    object(b, "target", "target", "");
    put(b, "motion", ost_value_rigid(&seed->target));
    put(b, "source", ost_value_text(seed->target_source));
    put(b, "rotation_sd_deg", ost_value_vec3(seed->target_rotation_sd_deg));
    put(b, "translation_sd_mm", ost_value_vec3(seed->target_translation_sd_mm));
    object(b, "osteotomy", "osteotomy", "radius");
    put(b, "kind", ost_value_text("single"));
    put(b, "point", ost_value_vec3(seed->cut_point));
    put(b, "normal", ost_value_vec3(seed->cut_normal));
    put(b, "kerf_mm", ost_value_f64(0.6));
    if (seed->half_volar_mm > 0.0 && seed->half_radial_mm > 0.0) {
        put(b, "half_volar_mm", ost_value_f64(seed->half_volar_mm));
        put(b, "half_radial_mm", ost_value_f64(seed->half_radial_mm));
    }
    object(b, "fragment", "fragment", "osteotomy");
    put(b, "motion", ost_value_rigid(&still));
    put(b, "osteotomy", ost_value_text("osteotomy"));
}

/* From the palm, where the Henry approach lays the radius bare: it is pushed dorsally. */
static void put_guide(struct build *b, const struct ost_seed *seed)
{
    double insertion[3];
    for (int k = 0; k < 3; k++)
        insertion[k] = -seed->volar[k];
    object(b, "guide", "guide", "osteotomy");
    put(b, "slot_mm", ost_value_f64(0.9));
    put(b, "sleeves", ost_value_f64(2.0));
    put(b, "drill_mm", ost_value_f64(1.6));
    put(b, "width_mm", ost_value_f64(16.0));
    put(b, "distal_mm", ost_value_f64(12.0));
    put(b, "insertion", ost_value_vec3(insertion));
    put(b, "proximal_mm", ost_value_f64(18.0));
    put(b, "clearance_mm", ost_value_f64(0.25));
    put(b, "thickness_mm", ost_value_f64(4.0));
    put(b, "sleeve_wall_mm", ost_value_f64(2.0));
    put(b, "sleeve_height_mm", ost_value_f64(8.0));
}

bool ost_seed_entry(const struct ost_seed *seed, struct ost_arena *arena, struct ost_entry *out,
                    struct ost_err *err)
{
    if (seed->landmark_count > OST_SEED_LANDMARKS || seed->bone_count > OST_COUNT(seed->bone)) {
        return ost_fail(err, OST_LIMIT, "a plan begins with %zu landmarks, limit %d",
                        seed->landmark_count, (int)OST_SEED_LANDMARKS);
    }
    *out = (struct ost_entry){.by = {.id = "system", .name = "Osteon", .role = OST_ROLE_SYSTEM}};
    out->op = ost_arena_alloc(arena, SEED_OBJECTS * sizeof *out->op);
    struct build b = {.arena = arena, .entry = out};
    b.assign =
        ost_arena_alloc(arena, (size_t)SEED_OBJECTS * OST_TYPE_PROPERTIES * sizeof *b.assign);
    if (out->op == NULL || b.assign == NULL)
        return ost_fail(err, OST_LIMIT, "a first entry takes more than its memory limit");
    put_bones(&b, seed);
    put_anatomy(&b, seed);
    put_correction(&b, seed);
    put_guide(&b, seed);
    return !b.failed || ost_fail(err, OST_BUG, "the first entry has more objects than its room");
}

bool ost_plan_propose(const struct ost_plan *plan, struct ost_arena *arena, struct ost_entry *out,
                      struct ost_err *err)
{
    int fragment = ost_plan_first(plan, OST_TYPE_FRAGMENT);
    int target = ost_plan_first(plan, OST_TYPE_TARGET);
    if (fragment < 0 || target < 0)
        return ost_fail(err, OST_NOT_FOUND, "the plan has no fragment or no target");
    struct ost_property_view want = ost_plan_property_view(plan, target, "motion");
    *out = (struct ost_entry){.op_count = 1, .pre_count = 1};
    out->op = ost_arena_alloc(arena, sizeof *out->op);
    out->pre = ost_arena_alloc(arena, sizeof *out->pre);
    struct ost_assign *assign = ost_arena_alloc(arena, sizeof *assign);
    if (out->op == NULL || out->pre == NULL || assign == NULL)
        return ost_fail(err, OST_LIMIT, "a proposal takes more than its memory limit");
    *assign = (struct ost_assign){.property = "motion", .value = want.value};
    out->op[0] = (struct ost_op){.kind = OST_OP_SET,
                                 .object = ost_plan_object_view(plan, (size_t)fragment).id,
                                 .assign = assign,
                                 .assign_count = 1,
                                 .base = ost_plan_property_view(plan, fragment, "motion").rev};
    out->pre[0] = (struct ost_pre){.object = ost_plan_object_view(plan, (size_t)target).id,
                                   .property = "motion",
                                   .rev = want.rev};
    return true;
}
