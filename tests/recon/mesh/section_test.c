#include "recon/mesh/measure.h"
#include "recon/mesh/section.h"
#include "tests/recon/cohort/bodies.h"

static void bar(const void *user, uint32_t ring, uint32_t j, double out[3])
{
    const double *half = user;
    double angle = 2.0 * OST_PI * (j + 0.5) / 120.0;
    out[0] = 3.0 + half[0] * cos(angle);
    out[1] = -2.0 + half[1] * sin(angle);
    out[2] = 4.0 * ring;
}

static struct ost_mesh *elliptic_bar(void)
{
    static const double half[2] = {7.0, 4.0};
    const struct body_plan plan = {6, 120, bar, half};
    return body_of(&plan);
}

static void an_ellipse_has_its_area_and_extents(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = elliptic_bar();
    OST_AUTO(ost_section) section = NULL;
    const struct ost_section_plane plane = {{0, 0, 9.0}, {1, 0, 0}, {0, 1, 0}};
    double centre[2], ends[2];
    assert_true(ost_section_create(mesh, &plane, &section, NULL));
    /* An inscribed polygon of 120 sides has sin(x) / x of the ellipse's area. */
    double x = 2.0 * OST_PI / 120.0;
    assert_near(ost_section_area(section, centre), OST_PI * 28.0 * sin(x) / x, 1e-3);
    assert_near(centre[0], 3.0, 1e-4);
    assert_near(centre[1], -2.0, 1e-4);
    assert_true(ost_section_extent(section, 0.0, ends));
    assert_near(ends[1] - ends[0], 14.0, 0.01);
    assert_true(ost_section_extent(section, 0.5 * OST_PI, ends));
    assert_near(ends[1] - ends[0], 8.0, 0.01);
}

/* Seen from below the same contour runs the other way round and still holds its inside. */
static void both_sides_of_a_plane_see_the_same_area(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = elliptic_bar();
    OST_AUTO(ost_section) above = NULL;
    OST_AUTO(ost_section) below = NULL;
    const struct ost_section_plane up = {{0, 0, 9.0}, {1, 0, 0}, {0, 1, 0}};
    const struct ost_section_plane down = {{0, 0, 9.0}, {1, 0, 0}, {0, -1, 0}};
    double centre[2];
    assert_true(ost_section_create(mesh, &up, &above, NULL));
    assert_true(ost_section_create(mesh, &down, &below, NULL));
    assert_near(ost_section_area(above, centre), ost_section_area(below, centre), 1e-4);
}

static void a_leaning_plane_cuts_a_longer_ellipse(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = elliptic_bar();
    OST_AUTO(ost_section) flat = NULL;
    OST_AUTO(ost_section) leaning = NULL;
    const double c = cos(0.5), s = sin(0.5);
    const struct ost_section_plane level = {{0, 0, 10.0}, {1, 0, 0}, {0, 1, 0}};
    const struct ost_section_plane lean = {{3.0, -2.0, 10.0}, {c, 0, s}, {0, 1, 0}};
    double centre[2];
    assert_true(ost_section_create(mesh, &level, &flat, NULL));
    assert_true(ost_section_create(mesh, &lean, &leaning, NULL));
    assert_near(ost_section_area(leaning, centre), ost_section_area(flat, centre) / c, 1e-2);
}

static void normals_point_out(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = elliptic_bar();
    OST_AUTO(ost_section) section = NULL;
    const struct ost_section_plane plane = {{3.0, -2.0, 9.0}, {1, 0, 0}, {0, 1, 0}};
    double round = 0.0;
    assert_true(ost_section_create(mesh, &plane, &section, NULL));
    for (size_t n = 0; n < section->count; n++) {
        double normal[2];
        const double *a = section->piece[n][0];
        round += ost_section_normal(section, n, normal);
        assert_true(normal[0] * a[0] + normal[1] * a[1] > 0.0);
    }
    assert_near(round, 35.20, 0.02); /* Ramanujan 1914: perimeter of the 7 x 4 ellipse */
}

static void a_plane_beside_the_body_finds_nothing(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = elliptic_bar();
    OST_AUTO(ost_section) section = NULL;
    const struct ost_section_plane plane = {{0, 0, 90.0}, {1, 0, 0}, {0, 1, 0}};
    double ends[2], centre[2];
    assert_true(ost_section_create(mesh, &plane, &section, NULL));
    assert_int_equal(section->count, 0);
    assert_false(ost_section_extent(section, 0.0, ends));
    assert_near(ost_section_area(section, centre), 0.0, 0.0);
}

RUN(T(an_ellipse_has_its_area_and_extents), T(both_sides_of_a_plane_see_the_same_area),
    T(a_leaning_plane_cuts_a_longer_ellipse), T(normals_point_out),
    T(a_plane_beside_the_body_finds_nothing))
