#include "recon/math/vec.h"
#include "recon/mesh/measure.h"
#include "recon/volume/volume.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

static const double spacing = 0.5, radius = 9.0;
static const double centre[3] = {3.0, -2.0, 40.0};

struct ball {
    double centre[3], radius;
};

static double ball_distance(const void *user, const double point[3])
{
    const struct ball *ball = user;
    return ost_distance(point, ball->centre) - ball->radius;
}

static struct ost_volume *ball_at(const double at[3], double r)
{
    const struct ball ball = {{at[0], at[1], at[2]}, r};
    const struct ost_shape shape = {ball_distance, &ball};
    double low[3], high[3];
    for (int k = 0; k < 3; k++) {
        low[k] = at[k] - r - 3.0;
        high[k] = at[k] + r + 3.0;
    }
    const struct ost_volume_box box = ost_volume_box_of(low, high, spacing);
    struct ost_volume *volume = NULL;
    assert_true(ost_volume_from_shape(&volume, &shape, &box, spacing, NULL));
    return volume;
}

static double ball_volume(double r)
{
    return 4.0 / 3.0 * OST_PI * r * r * r;
}

static struct ost_mesh *surface(const struct ost_volume *volume)
{
    struct ost_mesh *mesh = NULL;
    struct ost_err err = {0};
    const struct ost_volume_surface_options options = {.inside = OST_INSIDE_BELOW};
    assert_true(ost_volume_surface(volume, &options, &mesh, &err));
    assert_true(ost_mesh_check(mesh, &err));
    return mesh;
}

static double enclosed(const struct ost_volume *volume)
{
    OST_AUTO(ost_mesh) mesh = surface(volume);
    struct ost_mesh_facts facts;
    assert_true(ost_mesh_measure(mesh, &facts, NULL));
    assert_true(facts.closed);
    return facts.volume;
}

static void a_distance_gives_a_ball_wound_outwards(void **state)
{
    (void)state;
    OST_AUTO(ost_volume) volume = ball_at(centre, radius);
    OST_AUTO(ost_mesh) mesh = surface(volume);
    assert_near(ost_mesh_volume(mesh), ball_volume(radius), 0.005 * ball_volume(radius));
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        const double p[3] = {(double)mesh->vertex[v][0], (double)mesh->vertex[v][1],
                             (double)mesh->vertex[v][2]};
        assert_near(ost_distance(p, centre), radius, 0.03);
    }
}

static void a_density_gives_the_same_ball(void **state)
{
    (void)state;
    const struct ost_volume_box box = {{-24, -24, -24}, {49, 49, 49}};
    float *value = calloc((size_t)49 * 49 * 49, sizeof *value);
    assert_non_null(value);
    for (int n = 0; n < 49 * 49 * 49; n++) {
        const int row = n / 49, layer = row / 49;
        const double p[3] = {spacing * (n % 49 - 24), spacing * (row % 49 - 24),
                             spacing * (layer - 24)};
        value[n] = (float)fmax(0.0, 500.0 + 200.0 * (radius - ost_length(p)));
    }
    OST_AUTO(ost_volume) volume = NULL;
    OST_AUTO(ost_mesh) mesh = NULL;
    assert_true(ost_volume_from_dense(&volume, value, &box, spacing, 1e-3F, NULL));
    free(value);
    const struct ost_volume_surface_options options = {.iso = 500.0, .inside = OST_INSIDE_ABOVE};
    assert_true(ost_volume_surface(volume, &options, &mesh, NULL));
    assert_near(ost_mesh_volume(mesh), ball_volume(radius), 0.005 * ball_volume(radius));
}

static void a_surface_gives_its_distance_back(void **state)
{
    (void)state;
    OST_AUTO(ost_volume) first = ball_at(centre, radius);
    OST_AUTO(ost_mesh) mesh = surface(first);
    OST_AUTO(ost_volume) volume = NULL;
    assert_true(ost_volume_from_mesh(&volume, mesh, spacing, (const double[]){2.0, 2.0}, NULL));
    for (int n = 0; n < 200; n++) {
        double direction[3] = {sin(n), cos(1.7 * n), sin(0.3 * n + 1.0)}, p[3];
        (void)ost_unit(direction);
        double off = 3.0 * n / 200.0 - 1.5;
        ost_along(centre, radius + off, direction, p);
        assert_near(ost_volume_at(volume, p), off, 0.06);
    }
    double inside[3] = {centre[0], centre[1], centre[2]};
    assert_true(ost_volume_at(volume, inside) < -1.0);
}

static void an_offset_ball_is_a_ball(void **state)
{
    (void)state;
    for (int sign = -1; sign < 2; sign += 2) {
        OST_AUTO(ost_volume) volume = ball_at(centre, radius);
        assert_true(ost_volume_offset(volume, 4.0 * sign, NULL));
        double r = cbrt(enclosed(volume) / ball_volume(1.0));
        assert_near(r, radius + 4.0 * sign, 0.15);
    }
}

static void widening_makes_far_distances_true(void **state)
{
    (void)state;
    OST_AUTO(ost_volume) volume = ball_at(centre, radius);
    assert_true(ost_volume_widen(volume, 6.0, 3.0, NULL));
    const double out[3] = {centre[0], centre[1] + radius + 5.0, centre[2]};
    const double in[3] = {centre[0] + radius - 3.0, centre[1], centre[2]};
    assert_near(ost_volume_at(volume, out), 5.0, 0.1);
    assert_near(ost_volume_at(volume, in), -3.0, 0.1);
}

static void sets_of_two_balls_have_the_volumes_of_lenses(void **state)
{
    (void)state;
    const double apart = 8.0;
    const double other[3] = {centre[0] + apart, centre[1], centre[2]};
    /* Two caps of height r - d / 2. */
    double height = radius - 0.5 * apart;
    double lens = 2.0 * OST_PI * height * height * (3.0 * radius - height) / 3.0;
    const double want[3] = {2.0 * ball_volume(radius) - lens, lens, ball_volume(radius) - lens};
    for (int set = 0; set < 3; set++) {
        OST_AUTO(ost_volume) a = ball_at(centre, radius);
        OST_AUTO(ost_volume) b = ball_at(other, radius);
        assert_true(ost_volume_combine(a, (enum ost_volume_set)set, b, NULL));
        assert_near(enclosed(a), want[set], 0.01 * ball_volume(radius));
        assert_near(enclosed(b), ball_volume(radius), 0.005 * ball_volume(radius));
    }
}

static void a_box_comes_out_dense(void **state)
{
    (void)state;
    OST_AUTO(ost_volume) volume = ball_at(centre, radius);
    const struct ost_volume_box box = {{(int32_t)(centre[0] / spacing) + 18, 0, 80}, {1, 2, 1}};
    float value[2] = {0.0F, 0.0F};
    assert_true(ost_volume_to_dense(volume, &box, value, NULL));
    const double p[3] = {centre[0] + 9.0, 0.5, 40.0};
    assert_near((double)value[1], ost_distance(p, centre) - radius, 0.02);
}

static void the_same_volume_gives_the_same_file(void **state)
{
    (void)state;
    OST_AUTO(ost_volume) volume = ball_at(centre, radius);
    struct ost_buf a, b;
    ost_buf_init(&a, 1 << 24);
    ost_buf_init(&b, 1 << 24);
    assert_true(ost_volume_write(volume, "ball", &a, NULL));
    assert_true(ost_volume_write(volume, "ball", &b, NULL));
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
    assert_memory_equal(a.ptr + 21, "00000000-0000-0000-0000-000000000000", 36);
    ost_buf_fini(&a);
    ost_buf_fini(&b);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    struct ost_volume *volume = NULL;
    struct ost_err err = {0};
    float one = 0.0F;
    const struct ost_volume_box empty = {{0, 0, 0}, {1, 0, 1}},
                                huge = {{0, 0, 0}, {9999, 9999, 9999}};
    assert_false(ost_volume_from_dense(&volume, &one, &empty, 1.0, 1.0F, &err));
    assert_int_equal(err.code, OST_INVALID);
    assert_false(ost_volume_from_dense(&volume, &one, &huge, 1.0, 1.0F, &err));
    assert_int_equal(err.code, OST_LIMIT);
    OST_AUTO(ost_mesh) none = NULL;
    assert_true(ost_mesh_create(&none, 0, 0, NULL));
    assert_false(ost_volume_from_mesh(&volume, none, 0.5, (const double[]){1.0, 1.0}, &err));
    assert_int_equal(err.code, OST_INVALID);
    assert_null(volume);
    OST_AUTO(ost_volume) ball = ball_at(centre, radius);
    assert_false(ost_volume_widen(ball, 1e9, 0.0, &err));
}

RUN(T(a_distance_gives_a_ball_wound_outwards), T(a_density_gives_the_same_ball),
    T(a_surface_gives_its_distance_back), T(an_offset_ball_is_a_ball),
    T(widening_makes_far_distances_true), T(sets_of_two_balls_have_the_volumes_of_lenses),
    T(a_box_comes_out_dense), T(the_same_volume_gives_the_same_file), T(nonsense_is_refused))
