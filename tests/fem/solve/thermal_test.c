/*
 * Rung V3, NAFEMS LE11 (The Standard NAFEMS Benchmarks, 1990): a solid of a sphere, a taper and
 * a cylinder, T = r + z, stress zz of -105 MPa at the sphere's inner foot. A bone has no
 * temperature, so the product has none: the strain of T is an initial strain, which is a load
 * on the nodes and a stress to take away, and both are made here.
 */
#include "fem/solve/own.h"
#include "tests/fem/solve/box.h"
#include "tests/fem/solve/shapes.h"

#include <math.h>

static const double modulus = 210e3, poisson = 0.3, expansion = 2.3e-4;
enum { PARTS = 7 };

/* The profile's points: r and z of the inner and of the outer side, part by part. */
static const double inner_deg[] = {0.0, 5.625, 11.25, 16.875, 22.5, 45.0};
static const double outer_deg[] = {0.0, 5.625, 11.25, 16.875, 30.0};

static void on_sphere(double radius, double degrees, double rz[2])
{
    rz[0] = radius * cos(ost_radians(degrees));
    rz[1] = radius * sin(ost_radians(degrees));
}

static double between(const double *value, int part, double t)
{
    return value[part] + t * (value[part + 1] - value[part]);
}

/* `at` from 0 at the foot to PARTS at the top. */
static void profile(double at, bool outer, double rz[2])
{
    static const double high[2][4][2] = {
        {{0.7071067811865476, 0.7071067811865476},
         {0.7071067811865476, 1.2485},
         {0.7071067811865476, 1.79},
         {0.0, 0.0}},
        {{1.2124355652982141, 0.7}, {1.1062177826491071, 1.045}, {1.0, 1.39}, {1.0, 1.79}}};
    const int arcs = outer ? 4 : 5, part = (int)fmin(PARTS - 1, floor(at));
    const double t = at - part;
    if (part < arcs) {
        on_sphere(outer ? 1.4 : 1.0, between(outer ? outer_deg : inner_deg, part, t), rz);
        return;
    }
    const double(*p)[2] = high[outer] + (part - arcs);
    for (int k = 0; k < 2; k++)
        rz[k] = p[0][k] + t * (p[1][k] - p[0][k]);
}

/* A box of through, along, round. */
static struct box solid(void)
{
    const double size[3] = {1.0, PARTS, 0.5 * OST_PI};
    const uint32_t cells[3] = {6, 3 * PARTS, 12};
    struct box b = box_make(size, cells, modulus);
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        double *p = b.mesh->node[n], in[2], out[2], rz[2], angle = p[2];
        profile(p[1], false, in);
        profile(p[1], true, out);
        for (int k = 0; k < 2; k++)
            rz[k] = in[k] + p[0] * (out[k] - in[k]);
        /* Right-handed: through, along, round is r, z, -angle. */
        p[0] = rz[0] * sin(angle);
        p[1] = rz[0] * cos(angle);
        p[2] = rz[1];
    }
    for (uint32_t e = 0; e < b.mesh->tet_count; e++)
        assert_true(ost_tet_volume(b.mesh, e) > 0.0);
    box_quadratic(&b);
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        const double *p = b.mesh->node[n];
        bool flat = p[2] < 1e-9 || p[2] > 1.79 - 1e-9;
        b.held[n] = (uint8_t)((p[0] < 1e-9 ? 1 : 0) | (p[1] < 1e-9 ? 2 : 0) | (flat ? 4 : 0));
    }
    return b;
}

/* Stress that holds the thermal strain back, all sides alike: (3 lambda + 2 mu) alpha T. */
static double held_back(const double p[3])
{
    return modulus / (1.0 - 2.0 * poisson) * expansion * (hypot(p[0], p[1]) + p[2]);
}

/* f = integral of it times the slopes, at four points. */
static void heat(struct box *b)
{
    const double far = 0.58541019662496845, near = 0.13819660112501051;
    for (uint32_t e = 0; e < b->mesh->tet_count; e++) {
        uint32_t node[10], count = ost_tet_nodes(b->mesh, e, node);
        for (int q = 0; q < 4; q++) {
            double at[4], value[10], slope[10][3], p[3] = {0.0};
            for (int k = 0; k < 4; k++)
                at[k] = k == q ? far : near;
            shapes_at(b->mesh, e, at, value, slope);
            for (int k = 0; k < 4; k++)
                ost_along(p, at[k], b->mesh->node[b->mesh->tet[e][k]], p);
            double weight = 0.25 * ost_tet_volume(b->mesh, e) * held_back(p);
            for (uint32_t a = 0; a < count; a++)
                ost_along(b->force[node[a]], weight, slope[a], b->force[node[a]]);
        }
    }
}

static void le11_the_heated_solid(void **state)
{
    (void)state;
    struct box b = solid();
    uint32_t foot = box_node(&b, 0, 0, 0);
    heat(&b);
    struct ost_fem_problem problem = box_problem(&b, poisson);
    struct ost_fem_options options = ost_fem_options_default();
    OST_AUTO(ost_fem_result) result = NULL;
    struct ost_err err = {0};
    double stress[6];
    if (!ost_fem_problem_check(&problem, &err) ||
        !ost_fem_solve_own(&problem, &options, NULL, &result, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(result->reason, OST_FEM_CONVERGED);
    shapes_stress_at_node(&problem, result->displacement, foot, stress);
    double got = stress[2] - held_back(b.mesh->node[foot]);
    if (fabs(got / -105.0 - 1.0) > 0.03)
        fail_msg("%.2f MPa", got);
    box_free(&b);
}

/* Nothing holds it: a uniform warmth is no stress at all. */
static void what_is_free_to_grow_is_not_stressed(void **state)
{
    (void)state;
    const double size[3] = {2.0, 1.0, 1.0}, warm = 1000.0 * 0.01;
    const uint32_t cells[3] = {2, 1, 1};
    struct box b = box_make(size, cells, 1000.0);
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        const double *p = b.mesh->node[n];
        b.held[n] =
            (uint8_t)((p[0] < 1e-9 ? 1 : 0) | (p[1] < 1e-9 ? 2 : 0) | (p[2] < 1e-9 ? 4 : 0));
    }
    for (uint32_t e = 0; e < b.mesh->tet_count; e++) {
        double value[10], slope[10][3], volume = ost_tet_volume(b.mesh, e);
        shapes_at(b.mesh, e, (const double[]){0.25, 0.25, 0.25, 0.25}, value, slope);
        for (int a = 0; a < 4; a++) {
            double *f = b.force[b.mesh->tet[e][a]];
            ost_along(f, volume * warm, slope[a], f);
        }
    }
    struct ost_fem_problem problem = box_problem(&b, 0.0);
    struct ost_fem_options options = ost_fem_options_default();
    OST_AUTO(ost_fem_result) result = NULL;
    assert_true(ost_fem_solve_own(&problem, &options, NULL, &result, NULL));
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        assert_near(result->displacement[n][0], 0.01 * b.mesh->node[n][0], 1e-9);
    box_free(&b);
}

RUN(T(le11_the_heated_solid), T(what_is_free_to_grow_is_not_stressed))
