#include "tests/recon/plan/drive.h"

#define KERF(value)                                                                                \
    "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"kerf_mm\",\"value\":" value "}"
#define NOTE(id)                                                                                   \
    "{\"op\":\"create\",\"id\":\"" id "\",\"type\":\"note\",\"props\":{\"text\":\"" id "\"}}"

static const struct ost_actor surgeon = {"u-s", "S. Surgeon", OST_ROLE_SURGEON};
static const struct ost_actor engineer = {"u-e", "E. Engineer", OST_ROLE_ENGINEER};

static enum ost_code take_back(struct drive *d, const struct ost_actor *by, bool redo,
                               struct ost_undo *undo)
{
    OST_AUTO(ost_arena) arena = NULL;
    assert_true(ost_arena_create(&arena, 1 << 20, &d->err));
    *undo = (struct ost_undo){.redo = redo};
    if (!ost_plan_undo(d->plan, by, arena, undo, &d->entry, &d->err))
        return d->err.code;
    int digit = by == &surgeon ? 1 : 2;
    char client[33] = {0};
    memset(client, '0' + digit, 32);
    d->entry.client = client;
    d->entry.n = ++d->n[digit];
    assert_true(ost_plan_apply(d->plan, &d->entry, &d->outcome, &d->err));
    return OST_OK;
}

static double kerf(const struct drive *d)
{
    return ost_plan_property_view(d->plan, ost_plan_find(d->plan, "cut"), "kerf_mm").value.f64;
}

static bool alive(const struct drive *d, const char *id)
{
    int at = ost_plan_find(d->plan, id);
    return at >= 0 && ost_plan_object_view(d->plan, (size_t)at).alive;
}

static void undo_and_redo_walk_along_ones_own_edits(void **state)
{
    (void)state;
    struct drive d;
    struct ost_undo undo;
    drive_fragment(&d);
    assert_int_equal(drive(&d, SURGEON, 1, KERF("1.0")), OST_OK);
    assert_int_equal(drive(&d, SURGEON, 1, KERF("1.2")), OST_OK);
    assert_int_equal(take_back(&d, &surgeon, false, &undo), OST_OK);
    assert_near(kerf(&d), 1.0, 0.0);
    assert_int_equal(take_back(&d, &surgeon, false, &undo), OST_OK);
    assert_near(kerf(&d), 0.6, 0.0);
    assert_int_equal(take_back(&d, &surgeon, true, &undo), OST_OK);
    assert_near(kerf(&d), 1.0, 0.0);
    assert_int_equal(take_back(&d, &surgeon, true, &undo), OST_OK);
    assert_near(kerf(&d), 1.2, 0.0);
    assert_int_equal(take_back(&d, &surgeon, true, &undo), OST_NOT_FOUND);
    struct ost_undo_depth depth;
    assert_true(ost_plan_undo_depth(d.plan, "u-s", &depth, &d.err));
    assert_true(depth.undo == 3 && depth.redo == 0);
    drive_end(&d);
}

static void a_new_edit_ends_what_could_be_done_again(void **state)
{
    (void)state;
    struct drive d;
    struct ost_undo undo;
    drive_fragment(&d);
    assert_int_equal(drive(&d, SURGEON, 1, KERF("1.0")), OST_OK);
    assert_int_equal(take_back(&d, &surgeon, false, &undo), OST_OK);
    assert_int_equal(drive(&d, SURGEON, 1, KERF("1.3")), OST_OK);
    assert_int_equal(take_back(&d, &surgeon, true, &undo), OST_NOT_FOUND);
    drive_end(&d);
}

static void an_undo_leaves_what_others_changed_since(void **state)
{
    (void)state;
    struct drive d;
    struct ost_undo undo;
    drive_fragment(&d);
    assert_int_equal(drive(&d, SURGEON, 1, KERF("1.0") "," NOTE("n1")), OST_OK);
    assert_int_equal(drive(&d, ENGINEER, 2, KERF("1.4")), OST_OK);
    assert_int_equal(take_back(&d, &surgeon, false, &undo), OST_OK);
    assert_int_equal(undo.restored, 1);
    assert_int_equal(undo.kept, 1);
    assert_near(kerf(&d), 1.4, 0.0);
    assert_false(alive(&d, "n1"));
    drive_end(&d);
}

static void what_others_overtook_wholly_is_passed_over(void **state)
{
    (void)state;
    struct drive d;
    struct ost_undo undo;
    drive_fragment(&d);
    assert_int_equal(drive(&d, SURGEON, 1, NOTE("n1")), OST_OK);
    assert_int_equal(drive(&d, SURGEON, 1, KERF("1.0")), OST_OK);
    assert_int_equal(drive(&d, ENGINEER, 2, KERF("1.4")), OST_OK);
    assert_int_equal(take_back(&d, &surgeon, false, &undo), OST_OK);
    assert_near(kerf(&d), 1.4, 0.0);
    assert_false(alive(&d, "n1"));
    assert_int_equal(take_back(&d, &engineer, false, &undo), OST_OK);
    assert_near(kerf(&d), 1.0, 0.0);
    drive_end(&d);
}

static void only_ones_own_edits_are_taken_back(void **state)
{
    (void)state;
    struct drive d;
    struct ost_undo undo;
    drive_fragment(&d);
    assert_int_equal(take_back(&d, &engineer, false, &undo), OST_NOT_FOUND);
    assert_int_equal(drive(&d, ENGINEER, 2, NOTE("n1")), OST_OK);
    assert_int_equal(drive(&d, SURGEON, 1, KERF("1.0")), OST_OK);
    assert_int_equal(take_back(&d, &engineer, false, &undo), OST_OK);
    assert_false(alive(&d, "n1"));
    assert_near(kerf(&d), 1.0, 0.0);
    drive_end(&d);
}

static void a_removed_object_comes_back_with_all_it_held(void **state)
{
    (void)state;
    struct drive d;
    struct ost_undo undo;
    drive_fragment(&d);
    int64_t rev = drive_rev(&d, "fragment", "motion");
    assert_int_equal(drive(&d, SURGEON, 1,
                           "{\"op\":\"remove\",\"object\":\"fragment\"},"
                           "{\"op\":\"remove\",\"object\":\"cut\"}"),
                     OST_OK);
    assert_int_equal(take_back(&d, &surgeon, false, &undo), OST_OK);
    assert_true(alive(&d, "fragment") && alive(&d, "cut"));
    assert_int_equal(drive_rev(&d, "fragment", "motion"), rev);
    drive_end(&d);
}

static void a_step_written_twice_goes_back_to_where_it_began(void **state)
{
    (void)state;
    struct drive d;
    struct ost_undo undo;
    drive_fragment(&d);
    assert_int_equal(drive(&d, SURGEON, 1, KERF("1.0") "," KERF("1.1") "," KERF("1.2")), OST_OK);
    assert_int_equal(take_back(&d, &surgeon, false, &undo), OST_OK);
    assert_int_equal(undo.restored, 1);
    assert_near(kerf(&d), 0.6, 0.0);
    drive_end(&d);
}

static void an_approval_is_not_taken_back(void **state)
{
    (void)state;
    struct drive d;
    struct ost_undo undo;
    char hash[OST_SHA256_HEX], ops[256];
    drive_fragment(&d);
    assert_true(ost_plan_hash(d.plan, hash, &d.err));
    static const char *const kind[] = {"proposed", "approved", "draft"};
    for (int i = 0; i < 3; i++) {
        (void)snprintf(ops, sizeof ops,
                       "{\"op\":\"tag\",\"name\":\"v%d\",\"kind\":\"%s\",\"hash\":\"%s\"}", i,
                       kind[i], hash);
        assert_int_equal(drive(&d, SURGEON, 1, ops), OST_OK);
    }
    assert_int_equal(take_back(&d, &surgeon, false, &undo), OST_OK);
    assert_int_equal(d.entry.undo_of, 1);
    assert_false(alive(&d, "cut"));
    drive_end(&d);
}

static void an_undone_landmark_is_automatic_again(void **state)
{
    (void)state;
    struct drive d;
    struct ost_undo undo;
    drive_begin(&d);
    assert_int_equal(
        drive(&d, SYSTEM, 0,
              "{\"op\":\"create\",\"id\":\"radius\",\"type\":\"bone\",\"props\":{\"kind\":"
              "\"radius\",\"side\":\"left\",\"surface\":"
              "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","
              "\"correction\":" IDENTITY "}},"
              "{\"op\":\"create\",\"id\":\"m\",\"type\":\"landmark\",\"props\":{\"name\":"
              "\"lip_volar\",\"bone\":\"radius\",\"position\":[1,2,3],\"sd_mm\":0.5,\"how\":"
              "\"automatic\"}}"),
        OST_OK);
    assert_int_equal(drive(&d, SURGEON, 1,
                           "{\"op\":\"set\",\"object\":\"m\",\"property\":\"position\",\"base\":1,"
                           "\"value\":[1,2,4]}"),
                     OST_OK);
    int at = ost_plan_find(d.plan, "m");
    assert_string_equal(ost_plan_property_view(d.plan, at, "how").value.text, "corrected");
    assert_int_equal(take_back(&d, &surgeon, false, &undo), OST_OK);
    assert_string_equal(ost_plan_property_view(d.plan, at, "how").value.text, "automatic");
    assert_near(ost_plan_property_view(d.plan, at, "position").value.vec3[2], 3.0, 0.0);
    assert_int_equal(take_back(&d, &surgeon, true, &undo), OST_OK);
    assert_string_equal(ost_plan_property_view(d.plan, at, "how").value.text, "corrected");
    drive_end(&d);
}

static void the_memory_of_edits_is_bounded(void **state)
{
    (void)state;
    struct drive d;
    struct ost_undo undo;
    drive_fragment(&d);
    int taken = 0;
    for (int n = 0; n < OST_PLAN_HISTORY + 200; n++)
        assert_int_equal(drive(&d, SURGEON, 1, n % 2 == 0 ? KERF("1.0") : KERF("1.1")), OST_OK);
    while (take_back(&d, &surgeon, false, &undo) == OST_OK)
        taken++;
    assert_true(taken > OST_PLAN_HISTORY / 4 && taken <= OST_PLAN_HISTORY);
    drive_end(&d);
}

RUN(T(undo_and_redo_walk_along_ones_own_edits), T(a_new_edit_ends_what_could_be_done_again),
    T(an_undo_leaves_what_others_changed_since), T(what_others_overtook_wholly_is_passed_over),
    T(only_ones_own_edits_are_taken_back), T(a_removed_object_comes_back_with_all_it_held),
    T(a_step_written_twice_goes_back_to_where_it_began), T(an_approval_is_not_taken_back),
    T(an_undone_landmark_is_automatic_again), T(the_memory_of_edits_is_bounded))
