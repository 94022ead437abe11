/*
 * Contact with a body that gives way. Hertz (Johnson KL, Contact Mechanics, 1985, section 4.2):
 * a rigid ball on an elastic half-space, a^3 = 3 F R / 4 E*, p0 = 3 F / 2 pi a^2, d = a^2 / R,
 * E* = E / (1 - nu^2).
 */
#include "fem/study/touch.h"
#include "recon/math/vec.h"
#include "tests/fem/solve/box.h"

#include <math.h>

static const double modulus = 1000.0, poisson = 0.3, radius = 40.0, wide = 40.0;

/* A quarter of a block, cells growing away from the corner that is pressed. */
static struct box quarter(uint32_t cells)
{
    const double size[3] = {wide, wide, wide};
    const uint32_t count[3] = {cells, cells, cells};
    struct box b = box_make(size, count, modulus);
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        double *p = b.mesh->node[n];
        for (int k = 0; k < 3; k++) {
            double t = k == 2 ? 1.0 - p[k] / wide : p[k] / wide;
            double far = wide * (0.25 * t + 0.75 * t * t * t);
            p[k] = k == 2 ? -far : far;
        }
        b.held[n] =
            (uint8_t)((p[0] < 1e-9 ? 1 : 0) | (p[1] < 1e-9 ? 2 : 0) | (p[2] < 1e-9 - wide ? 4 : 0));
    }
    return b;
}

/* The top's triangles within `reach`. */
static uint32_t (*top_of(const struct box *b, double reach, size_t *count))[3]
{
    uint32_t(*face)[3] = calloc((size_t)b->mesh->tet_count + 1, sizeof *face);
    *count = 0;
    for (uint32_t e = 0; e < b->mesh->tet_count; e++) {
        for (int f = 0; f < 4; f++) {
            uint32_t corner[3], at = 0;
            for (int k = 0; k < 4; k++) {
                const double *p = b->mesh->node[b->mesh->tet[e][k]];
                if (k != f && p[2] > -1e-9 && hypot(p[0], p[1]) < reach)
                    corner[at++] = b->mesh->tet[e][k];
            }
            if (at == 3)
                memcpy(face[(*count)++], corner, sizeof corner);
        }
    }
    return face;
}

static struct ost_touch_result *touch(const struct ost_touch_ask *ask)
{
    struct ost_touch_result *r = NULL;
    struct ost_err err = {0};
    if (!ost_touch_solve(ask, NULL, &r, &err))
        fail_msg("%s", err.msg);
    return r;
}

/* What came of it, of Hertz. */
struct hertz {
    double radius, middle, depth;
    unsigned solves;
};

/* A ball pressed so that its contact is 6 mm wide, begun `start` of Hertz' depth in. */
static struct hertz press(double start)
{
    const double a = 6.0, stiff = modulus / (1.0 - poisson * poisson);
    const double force = 4.0 * stiff * a * a * a / (3.0 * radius);
    const double p0 = 1.5 * force / (OST_PI * a * a), depth = a * a / radius;
    struct box b = quarter(22);
    size_t count = 0;
    uint32_t(*face)[3] = top_of(&b, 12.0, &count);
    struct ost_fem_problem problem = box_problem(&b, poisson);
    problem.place = NULL;
    const struct ost_ball ball = {{0.0, 0.0, radius}, radius};
    const struct ost_field field = ost_field_of_ball(&ball);
    const struct ost_touch_ask ask = {.problem = &problem,
                                      .face = (const uint32_t(*)[3])face,
                                      .face_count = count,
                                      .carpal = &field,
                                      .carpal_count = 1,
                                      .stiffness = 2e4,
                                      .force = {0.0, 0.0, -0.25 * force},
                                      .shift = {0.0, 0.0, -start * depth},
                                      .straight = true,
                                      .tolerance = 1e-6,
                                      .engine = ost_plastic_engine_own()};
    OST_AUTO(ost_touch_result) r = touch(&ask);
    assert_true(r->balanced);
    assert_near(r->contact.carpal[0].force[2] / (-0.25 * force), 1.0, 1e-5);
    /* The pressure at the middle, by Hertz' own shape through what lies within a half. */
    double sum = 0.0, weight = 0.0;
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        double x = hypot(b.mesh->node[n][0], b.mesh->node[n][1]) / a;
        if (r->pressure[n] > 0.0 && x < 0.5) {
            sum += r->pressure[n];
            weight += sqrt(1.0 - x * x);
        }
    }
    const struct hertz out = {sqrt(4.0 * r->contact.carpal[0].area / OST_PI) / a, sum / weight / p0,
                              -r->contact.shift[2] / depth, r->solves};
    free(face);
    box_free(&b);
    return out;
}

static void a_ball_on_a_half_space_is_hertzs(void **state)
{
    (void)state;
    const struct hertz got = press(0.5), shallow = press(0.02);
    if (!(fabs(got.middle - 1.0) < 0.02 && fabs(got.radius - 1.0) < 0.03))
        fail_msg("radius %.4f, p0 %.4f of Hertz'", got.radius, got.middle);
    /* The block ends where a half-space goes on: less deep. */
    assert_true(got.depth > 0.88 && got.depth < 1.0);
    assert_true(got.solves <= 10);
    /* Wherever it begins, it ends there. */
    assert_near(shallow.middle / got.middle, 1.0, 1e-4);
    assert_near(shallow.radius / got.radius, 1.0, 1e-6);
}

/*
 * Cartilage on bone that hardly gives is a ball on springs (Johnson, section 4.3):
 * F = pi k R d^2; the row free to move in every way, and begun beside the middle of its load.
 */
static void on_hard_bone_it_is_the_springs_alone(void **state)
{
    (void)state;
    const double size[3] = {24.0, 24.0, 6.0}, force = 60.0, thickness = 1.6;
    const uint32_t cells[3] = {36, 36, 3};
    const double k = 24.0, depth = sqrt(force / (OST_PI * k * 21.6));
    struct box b = box_make(size, cells, 1e6);
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        b.mesh->node[n][0] -= 12.0;
        b.mesh->node[n][1] -= 12.0;
        b.mesh->node[n][2] -= 6.0;
        b.held[n] = b.mesh->node[n][2] < -6.0 + 1e-9 ? 7 : 0;
    }
    size_t count = 0;
    uint32_t(*face)[3] = top_of(&b, 16.0, &count);
    struct ost_fem_problem problem = box_problem(&b, poisson);
    problem.place = NULL;
    const struct ost_ball ball = {{0.3, -0.2, 20.0 + thickness}, 20.0};
    const struct ost_field field = ost_field_of_ball(&ball);
    struct ost_touch_ask ask = {.problem = &problem,
                                .face = (const uint32_t(*)[3])face,
                                .face_count = count,
                                .carpal = &field,
                                .carpal_count = 1,
                                .stiffness = k,
                                .thickness = thickness,
                                .ligament = 2.0,
                                .force = {0.0, 0.0, -force},
                                .shift = {0.0, 0.0, -0.1},
                                .tolerance = 1e-5,
                                .engine = ost_plastic_engine_own()};
    OST_AUTO(ost_touch_result) r = touch(&ask);
    assert_true(r->balanced);
    assert_near(-r->contact.shift[2] / depth, 1.0, 0.03);
    assert_near(r->contact.carpal[0].peak / (k * depth), 1.0, 0.03);
    assert_near(r->contact.carpal[0].force[2], -force, 0.2);
    assert_near(r->contact.carpal[0].centre[0], 0.3, 0.1);
    assert_near(r->contact.carpal[0].centre[1], -0.2, 0.1);
    /* Clear of the body, and with no load. */
    struct ost_touch_result *none = NULL;
    struct ost_err err = {0};
    ask.shift[2] = 2.0;
    assert_false(ost_touch_solve(&ask, NULL, &none, &err));
    assert_int_equal(err.code, OST_INVALID);
    ask.force[2] = 0.0;
    assert_false(ost_touch_solve(&ask, NULL, &none, &err));
    assert_null(none);
    free(face);
    box_free(&b);
}

RUN(T(a_ball_on_a_half_space_is_hertzs), T(on_hard_bone_it_is_the_springs_alone))
