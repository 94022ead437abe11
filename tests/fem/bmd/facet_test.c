#include "fem/bmd/facet.h"
#include "recon/math/vec.h"
#include "tests/check.h"

#include <stdlib.h>

enum { SIDE = 60 };

/* A square of 30 mm, samples every half millimetre. */
static struct ost_facet_sample *square(double (*density)(double u, double v),
                                       double (*stress)(double u, double v))
{
    struct ost_facet_sample *s = calloc((size_t)SIDE * SIDE, sizeof *s);
    assert_non_null(s);
    for (int i = 0; i < SIDE * SIDE; i++) {
        double u = -15.0 + 0.5 * (i % SIDE) + 0.25, v = -15.0 + 0.5 * (i / SIDE) + 0.25;
        s[i] = (struct ost_facet_sample){u, v, 0.25, density(u, v), stress(u, v)};
    }
    return s;
}

static double dorsal(double u, double v)
{
    (void)u;
    return 500.0 + 10.0 * v;
}

static double radial(double u, double v)
{
    (void)v;
    return 3.0 + 0.1 * u;
}

static double corner(double u, double v)
{
    return 5.0 + 0.1 * u + 0.1 * v;
}

static double even(double u, double v)
{
    (void)u;
    (void)v;
    return 7.0;
}

static struct ost_facet_map *map_of(double (*density)(double, double),
                                    double (*stress)(double, double), double step)
{
    struct ost_facet_sample *s = square(density, stress);
    struct ost_facet_map *map = NULL;
    assert_true(ost_facet_map_create(s, (size_t)SIDE * SIDE, step, &map, NULL));
    free(s);
    return map;
}

static void the_highest_fifth_of_a_slope_is_its_last_fifth(void **state)
{
    (void)state;
    OST_AUTO(ost_facet_map) map = map_of(dorsal, radial, 1.0);
    assert_near(map->area, 900.0, 1e-9);
    assert_int_equal(map->cell_count, 900);
    /* The strip from 9 to 15 mm. */
    assert_near(map->density.centre[1], 12.0, 1e-9);
    assert_near(map->density.centre[0], 0.0, 1e-6);
    assert_near(map->stress.centre[0], 12.0, 1e-9);
    assert_near(map->density.mean, 500.0, 1e-9);
    /* Of cells of 1 mm: 10 sqrt((30^2 - 1) / 12). */
    assert_near(map->density.sd, 10.0 * sqrt(899.0 / 12.0), 1e-9);
    assert_near(map->correlation, 0.0, 1e-9);
}

static void correlation_is_of_what_the_two_share(void **state)
{
    (void)state;
    OST_AUTO(ost_facet_map) map = map_of(dorsal, corner, 1.0);
    assert_near(map->correlation, sqrt(0.5), 1e-9);
    OST_AUTO(ost_facet_map) same = map_of(dorsal, dorsal, 1.0);
    assert_near(same->correlation, 1.0, 1e-9);
    OST_AUTO(ost_facet_map) flat = map_of(dorsal, even, 1.0);
    assert_near(flat->correlation, 0.0, 0.0);
}

static void cells_do_not_move_what_they_hold(void **state)
{
    (void)state;
    OST_AUTO(ost_facet_map) fine = map_of(dorsal, corner, 0.5);
    OST_AUTO(ost_facet_map) wide = map_of(dorsal, corner, 3.0);
    assert_int_equal(wide->cell_count, 100);
    assert_near(fine->density.mean, wide->density.mean, 1e-9);
    assert_near(fine->density.centre[1], wide->density.centre[1], 1e-9);
}

static void what_is_no_joint_is_refused(void **state)
{
    (void)state;
    struct ost_facet_sample s[2] = {{0.0, 0.0, 0.0, 1.0, 1.0}, {500.0, 0.0, 1.0, 1.0, 1.0}};
    struct ost_facet_map *map = NULL;
    struct ost_err err = {0};
    assert_false(ost_facet_map_create(s, 1, 1.0, &map, &err));
    assert_int_equal(err.code, OST_INVALID);
    s[0].area = 1.0;
    assert_false(ost_facet_map_create(s, 2, 1.0, &map, NULL));
    assert_null(map);
}

RUN(T(the_highest_fifth_of_a_slope_is_its_last_fifth), T(correlation_is_of_what_the_two_share),
    T(cells_do_not_move_what_they_hold), T(what_is_no_joint_is_refused))
