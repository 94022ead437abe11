#include "recon/guide/guide.h"
#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/measure.h"
#include "tests/check.h"

#include <string.h>

enum { ROUND = 48, ALONG = 60 };

static const double radius = 8.0, length = 90.0;

/* A shaft along +x with flat ends, a closed cylinder: known everywhere. */
static struct ost_mesh *shaft(void)
{
    struct ost_mesh *mesh = NULL;
    assert_true(
        ost_mesh_create(&mesh, ROUND * (ALONG + 1) + 2, 2 * ROUND * ALONG + 2 * ROUND, NULL));
    uint32_t first = ROUND * (ALONG + 1), t = 0;
    for (uint32_t i = 0; i <= ALONG; i++)
        for (uint32_t j = 0; j < ROUND; j++) {
            double a = 2.0 * OST_PI * j / ROUND;
            float *v = mesh->vertex[i * ROUND + j];
            v[0] = (float)(length * ((double)i / ALONG - 0.5));
            v[1] = (float)(radius * cos(a));
            v[2] = (float)(radius * sin(a));
        }
    mesh->vertex[first][0] = (float)(-0.5 * length);
    mesh->vertex[first + 1][0] = (float)(0.5 * length);
    for (uint32_t j = 0; j < ROUND; j++) {
        uint32_t k = (j + 1) % ROUND;
        for (uint32_t i = 0; i < ALONG; i++) {
            uint32_t a = i * ROUND + j, b = i * ROUND + k, c = a + ROUND, d = b + ROUND;
            memcpy(mesh->triangle[t++], (uint32_t[]){a, b, d}, 12);
            memcpy(mesh->triangle[t++], (uint32_t[]){a, d, c}, 12);
        }
        memcpy(mesh->triangle[t++], (uint32_t[]){first, k, j}, 12);
        memcpy(mesh->triangle[t++], (uint32_t[]){first + 1, ALONG * ROUND + j, ALONG * ROUND + k},
               12);
    }
    if (ost_mesh_volume(mesh) < 0.0)
        ost_mesh_flip(mesh);
    return mesh;
}

static struct ost_guide_spec spec_for(const struct ost_mesh *bone)
{
    return (struct ost_guide_spec){.bone = bone,
                                   .cut_normal = {1, 0, 0},
                                   .insertion = {0, 0, -1},
                                   .proximal_mm = 18,
                                   .distal_mm = 12,
                                   .width_mm = 12,
                                   .thickness_mm = 4,
                                   .clearance_mm = 0.25,
                                   .slot_mm = 0.9,
                                   .drill_mm = 1.6,
                                   .sleeve_wall_mm = 2,
                                   .sleeve_height_mm = 8,
                                   .least_wall_mm = 2,
                                   .voxel_mm = 0.3,
                                   .label = {"L C-TEST", "V1 DRAFT"}};
}

static void every_check_holds_on_a_shaft(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) bone = shaft();
    OST_AUTO(ost_guide) guide = NULL;
    struct ost_err err = {0};
    struct ost_guide_spec spec = spec_for(bone);
    if (!ost_guide_create(&spec, NULL, &guide, &err))
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < guide->check_count; i++)
        if (!guide->check[i].ok)
            fail_msg("%s is %g, limit %g", guide->check[i].name, guide->check[i].value,
                     guide->check[i].limit);
    assert_true(guide->check_count >= 9);
    assert_true(guide->min_wall_mm >= 1.7);
}

/* Independent of the room's own checks: moved out along the insertion, the guide never
 * enters the bone; pushed in by a millimetre it does. */
static void it_lifts_off_and_cannot_be_pushed_through(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) bone = shaft();
    OST_AUTO(ost_guide) guide = NULL;
    OST_AUTO(ost_bvh) bvh = NULL;
    struct ost_guide_spec spec = spec_for(bone);
    assert_true(ost_guide_create(&spec, NULL, &guide, NULL));
    assert_true(ost_bvh_create(&bvh, bone, NULL));
    for (int step = -1; step <= 30; step++) {
        bool hit = false;
        for (uint32_t v = 0; v < guide->mesh->vertex_count; v++) {
            double y = (double)guide->mesh->vertex[v][1];
            double z = (double)guide->mesh->vertex[v][2] + step;
            double x = (double)guide->mesh->vertex[v][0];
            hit = hit ||
                  (fabs(x) < 0.5 * length && y * y + z * z < (radius - 0.05) * (radius - 0.05));
        }
        assert_int_equal(hit, step < 0);
    }
}

static void the_slot_is_open_and_the_cut_can_be_made(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) bone = shaft();
    OST_AUTO(ost_guide) guide = NULL;
    OST_AUTO(ost_bvh) bvh = NULL;
    struct ost_hit hit[4];
    struct ost_guide_spec spec = spec_for(bone);
    assert_true(ost_guide_create(&spec, NULL, &guide, NULL));
    assert_true(ost_bvh_create(&bvh, guide->mesh, NULL));
    for (double y = -5.0; y <= 5.0; y += 1.0) {
        size_t in = ost_bvh_ray(bvh, (double[]){0, y, 60}, (double[]){0, 0, -1}, hit, 4);
        assert_int_equal(in, 0); /* down through the slot to the bone */
        size_t beside = ost_bvh_ray(bvh, (double[]){2, y, 60}, (double[]){0, 0, -1}, hit, 4);
        assert_true(beside >= 2);
    }
}

static void equal_specs_give_equal_guides(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) bone = shaft();
    OST_AUTO(ost_guide) a = NULL;
    OST_AUTO(ost_guide) b = NULL;
    struct ost_guide_spec spec = spec_for(bone);
    spec.voxel_mm = 0.5;
    assert_true(ost_guide_create(&spec, NULL, &a, NULL));
    assert_true(ost_guide_create(&spec, NULL, &b, NULL));
    assert_int_equal(a->mesh->vertex_count, b->mesh->vertex_count);
    assert_memory_equal(a->mesh->vertex, b->mesh->vertex,
                        a->mesh->vertex_count * sizeof *a->mesh->vertex);
}

static void a_cut_beside_the_bone_is_refused(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) bone = shaft();
    struct ost_guide *guide = NULL;
    struct ost_err err = {0};
    struct ost_guide_spec spec = spec_for(bone);
    spec.cut_point[1] = 40.0;
    assert_false(ost_guide_create(&spec, NULL, &guide, &err));
    assert_int_equal(err.code, OST_INVALID);
    spec = spec_for(bone);
    spec.slot_mm = -1.0;
    assert_false(ost_guide_create(&spec, NULL, &guide, &err));
    spec = spec_for(bone);
    memcpy(spec.insertion, (double[]){1, 0, 0}, sizeof spec.insertion);
    assert_false(ost_guide_create(&spec, NULL, &guide, &err));
    assert_null(guide);
}

RUN(T(every_check_holds_on_a_shaft), T(it_lifts_off_and_cannot_be_pushed_through),
    T(the_slot_is_open_and_the_cut_can_be_made), T(equal_specs_give_equal_guides),
    T(a_cut_beside_the_bone_is_refused))
