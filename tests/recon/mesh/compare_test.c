#include "recon/mesh/compare.h"
#include "tests/recon/mesh/bodies.h"

static const double origin[3];

static void a_surface_is_at_no_distance_from_itself(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = ball(20.0, origin, 40);
    struct ost_compare_result r;
    assert_true(ost_compare(mesh, mesh, NULL, &r, NULL));
    assert_near(r.max, 0.0, 1e-5);
    assert_near(r.asd, 0.0, 1e-6);
}

static void samples_are_four_to_the_square_millimetre(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = box((double[]){0, 0, 0}, (double[]){10, 20, 30});
    struct ost_compare_result r;
    assert_true(ost_compare(mesh, mesh, NULL, &r, NULL));
    assert_near((double)r.count[0], 4.0 * 2200.0, 1.0);
}

static void concentric_balls_differ_by_their_radii(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) small = ball(20.0, origin, 90);
    OST_AUTO(ost_mesh) large = ball(21.5, origin, 90);
    struct ost_compare_result r;
    assert_true(ost_compare(small, large, NULL, &r, NULL));
    assert_near(r.asd, 1.5, 0.01);
    assert_near(r.rms, 1.5, 0.01);
    assert_near(r.hd95, 1.5, 0.02);
    assert_near(r.max, 1.5, 0.03);
}

/*
 * A box and the same box pulled out along x by g: the end face and the collar lie
 * off. First to second: the end face sees the collar or the far end, whichever is
 * nearer. Second to first: end face g, collar 0..g.
 */
static void pooling_weighs_by_area_and_not_by_surface(void **state)
{
    (void)state;
    const double a = 10.0, g = 2.0;
    OST_AUTO(ost_mesh) first = box((double[]){0, 0, 0}, (double[]){a, a, a});
    OST_AUTO(ost_mesh) second = box((double[]){0, 0, 0}, (double[]){a + g, a, a});
    double area[2] = {6.0 * a * a, 2.0 * a * a + 4.0 * a * (a + g)};
    double sum[2] = {0.0, a * a * g + 4.0 * a * g * g / 2.0};
    const int steps = 400;
    for (int i = 0; i < steps; i++)
        for (int j = 0; j < steps; j++) {
            double x = (i + 0.5) * a / steps, y = (j + 0.5) * a / steps;
            double d = fmin(fmin(x, a - x), fmin(y, a - y));
            sum[0] += fmin(d, g) * (a / steps) * (a / steps);
        }
    struct ost_compare_result r;
    assert_true(ost_compare(first, second, NULL, &r, NULL));
    assert_near(r.mean[0], sum[0] / area[0], 0.01);
    assert_near(r.mean[1], sum[1] / area[1], 0.01);
    assert_near(r.asd, (sum[0] + sum[1]) / (area[0] + area[1]), 0.01);
    assert_near(r.max, g, 1e-5);
}

/* An open tube against a longer one: only what is 5 mm from every rim counts. */
static struct ost_mesh *tube(double radius, double length)
{
    enum { ACROSS = 96, ALONG = 40 };
    struct ost_mesh *mesh = NULL;
    assert_true(ost_mesh_create(&mesh, ACROSS * (ALONG + 1), 2 * ACROSS * ALONG, NULL));
    uint32_t n = 0;
    for (uint32_t i = 0; i <= ALONG; i++)
        for (uint32_t j = 0; j < ACROSS; j++) {
            float *p = mesh->vertex[i * ACROSS + j];
            p[0] = (float)(radius * cos(2.0 * OST_PI * j / ACROSS));
            p[1] = (float)(radius * sin(2.0 * OST_PI * j / ACROSS));
            p[2] = (float)(length * i / ALONG);
            if (i == ALONG)
                continue;
            uint32_t a = i * ACROSS + j, b = i * ACROSS + (j + 1) % ACROSS;
            memcpy(mesh->triangle[n++], (uint32_t[]){a, b, a + ACROSS}, 12);
            memcpy(mesh->triangle[n++], (uint32_t[]){b, b + ACROSS, a + ACROSS}, 12);
        }
    return mesh;
}

static void open_ends_are_left_out(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) piece = tube(8.0, 40.0);
    OST_AUTO(ost_mesh) whole = tube(9.0, 90.0);
    struct ost_compare_result r;
    assert_true(ost_compare(piece, whole, NULL, &r, NULL));
    assert_near(r.asd, 1.0, 0.02);
    assert_near(r.max, 1.0, 0.05);
    double kept = 4.0 * 2.0 * OST_PI * 8.0 * 30.0;
    assert_near((double)r.count[0], kept, 0.02 * kept);

    struct ost_compare_options all = {.cut_margin = -1.0};
    assert_true(ost_compare(piece, whole, &all, &r, NULL));
    assert_near(r.max, 50.0, 0.1);
}

static void a_stated_cut_leaves_out_what_lies_beyond_it(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) first = box((double[]){0, 0, 0}, (double[]){10, 10, 50});
    OST_AUTO(ost_mesh) second = box((double[]){0, 0, 0}, (double[]){10, 10, 60});
    struct ost_compare_cut cut = {.point = {0, 0, 50}, .normal = {0, 0, 1}};
    struct ost_compare_options o = {.cut = &cut, .cut_count = 1};
    struct ost_compare_result r;
    assert_true(ost_compare(first, second, &o, &r, NULL));
    assert_near(r.max, 0.0, 1e-5);
    assert_near((double)r.count[0], 4.0 * (100.0 + 40.0 * 45.0), 10.0);
}

static void two_pairs_are_one_pool(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) a = ball(20.0, origin, 60);
    OST_AUTO(ost_mesh) b = ball(21.0, origin, 60);
    OST_AUTO(ost_mesh) c = ball(10.0, origin, 60);
    struct ost_compare_pair pair[2] = {{a, b}, {c, c}};
    struct ost_compare_result r;
    assert_true(ost_compare_pooled(pair, 2, NULL, &r, NULL));
    assert_near(r.asd, (400.0 + 441.0) / (400.0 + 441.0 + 200.0), 0.01);
}

static void nothing_left_is_an_error(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = tube(8.0, 8.0);
    struct ost_compare_result r;
    struct ost_err err;
    assert_false(ost_compare(mesh, mesh, NULL, &r, &err));
    assert_int_equal(err.code, OST_INVALID);
}

/* Above and below the plane z = *user; both where it touches. */
static uint32_t halves(const void *user, size_t pair, const double point[3], const double normal[3])
{
    double z = point[2] - *(const double *)user;
    assert_int_equal(pair, 0);
    assert_near(ost_length(normal), 1.0, 1e-6);
    return (z >= 0.0 ? 1U : 0U) | (z <= 0.0 ? 2U : 0U) | (normal[2] > 0.5 ? 4U : 0U);
}

/*
 * Two concentric balls of which the second is moved up by c: above, the second lies far by c
 * times the cosine, below near by it. The mean over a half of a ball of |cos| is 1/2, and the
 * cap within 60 degrees of the pole is a quarter of the ball with a mean cosine of 3/4.
 */
static void a_region_holds_its_own_distances_only(void **state)
{
    (void)state;
    const double gap = 2.0, c = 0.6, level = c;
    OST_AUTO(ost_mesh) first = ball(60.0, origin, 90);
    OST_AUTO(ost_mesh) second = ball(60.0 + gap, (double[]){0, 0, c}, 90);
    const struct ost_compare_pair pair = {first, second};
    const struct ost_compare_regions regions = {.of = halves, .user = &level, .count = 4};
    struct ost_compare_result r[4];
    assert_true(ost_compare_by_region(&pair, 1, NULL, &regions, r, NULL));
    assert_near(r[0].asd, gap + 0.5 * c, 0.02);
    assert_near(r[1].asd, gap - 0.5 * c, 0.02);
    assert_near(r[2].asd, gap + 0.75 * c, 0.02);
    assert_near((double)r[2].count[1] / (double)(r[0].count[1] + r[1].count[1]), 0.25, 0.005);
    assert_near((double)r[2].count[0] / (double)(r[0].count[0] + r[1].count[0]), 0.25, 0.005);
    assert_int_equal(r[3].count[0], 0);
    assert_near(r[3].asd, 0.0, 0.0);
}

/*
 * A spike of the first surface over a flat second one belongs to the region under it: what is
 * too much counts as what is missed does.
 */
static void too_much_counts_where_it_should_not_be(void **state)
{
    (void)state;
    const double level = 9.999;
    OST_AUTO(ost_mesh) first = box((double[]){0, 0, 0}, (double[]){20, 20, 13});
    OST_AUTO(ost_mesh) second = box((double[]){0, 0, 0}, (double[]){20, 20, 10});
    const struct ost_compare_pair pair = {first, second};
    const struct ost_compare_regions regions = {.of = halves, .user = &level, .count = 3};
    struct ost_compare_result r[3];
    assert_true(ost_compare_by_region(&pair, 1, NULL, &regions, r, NULL));
    assert_near(r[0].max, 3.0, 1e-5);
    /* The top itself and the part of each wall that stands above the second's top. */
    assert_near((double)r[0].count[0], 4.0 * (400.0 + 4.0 * 20.0 * 3.0), 40.0);
    assert_near(r[1].max, 0.0, 0.01);
}

RUN(T(a_region_holds_its_own_distances_only), T(too_much_counts_where_it_should_not_be),
    T(a_surface_is_at_no_distance_from_itself), T(samples_are_four_to_the_square_millimetre),
    T(concentric_balls_differ_by_their_radii), T(pooling_weighs_by_area_and_not_by_surface),
    T(open_ends_are_left_out), T(a_stated_cut_leaves_out_what_lies_beyond_it),
    T(two_pairs_are_one_pool), T(nothing_left_is_an_error))
