#include "recon/mesh/cut.h"
#include "tests/recon/mesh/bodies.h"

static const double origin[3];

static void a_beam_has_two_ends_and_no_more(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = box((double[]){0, 0, 0}, (double[]){10, 10, 100});
    struct ost_compare_cut cut[8];
    size_t count;
    assert_true(ost_cut_find(mesh, cut, 8, &count, NULL));
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++)
        assert_near(fabs(cut[i].normal[2]), 1.0, 1e-6);
}

/* A ball pressed flat above z = 8: a disc of radius 6 is the only plane. */
static void a_ball_sawn_off_has_one(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(10.0, origin, 60);
    for (uint32_t i = 0; i < mesh->vertex_count; i++)
        mesh->vertex[i][2] = fminf(mesh->vertex[i][2], 8.0F);
    struct ost_compare_cut cut[8];
    size_t count;
    assert_true(ost_cut_find(mesh, cut, 8, &count, NULL));
    assert_int_equal(count, 1);
    assert_near(cut[0].normal[2], 1.0, 1e-6);
    assert_near(cut[0].point[2], 8.0, 1e-6);
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

RUN(T(a_beam_has_two_ends_and_no_more), T(a_ball_sawn_off_has_one), T(a_round_body_has_none))
