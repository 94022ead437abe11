#include "recon/mesh/measure.h"
#include "recon/mesh/stl.h"
#include "services/station/guide.h"
#include "tests/services/station/case.h"

#include <jansson.h>

static struct ost_arena *arena;
/* Half as fine as it is printed: the checks are the same, the wait is not. */
static const struct ost_station_guide_options options = {.code = "C-7F3K2", .voxel_mm = 0.5};

static int open_case(void **state)
{
    return copy_case(state) == 0 && ost_arena_create(&arena, 64 << 20, NULL) ? 0 : -1;
}

static int close_case(void **state)
{
    ost_arena_destroy(arena);
    return drop_case(state);
}

static struct ost_station_guide_made made_now(void)
{
    struct ost_station_guide_made made = {0};
    struct ost_err err = {0};
    if (!ost_station_guide(case_dir, &options, NULL, &made, &err))
        fail_msg("%s", err.msg);
    return made;
}

static json_t *facts(void)
{
    struct ost_buf text = file_of("result/guide.json");
    json_t *root = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    ost_buf_fini(&text);
    assert_non_null(root);
    return root;
}

static struct ost_mesh *surface(const char *name)
{
    struct ost_mesh *mesh = NULL;
    struct ost_buf stl = file_of(name);
    assert_true(ost_stl_read(stl.ptr, stl.len, 4000000, &mesh, NULL));
    ost_buf_fini(&stl);
    return mesh;
}

static void an_unapproved_guide_is_a_draft_in_name_and_engraving(void **state)
{
    (void)state;
    OST_AUTO(ost_plan) plan = seeded(arena);
    propose(plan, arena);
    keep_plan(plan);
    struct ost_station_guide_made made = made_now();
    assert_false(made.approved);
    assert_string_equal(made.name, "guide_DRAFT.stl");
    json_t *root = facts();
    char hash[OST_SHA256_HEX];
    assert_true(ost_plan_hash(plan, hash, NULL));
    assert_string_equal(json_string_value(json_object_get(root, "plan_hash")), hash);
    assert_string_equal(json_string_value(json_object_get(root, "label")), "L C-7F3K2 V0 DRAFT");
    assert_false(json_is_true(json_object_get(root, "approved")));
    json_decref(root);
}

/* The file itself, measured by what did not make it. */
static void the_file_is_one_closed_piece_beside_the_bone(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) guide = surface("result/guide_DRAFT.stl");
    OST_AUTO(ost_mesh) radius = surface("result/radius.stl");
    struct ost_mesh_facts measured;
    assert_true(ost_mesh_measure(guide, &measured, NULL));
    assert_true(measured.closed);
    assert_int_equal(measured.components, 1);
    json_t *root = facts();
    assert_true(json_is_true(json_object_get(root, "watertight")));
    assert_near(json_number_value(json_object_get(root, "volume_mm3")), measured.volume,
                0.02 * measured.volume);
    assert_true(measured.volume > 1000.0 && measured.volume < 30000.0);
    /* No part of it is inside the bone. */
    uint32_t inside = 0, looked = 0;
    for (uint32_t v = 0; v < guide->vertex_count; v += 199, looked++) {
        const double p[3] = {(double)guide->vertex[v][0], (double)guide->vertex[v][1],
                             (double)guide->vertex[v][2]};
        inside += ost_mesh_winding(radius, p) > 0.5;
    }
    assert_true(looked > 50);
    assert_int_equal(inside, 0);
    json_decref(root);
}

static void the_same_plan_gives_the_same_file(void **state)
{
    (void)state;
    struct ost_buf first = file_of("result/guide_DRAFT.stl");
    (void)made_now();
    struct ost_buf second = file_of("result/guide_DRAFT.stl");
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.ptr, second.ptr, first.len);
    ost_buf_fini(&first);
    ost_buf_fini(&second);
}

/* Exactly that state: approved it is no draft, edited it is one again. */
static void an_approval_holds_until_the_next_edit(void **state)
{
    (void)state;
    OST_AUTO(ost_plan) plan = seeded(arena);
    propose(plan, arena);
    approve(plan);
    keep_plan(plan);
    struct ost_station_guide_made made = made_now();
    assert_true(made.approved);
    assert_string_equal(made.name, "guide.stl");
    json_t *root = facts();
    assert_string_equal(json_string_value(json_object_get(root, "label")), "L C-7F3K2 V1");
    json_decref(root);
    struct ost_assign thicker = {.property = "thickness_mm", .value = ost_value_f64(5.0)};
    struct ost_op op = {.kind = OST_OP_SET,
                        .object = "guide",
                        .assign = &thicker,
                        .assign_count = 1,
                        .base = OST_REV_UNSAID};
    struct ost_entry entry = {.by = surgeon, .op = &op, .op_count = 1};
    step(plan, "draft");
    apply(plan, &entry, ost_plan_seq(plan) + 1);
    keep_plan(plan);
    made = made_now();
    assert_false(made.approved);
    assert_string_equal(made.name, "guide_DRAFT.stl");
}

/* Longer than the bone: its distal sleeve finds none to stand on. */
static void overreach(struct ost_plan *plan)
{
    struct ost_assign longer = {.property = "distal_mm", .value = ost_value_f64(55.0)};
    struct ost_op op = {.kind = OST_OP_SET,
                        .object = "guide",
                        .assign = &longer,
                        .assign_count = 1,
                        .base = OST_REV_UNSAID};
    struct ost_entry entry = {.by = surgeon, .op = &op, .op_count = 1};
    apply(plan, &entry, ost_plan_seq(plan) + 1);
    keep_plan(plan);
}

static bool is_there(const char *name)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", case_dir, name);
    FILE *file = fopen(path, "rb");
    return file != NULL && fclose(file) == 0;
}

/* A DRAFT may be looked at, but nothing is released for print. */
static void an_approved_guide_that_fails_a_check_is_withheld(void **state)
{
    (void)state;
    OST_AUTO(ost_plan) plan = seeded(arena);
    propose(plan, arena);
    overreach(plan);
    struct ost_station_guide_made made = made_now();
    assert_true(made.watertight && made.components == 1);
    assert_false(made.ok);
    assert_true(made.released && is_there("result/guide_DRAFT.stl"));
    approve(plan);
    keep_plan(plan);
    made = made_now();
    assert_true(made.approved && !made.ok);
    assert_false(made.released);
    assert_false(is_there("result/guide.stl"));
    assert_false(is_there("result/guide_DRAFT.stl"));
    json_t *root = facts();
    assert_true(json_is_true(json_object_get(root, "withheld")));
    assert_true(json_is_null(json_object_get(root, "stl")));
    json_decref(root);
}

static void without_a_plan_there_is_no_guide(void **state)
{
    (void)state;
    char path[160];
    struct ost_station_guide_made made;
    struct ost_err err = {0};
    (void)snprintf(path, sizeof path, "%s/plan.json", case_dir);
    assert_int_equal(remove(path), 0);
    assert_false(ost_station_guide(case_dir, &options, NULL, &made, &err));
    assert_int_equal(err.code, OST_NOT_FOUND);
    struct ost_buf broken;
    ost_buf_init(&broken, 64);
    ost_buf_text(&broken, "{\"id\":");
    assert_true(ost_disk_write(case_dir, "plan.json", &broken, NULL));
    ost_buf_fini(&broken);
    assert_false(ost_station_guide(case_dir, &options, NULL, &made, &err));
    assert_true(err.code == OST_CORRUPT || err.code == OST_INVALID);
}

int main(void)
{
    const struct CMUnitTest all[] = {T(an_unapproved_guide_is_a_draft_in_name_and_engraving),
                                     T(the_file_is_one_closed_piece_beside_the_bone),
                                     T(the_same_plan_gives_the_same_file),
                                     T(an_approval_holds_until_the_next_edit),
                                     T(an_approved_guide_that_fails_a_check_is_withheld),
                                     T(without_a_plan_there_is_no_guide)};
    return cmocka_run_group_tests(all, open_case, close_case);
}
