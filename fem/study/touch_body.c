#include "fem/solve/tet4.h"
#include "fem/study/touch_impl.h"
#include "recon/math/vec.h"

#include <string.h>

static const double slope_step = 0.02; /* mm, for the slope of a carpal's distance */

static void add_inner(const struct ost_fem_problem *p, double (*u)[3], double (*left)[3])
{
    for (uint32_t e = 0; e < p->mesh->tet_count; e++) {
        double g[4][3], move[4][3], s[6], volume = ost_tet4_gradients(p->mesh, e, g);
        const double lame[2] = {ost_lame_lambda(p->modulus[e], p->poisson),
                                ost_lame_mu(p->modulus[e], p->poisson)};
        for (int a = 0; a < 4; a++)
            memcpy(move[a], u[p->mesh->tet[e][a]], sizeof move[a]);
        ost_tet4_stress((const double(*)[3])g, (const double(*)[3])move, lame, s);
        for (int a = 0; a < 4; a++) {
            double *f = left[p->mesh->tet[e][a]];
            f[0] -= volume * (s[0] * g[a][0] + s[3] * g[a][1] + s[5] * g[a][2]);
            f[1] -= volume * (s[3] * g[a][0] + s[1] * g[a][1] + s[4] * g[a][2]);
            f[2] -= volume * (s[5] * g[a][0] + s[4] * g[a][1] + s[2] * g[a][2]);
        }
    }
}

static void hold(struct touching *t)
{
    double pull[3], stiff[9];
    ost_contact_ligaments(t->ask->ligament, t->ask->force, t->shift, pull, stiff);
    for (int a = 0; a < 3; a++)
        t->row[a] += t->ask->force[a] - pull[a];
    for (int a = 0; a < 9; a++)
        t->pull[a] += stiff[a];
}

/* What one carpal does to a node. */
static void press(struct touching *t, uint32_t n, size_t c)
{
    const struct ost_touch_ask *ask = t->ask;
    struct ost_touch_result *r = t->result;
    struct ost_contact_of *of = &r->contact.carpal[c];
    double p[3], way[3];
    ost_add(ask->problem->mesh->node[n], t->u[n], p);
    ost_sub(p, t->shift, p);
    double depth = ask->thickness - ask->carpal[c].at(ask->carpal[c].user, p);
    if (!(depth > 0.0))
        return;
    ost_field_way_out(&ask->carpal[c], p, slope_step, way);
    const double k = ask->stiffness * t->area[n], force = k * depth;
    ost_along(t->left[n], force, way, t->left[n]);
    ost_along(r->force[n], force, way, r->force[n]);
    ost_along(t->row, -force, way, t->row);
    for (int a = 0; a < 3; a++) {
        t->spring[n][a] += k * way[a] * way[a];
        t->spring[n][3 + a] += k * way[a] * way[(a + 1) % 3];
    }
    for (int a = 0; a < 9; a++)
        t->pull[a] += k * way[a / 3] * way[a % 3];
    r->pressure[n] = fmax(r->pressure[n], ask->stiffness * depth);
    t->total[c] += force;
    ost_along(of->force, force, way, of->force);
    ost_along(of->centre, force, ask->problem->mesh->node[n], of->centre);
    of->area += t->area[n];
    of->peak = fmax(of->peak, ask->stiffness * depth);
}

double touching_answer(struct touching *t)
{
    const struct ost_fem_problem *p = t->ask->problem;
    struct ost_touch_result *r = t->result;
    const size_t nodes = p->mesh->node_count;
    double sum = 0.0;
    memset(t->spring, 0, nodes * sizeof *t->spring);
    memset(r->force, 0, nodes * sizeof *r->force);
    memset(r->pressure, 0, nodes * sizeof *r->pressure);
    memset(r->contact.carpal, 0, sizeof r->contact.carpal);
    memset(t->row, 0, sizeof t->row);
    memset(t->total, 0, sizeof t->total);
    memset(t->pull, 0, sizeof t->pull);
    memcpy(t->left, p->force, nodes * sizeof *t->left);
    r->active = 0;
    add_inner(p, t->u, t->left);
    for (uint32_t n = 0; n < nodes; n++) {
        for (size_t c = 0; c < t->ask->carpal_count && t->area[n] > 0.0; c++)
            press(t, n, c);
        r->active += r->pressure[n] > 0.0;
        for (int k = 0; k < 3; k++) {
            t->left[n][k] = p->held[n] >> k & 1 ? 0.0 : t->left[n][k];
            sum += t->left[n][k] * t->left[n][k];
        }
    }
    hold(t);
    for (int w = 0; w < t->ways; w++)
        sum += pow(ost_dot(t->row, t->basis[w]), 2.0);
    return sqrt(sum) / ost_length(t->ask->force);
}
