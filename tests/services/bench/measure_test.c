#include "recon/mesh/icp.h"
#include "services/bench/measure.h"
#include "tests/recon/mesh/bodies.h"

static const double origin[3];

/* A joint at the origin that faces along -z, filmed from afar down to `low` mm of height. */
static struct ost_region_frame frame_of(double low)
{
    struct ost_region_frame f = {.axis = {0, 0, -1}, .radial = {-1, 0, 0}, .facing = {0, 0, -1}};
    f.camera[0] = (struct ost_camera){
        .width = 4001,
        .height = 4001,
        .focal = {1e7, 1e7},
        .principal = {2000.0, 2000.0},
        .world_to_camera = {.r = {1, 0, 0, 0, 0, 1, 0, -1, 0}, .t = {0.0, 0.0, 1e6}}};
    /* 0.1 mm a pixel: 200 mm high, and the part above `low` + 5 mm is off. */
    f.camera[0].principal[1] = 10.0 * (low + ost_region_film_margin);
    f.view_count = 1;
    return f;
}

/* A bone of sorts: round below, a long shaft above. */
static struct ost_mesh *club(double radius, double length)
{
    struct ost_mesh *mesh = ball(radius, origin, 44);
    for (uint32_t i = 0; i < mesh->vertex_count; i++) {
        float *p = mesh->vertex[i];
        p[1] += 0.08F * p[0] * p[0] / (float)radius; /* not round, so that it cannot spin */
        p[0] *= 1.4F;
        if (p[2] > 0.0F)
            p[2] *= (float)(length / radius);
    }
    return mesh;
}

/* What the film's border leaves in sight is measured where it is, the rest is not. */
static void only_what_is_shown_counts_as_shown(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) truth = club(9.0, 180.0);
    OST_AUTO(ost_mesh) result = club(9.0, 180.0);
    for (uint32_t i = 0; i < result->vertex_count; i++) {
        float *p = result->vertex[i]; /* bent where no film shows it */
        if (p[2] > 70.0F)
            p[0] += 0.0016F * (p[2] - 70.0F) * (p[2] - 70.0F);
    }
    const struct ost_bench_pair pair = {OST_RADIUS, result, truth};
    const struct ost_region_frame frame = frame_of(60.0);
    const struct ost_bench_way way = {.placed = true};
    struct ost_bench_distances d;
    assert_true(ost_bench_measure(&pair, 1, &frame, &way, &d, NULL));
    assert_near(d.raw[OST_REGION_SHOWN].max, 0.0, 0.01);
    assert_near(d.icp[OST_REGION_SHOWN].max, 0.0, 0.05);
    assert_true(d.raw[OST_REGION_WHOLE].max > 5.0);
    assert_true(d.icp[OST_REGION_WHOLE].max < d.raw[OST_REGION_WHOLE].max);
    assert_true(d.icp[OST_REGION_SHOWN].count[1] < d.icp[OST_REGION_WHOLE].count[1] * 6 / 10);
    assert_true(d.icp[OST_REGION_DISTAL_30].count[1] < d.icp[OST_REGION_SHOWN].count[1]);
}

/* Far away, turned over: the same figures, none of which is as it lies. */
static void where_a_result_lies_is_no_matter(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) truth = club(9.0, 180.0);
    OST_AUTO(ost_mesh) near = club(9.5, 180.0);
    OST_AUTO(ost_mesh) far = club(9.5, 180.0);
    const struct ost_rigid away = ost_rigid_about((double[]){5, 0, 80}, (double[]){2.0, 1.1, -0.7},
                                                  (double[]){400, -300, 900});
    ost_mesh_move(far, &away);
    const struct ost_region_frame frame = frame_of(60.0);
    struct ost_bench_distances d[2];
    for (int i = 0; i < 2; i++) {
        const struct ost_bench_pair pair = {OST_RADIUS, i == 0 ? near : far, truth};
        const struct ost_rigid rest = ost_rigid_identity();
        const struct ost_bench_way way = {.start = i == 0 ? &rest : NULL};
        assert_true(ost_bench_measure(&pair, 1, &frame, &way, &d[i], NULL));
        assert_int_equal(d[i].raw[OST_REGION_WHOLE].count[0], 0);
    }
    for (int r = 0; r < OST_REGIONS; r++)
        assert_near(d[0].icp[r].asd, d[1].icp[r].asd, 0.02);
    assert_near(d[0].icp[OST_REGION_SHOWN].asd, 0.55, 0.12); /* half a millimetre thicker */
}

static void saw_off(struct ost_mesh *mesh, float at, bool lid)
{
    for (uint32_t i = 0; i < mesh->vertex_count; i++)
        mesh->vertex[i][2] = fminf(mesh->vertex[i][2], at);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < mesh->triangle_count && !lid; i++) {
        bool flat = true;
        for (int k = 0; k < 3; k++)
            flat = flat && mesh->vertex[mesh->triangle[i][k]][2] >= at;
        if (!flat)
            memmove(mesh->triangle[kept++], mesh->triangle[i], 12);
    }
    mesh->triangle_count = lid ? mesh->triangle_count : kept;
}

/* A truth that is a piece, open or with a lid: it finds its place, and its end does not count. */
static void a_sawn_truth_is_measured_before_its_cut(void **state)
{
    (void)state;
    for (int lid = 0; lid < 2; lid++) {
        OST_AUTO(ost_mesh) truth = club(9.0, 180.0);
        OST_AUTO(ost_mesh) result = club(9.0, 180.0);
        saw_off(truth, 32.0F, lid == 1);
        const struct ost_rigid away =
            ost_rigid_about(origin, (double[]){0.3, 2.8, 0.2}, (double[]){-50, 20, 260});
        ost_mesh_move(result, &away);
        const struct ost_bench_pair pair = {OST_RADIUS, result, truth};
        const struct ost_region_frame frame = frame_of(100.0);
        const struct ost_bench_way way = {.start = NULL};
        struct ost_bench_distances d;
        assert_true(ost_bench_measure(&pair, 1, &frame, &way, &d, NULL));
        assert_near(d.icp[OST_REGION_WHOLE].max, 0.0, 0.15);
        assert_near(d.icp[OST_REGION_SHOWN].asd, 0.0, 0.05);
        /* The first surface counts no farther than the second reaches. */
        double ratio =
            (double)d.icp[OST_REGION_WHOLE].count[0] / (double)d.icp[OST_REGION_WHOLE].count[1];
        assert_near(ratio, 1.0, 0.05);
    }
}

RUN(T(only_what_is_shown_counts_as_shown), T(where_a_result_lies_is_no_matter),
    T(a_sawn_truth_is_measured_before_its_cut))
