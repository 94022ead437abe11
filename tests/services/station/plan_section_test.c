#include "recon/math/vec.h"
#include "services/station/plan_section.h"
#include "tests/check.h"

#include <string.h>

enum { SIDES = 256 };

/* A tube of elliptic section along z, half widths 14 and 9 mm about (3, -2). */
static struct ost_mesh *tube(void)
{
    struct ost_mesh *mesh = NULL;
    assert_true(ost_mesh_create(&mesh, 2 * SIDES, 2 * SIDES, NULL));
    for (uint32_t i = 0; i < SIDES; i++) {
        double t = 2.0 * OST_PI * i / SIDES;
        uint32_t next = (i + 1) % SIDES;
        for (uint32_t end = 0; end < 2; end++) {
            float *v = mesh->vertex[2 * i + end];
            v[0] = (float)(3.0 + 14.0 * cos(t));
            v[1] = (float)(-2.0 + 9.0 * sin(t));
            v[2] = end == 0 ? -30.0F : 50.0F;
        }
        memcpy(mesh->triangle[2 * i], ((uint32_t[]){2 * i, 2 * next, 2 * i + 1}),
               sizeof mesh->triangle[0]);
        memcpy(mesh->triangle[2 * i + 1], ((uint32_t[]){2 * next, 2 * next + 1, 2 * i + 1}),
               sizeof mesh->triangle[0]);
    }
    return mesh;
}

static struct ost_seed seed_at(double z, double tilt)
{
    return (struct ost_seed){
        .radial = {-1, 0, 0}, .cut_point = {1.0, 1.0, z}, .cut_normal = {0, sin(tilt), -cos(tilt)}};
}

static void a_cut_across_finds_the_half_widths_and_the_middle(void **state)
{
    (void)state;
    struct ost_mesh *mesh = tube();
    struct ost_seed seed = seed_at(20.0, 0.0);
    ost_station_plan_section(mesh, &seed);
    assert_near(seed.half_radial_mm, 14.0, 0.01);
    assert_near(seed.half_volar_mm, 9.0, 0.01);
    assert_near(seed.cut_point[0], 3.0, 0.01);
    assert_near(seed.cut_point[1], -2.0, 0.01);
    assert_near(seed.cut_point[2], 20.0, 1e-9);
    ost_mesh_destroy(mesh);
}

static void an_oblique_cut_is_longer_and_stays_in_its_plane(void **state)
{
    (void)state;
    struct ost_mesh *mesh = tube();
    double tilt = ost_radians(30.0), from[3];
    struct ost_seed seed = seed_at(20.0, tilt);
    const double before[3] = {seed.cut_point[0], seed.cut_point[1], seed.cut_point[2]};
    ost_station_plan_section(mesh, &seed);
    assert_near(seed.half_radial_mm, 14.0, 0.01);
    assert_near(seed.half_volar_mm, 9.0 / cos(tilt), 0.01);
    ost_sub(seed.cut_point, before, from);
    assert_near(ost_dot(from, seed.cut_normal), 0.0, 1e-9);
    ost_mesh_destroy(mesh);
}

static void a_plane_beside_the_bone_changes_nothing(void **state)
{
    (void)state;
    struct ost_mesh *mesh = tube();
    struct ost_seed seed = seed_at(200.0, 0.0);
    ost_station_plan_section(mesh, &seed);
    assert_near(seed.half_radial_mm, 0.0, 0.0);
    assert_near(seed.cut_point[0], 1.0, 0.0);
    ost_mesh_destroy(mesh);
}

RUN(T(a_cut_across_finds_the_half_widths_and_the_middle),
    T(an_oblique_cut_is_longer_and_stays_in_its_plane), T(a_plane_beside_the_bone_changes_nothing))
