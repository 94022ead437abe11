#include "recon/base/rng.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/measure.h"
#include "tests/recon/mesh/bodies.h"

static const double origin[3];

static void distance_to_a_box_is_exact_on_every_side(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = box((double[]){-1, -2, -3}, (double[]){1, 2, 3});
    OST_AUTO(ost_bvh) bvh = NULL;
    assert_true(ost_bvh_create(&bvh, mesh, NULL));
    struct ost_rng rng = ost_rng_seed(1);
    for (int i = 0; i < 2000; i++) {
        double p[3], outside = 0.0, inside = -INFINITY;
        for (int k = 0; k < 3; k++) {
            p[k] = 10.0 * ost_rng_uniform(&rng) - 5.0;
            double over = fabs(p[k]) - (k + 1);
            outside += over > 0.0 ? over * over : 0.0;
            inside = fmax(inside, over);
        }
        struct ost_near near;
        assert_true(ost_bvh_near(bvh, p, INFINITY, &near));
        assert_near(near.signed_mm, inside > 0.0 ? sqrt(outside) : inside, 1e-6);
        assert_near(near.weight[0] + near.weight[1] + near.weight[2], 1.0, 1e-12);
    }
}

/* Sharp corners are where a face's own normal gives the wrong side. */
static void the_side_agrees_with_the_winding_number(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(10.0, origin, 6);
    for (uint32_t i = 0; i < mesh->vertex_count; i += 3)
        for (int k = 0; k < 3; k++)
            mesh->vertex[i][k] *= 0.3F; /* a hedgehog */
    OST_AUTO(ost_bvh) bvh = NULL;
    assert_true(ost_bvh_create(&bvh, mesh, NULL));
    struct ost_rng rng = ost_rng_seed(2);
    int inside = 0;
    for (int i = 0; i < 3000; i++) {
        double p[3];
        for (int k = 0; k < 3; k++)
            p[k] = 24.0 * ost_rng_uniform(&rng) - 12.0;
        struct ost_near near;
        assert_true(ost_bvh_near(bvh, p, INFINITY, &near));
        bool in = ost_mesh_winding(mesh, p) > 0.5;
        assert_int_equal(in, near.signed_mm < 0.0);
        inside += in;
    }
    assert_true(inside > 50);
}

static void nearest_point_is_that_of_trying_all_triangles(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(10.0, origin, 20);
    OST_AUTO(ost_bvh) bvh = NULL;
    assert_true(ost_bvh_create(&bvh, mesh, NULL));
    struct ost_rng rng = ost_rng_seed(3);
    for (int i = 0; i < 200; i++) {
        double p[3], best = INFINITY;
        for (int k = 0; k < 3; k++)
            p[k] = 30.0 * ost_rng_uniform(&rng) - 15.0;
        for (uint32_t t = 0; t < mesh->triangle_count; t++) {
            struct ost_mesh one = {.vertex_count = mesh->vertex_count,
                                   .triangle_count = 1,
                                   .vertex = mesh->vertex,
                                   .triangle = &mesh->triangle[t]};
            OST_AUTO(ost_bvh) single = NULL;
            struct ost_near near;
            if (t % 7 != 0 && t % 11 != 0) /* a sample keeps the test short */
                continue;
            assert_true(ost_bvh_create(&single, &one, NULL));
            assert_true(ost_bvh_near(single, p, INFINITY, &near));
            best = fmin(best, near.distance);
        }
        struct ost_near near;
        assert_true(ost_bvh_near(bvh, p, INFINITY, &near));
        assert_true(near.distance <= best + 1e-12);
        double moved[3];
        ost_along(near.point, 0.0, p, moved);
        assert_near(ost_distance(p, moved), near.distance, 1e-9);
    }
}

static void nothing_is_found_beyond_the_limit(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = box((double[]){0, 0, 0}, (double[]){1, 1, 1});
    OST_AUTO(ost_bvh) bvh = NULL;
    assert_true(ost_bvh_create(&bvh, mesh, NULL));
    struct ost_near near = {.distance = -1.0};
    assert_false(ost_bvh_near(bvh, (double[]){3, 0.5, 0.5}, 1.9, &near));
    assert_near(near.distance, -1.0, 0.0);
    assert_true(ost_bvh_near(bvh, (double[]){3, 0.5, 0.5}, 2.0, &near));
    assert_near(near.distance, 2.0, 1e-12);
}

static void chords_of_a_ball_are_two_root_r2_less_d2(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(10.0, origin, 96);
    OST_AUTO(ost_bvh) bvh = NULL;
    assert_true(ost_bvh_create(&bvh, mesh, NULL));
    for (int i = 0; i < 50; i++) {
        double offset = 0.19 * i;
        struct ost_hit hit[4];
        size_t n = ost_bvh_ray(bvh, (double[]){offset, 0.01, -50}, (double[]){0, 0, 2}, hit, 4);
        assert_int_equal(n, 2);
        assert_true(hit[0].entering);
        assert_false(hit[1].entering);
        assert_near(2.0 * (hit[1].at - hit[0].at), 2.0 * sqrt(100.0 - offset * offset), 0.05);
    }
}

/* Rays through corners and along shared edges of a box. */
static void a_ray_through_an_edge_passes_once(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = box((double[]){-1, -1, -1}, (double[]){1, 1, 1});
    OST_AUTO(ost_bvh) bvh = NULL;
    assert_true(ost_bvh_create(&bvh, mesh, NULL));
    for (int i = -9; i <= 9; i++) {
        double at = i / 10.0; /* the diagonals of both faces */
        struct ost_hit hit[4];
        assert_int_equal(ost_bvh_ray(bvh, (double[]){at, at, -5}, (double[]){0, 0, 1}, hit, 4), 2);
        assert_int_equal(ost_bvh_ray(bvh, (double[]){at, -at, -5}, (double[]){0, 0, 1}, hit, 4), 2);
        assert_near(hit[0].at, 4.0, 1e-12);
        assert_near(hit[1].at, 6.0, 1e-12);
    }
}

static void nearest_hits_are_kept_and_all_are_counted(void **state)
{
    (void)state;
    struct ost_mesh *all = NULL;
    assert_true(ost_mesh_create(&all, 3 * 50, 50, NULL));
    OST_AUTO(ost_mesh) mesh = all;
    for (uint32_t i = 0; i < 50; i++)
        for (uint32_t k = 0; k < 3; k++) {
            float *p = mesh->vertex[3 * i + k];
            p[0] = k == 1 ? 4.0F : -2.0F;
            p[1] = k == 2 ? 4.0F : -2.0F;
            p[2] = (float)((i * 7) % 50);
            mesh->triangle[i][k] = 3 * i + k;
        }
    OST_AUTO(ost_bvh) bvh = NULL;
    assert_true(ost_bvh_create(&bvh, mesh, NULL));
    struct ost_hit hit[5];
    assert_int_equal(ost_bvh_ray(bvh, (double[]){0, 0, 9.5}, (double[]){0, 0, 1}, hit, 5), 40);
    for (int i = 0; i < 5; i++)
        assert_near(hit[i].at, i + 0.5, 1e-12);
}

static void an_empty_mesh_is_refused(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = NULL;
    assert_true(ost_mesh_create(&mesh, 3, 0, NULL));
    struct ost_bvh *bvh = NULL;
    struct ost_err err;
    assert_false(ost_bvh_create(&bvh, mesh, &err));
    assert_int_equal(err.code, OST_INVALID);
}

RUN(T(distance_to_a_box_is_exact_on_every_side), T(the_side_agrees_with_the_winding_number),
    T(nearest_point_is_that_of_trying_all_triangles), T(nothing_is_found_beyond_the_limit),
    T(chords_of_a_ball_are_two_root_r2_less_d2), T(a_ray_through_an_edge_passes_once),
    T(nearest_hits_are_kept_and_all_are_counted), T(an_empty_mesh_is_refused))
