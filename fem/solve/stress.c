#include "fem/solve/stress.h"

#include "fem/solve/tet4.h"

#include <stdlib.h>
#include <string.h>

void ost_fem_stress(const struct ost_fem_problem *problem, const double (*displacement)[3],
                    double (*stress)[6])
{
    for (uint32_t e = 0; e < problem->mesh->tet_count; e++) {
        double gradient[4][3], move[4][3];
        const double lame[2] = {ost_lame_lambda(problem->modulus[e], problem->poisson),
                                ost_lame_mu(problem->modulus[e], problem->poisson)};
        (void)ost_tet4_gradients(problem->mesh, e, gradient);
        for (int k = 0; k < 4; k++)
            memcpy(move[k], displacement[problem->mesh->tet[e][k]], sizeof move[k]);
        ost_tet4_stress((const double(*)[3])gradient, (const double(*)[3])move, lame, stress[e]);
    }
}

void ost_fem_von_mises(const double (*stress)[6], uint32_t count, double *out)
{
    for (uint32_t e = 0; e < count; e++)
        out[e] = ost_von_mises(stress[e]);
}

/* Adds volume times strain (xx, yy, zz, xy, yz, zx of the tensor) to the corners' sums. */
static void add_strain(const struct ost_tet_mesh *mesh, const double (*displacement)[3],
                       uint32_t tet, double (*sum)[7])
{
    /* The stress of a body with lambda 0 and 2 mu 1 is its strain. */
    static const double unit[2] = {0.0, 0.5};
    double gradient[4][3], move[4][3], strain[6];
    const uint32_t *t = mesh->tet[tet];
    double volume = ost_tet4_gradients(mesh, tet, gradient);
    for (int k = 0; k < 4; k++)
        memcpy(move[k], displacement[t[k]], sizeof move[k]);
    ost_tet4_stress((const double(*)[3])gradient, (const double(*)[3])move, unit, strain);
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < 6; i++)
            sum[t[k]][i] += volume * strain[i];
        sum[t[k]][6] += volume;
    }
}

bool ost_fem_nodal_von_mises(const struct ost_fem_problem *problem, const double (*displacement)[3],
                             const double *modulus_at_node, double *out, struct ost_err *err)
{
    const struct ost_tet_mesh *mesh = problem->mesh;
    double(*sum)[7] = calloc((size_t)mesh->node_count + 1, sizeof *sum);
    if (sum == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %u nodes", mesh->node_count);
    for (uint32_t e = 0; e < mesh->tet_count; e++)
        add_strain(mesh, displacement, e, sum);
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        /* Von Mises sees the deviator only: 2 mu times the strain's. */
        double stiffness = 2.0 * ost_lame_mu(modulus_at_node[n], problem->poisson);
        double per_volume = sum[n][6] > 0.0 ? stiffness / sum[n][6] : 0.0;
        out[n] = per_volume * ost_von_mises(sum[n]);
    }
    free(sum);
    return true;
}

bool ost_fem_nodal_mean(const struct ost_tet_mesh *mesh, const double *value, double *out,
                        struct ost_err *err)
{
    double *weight = calloc((size_t)mesh->node_count + 1, sizeof *weight);
    if (weight == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %u nodes", mesh->node_count);
    memset(out, 0, mesh->node_count * sizeof *out);
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        double volume = ost_tet_volume(mesh, e);
        for (int k = 0; k < 4; k++) {
            out[mesh->tet[e][k]] += volume * value[e];
            weight[mesh->tet[e][k]] += volume;
        }
    }
    for (uint32_t n = 0; n < mesh->node_count; n++)
        out[n] = weight[n] > 0.0 ? out[n] / weight[n] : 0.0;
    free(weight);
    return true;
}
