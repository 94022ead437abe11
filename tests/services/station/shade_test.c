#include "services/station/shade.h"
#include "tests/recon/mesh/bodies.h"

enum { SIDE = 40 };

static const unsigned char red[3] = {200, 0, 0}, blue[3] = {0, 0, 200};

/* The eye stands at +z; a pixel is a millimetre, the middle of the picture the origin. */
static const struct ost_shade_view view = {
    .right = {1, 0, 0}, .up = {0, 1, 0}, .mm_per_pixel = 1.0};

static struct ost_shade_part part_of(const struct ost_mesh *mesh, const unsigned char colour[3])
{
    struct ost_shade_part part = {.mesh = mesh, .motion = ost_rigid_identity(), .opacity = 1.0};
    memcpy(part.colour, colour, 3);
    return part;
}

static struct ost_mesh *plate(double half, double z)
{
    return box((const double[]){-half, -half, z - 1.0}, (const double[]){half, half, z});
}

static struct ost_picture *drawn(const struct ost_shade_part *part, size_t count)
{
    struct ost_picture *picture = NULL;
    assert_true(ost_picture_create(&picture, SIDE, SIDE, NULL));
    memset(picture->pixel, 0, sizeof(unsigned char[3]) * SIDE * SIDE);
    assert_true(ost_shade(part, count, &view, picture, NULL));
    return picture;
}

/* The pixel at a place, mm from the middle. */
static const unsigned char *at(const struct ost_picture *picture, int x, int y)
{
    return picture->pixel[(size_t)(SIDE / 2 - y) * SIDE + (size_t)(SIDE / 2 + x)];
}

static void the_nearer_body_hides_whatever_is_drawn_first(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) far = plate(12.0, 0.0);
    OST_AUTO(ost_mesh) near = plate(5.0, 8.0);
    for (int turn = 0; turn < 2; turn++) {
        struct ost_shade_part part[2];
        part[turn] = part_of(far, red);
        part[1 - turn] = part_of(near, blue);
        OST_AUTO(ost_picture) picture = drawn(part, 2);
        assert_true(at(picture, 0, 0)[0] == 0 && at(picture, 0, 0)[2] > 50);
        assert_true(at(picture, 9, 0)[0] > 50 && at(picture, 9, 0)[2] == 0);
        assert_true(at(picture, 0, -9)[0] > 50);
        assert_true(at(picture, 15, 0)[0] == 0 && at(picture, 15, 0)[2] == 0);
    }
}

/* The plane cuts the body where it was made, not where it is moved to. */
static void a_part_is_cut_before_it_is_moved(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = plate(6.0, 0.0);
    struct ost_shade_part part = part_of(mesh, red);
    part.cut = true;
    part.cut_normal[0] = 1.0; /* what lies at x > 0 stays */
    part.motion.t[0] = -10.0;
    OST_AUTO(ost_picture) picture = drawn(&part, 1);
    assert_true(at(picture, -7, 0)[0] > 50);
    assert_int_equal(at(picture, -13, 0)[0], 0);
    assert_int_equal(at(picture, 3, 0)[0], 0);
}

static void a_veil_lets_through_what_it_does_not_cover(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) behind = plate(12.0, 0.0);
    OST_AUTO(ost_mesh) before = plate(5.0, 8.0);
    struct ost_shade_part part[2] = {part_of(before, blue), part_of(behind, red)};
    part[0].opacity = 0.25;
    OST_AUTO(ost_picture) picture = drawn(part, 2);
    OST_AUTO(ost_picture) under = drawn(&part[1], 1);
    const unsigned char *veiled = at(picture, 0, 0), *bare = at(under, 0, 0);
    assert_true(bare[0] > 50 && bare[2] == 0);
    assert_near(veiled[0], 0.75 * bare[0], 1.0);
    assert_true(veiled[2] > 10 && veiled[2] <= 50);
    assert_memory_equal(at(picture, 9, 0), at(under, 9, 0), 3);
}

/* Numbers on a surface: red at its left end, blue at its right, and between them in between. */
static void a_surface_may_have_a_colour_at_every_vertex(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) mesh = plate(12.0, 0.0);
    unsigned char colour[64][3];
    assert_true(mesh->vertex_count <= 64);
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        memcpy(colour[v], mesh->vertex[v][0] < 0.0F ? red : blue, 3);
    struct ost_shade_part part = part_of(mesh, red);
    part.vertex_colour = (const unsigned char(*)[3])colour;
    OST_AUTO(ost_picture) picture = drawn(&part, 1);
    const unsigned char *left = at(picture, -11, 0), *middle = at(picture, 0, 0);
    const unsigned char *right = at(picture, 11, 0);
    assert_true(left[0] > 130 && left[2] < 30 && right[2] > 130 && right[0] < 30);
    assert_true(middle[0] > 50 && middle[0] < 130 && middle[2] > 50 && middle[2] < 130);
}

RUN(T(the_nearer_body_hides_whatever_is_drawn_first), T(a_part_is_cut_before_it_is_moved),
    T(a_veil_lets_through_what_it_does_not_cover), T(a_surface_may_have_a_colour_at_every_vertex))
