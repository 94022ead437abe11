#include "recon/mesh/measure.h"
#include "recon/mesh/piece.h"
#include "tests/recon/mesh/bodies.h"

static const double origin[3];

static bool above(const void *user, const double point[3])
{
    return point[2] >= *(const double *)user;
}

static double area(const struct ost_mesh *mesh)
{
    struct ost_mesh_facts facts;
    assert_true(ost_mesh_measure(mesh, &facts, NULL));
    return facts.area;
}

/* Archimedes: the cap of a ball above a height has 2 pi R times its own height. */
static void a_cap_has_the_area_of_its_height(void **state)
{
    (void)state;
    const double level = 10.0;
    OST_AUTO(ost_mesh) whole = ball(40.0, origin, 160);
    OST_AUTO(ost_mesh) cap = NULL;
    assert_true(ost_mesh_piece(whole, &(struct ost_mesh_choice){above, &level}, &cap, NULL));
    assert_near(area(cap), 2.0 * OST_PI * 40.0 * 30.0, 0.03 * 7540.0);
    for (uint32_t i = 0; i < cap->triangle_count; i++)
        for (int k = 0; k < 3; k++)
            assert_true((double)cap->vertex[cap->triangle[i][k]][2] >= level);
}

static void nothing_kept_is_an_error(void **state)
{
    (void)state;
    const double level = 50.0;
    struct ost_err err = {0};
    struct ost_mesh *none = NULL;
    OST_AUTO(ost_mesh) whole = ball(40.0, origin, 20);
    assert_false(ost_mesh_piece(whole, &(struct ost_mesh_choice){above, &level}, &none, &err));
    assert_int_equal(err.code, OST_NOT_FOUND);
    assert_null(none);
}

static void joined_bodies_keep_their_area_and_volume(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) a = box((double[]){0, 0, 0}, (double[]){10, 20, 30});
    OST_AUTO(ost_mesh) b = box((double[]){50, 0, 0}, (double[]){55, 5, 5});
    OST_AUTO(ost_mesh) both = NULL;
    const struct ost_mesh *const two[2] = {a, b};
    assert_true(ost_mesh_join(two, 2, &both, NULL));
    assert_near(area(both), 2200.0 + 150.0, 1e-3);
    assert_near(ost_mesh_volume(both), 6000.0 + 125.0, 1e-2);
}

RUN(T(a_cap_has_the_area_of_its_height), T(nothing_kept_is_an_error),
    T(joined_bodies_keep_their_area_and_volume))
