#include "recon/math/vec.h"
#include "recon/mesh/stl.h"
#include "recon/plan/measures.h"
#include "services/casefile/result.h"
#include "services/station/plan_section.h"
#include "tests/services/station/case.h"

static struct ost_arena *arena;
static struct ost_result *result;

static int open_case(void **state)
{
    if (copy_case(state) != 0 || !ost_arena_create(&arena, 64 << 20, NULL))
        return -1;
    result = calloc(1, sizeof *result);
    return result != NULL && ost_result_read(case_dir, result, NULL) ? 0 : -1;
}

static int close_case(void **state)
{
    ost_arena_destroy(arena);
    free(result);
    return drop_case(state);
}

static void the_plan_is_bound_to_the_surfaces_of_the_folder(void **state)
{
    (void)state;
    OST_AUTO(ost_plan) plan = seeded(arena);
    for (int b = 0; b < OST_BONES; b++) {
        const char *bone = ost_bone_name((enum ost_bone)b);
        char name[64], hex[OST_SHA256_HEX];
        unsigned char digest[OST_SHA256_BYTES];
        (void)snprintf(name, sizeof name, "result/%s.stl", bone);
        struct ost_buf stl = file_of(name);
        ost_sha256_of(stl.ptr, stl.len, digest);
        ost_sha256_hex(digest, hex);
        ost_buf_fini(&stl);
        int at = ost_plan_find(plan, bone);
        assert_true(at >= 0);
        assert_string_equal(ost_plan_property_view(plan, at, "surface").value.text, hex);
        assert_string_equal(ost_plan_property_view(plan, at, "side").value.text, "left");
    }
}

/* Two ways to the same number: what the fit wrote, and what the plan makes of its landmarks. */
static void the_numbers_before_are_those_of_the_fit(void **state)
{
    (void)state;
    static const enum ost_measure same[OST_PLAN_NUMBERS] = {
        [OST_PLAN_VOLAR_TILT] = OST_VOLAR_TILT,
        [OST_PLAN_RADIAL_INCLINATION] = OST_RADIAL_INCLINATION,
        [OST_PLAN_RADIAL_HEIGHT] = OST_RADIAL_HEIGHT,
        [OST_PLAN_ULNAR_VARIANCE] = OST_ULNAR_VARIANCE};
    OST_AUTO(ost_plan) plan = seeded(arena);
    struct ost_measures measures;
    ost_plan_measures(plan, NULL, &measures);
    for (int n = 0; n < OST_PLAN_NUMBERS; n++) {
        const struct ost_number *fit = &result->measure[same[n]];
        assert_true(measures.number[n].before.known);
        assert_near(measures.number[n].before.value, fit->value, 0.01);
        assert_near(1.96 * measures.number[n].before.sd, 0.5 * (fit->high - fit->low), 0.01);
        assert_true(measures.number[n].target.known);
        assert_true(measures.number[n].target.sd >= measures.number[n].before.sd);
    }
    assert_string_equal(measures.target_source, result->target_source);
}

static void nothing_is_planned_until_somebody_plans_it(void **state)
{
    (void)state;
    OST_AUTO(ost_plan) plan = seeded(arena);
    struct ost_measures measures;
    ost_plan_measures(plan, NULL, &measures);
    assert_near(measures.planned.angle_deg, 0.0, 1e-9);
    propose(plan, arena);
    ost_plan_measures(plan, NULL, &measures);
    assert_near(measures.residual_deg.value, 0.0, 1e-6);
    assert_near(measures.residual_mm.value, 0.0, 1e-6);
}

/* Of the bone itself: the cut's middle lies in it, its half widths are a radius'. */
static void the_cut_knows_the_section_of_the_bone(void **state)
{
    (void)state;
    OST_AUTO(ost_plan) plan = seeded(arena);
    OST_AUTO(ost_mesh) radius = NULL;
    int cut = ost_plan_first(plan, OST_TYPE_OSTEOTOMY);
    double half[2] = {ost_plan_property_view(plan, cut, "half_radial_mm").value.f64,
                      ost_plan_property_view(plan, cut, "half_volar_mm").value.f64};
    assert_true(half[0] > 6.0 && half[0] < 22.0 && half[1] > 4.0 && half[1] < 16.0);
    struct ost_buf stl = file_of("result/radius.stl");
    assert_true(ost_stl_read(stl.ptr, stl.len, 1000000, &radius, NULL));
    ost_buf_fini(&stl);
    struct ost_value point = ost_plan_property_view(plan, cut, "point").value;
    struct ost_value normal = ost_plan_property_view(plan, cut, "normal").value;
    double from[3], low = 1e9;
    ost_sub(point.vec3, result->cut_point, from);
    assert_near(ost_dot(from, normal.vec3), 0.0, 1e-6); /* moved within its plane only */
    for (uint32_t v = 0; v < radius->vertex_count; v++) {
        double p[3] = {(double)radius->vertex[v][0], (double)radius->vertex[v][1],
                       (double)radius->vertex[v][2]};
        ost_sub(p, point.vec3, from);
        if (fabs(ost_dot(from, normal.vec3)) < 2.0)
            low = fmin(low, ost_length(from));
    }
    assert_true(low > 0.5 * half[1] && low < half[0] + 2.0);
    struct ost_measures measures;
    ost_plan_measures(plan, NULL, &measures);
    assert_false(measures.gap.section_assumed);
}

static void a_plane_that_misses_the_bone_changes_nothing(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) radius = NULL;
    struct ost_buf stl = file_of("result/radius.stl");
    assert_true(ost_stl_read(stl.ptr, stl.len, 1000000, &radius, NULL));
    ost_buf_fini(&stl);
    struct ost_seed seed = {.half_radial_mm = 0.0};
    memcpy(seed.radial, result->radial, sizeof seed.radial);
    memcpy(seed.cut_normal, result->cut_normal, sizeof seed.cut_normal);
    ost_along(result->cut_point, 500.0, result->axis, seed.cut_point);
    struct ost_seed before = seed;
    ost_station_plan_section(radius, &seed);
    assert_memory_equal(&seed, &before, sizeof seed);
}

static void the_same_result_is_the_same_plan(void **state)
{
    (void)state;
    OST_AUTO(ost_plan) one = seeded(arena);
    OST_AUTO(ost_plan) two = seeded(arena);
    char a[OST_SHA256_HEX], b[OST_SHA256_HEX];
    assert_true(ost_plan_hash(one, a, NULL) && ost_plan_hash(two, b, NULL));
    assert_string_equal(a, b);
}

static void without_its_files_there_is_no_plan(void **state)
{
    (void)state;
    struct ost_entry entry;
    struct ost_err err = {0};
    char path[160], away[160];
    (void)snprintf(path, sizeof path, "%s/result/ulna.stl", case_dir);
    (void)snprintf(away, sizeof away, "%s/result/ulna.away", case_dir);
    assert_int_equal(rename(path, away), 0);
    assert_false(ost_station_plan_seed(case_dir, arena, &entry, &err));
    assert_int_equal(err.code, OST_NOT_FOUND);
    assert_int_equal(rename(away, path), 0);
    assert_false(ost_station_plan_seed("/tmp/osteon-no-such-case", arena, &entry, &err));
    assert_int_equal(err.code, OST_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest all[] = {T(the_plan_is_bound_to_the_surfaces_of_the_folder),
                                     T(the_numbers_before_are_those_of_the_fit),
                                     T(nothing_is_planned_until_somebody_plans_it),
                                     T(the_cut_knows_the_section_of_the_bone),
                                     T(a_plane_that_misses_the_bone_changes_nothing),
                                     T(the_same_result_is_the_same_plan),
                                     T(without_its_files_there_is_no_plan)};
    return cmocka_run_group_tests(all, open_case, close_case);
}
