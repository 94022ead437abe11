/*
 * Rung V2: a displacement somebody made up, a sine along a slanted line, with the body force
 * it needs. Errors must fall with the size of the elements by the orders of theory: 2 and 1
 * with four nodes, 3 and 2 with ten (in L2 and in the energy's H1), of one stuff and of one that
 * varies from place to place by half of itself: with four nodes an element has its mean, with ten
 * its value at four points, without which the orders were 1.9 and 1.1.
 */
#include "fem/solve/own.h"
#include "fem/solve/tet4.h"
#include "recon/math/vec.h"
#include "tests/fem/solve/box.h"
#include "tests/fem/solve/shapes.h"

static const double wave[3] = {1.7, -1.3, 1.1}, swing[3] = {0.7, 0.4, -0.5};
static const double modulus = 10.0, poisson = 0.3;
static const double uneven[3] = {0.9, 1.4, -1.2}; /* the wave of the modulus */

static void moved(const double p[3], double u[3])
{
    for (int i = 0; i < 3; i++)
        u[i] = swing[i] * sin(ost_dot(wave, p) + 0.3);
}

/* The modulus at a place, and its slope; `swings` by this share of itself. */
static double modulus_at(const double p[3], double swings, double slope[3])
{
    double at = ost_dot(uneven, p);
    for (int k = 0; k < 3; k++)
        slope[k] = modulus * swings * cos(at) * uneven[k];
    return modulus * (1.0 + swings * sin(at));
}

/*
 * -div sigma, for u = a sin(k.x) and a modulus E: E ((lambda + mu) (a.k) k + mu |k|^2 a) times the
 * sine, less the stress for a modulus of 1 times the slope of E.
 */
static void body_force(const double p[3], double swings, double f[3])
{
    double lambda = ost_lame_lambda(1.0, poisson), mu = ost_lame_mu(1.0, poisson), slope[3];
    double at = ost_dot(wave, p) + 0.3, along = ost_dot(swing, wave);
    double here = modulus_at(p, swings, slope), sine = here * sin(at), cosine = cos(at);
    double with_wave = ost_dot(slope, wave), with_swing = ost_dot(slope, swing);
    for (int i = 0; i < 3; i++) {
        f[i] = sine * ((lambda + mu) * along * wave[i] + mu * ost_dot(wave, wave) * swing[i]);
        f[i] -= cosine *
                (lambda * along * slope[i] + mu * with_wave * swing[i] + mu * with_swing * wave[i]);
    }
}

/* Fourteen points, exact to order 5 (Walkington 2000). */
struct point {
    double at[4], weight;
};
static int fill_points(struct point point[14])
{
    static const double near[2] = {0.31088591926330060980, 0.092735250310891226402};
    static const double weight[2] = {0.11268792571801585080, 0.073493043116361949544};
    const double b = 0.045503704125649649492, wb = 0.042546020777081466438;
    int count = 0;
    for (int kind = 0; kind < 2; kind++) {
        for (int k = 0; k < 4; k++, count++) {
            for (int j = 0; j < 4; j++)
                point[count].at[j] = j == k ? 1.0 - 3.0 * near[kind] : near[kind];
            point[count].weight = weight[kind];
        }
    }
    for (int e = 0; e < 6; e++, count++) {
        for (int j = 0; j < 4; j++)
            point[count].at[j] = j == ost_tet_edge[e][0] || j == ost_tet_edge[e][1] ? b : 0.5 - b;
        point[count].weight = wb;
    }
    return count;
}

static void place_of(const struct ost_tet_mesh *mesh, uint32_t tet, const double at[4], double p[3])
{
    memset(p, 0, 3 * sizeof *p);
    for (int k = 0; k < 4; k++)
        ost_along(p, at[k], mesh->node[mesh->tet[tet][k]], p);
}

/* The modulus at an element's four points over its mean there, which becomes the element's. */
static void share_out(struct box *b, double swings, double (*share)[4])
{
    const double near = 0.13819660112501051518, far = 1.0 - 3.0 * near;
    for (uint32_t e = 0; e < b->mesh->tet_count; e++) {
        double mean = 0.0;
        for (int q = 0; q < 4; q++) {
            double p[3], slope[3], at[4] = {near, near, near, near};
            at[q] = far;
            place_of(b->mesh, e, at, p);
            share[e][q] = modulus_at(p, swings, slope);
            mean += 0.25 * share[e][q];
        }
        for (int q = 0; q < 4; q++)
            share[e][q] /= mean;
        b->modulus[e] = mean;
    }
}

/* Forces of the body, and every element's mean modulus. */
static void load_body(struct box *b, const struct point *point, int points, double swings)
{
    for (uint32_t e = 0; e < b->mesh->tet_count; e++) {
        uint32_t node[10], count = ost_tet_nodes(b->mesh, e, node);
        double volume = ost_tet_volume(b->mesh, e), mean = 0.0;
        for (int q = 0; q < points; q++) {
            double value[10], slope[10][3], p[3], f[3], rise[3];
            shapes_at(b->mesh, e, point[q].at, value, slope);
            place_of(b->mesh, e, point[q].at, p);
            body_force(p, swings, f);
            mean += point[q].weight * modulus_at(p, swings, rise);
            for (uint32_t a = 0; a < count; a++)
                ost_along(b->force[node[a]], volume * point[q].weight * value[a], f,
                          b->force[node[a]]);
        }
        b->modulus[e] = mean;
    }
}

/* In L2 and in the seminorm of the slopes. */
static void measure(const struct box *b, double (*u)[3], const struct point *point, int points,
                    double error[2])
{
    error[0] = error[1] = 0.0;
    for (uint32_t e = 0; e < b->mesh->tet_count; e++) {
        uint32_t node[10], count = ost_tet_nodes(b->mesh, e, node);
        for (int q = 0; q < points; q++) {
            double value[10], slope[10][3], p[3], want[3], weight = point[q].weight;
            shapes_at(b->mesh, e, point[q].at, value, slope);
            place_of(b->mesh, e, point[q].at, p);
            moved(p, want);
            weight *= ost_tet_volume(b->mesh, e);
            for (int i = 0; i < 3; i++) {
                double got = 0.0, d[3] = {0.0}, cosine = cos(ost_dot(wave, p) + 0.3);
                for (uint32_t a = 0; a < count; a++) {
                    got += value[a] * u[node[a]][i];
                    ost_along(d, u[node[a]][i], slope[a], d);
                }
                error[0] += weight * (got - want[i]) * (got - want[i]);
                for (int k = 0; k < 3; k++) {
                    double off = d[k] - swing[i] * wave[k] * cosine;
                    error[1] += weight * off * off;
                }
            }
        }
    }
    error[0] = sqrt(error[0]);
    error[1] = sqrt(error[1]);
}

static void solve(uint32_t cells, bool quadratic, double swings, double error[2])
{
    const double size[3] = {1.0, 1.0, 1.0};
    struct point point[14];
    int points = fill_points(point);
    struct box b = box_make(size, (const uint32_t[]){cells, cells, cells}, modulus);
    if (quadratic)
        box_quadratic(&b);
    load_body(&b, point, points, swings);
    for (uint32_t n = 0; n < b.mesh->node_count; n++) {
        const double *p = b.mesh->node[n];
        for (int k = 0; k < 3; k++) {
            if (p[k] < 1e-9 || p[k] > 1.0 - 1e-9)
                b.held[n] = 7;
        }
        moved(p, b.place[n]);
    }
    struct ost_fem_problem problem = box_problem(&b, poisson);
    double(*share)[4] = calloc((size_t)b.mesh->tet_count, sizeof *share);
    assert_non_null(share);
    if (quadratic && swings > 0.0) {
        share_out(&b, swings, share);
        problem.share = (const double(*)[4])share;
    }
    struct ost_fem_options options = {1e-11, 500, OST_FEM_MULTIGRID};
    OST_AUTO(ost_fem_result) result = NULL;
    assert_true(ost_fem_problem_check(&problem, NULL));
    assert_true(ost_fem_solve_own(&problem, &options, NULL, &result, NULL));
    assert_int_equal(result->reason, OST_FEM_CONVERGED);
    measure(&b, result->displacement, point, points, error);
    free(share);
    box_free(&b);
}

static void expect_orders(double swings)
{
    static const uint32_t cells[2][2] = {{8, 16}, {4, 8}};
    for (int quadratic = 0; quadratic < 2; quadratic++) {
        double coarse[2], fine[2];
        solve(cells[quadratic][0], quadratic == 1, swings, coarse);
        solve(cells[quadratic][1], quadratic == 1, swings, fine);
        for (int norm = 0; norm < 2; norm++) {
            double order = log2(coarse[norm] / fine[norm]);
            if (fabs(order - (2.0 + quadratic - norm)) > 0.12)
                fail_msg("%d nodes, norm %d: order %.3f", quadratic ? 10 : 4, norm, order);
        }
    }
}

static void errors_fall_by_the_orders_of_theory(void **state)
{
    (void)state;
    expect_orders(0.0);
}

static void errors_fall_so_where_the_modulus_varies(void **state)
{
    (void)state;
    expect_orders(0.5);
}

RUN(T(errors_fall_by_the_orders_of_theory), T(errors_fall_so_where_the_modulus_varies))
