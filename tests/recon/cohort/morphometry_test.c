#include "recon/cohort/morphometry.h"
#include "recon/cohort/morphometry_impl.h"
#include "tests/recon/cohort/bodies.h"
#include "tests/recon/shape/data.h"

#include <string.h>

/* A right arm's frame with the joint at the origin: the shaft rises along +z. */
static const struct ost_anatomy frame = {
    .axis = {0, 0, -1}, .radial = {-1, 0, 0}, .volar = {0, -1, 0}};

/* ---- a block with a round notch in its ulnar face ---- */

struct block {
    double radius, half, turn, face; /* notch: circle, half chord, version; length of the face */
};

enum { BLOCK_SIDE = 40, BLOCK_AROUND = 4 * BLOCK_SIDE };

static double notch_at(const struct block *b, double y)
{
    if (fabs(y) >= b->half)
        return 0.0;
    double base = sqrt(b->radius * b->radius - b->half * b->half);
    return sqrt(b->radius * b->radius - y * y) - base;
}

/* Counter-clockwise from the ulnar, volar corner: face +x first. */
static void block_point(const void *user, uint32_t ring, uint32_t j, double out[3])
{
    const struct block *b = user;
    static const double z[] = {-2.0, 1.0, 3.0, 4.0, 6.0, 8.0, 10.0, 10.5, 14.0, 30.0};
    double t = (double)(j % BLOCK_SIDE) / BLOCK_SIDE, x = 0.0, y = 0.0;
    double chord = 2.0 * b->half;
    switch (j / BLOCK_SIDE) {
    case 0:
        y = chord * (t - 0.5);
        x = -notch_at(b, y);
        break;
    case 1:
        y = b->half;
        x = -20.0 * t;
        break;
    case 2:
        y = chord * (0.5 - t);
        x = -20.0;
        break;
    default:
        y = -b->half;
        x = -20.0 * (1.0 - t);
    }
    /* Proximal to the face all of the block draws back. */
    x -= z[ring] > b->face + 2.0 ? 4.0 : 0.0;
    out[0] = 10.0 + x * cos(b->turn) - y * sin(b->turn);
    out[1] = x * sin(b->turn) + y * cos(b->turn);
    out[2] = z[ring];
}

static struct ost_mesh *block_of(const struct block *block)
{
    const struct body_plan plan = {10, BLOCK_AROUND, block_point, block};
    return body_of(&plan);
}

static void a_round_notch_has_its_lips_depth_and_radius(void **state)
{
    (void)state;
    const struct block block = {.radius = 14.6, .half = 6.45, .turn = 0.0, .face = 8.0};
    OST_AUTO(ost_mesh) mesh = block_of(&block);
    struct ost_morph_notch notch;
    assert_true(ost_morph_notch_of(mesh, &frame, 0.0, &notch, NULL));
    assert_near(notch.ap, 12.9, 0.05);
    assert_near(notch.depth, 14.6 - sqrt(14.6 * 14.6 - 6.45 * 6.45), 0.03);
    assert_near(notch.radius, 14.6, 0.3);
    assert_near(ost_degrees(notch.version), 0.0, 0.1);
    assert_near(notch.pd, 10.2, 0.5); /* the step lies between 10 and 10.5 mm */
}

static void a_turned_block_has_version(void **state)
{
    (void)state;
    struct block block = {.radius = 14.6, .half = 6.45, .turn = ost_radians(9.8), .face = 8.0};
    OST_AUTO(ost_mesh) one = block_of(&block);
    block.turn = -block.turn;
    OST_AUTO(ost_mesh) other = block_of(&block);
    struct ost_morph_notch a, b;
    assert_true(ost_morph_notch_of(one, &frame, 0.0, &a, NULL));
    assert_true(ost_morph_notch_of(other, &frame, 0.0, &b, NULL));
    assert_near(fabs(ost_degrees(a.version)), 9.8, 0.2);
    assert_near(a.version, -b.version, 1e-3);
    assert_near(a.radius, 14.6, 0.3);
    /* Turned about the distal axis by the right hand the face looks dorsally: x -> +y. */
    assert_true(a.version > 0.0);
}

static void a_flat_face_has_no_radius(void **state)
{
    (void)state;
    const struct block block = {.radius = 1e5, .half = 6.45, .turn = 0.0, .face = 8.0};
    OST_AUTO(ost_mesh) mesh = block_of(&block);
    struct ost_morph_notch notch;
    assert_true(ost_morph_notch_of(mesh, &frame, 0.0, &notch, NULL));
    assert_true(isinf(notch.radius));
    assert_near(notch.depth, 0.0, 0.02);
}

static void three_points_make_a_circle(void **state)
{
    (void)state;
    const double three[3][2] = {{4.0, 1.0}, {1.0, 4.0}, {-2.0, 1.0}};
    const double line[3][2] = {{0.0, 0.0}, {1.0, 1.0}, {2.0, 2.0}};
    struct ost_morph_circle circle;
    assert_true(ost_morph_circle_fit(three, 3, &circle));
    assert_near(circle.radius, 3.0, 1e-9);
    assert_near(circle.centre[0], 1.0, 1e-9);
    assert_near(circle.centre[1], 1.0, 1e-9);
    assert_false(ost_morph_circle_fit(line, 3, &circle));
}

/* ---- tubes ---- */

enum { TUBE_RINGS = 121, TUBE_AROUND = 48 };

struct tube {
    double length, radius, sagitta, lean; /* arc towards +x; lean of the joint's face about y */
    double flare;                         /* rad, of the volar side over the distal 16 mm */
    double head, aside;                   /* radius and offset of a head over 9 mm */
};

static void tube_point(const void *user, uint32_t ring, uint32_t j, double out[3])
{
    const struct tube *t = user;
    double s = ring / (TUBE_RINGS - 1.0), angle = 2.0 * OST_PI * j / TUBE_AROUND;
    double z = t->length * s, r = t->radius;
    bool head = t->head > 0.0 && z < 9.0;
    r = head ? t->head : r;
    out[0] = r * cos(angle) - (head ? t->aside : 0.0);
    out[1] = r * sin(angle);
    out[2] = z;
    if (t->sagitta > 0.0) {
        double half = 0.5 * t->length;
        double arc = (half * half + t->sagitta * t->sagitta) / (2.0 * t->sagitta);
        out[0] -= sqrt(arc * arc - (z - half) * (z - half)) - (arc - t->sagitta);
    }
    if (t->flare > 0.0 && out[1] < 0.0)
        out[1] += tan(t->flare) * fmax(0.0, 16.0 - z) * sin(angle);
    if (ring == 0)
        out[2] = out[0] * tan(t->lean);
}

static struct ost_mesh *tube_of(const struct tube *tube)
{
    const struct body_plan plan = {TUBE_RINGS, TUBE_AROUND, tube_point, tube};
    return body_of(&plan);
}

static void an_arc_leaves_its_sagitta_under_a_ruler(void **state)
{
    (void)state;
    const struct tube tube = {.length = 240.0, .radius = 6.0, .sagitta = 13.0};
    OST_AUTO(ost_mesh) mesh = tube_of(&tube);
    static const double distal[3] = {0, 0, -1}, hollow[3] = {1, 0, 0}, full[3] = {-1, 0, 0};
    struct ost_morph_bow bow;
    assert_true(ost_morph_bow_of(mesh, distal, hollow, &bow, NULL));
    assert_near(bow.gap, 13.0, 0.2);
    assert_near(bow.at, 0.5, 0.03);
    assert_true(ost_morph_bow_of(mesh, distal, full, &bow, NULL));
    assert_near(bow.gap, 0.0, 0.02);
}

static void a_head_beside_its_shaft_has_diameter_and_offset(void **state)
{
    (void)state;
    const struct tube tube = {.length = 240.0, .radius = 5.5, .head = 7.9, .aside = 3.9};
    OST_AUTO(ost_mesh) mesh = tube_of(&tube);
    static const double dome[3] = {-3.9, 0, 0}, distal[3] = {0, 0, -1};
    struct ost_morph_head head;
    assert_true(ost_morph_head_of(mesh, dome, distal, &head, NULL));
    assert_near(head.diameter, 15.8, 0.1);
    assert_near(head.offset, 3.9, 0.02);
}

static void a_leaning_face_has_its_normal(void **state)
{
    (void)state;
    /* The radial side (-x) lies more distal: the face looks ulnarly. */
    const struct tube tube = {.length = 60.0, .radius = 12.0, .lean = ost_radians(21.5)};
    OST_AUTO(ost_mesh) mesh = tube_of(&tube);
    static const double rim[4][2] = {{-10, -10}, {10, -10}, {10, 10}, {-10, 10}};
    static const double nowhere[3][2] = {{90, 90}, {91, 90}, {90, 91}};
    double normal[3];
    assert_true(ost_morph_joint_normal(mesh, &frame, rim, 4, normal));
    assert_near(-normal[0], sin(ost_radians(21.5)), 1e-3);
    assert_near(normal[1], 0.0, 1e-3);
    assert_near(normal[2], cos(ost_radians(21.5)), 1e-3);
    assert_false(ost_morph_joint_normal(mesh, &frame, nowhere, 3, normal));
}

static void a_flare_rises_from_the_shaft_by_its_angle(void **state)
{
    (void)state;
    const struct tube tube = {.length = 60.0, .radius = 8.0, .flare = ost_radians(25.0)};
    OST_AUTO(ost_mesh) mesh = tube_of(&tube);
    double whole, steep;
    assert_true(ost_morph_volar(mesh, &frame, 0.0, &whole, &steep, NULL));
    /* The watershed is the end itself; of the 14 mm all rise. */
    assert_near(ost_degrees(steep), 25.0, 0.5);
    assert_near(ost_degrees(whole), 25.0, 0.5);
}

static void the_mean_arm_measures_as_its_card_says(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    struct ost_mesh *bone[OST_BONES] = {NULL, NULL};
    struct ost_rigid place = ost_prior_joint_place(prior, 1.0, NULL);
    double m[OST_MORPHS];
    for (int b = 0; b < OST_BONES; b++) {
        const struct ost_prior_bone *view = ost_prior_bone_view(prior, (enum ost_bone)b);
        assert_true(ost_mesh_create(&bone[b], view->vertex_count, view->triangle_count, NULL));
        memcpy(bone[b]->triangle, view->triangle, view->triangle_count * sizeof *view->triangle);
        ost_prior_shape(prior, (enum ost_bone)b, 1.0, NULL, bone[b]->vertex);
    }
    for (uint32_t v = 0; v < bone[OST_ULNA]->vertex_count; v++) {
        float *at = bone[OST_ULNA]->vertex[v];
        const double p[3] = {(double)at[0], (double)at[1], (double)at[2]};
        double q[3];
        ost_rigid_point(&place, p, q);
        for (int k = 0; k < 3; k++)
            at[k] = (float)q[k];
    }
    assert_true(ost_morphometry(prior, bone[OST_RADIUS], bone[OST_ULNA], m, NULL));
    assert_near(m[OST_MORPH_TILT], 10.74, 0.2);
    assert_near(m[OST_MORPH_INCLINATION], 24.05, 0.2);
    assert_near(m[OST_MORPH_RADIUS_LENGTH], 230.6, 0.5);
    assert_near(m[OST_MORPH_ULNA_LENGTH], 245.5, 0.5);
    for (int b = 0; b < OST_BONES; b++)
        ost_mesh_destroy(bone[b]);
}

RUN(T(a_round_notch_has_its_lips_depth_and_radius), T(a_turned_block_has_version),
    T(a_flat_face_has_no_radius), T(three_points_make_a_circle),
    T(an_arc_leaves_its_sagitta_under_a_ruler), T(a_head_beside_its_shaft_has_diameter_and_offset),
    T(a_leaning_face_has_its_normal), T(a_flare_rises_from_the_shaft_by_its_angle),
    T(the_mean_arm_measures_as_its_card_says))
