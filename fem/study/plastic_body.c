#include "fem/solve/tet4.h"
#include "fem/study/plastic_impl.h"
#include "fem/study/strength.h"
#include "recon/math/vec.h"

#include <string.h>

static struct ost_yield yield_of(const struct ost_plastic_ask *ask, uint32_t tet)
{
    return (struct ost_yield){ask->problem->modulus[tet], ask->problem->poisson,
                              ask->compressive[tet], ask->law.ratio, ask->law.slope};
}

/* The tensor's parts of the strain that the corners' moves make. */
static void strain_of(const double g[4][3], const uint32_t node[4], double (*u)[3],
                      double strain[6])
{
    double slope[3][3] = {{0.0}};
    for (int a = 0; a < 4; a++) {
        for (int i = 0; i < 3; i++)
            ost_along(slope[i], u[node[a]][i], g[a], slope[i]);
    }
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3;
        strain[i] = slope[i][i];
        strain[3 + i] = 0.5 * (slope[i][j] + slope[j][i]);
    }
}

void yielding_answer(struct yielding *y, double (*u)[3])
{
    const struct ost_tet_mesh *mesh = y->ask->problem->mesh;
    memset(y->inner, 0, mesh->node_count * sizeof *y->inner);
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        const struct ost_yield yield = yield_of(y->ask, e);
        double g[4][3], volume = ost_tet4_gradients(mesh, e, g);
        strain_of((const double(*)[3])g, mesh->tet[e], u, y->strain[e]);
        (void)ost_yield_return(&yield, y->strain[e], &y->before[e], &y->after[e], y->stress[e],
                               y->tangent[e]);
        const double *s = y->stress[e];
        for (int a = 0; a < 4; a++) {
            double *f = y->inner[mesh->tet[e][a]];
            f[0] += volume * (s[0] * g[a][0] + s[3] * g[a][1] + s[5] * g[a][2]);
            f[1] += volume * (s[3] * g[a][0] + s[1] * g[a][1] + s[4] * g[a][2]);
            f[2] += volume * (s[5] * g[a][0] + s[4] * g[a][1] + s[2] * g[a][2]);
        }
    }
}

double yielding_left(struct yielding *y, double load)
{
    const struct ost_fem_problem *p = y->ask->problem;
    double sum = 0.0, whole = 0.0;
    for (uint32_t n = 0; n < p->mesh->node_count; n++) {
        for (int k = 0; k < 3; k++) {
            bool held = p->held[n] >> k & 1;
            double f = held ? 0.0 : load * p->force[n][k];
            y->left[n][k] = held ? 0.0 : f - y->inner[n][k];
            sum += y->left[n][k] * y->left[n][k];
            whole += f * f;
        }
    }
    return whole > 0.0 ? sqrt(sum / whole) : sqrt(sum);
}

static uint8_t fate_of(const struct yielding *y, uint32_t tet)
{
    const struct ost_plastic_law *law = &y->ask->law;
    const double strength = y->ask->compressive[tet];
    double s[3], e[3];
    if (!(strength > 0.0))
        return 0;
    ost_principal_stress(y->stress[tet], s);
    ost_principal_stress(y->strain[tet], e);
    return (uint8_t)((y->after[tet].hardening > 0.0 ? OST_YIELDED : 0) |
                     (s[0] > law->crack * strength ? OST_CRACKED : 0) |
                     (e[2] < -law->crush ? OST_CRUSHED : 0));
}

void yielding_judge(const struct yielding *y, double load, struct ost_plastic_step *step)
{
    const struct ost_fem_problem *p = y->ask->problem;
    double volume = 0.0;
    step->load = load;
    for (uint32_t e = 0; e < p->mesh->tet_count; e++) {
        const uint8_t fate = y->result->fate[e] = fate_of(y, e);
        double v = ost_tet_volume(p->mesh, e);
        if (y->ask->counted != NULL && !y->ask->counted[e])
            continue;
        volume += v;
        step->yielded += fate & OST_YIELDED ? v : 0.0;
        step->cracked += fate & OST_CRACKED ? v : 0.0;
        step->crushed += fate & OST_CRUSHED ? v : 0.0;
        step->failed += fate & (OST_CRACKED | OST_CRUSHED) ? v : 0.0;
    }
    double *const share[4] = {&step->yielded, &step->cracked, &step->crushed, &step->failed};
    for (int k = 0; k < 4; k++)
        *share[k] = volume > 0.0 ? *share[k] / volume : 0.0;
    for (uint32_t n = 0; n < p->mesh->node_count; n++) {
        step->move = fmax(step->move, ost_length(y->u[n]));
        step->work += load * ost_dot(p->force[n], y->u[n]);
    }
}
