/* Each check of a guide fails on a body made to fail it, and on nothing else. */
#include "recon/guide/guide_impl.h"
#include "recon/mesh/measure.h"
#include "tests/recon/mesh/bodies.h"

#include <stdio.h>
#include <string.h>

static struct ost_mesh *block(double x, double y0, double y1, double z0, double z1)
{
    return box((const double[]){-x, y0, z0}, (const double[]){x, y1, z1});
}

static struct ost_mesh *both(struct ost_mesh *a, struct ost_mesh *b)
{
    struct ost_mesh *mesh = NULL;
    uint32_t nodes = a->vertex_count, faces = a->triangle_count;
    assert_true(ost_mesh_create(&mesh, nodes + b->vertex_count, faces + b->triangle_count, NULL));
    memcpy(mesh->vertex, a->vertex, nodes * sizeof *a->vertex);
    memcpy(mesh->vertex + nodes, b->vertex, b->vertex_count * sizeof *b->vertex);
    memcpy(mesh->triangle, a->triangle, faces * sizeof *a->triangle);
    for (uint32_t t = 0; t < b->triangle_count; t++)
        for (int k = 0; k < 3; k++)
            mesh->triangle[faces + t][k] = b->triangle[t][k] + nodes;
    ost_mesh_destroy(a);
    ost_mesh_destroy(b);
    return mesh;
}

/* The names of the checks that fail, each with a blank behind it; takes both meshes. */
static const char *failing(struct ost_mesh *guide, struct ost_mesh *bone, size_t sleeves,
                           double drill_x)
{
    static char names[256];
    const struct ost_guide_spec spec = {.clearance_mm = 0.25,
                                        .slot_mm = 0.9,
                                        .least_wall_mm = 2.0,
                                        .sleeve_wall_mm = 2.0,
                                        .voxel_mm = 0.3};
    struct ost_guide_frame frame = {.bone = bone,
                                    .normal = {0, 1, 0},
                                    .plate_low = 100.0,
                                    .plate_high = 101.0,
                                    .slot_half = 10.0,
                                    .sleeve_count = sleeves};
    for (size_t i = 0; i < sleeves; i++)
        frame.sleeve[i] =
            (struct ost_guide_sleeve){{drill_x, 5.0 - 10.0 * (double)i, 0}, {0, 0, -1}};
    struct ost_guide made = {.mesh = guide};
    struct ost_err err = {0};
    if (!ost_guide_examine(&spec, &frame, &made, &err))
        fail_msg("%s", err.msg);
    size_t len = 0;
    names[0] = '\0';
    for (size_t i = 0; i < made.check_count; i++)
        if (!made.check[i].ok)
            len += (size_t)snprintf(names + len, sizeof names - len, "%s ", made.check[i].name);
    ost_mesh_destroy(guide);
    ost_mesh_destroy(bone);
    return names;
}

/* A bone with a flat top at z = 0. */
static struct ost_mesh *bone(void)
{
    return block(8, -20, 20, -10, 0);
}

static void a_block_on_a_flat_bone_passes(void **state)
{
    (void)state;
    assert_string_equal(failing(block(6, -10, 10, 0.25, 4.25), bone(), 2, 7.0), "");
}

static void a_thin_wall_is_found(void **state)
{
    (void)state;
    assert_string_equal(failing(block(6, -10, 10, 0.25, 1.9), bone(), 2, 7.0), "min_wall ");
    assert_string_equal(failing(block(6, -10, 10, 0.25, 2.0), bone(), 2, 7.0), "");
}

/* Its corners stand beside the bone, its underside runs through it. */
static void what_cuts_into_the_bone_is_found(void **state)
{
    (void)state;
    assert_string_equal(failing(block(12, -30, 30, -0.5, 3), bone(), 2, 13.0), "clearance ");
    assert_string_equal(failing(block(12, -30, 30, -3, 3), bone(), 2, 13.0),
                        "clearance contact_area ");
}

static void bone_in_the_way_of_lifting_is_found(void **state)
{
    (void)state;
    struct ost_mesh *roofed = both(bone(), block(8, -20, 20, 20, 22));
    assert_string_equal(failing(block(6, -10, 10, 0.25, 4.25), roofed, 2, 7.0), "undercut ");
}

static void too_little_contact_is_found(void **state)
{
    (void)state;
    assert_string_equal(failing(block(3, -4, 4, 0.25, 4.25), bone(), 2, 7.0), "contact_area ");
    assert_string_equal(failing(block(6, -10, 10, 5, 9), bone(), 2, 7.0),
                        "contact_area "); /* nowhere near the bone */
}

static void a_slot_of_another_width_is_found(void **state)
{
    (void)state;
    assert_string_equal(
        failing(both(block(6, -10, -0.45, 0.25, 4.25), block(6, 0.45, 10, 0.25, 4.25)), bone(), 2,
                7.0),
        "components ");
    assert_string_equal(
        failing(both(block(6, -10, -0.7, 0.25, 4.25), block(6, 0.7, 10, 0.25, 4.25)), bone(), 2,
                7.0),
        "components slot_error ");
}

static void a_drill_that_meets_the_guide_is_found(void **state)
{
    (void)state;
    assert_string_equal(failing(block(6, -10, 10, 0.25, 4.25), bone(), 2, 0.1), "blocked_drills ");
    assert_string_equal(failing(block(6, -10, 10, 0.25, 4.25), bone(), 1, 7.0), "sleeves ");
}

static void an_open_or_turned_surface_is_found(void **state)
{
    (void)state;
    struct ost_mesh *open = block(6, -10, 10, 0.25, 4.25);
    open->triangle_count--;
    assert_non_null(strstr(failing(open, bone(), 2, 7.0), "watertight "));
    struct ost_mesh *turned = block(6, -10, 10, 0.25, 4.25);
    ost_mesh_flip(turned);
    assert_non_null(strstr(failing(turned, bone(), 2, 7.0), "volume "));
}

RUN(T(a_block_on_a_flat_bone_passes), T(a_thin_wall_is_found), T(what_cuts_into_the_bone_is_found),
    T(bone_in_the_way_of_lifting_is_found), T(too_little_contact_is_found),
    T(a_slot_of_another_width_is_found), T(a_drill_that_meets_the_guide_is_found),
    T(an_open_or_turned_surface_is_found))
