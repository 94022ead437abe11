#include "recon/mesh/cut.h"
#include "tests/recon/mesh/bodies.h"

static const double origin[3];

static void a_box_has_six_flat_ends(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = box((double[]){0, 0, 0}, (double[]){10, 20, 30});
    struct ost_compare_cut cut[8];
    size_t count;
    assert_true(ost_cut_find(mesh, cut, 8, &count, NULL));
    assert_int_equal(count, 6);
}

/* A ball pressed flat above z = 6: a disc of radius 8 is the only plane. */
static void a_ball_sawn_off_has_one(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(10.0, origin, 60);
    for (uint32_t i = 0; i < mesh->vertex_count; i++)
        mesh->vertex[i][2] = fminf(mesh->vertex[i][2], 6.0F);
    struct ost_compare_cut cut[8];
    size_t count;
    assert_true(ost_cut_find(mesh, cut, 8, &count, NULL));
    assert_int_equal(count, 1);
    assert_near(cut[0].normal[2], 1.0, 1e-6);
    assert_near(cut[0].point[2], 6.0, 1e-6);
}

static void a_round_body_has_none(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(10.0, origin, 60);
    struct ost_compare_cut cut[8];
    size_t count;
    assert_true(ost_cut_find(mesh, cut, 8, &count, NULL));
    assert_int_equal(count, 0);
}

RUN(T(a_box_has_six_flat_ends), T(a_ball_sawn_off_has_one), T(a_round_body_has_none))
