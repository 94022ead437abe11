#include "recon/base/rng.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/stl.h"
#include "recon/volume/pinch.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

enum { SIDE = 40, COUNT = SIDE * SIDE * SIDE };

static const double spacing = 0.3;
static const struct ost_volume_box box = {{-7, 11, -20}, {SIDE, SIDE, SIDE}};

typedef double (*body)(const double p[3]);

static float *field(body distance)
{
    float *values = malloc(COUNT * sizeof *values);
    assert_non_null(values);
    for (int i = 0; i < COUNT; i++) {
        const double p[3] = {i % SIDE, i / SIDE % SIDE, (double)(i / SIDE / SIDE)};
        values[i] = (float)fmin(spacing * distance(p), 1.2);
    }
    return values;
}

/* The surface as a printer gets it: one vertex for each position in the file. */
static struct ost_mesh_facts printed(const float *values)
{
    OST_AUTO(ost_volume) volume = NULL;
    OST_AUTO(ost_mesh) mesh = NULL;
    OST_AUTO(ost_mesh) welded = NULL;
    struct ost_buf file;
    struct ost_mesh_facts facts;
    const struct ost_volume_surface_options options = {.inside = OST_INSIDE_BELOW};
    ost_buf_init(&file, 64 << 20);
    assert_true(ost_volume_from_dense(&volume, values, &box, spacing, 1.2F, NULL));
    assert_true(ost_volume_surface(volume, &options, &mesh, NULL));
    assert_true(ost_stl_write(mesh, &file, NULL));
    assert_true(ost_stl_read(file.ptr, file.len, 1000000, &welded, NULL));
    assert_true(ost_mesh_measure(welded, &facts, NULL));
    ost_buf_fini(&file);
    return facts;
}

static double cuboid(const double p[3], const double low[3], const double high[3])
{
    double d = -INFINITY;
    for (int k = 0; k < 3; k++)
        d = fmax(d, fmax(low[k] - p[k], p[k] - high[k]));
    return d;
}

/*
 * Two blocks that meet along x, and at a corner. Their faces lie on the lattice but for
 * what rounding leaves, as those of a guide do whose measures are multiples of a voxel.
 */
static const double rounding = 1e-7;

static double at_an_edge(const double p[3])
{
    return fmin(cuboid(p, (double[]){10, 10, 10}, (double[]){30, 20, 20}),
                cuboid(p, (double[]){10, 20, 20}, (double[]){30, 30, 30})) -
           rounding;
}

static double at_a_corner(const double p[3])
{
    return fmin(cuboid(p, (double[]){10, 10, 10}, (double[]){20, 20, 20}),
                cuboid(p, (double[]){20, 20, 20}, (double[]){30, 30, 30})) -
           rounding;
}

/* The same with a voxel's diagonal between them, off the lattice. */
static double near_an_edge(const double p[3])
{
    return fmin(cuboid(p, (double[]){9.6, 9.7, 9.8}, (double[]){30.3, 19.4, 19.6}),
                cuboid(p, (double[]){9.6, 19.6, 19.7}, (double[]){30.3, 30.4, 30.2}));
}

/* Two hollows of one block that come within a voxel's diagonal of each other. */
static double hollows_at_a_corner(const double p[3])
{
    double block = cuboid(p, (double[]){3.5, 3.5, 3.5}, (double[]){36.5, 36.5, 36.5});
    double one = cuboid(p, (double[]){9.6, 9.7, 9.8}, (double[]){19.3, 19.4, 19.6});
    double other = cuboid(p, (double[]){19.6, 19.7, 19.7}, (double[]){30.3, 30.4, 30.2});
    return fmax(block, -fmin(one, other));
}

/* A block with a film on one of its faces, wider than the block. */
static double with_a_film(const double p[3])
{
    return fmin(cuboid(p, (double[]){10, 10, 10}, (double[]){20, 20, 20}),
                cuboid(p, (double[]){5, 10, 5}, (double[]){30, 10, 25})) -
           rounding;
}

/* As drawn at first the body is `raw` pieces, or 0: not closed. */
static void is_parted(body distance, uint32_t raw, uint32_t pieces)
{
    float *values = field(distance);
    struct ost_mesh_facts facts = printed(values);
    assert_int_equal(facts.closed ? facts.components : 0, raw);
    (void)ost_volume_unpinch(values, &box, spacing);
    facts = printed(values);
    assert_true(facts.closed);
    assert_int_equal(facts.components, pieces);
    assert_int_equal(ost_volume_unpinch(values, &box, spacing), 0);
    free(values);
}

static void solids_that_touch_along_an_edge_are_parted(void **state)
{
    (void)state;
    is_parted(at_an_edge, 1, 2);
    is_parted(near_an_edge, 1, 2);
}

static void solids_that_touch_at_a_corner_are_parted(void **state)
{
    (void)state;
    is_parted(at_a_corner, 1, 2);
}

static void hollows_that_touch_at_a_corner_are_joined(void **state)
{
    (void)state;
    is_parted(hollows_at_a_corner, 3, 2); /* the block's outside, and one hollow */
}

static void a_film_that_falls_together_goes(void **state)
{
    (void)state;
    is_parted(with_a_film, 0, 1);
}

/* Whatever the field: noise has every case of eight voxels in it, many times. */
static void noise_becomes_closed_surfaces(void **state)
{
    (void)state;
    struct ost_rng rng = ost_rng_seed(7);
    float *values = malloc(COUNT * sizeof *values), *before = malloc(COUNT * sizeof *before);
    assert_non_null(values);
    assert_non_null(before);
    for (int i = 0; i < COUNT; i++) {
        int at[3] = {i % SIDE, i / SIDE % SIDE, i / SIDE / SIDE};
        bool rim = false;
        for (int k = 0; k < 3; k++)
            rim = rim || at[k] < 2 || at[k] > SIDE - 3;
        values[i] = rim ? 1.2F : (float)(0.3 * ost_rng_normal(&rng) - 0.2);
    }
    memcpy(before, values, COUNT * sizeof *before);
    uint64_t opened = ost_volume_unpinch(values, &box, spacing), counted = 0;
    assert_true(printed(values).closed);
    for (int i = 0; i < COUNT; i++) {
        assert_true(before[i] < 0.0F || values[i] >= 0.0F); /* nothing was filled */
        counted += before[i] < -0.02F * (float)spacing && values[i] >= 0.0F;
    }
    assert_int_equal(counted, opened);
    free(values);
    free(before);
}

/* What needs no mending keeps its values, but for those almost on the surface. */
static double plain(const double p[3])
{
    return cuboid(p, (double[]){9.6, 9.7, 9.8}, (double[]){30.3, 19.4, 29.6});
}

static void a_sound_solid_is_left_alone(void **state)
{
    (void)state;
    float *values = field(plain), *before = field(plain);
    assert_int_equal(ost_volume_unpinch(values, &box, spacing), 0);
    assert_memory_equal(values, before, COUNT * sizeof *values);
    free(values);
    free(before);
}

RUN(T(solids_that_touch_along_an_edge_are_parted), T(solids_that_touch_at_a_corner_are_parted),
    T(hollows_that_touch_at_a_corner_are_joined), T(a_film_that_falls_together_goes),
    T(noise_becomes_closed_surfaces), T(a_sound_solid_is_left_alone))
