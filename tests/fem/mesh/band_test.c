/* A distance in tiles says what the same in one box says, and goes where no box does. */
#include "fem/mesh/band.h"
#include "fem/mesh/quality.h"
#include "fem/mesh/stuff.h"
#include "recon/math/vec.h"
#include "tests/check.h"

#include <stdlib.h>

/* A tube of an ellipse along `axis`, its ends closed or not. */
static struct ost_mesh *rod(const double axis[3], double length, bool closed)
{
    enum { ROUND = 24, RINGS = 30 };
    struct ost_mesh *mesh = NULL;
    uint32_t caps = closed ? 2 * ROUND : 0, t = 0;
    double u[3] = {axis[1], -axis[0], 0.0}, v[3];
    (void)ost_unit(u);
    ost_cross(axis, u, v);
    assert_true(ost_mesh_create(&mesh, ROUND * RINGS + 2, 2 * ROUND * (RINGS - 1) + caps, NULL));
    for (uint32_t i = 0; i < ROUND * RINGS + 2; i++) {
        bool middle = i >= ROUND * RINGS;
        double turn = 2.0 * OST_PI * (i % ROUND) / ROUND, out = middle ? 0.0 : 1.0;
        double along = middle ? (i - ROUND * RINGS) * length : length * (i / ROUND) / (RINGS - 1);
        for (int k = 0; k < 3; k++)
            mesh->vertex[i][k] =
                (float)(along * axis[k] + out * (6.0 * cos(turn) * u[k] + 8.0 * sin(turn) * v[k]));
    }
    for (uint32_t i = 0; i < ROUND * (RINGS - 1); i++) {
        uint32_t next = i / ROUND * ROUND + (i + 1) % ROUND;
        const uint32_t a[2][3] = {{i, next, i + ROUND}, {next, next + ROUND, i + ROUND}};
        for (int n = 0; n < 2; n++, t++)
            for (int k = 0; k < 3; k++)
                mesh->triangle[t][k] = a[n][k];
    }
    for (uint32_t i = 0; i < caps; i++, t++) {
        uint32_t ring = i < ROUND ? 0 : ROUND * (RINGS - 1), here = i % ROUND;
        uint32_t a = ring + here, b = ring + (here + 1) % ROUND;
        mesh->triangle[t][0] = i < ROUND ? b : a;
        mesh->triangle[t][1] = i < ROUND ? a : b;
        mesh->triangle[t][2] = ROUND * RINGS + (i < ROUND ? 0 : 1);
    }
    return mesh;
}

static const double askew[3] = {0.6, 0.48, 0.64};

static void check_same(const struct ost_mesh *mesh)
{
    const struct ost_sdf_options how = {
        .spacing = 0.5, .margin = 2.0, .band = 1.5, .anchor = {0.1, 0.2, 0.3}};
    OST_AUTO(ost_grid) grid = NULL;
    OST_AUTO(ost_band) band = NULL;
    assert_true(ost_sdf_of_mesh(mesh, &how, &grid, NULL));
    assert_true(ost_band_of_mesh(mesh, &how, &band, NULL));
    const struct ost_field box = ost_field_of_grid(grid), tiles = ost_field_of_band(band);
    double row[64][3], one[64], two[64];
    for (int i = 0; i < 4000; i++) {
        double y = box.low[1] + (box.high[1] - box.low[1]) * (i % 61) / 60.0;
        double z = box.low[2] + (box.high[2] - box.low[2]) * (i / 61) / 65.0;
        for (int k = 0; k < 64; k++) {
            row[k][0] = box.low[0] + (box.high[0] - box.low[0]) * k / 63.0;
            row[k][1] = y;
            row[k][2] = z;
        }
        ost_field_row(&box, (const double(*)[3])row, 64, one);
        ost_field_row(&tiles, (const double(*)[3])row, 64, two);
        for (int k = 0; k < 64; k++) {
            assert_near(one[k], two[k], 1e-6);
            assert_near(tiles.at(tiles.user, row[k]), two[k], 1e-12);
        }
    }
    assert_near(box.high[2], tiles.high[2], 1e-9);
    assert_true(ost_band_voxels(band) > 0);
}

static void tiles_say_what_one_box_says(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) closed = rod(askew, 90.0, true);
    check_same(closed);
    for (uint32_t t = 0; t < closed->triangle_count; t++) {
        uint32_t swap = closed->triangle[t][0];
        closed->triangle[t][0] = closed->triangle[t][1];
        closed->triangle[t][1] = swap;
    }
    check_same(closed);
}

static void an_open_end_is_read_alike(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) open = rod(askew, 90.0, false);
    check_same(open);
}

/* As long as a femur, and as askew as the worst of them: 1.9e9 voxels in one box. */
static void a_long_bone_that_lies_askew_is_meshed(void **state)
{
    (void)state;
    struct ost_sdf_options how = ost_sdf_options_default();
    struct ost_stuff_options options = ost_stuff_options_default();
    struct ost_err err = {0};
    OST_AUTO(ost_mesh) mesh = rod(askew, 560.0, true);
    OST_AUTO(ost_grid) grid = NULL;
    OST_AUTO(ost_band) band = NULL;
    OST_AUTO(ost_tet_mesh) tets = NULL;
    assert_false(ost_sdf_of_mesh(mesh, &how, &grid, &err));
    assert_int_equal(err.code, OST_LIMIT);
    assert_true(ost_band_of_mesh(mesh, &how, &band, NULL));
    assert_true(ost_band_voxels(band) < 60000000);
    struct ost_field field = ost_field_of_band(band);
    options.lattice = 3.0;
    assert_true(ost_stuff(&field, &options, &tets, NULL, NULL));
    struct ost_tet_quality quality = ost_tet_mesh_quality(tets);
    assert_true(quality.min_dihedral_deg > 12.0);
    /* An ellipse's area of 24 corners. */
    assert_near(quality.volume / (560.0 * 48.0 * 12.0 * sin(OST_PI / 12.0)), 1.0, 0.03);
}

/* Where the distance says that nothing is inside the mesher does not look, and misses nothing. */
static void what_is_not_asked_is_outside(void **state)
{
    (void)state;
    static const double whole_most[] = {1e9, 1.0};
    OST_AUTO(ost_mesh) mesh = rod(askew, 90.0, true);
    for (int i = 0; i < 2; i++) {
        struct ost_sdf_options how = ost_sdf_options_default();
        const struct ost_stuff_options options = ost_stuff_options_default();
        struct ost_stuff_report less, all;
        OST_AUTO(ost_band) band = NULL;
        OST_AUTO(ost_tet_mesh) one = NULL;
        OST_AUTO(ost_tet_mesh) two = NULL;
        how.whole_most = whole_most[i];
        assert_true(ost_band_of_mesh(mesh, &how, &band, NULL));
        struct ost_field field = ost_field_of_band(band);
        assert_true(ost_stuff(&field, &options, &one, &less, NULL));
        field.span = NULL;
        assert_true(ost_stuff(&field, &options, &two, &all, NULL));
        assert_int_equal(one->node_count, two->node_count);
        assert_int_equal(one->tet_count, two->tet_count);
        assert_memory_equal(one->node, two->node, one->node_count * sizeof *one->node);
        assert_memory_equal(one->tet, two->tet, one->tet_count * sizeof *one->tet);
        assert_true(4 * less.lattice_points < all.lattice_points);
    }
}

/* Too many tiles, and options that do not fit. */
static void what_is_too_large_is_refused(void **state)
{
    (void)state;
    struct ost_sdf_options how = ost_sdf_options_default();
    OST_AUTO(ost_mesh) mesh = rod(askew, 560.0, true);
    OST_AUTO(ost_band) band = NULL;
    struct ost_err err = {0};
    how.spacing = 0.02;
    assert_false(ost_band_of_mesh(mesh, &how, &band, &err));
    assert_int_equal(err.code, OST_LIMIT);
    how = ost_sdf_options_default();
    how.margin = 0.1;
    assert_false(ost_band_of_mesh(mesh, &how, &band, &err));
    assert_int_equal(err.code, OST_INVALID);
}

RUN(T(tiles_say_what_one_box_says), T(an_open_end_is_read_alike),
    T(a_long_bone_that_lies_askew_is_meshed), T(what_is_not_asked_is_outside),
    T(what_is_too_large_is_refused))
