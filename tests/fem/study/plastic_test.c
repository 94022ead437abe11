/*
 * Load in steps on bodies with closed forms: a bar pressed and pulled, one that cannot give to
 * its sides, a thick sphere blown up until half of its wall yields.
 */
#include "fem/mesh/boundary.h"
#include "fem/mesh/stuff.h"
#include "fem/study/plastic.h"
#include "recon/math/vec.h"
#include "tests/fem/solve/box.h"

#include <math.h>

static const double modulus = 1000.0, poisson = 0.3, strength = 10.0;

/* Every element of one strength. */
static double *strengths(const struct box *b, double value)
{
    double *all = malloc(b->mesh->tet_count * sizeof *all);
    for (uint32_t e = 0; e < b->mesh->tet_count; e++)
        all[e] = value;
    return all;
}

static struct ost_plastic_result *solve(const struct box *b, const double *compressive,
                                        const struct ost_plastic_law *law)
{
    const struct ost_fem_problem problem = box_problem(b, poisson);
    const struct ost_plastic_ask ask = {.problem = &problem,
                                        .compressive = compressive,
                                        .law = *law,
                                        .engine = ost_plastic_engine_own()};
    struct ost_plastic_result *r = NULL;
    struct ost_err err = {0};
    if (!ost_fem_problem_check(&problem, &err) || !ost_plastic_solve(&ask, NULL, &r, &err))
        fail_msg("%s", err.msg);
    return r;
}

/* Symmetric at x, y, z = 0; `sides` also holds the far faces of y and z. */
static struct box bar(double stress, bool sides)
{
    const double size[3] = {4.0, 2.0, 2.0};
    const uint32_t cells[3] = {4, 2, 2};
    struct box b = box_make(size, cells, modulus);
    box_load_end(&b, (const double[]){stress * 4.0, 0.0, 0.0});
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        const double *p = b.mesh->node[n];
        b.held[n] =
            (uint8_t)((p[0] < 1e-9 ? 1 : 0) | (p[1] < 1e-9 ? 2 : 0) | (p[2] < 1e-9 ? 4 : 0));
        if (sides)
            b.held[n] |= 6;
    }
    return b;
}

static double end_move(const struct box *b, const struct ost_plastic_result *r)
{
    return r->displacement[box_node(b, b->cells[0], b->cells[1], b->cells[2])][0];
}

/* E to the strength, then 0.05 E; in tension from 0.8 of it with 0.64 H in series with E. */
static void a_bar_is_bilinear_both_ways(void **state)
{
    (void)state;
    struct ost_plastic_law law = ost_plastic_law_default();
    law.steps = 5;
    law.share = 0.99;
    law.crush = 1.0;
    law.crack = 10.0;
    for (int way = 0; way < 2; way++) {
        struct box b = bar(way == 0 ? -12.0 : 12.0, false);
        double *compressive = strengths(&b, strength), rise = modulus * 0.05 / 0.95;
        OST_AUTO(ost_plastic_result) r = solve(&b, compressive, &law);
        double first = way == 0 ? 10.0 : 8.0, tangent = way == 0 ? 0.05 * modulus : 0.0;
        if (way == 1)
            tangent = 1.0 / (1.0 / modulus + 1.0 / (0.64 * rise));
        double want = 4.0 * (first / modulus + (12.0 - first) / tangent);
        assert_int_equal(r->end, OST_PLASTIC_HELD);
        assert_int_equal(r->count, 5);
        assert_near(fabs(end_move(&b, r)) / want, 1.0, 1e-5);
        assert_near(r->stress[0][0], way == 0 ? -12.0 : 12.0, 1e-4);
        assert_near(r->stress[0][1], 0.0, 1e-4);
        assert_near(r->step[4].yielded, 1.0, 1e-12);
        /* Steps of 2.4 MPa: yielding is seen at 12, or at 9.6. */
        assert_near(r->first_yield, way == 0 ? 1.0 : 0.8, 1e-12);
        free(compressive);
        box_free(&b);
    }
}

/*
 * Strain along one axis alone: elastic by K + 4/3 G to q = c, then, the deviator keeping its
 * way, by K + 4/3 G - (3 K t - sqrt(4/3) G a)^2 / (G a^2 + 9 K t^2 + H) in compression.
 */
static void a_bar_that_cannot_give_to_its_sides(void **state)
{
    (void)state;
    const double bulk = modulus / (3.0 * (1.0 - 2.0 * poisson)),
                 g = modulus / (2.0 * (1.0 + poisson));
    const double alpha = 0.2 / (sqrt(3.0) * 1.8), a = 1.0 / (1.0 / sqrt(3.0) - alpha),
                 t = a * alpha;
    const double rise = modulus * 0.05 / 0.95, elastic = bulk + 4.0 * g / 3.0;
    /* Of a unit of compression: sqrt J2 = 2 G / sqrt 3, I1 = -3 K. */
    const double q = a * 2.0 * g / sqrt(3.0) - t * 3.0 * bulk, first = strength / q;
    const double m = a * 2.0 * g / sqrt(3.0) - 3.0 * bulk * t;
    const double after = elastic - m * m / (g * a * a + 9.0 * bulk * t * t + rise);
    const double load = 1.6 * first * elastic;
    struct box b = bar(-load, true);
    double *compressive = strengths(&b, strength);
    struct ost_plastic_law law = ost_plastic_law_default();
    law.steps = 4;
    law.crack = 10.0;
    law.crush = 1.0;
    OST_AUTO(ost_plastic_result) r = solve(&b, compressive, &law);
    double want = 4.0 * (first + 0.6 * first * elastic / after);
    assert_near(-end_move(&b, r) / want, 1.0, 1e-5);
    assert_near(r->stress[0][0] / -load, 1.0, 1e-5);
    free(compressive);
    box_free(&b);
}

/* Inner radius 1, outer 2. */
static double shell_at(const void *user, const double p[3])
{
    (void)user;
    return fabs(ost_length(p) - 1.5) - 0.5;
}

/* A hollow sphere, blown up; three nodes hold it against what is no load of its own. */
struct ball {
    struct ost_tet_mesh *mesh;
    struct ost_boundary *boundary;
    struct ost_fem_problem problem;
    double *modulus;
    uint8_t *held;
    double (*force)[3];
};

static struct ball ball_make(double lattice, double pressure)
{
    const struct ost_field field = {
        .at = shell_at, .low = {-2.0, -2.0, -2.0}, .high = {2.0, 2.0, 2.0}};
    struct ost_stuff_options options = ost_stuff_options_default();
    struct ball b = {0};
    struct ost_err err = {0};
    options.lattice = lattice;
    if (!ost_stuff(&field, &options, &b.mesh, NULL, &err) ||
        !ost_boundary_create(&b.boundary, b.mesh, &err))
        fail_msg("%s", err.msg);
    b.modulus = malloc(b.mesh->tet_count * sizeof *b.modulus);
    b.held = calloc(b.mesh->node_count, 1);
    b.force = calloc(b.mesh->node_count, sizeof *b.force);
    for (uint32_t e = 0; e < b.mesh->tet_count; e++)
        b.modulus[e] = modulus;
    for (uint32_t i = 0; i < b.boundary->face_count; i++) {
        const uint32_t *f = b.boundary->face[i];
        double u[3], v[3], area[3];
        if (ost_length(b.mesh->node[f[0]]) > 1.5)
            continue;
        ost_sub(b.mesh->node[f[1]], b.mesh->node[f[0]], u);
        ost_sub(b.mesh->node[f[2]], b.mesh->node[f[0]], v);
        ost_cross(u, v, area);
        for (int k = 0; k < 3; k++)
            ost_along(b.force[f[k]], -pressure / 6.0, area, b.force[f[k]]);
    }
    /* By its own symmetry: those nearest to the axes keep to them. */
    for (int axis = 0; axis < 3; axis++) {
        const double tip[3] = {axis == 0 ? 2.0 : 0.0, axis == 1 ? 2.0 : 0.0, axis == 2 ? 2.0 : 0.0};
        uint32_t best = 0;
        for (uint32_t n = 1; n < b.mesh->node_count; n++) {
            if (ost_distance(b.mesh->node[n], tip) < ost_distance(b.mesh->node[best], tip))
                best = n;
        }
        b.held[best] = (uint8_t)(7 & ~(1 << axis));
    }
    b.problem = (struct ost_fem_problem){.mesh = b.mesh,
                                         .modulus = b.modulus,
                                         .poisson = poisson,
                                         .held = b.held,
                                         .force = (const double(*)[3])b.force};
    return b;
}

static void ball_free(struct ball *b)
{
    ost_tet_mesh_destroy(b->mesh);
    ost_boundary_destroy(b->boundary);
    free(b->modulus);
    free(b->held);
    free(b->force);
}

/* The mean move outward of the nodes at a radius. */
static double grown(const struct ball *b, double (*u)[3], double radius)
{
    double sum = 0.0;
    int count = 0;
    for (uint32_t n = 0; n < b->mesh->node_count; n++) {
        double r = ost_length(b->mesh->node[n]);
        if (fabs(r - radius) > 0.02)
            continue;
        sum += ost_dot(u[n], b->mesh->node[n]) / r;
        count++;
    }
    return sum / count;
}

/*
 * Von Mises, slope H after yielding (after Hill, The Mathematical Theory of Plasticity, 1950, ch.
 * V, with a hardening that does not end): with q = s_t - s_r, dq's part of the strain elastic, and
 * k = (q - Y) / H where it yields, compatibility gives (1 - nu) q + E k / 2 = (1 - nu) Y c^3 / r^3;
 * the rest is balance, ds_r/dr = 2 q / r.
 */
struct grown {
    double in, out, yielded; /* of the closed form's */
};

static struct grown blow_up(double lattice)
{
    const double y = strength, c = 1.5, c3 = c * c * c, rise = modulus * 0.05 / 0.95;
    const double weight = 1.0 - poisson + 0.5 * modulus / rise;
    const double pull = (1.0 - poisson) * y * c3, base = 0.5 * modulus * y / rise;
    const double inside = (pull + base) / weight; /* q at radius 1 */
    const double pressure = 2.0 * y / 3.0 * (1.0 - c3 / 8.0) +
                            2.0 * (pull / 3.0 * (1.0 - 1.0 / c3) + base * log(c)) / weight;
    const double k = (inside - y) / rise, tangential = inside - pressure;
    const double want_in = (tangential - poisson * (tangential - pressure)) / modulus + 0.5 * k;
    const double want_out = 2.0 * (1.0 - poisson) * y * c3 / 8.0 / modulus;
    struct ball b = ball_make(lattice, pressure);
    double *compressive = malloc(b.mesh->tet_count * sizeof *compressive);
    for (uint32_t e = 0; e < b.mesh->tet_count; e++)
        compressive[e] = y;
    struct ost_plastic_law law = ost_plastic_law_default();
    law.ratio = 1.0;
    law.steps = 3;
    law.crack = 100.0;
    law.crush = 1.0;
    const struct ost_plastic_ask ask = {.problem = &b.problem,
                                        .compressive = compressive,
                                        .law = law,
                                        .engine = ost_plastic_engine_own()};
    OST_AUTO(ost_plastic_result) r = NULL;
    struct ost_err err = {0};
    if (!ost_fem_problem_check(&b.problem, &err) || !ost_plastic_solve(&ask, NULL, &r, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(r->end, OST_PLASTIC_HELD);
    for (uint32_t i = 0; i < r->count; i++)
        assert_true(r->step[i].newton <= 12 && r->step[i].residual <= 1e-6);
    const struct grown out = {grown(&b, r->displacement, 1.0) / want_in,
                              grown(&b, r->displacement, 2.0) / want_out,
                              r->step[r->count - 1].yielded / ((c3 - 1.0) / 7.0)};
    free(compressive);
    ball_free(&b);
    return out;
}

/* Constant strain is stiff where the flow keeps the volume: low, and less so the finer. */
static void a_thick_sphere_yields_half_way_through(void **state)
{
    (void)state;
    const struct grown coarse = blow_up(0.25), fine = blow_up(0.17);
    if (!(fine.in > 0.93 && fine.in < 1.0 && fine.out > 0.93 && fine.out < 1.0 &&
          fine.yielded > 0.9 && fine.yielded < 1.02))
        fail_msg("inside %.4f, outside %.4f, yielded %.4f of the closed form's", fine.in, fine.out,
                 fine.yielded);
    assert_true(1.0 - fine.in < 0.65 * (1.0 - coarse.in));
    assert_true(1.0 - fine.out < 0.65 * (1.0 - coarse.out));
}

/* A bar with a soft half: it fails there, between the steps where the soft half cracks. */
static void failure_is_where_the_share_is_passed(void **state)
{
    (void)state;
    struct box b = bar(12.0, false);
    double *compressive = strengths(&b, 20.0);
    for (uint32_t e = 0; e < b.mesh->tet_count; e++)
        compressive[e] = b.mesh->node[b.mesh->tet[e][0]][0] < 1.0 - 1e-9 ? 10.0 : 20.0;
    struct ost_plastic_law law = ost_plastic_law_default();
    law.steps = 5; /* of 2.4 MPa: 0.8 of 10 lies between 7.2 and 9.6 */
    law.share = 0.125;
    OST_AUTO(ost_plastic_result) r = solve(&b, compressive, &law);
    assert_int_equal(r->end, OST_PLASTIC_FAILED);
    assert_int_equal(r->count, 4);
    assert_near(r->step[3].failed, 0.25, 1e-9);
    assert_near(r->step[2].failed, 0.0, 1e-9);
    assert_near(r->failure * 12.0, 8.4, 1e-9); /* half of the way */
    assert_near(r->first_fail * 12.0, 9.6, 1e-9);
    free(compressive);
    box_free(&b);
}

static void what_is_out_of_range_is_refused(void **state)
{
    (void)state;
    struct box b = bar(1.0, false);
    double *compressive = strengths(&b, 10.0);
    const struct ost_fem_problem problem = box_problem(&b, poisson);
    struct ost_plastic_ask ask = {.problem = &problem,
                                  .compressive = compressive,
                                  .law = ost_plastic_law_default(),
                                  .engine = ost_plastic_engine_own()};
    struct ost_plastic_result *r = NULL;
    struct ost_err err = {0};
    ask.law.steps = 0;
    assert_false(ost_plastic_solve(&ask, NULL, &r, &err));
    assert_int_equal(err.code, OST_INVALID);
    ask.law = ost_plastic_law_default();
    ask.law.slope = 1.0;
    assert_false(ost_plastic_solve(&ask, NULL, &r, &err));
    assert_null(r);
    free(compressive);
    box_free(&b);
}

RUN(T(a_bar_is_bilinear_both_ways), T(a_bar_that_cannot_give_to_its_sides),
    T(a_thick_sphere_yields_half_way_through), T(failure_is_where_the_share_is_passed),
    T(what_is_out_of_range_is_refused))
