#include "recon/mesh/icp.h"
#include "tests/recon/mesh/bodies.h"

static const double origin[3];

/* An egg with a bump: no rotation leaves it as it is. */
static struct ost_mesh *odd_body(void)
{
    struct ost_mesh *mesh = ball(10.0, origin, 40);
    for (uint32_t i = 0; i < mesh->vertex_count; i++) {
        float *p = mesh->vertex[i];
        float bump = p[0] > 5.0F && p[1] > 0.0F ? 0.3F * (p[0] - 5.0F) * p[1] / 10.0F : 0.0F;
        p[0] = 1.3F * p[0] + bump;
        p[2] = 2.5F * p[2] + 0.02F * p[0] * p[0];
    }
    return mesh;
}

static void a_known_motion_is_undone(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) still = odd_body();
    OST_AUTO(ost_mesh) moved = odd_body();
    struct ost_rigid m =
        ost_rigid_about((double[]){1, 2, 3}, (double[]){0.2, -0.15, 0.3}, (double[]){3, -2, 4});
    ost_mesh_move(moved, &m);
    struct ost_icp_result r;
    assert_true(ost_icp(moved, still, NULL, NULL, &r, NULL));
    assert_true(r.settled);
    assert_near(r.rms, 0.0, 1e-3);
    for (uint32_t i = 0; i < still->vertex_count; i++) {
        double p[3] = {moved->vertex[i][0], moved->vertex[i][1], moved->vertex[i][2]}, q[3];
        double want[3] = {still->vertex[i][0], still->vertex[i][1], still->vertex[i][2]};
        ost_rigid_point(&r.motion, p, q);
        assert_near(ost_distance(q, want), 0.0, 0.01);
    }
}

static void trimming_forgets_a_part_that_is_elsewhere(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) still = odd_body();
    OST_AUTO(ost_mesh) moved = odd_body();
    for (uint32_t i = 0; i < moved->vertex_count; i++)
        if (moved->vertex[i][2] > 20.0F)
            moved->vertex[i][2] += 4.0F; /* a spur */
    struct ost_rigid m = ost_rigid_about(origin, (double[]){0.0, 0.1, 0.05}, (double[]){1, 0, -1});
    ost_mesh_move(moved, &m);
    struct ost_icp_options o = {.keep = 0.75, .steps = 100};
    struct ost_icp_result r;
    assert_true(ost_icp(moved, still, NULL, &o, &r, NULL));
    struct ost_rigid both = ost_rigid_then(&m, &r.motion);
    double w[3];
    ost_vector_of_rotation(both.r, w);
    assert_near(ost_length(w), 0.0, 0.002);
    assert_near(ost_length(both.t), 0.0, 0.03);
}

static void size_is_never_changed(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) small = ball(10.0, (double[]){2, 1, 0}, 30);
    OST_AUTO(ost_mesh) large = ball(12.0, origin, 30);
    struct ost_icp_result r;
    assert_true(ost_icp(small, large, NULL, NULL, &r, NULL));
    assert_true(ost_rigid_is_proper(&r.motion, 1e-9));
    assert_near(r.rms, 2.0, 0.03);
}

static void a_piece_far_away_and_turned_over_finds_its_place(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) whole = odd_body();
    OST_AUTO(ost_mesh) piece = odd_body();
    uint32_t kept = 0;
    for (uint32_t i = 0; i < piece->triangle_count; i++)
        if (piece->vertex[piece->triangle[i][0]][2] > -4.0F)
            memmove(piece->triangle[kept++], piece->triangle[i], 12);
    piece->triangle_count = kept;
    struct ost_rigid m = ost_rigid_about((double[]){1, 2, 3}, (double[]){2.2, -0.9, 1.3},
                                         (double[]){800, -300, 450});
    ost_mesh_move(piece, &m);
    struct ost_icp_options o = {.one_way = true};
    struct ost_icp_result r;
    assert_true(ost_icp_anywhere(piece, whole, &o, &r, NULL));
    assert_near(r.rms, 0.0, 0.01);
    struct ost_rigid both = ost_rigid_then(&m, &r.motion);
    double w[3];
    ost_vector_of_rotation(both.r, w);
    assert_near(ost_length(w), 0.0, 0.005);
}

/* A club: round at the one end, drawn out to a long shaft at the other. */
static struct ost_mesh *club(void)
{
    struct ost_mesh *mesh = ball(8.0, origin, 60);
    for (uint32_t i = 0; i < mesh->vertex_count; i++) {
        if (mesh->vertex[i][2] > 0.0F)
            mesh->vertex[i][2] *= 15.0F;
    }
    return mesh;
}

/*
 * The head of a club that starts inside the shaft of the whole: one way each of its points lies
 * on something at once, and only the whole's own head, which then lies on nothing, tells.
 */
static void a_piece_does_not_stay_slipped_into_the_shaft(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) whole = club();
    OST_AUTO(ost_mesh) piece = club();
    uint32_t kept = 0;
    for (uint32_t i = 0; i < piece->triangle_count; i++)
        if (piece->vertex[piece->triangle[i][0]][2] < 50.0F)
            memmove(piece->triangle[kept++], piece->triangle[i], 12);
    piece->triangle_count = kept;
    const struct ost_rigid start =
        ost_rigid_about(origin, (double[]){0.02, 0.01, 0.0}, (double[]){0.5, -0.3, 12.0});
    struct ost_icp_options o = {.steps = 100, .rim_apart = true};
    struct ost_icp_result r;
    assert_true(ost_icp(piece, whole, &start, &o, &r, NULL));
    assert_near(r.motion.t[2], 0.0, 0.05);
    assert_near(r.rms, 0.0, 0.05);
    assert_true(ost_icp(whole, piece, &start, &o, &r, NULL)); /* either may be the piece */
    assert_near(r.motion.t[2], 0.0, 0.05);
}

RUN(T(a_piece_does_not_stay_slipped_into_the_shaft),
    T(a_piece_far_away_and_turned_over_finds_its_place), T(a_known_motion_is_undone),
    T(trimming_forgets_a_part_that_is_elsewhere), T(size_is_never_changed))
