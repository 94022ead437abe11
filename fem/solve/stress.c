#include "fem/solve/stress.h"

#include "fem/solve/element_impl.h"
#include "fem/solve/tet4.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * The mean over the element: of one modulus it is the stress in the middle, as of second order
 * stress is linear; else that of the points that the stiffness is made with.
 */
static void mean_stress(const struct element *e, const double (*displacement)[3], double out[6])
{
    static const double centre[4] = {0.25, 0.25, 0.25, 0.25};
    const double lame[2] = {e->lame[0] / e->volume, e->lame[1] / e->volume};
    if (e->share == NULL) {
        element_stress(e, displacement, centre, lame, out);
        return;
    }
    memset(out, 0, 6 * sizeof *out);
    for (int q = 0; q < ELEMENT_POINTS; q++) {
        double at[6];
        element_stress(e, displacement, element_point[q], lame, at);
        for (int k = 0; k < 6; k++)
            out[k] += e->share[q] * at[k] / ELEMENT_POINTS;
    }
}

/* Of the modulus, at a place: linear through the points, and no less than at the softest of them.
 */
static double share_at(const struct element *e, const double at[4])
{
    if (e->share == NULL)
        return 1.0;
    const double near = element_point[0][0], far = element_point[0][1];
    double sum = 0.0, least = INFINITY, value = 0.0;
    for (int q = 0; q < ELEMENT_POINTS; q++) {
        sum += e->share[q];
        least = fmin(least, e->share[q]);
    }
    for (int q = 0; q < ELEMENT_POINTS; q++)
        value += at[q] * (e->share[q] - far * sum) / (near - far);
    return fmax(value, least);
}

void ost_fem_stress(const struct ost_fem_problem *problem, const double (*displacement)[3],
                    double (*stress)[6])
{
    for (uint32_t tet = 0; tet < problem->mesh->tet_count; tet++) {
        struct element e;
        element_of(problem, tet, &e);
        mean_stress(&e, displacement, stress[tet]);
    }
}

void ost_fem_von_mises(const double (*stress)[6], uint32_t count, double *out)
{
    for (uint32_t e = 0; e < count; e++)
        out[e] = ost_von_mises(stress[e]);
}

double ost_fem_face_von_mises(const struct ost_fem_problem *problem,
                              const double (*displacement)[3], uint32_t tet,
                              const uint32_t corner[3])
{
    struct element e;
    element_of(problem, tet, &e);
    const double lame[2] = {e.lame[0] / e.volume, e.lame[1] / e.volume};
    double sum = 0.0, at[4], stress[6];
    for (int point = 0; point < 3; point++) {
        for (int k = 0; k < 4; k++) {
            bool here = e.node[k] == corner[point];
            bool on = e.node[k] == corner[0] || e.node[k] == corner[1] || e.node[k] == corner[2];
            at[k] = here ? 2.0 / 3.0 : on ? 1.0 / 6.0 : 0.0;
        }
        element_stress(&e, displacement, at, lame, stress);
        sum += share_at(&e, at) * ost_von_mises(stress) / 3.0;
    }
    return sum;
}

/* Adds volume times strain (xx, yy, zz, xy, yz, zx of the tensor) to the nodes' sums. */
static void add_strain(const struct ost_fem_problem *problem, const double (*displacement)[3],
                       uint32_t tet, double (*sum)[7])
{
    /* The stress of a body with lambda 0 and 2 mu 1 is its strain. */
    static const double unit[2] = {0.0, 0.5};
    struct element e;
    element_of(problem, tet, &e);
    double at[4], strain[6];
    for (uint32_t k = 0; k < e.count; k++) {
        element_place(k, at);
        element_stress(&e, displacement, at, unit, strain);
        for (int i = 0; i < 6; i++)
            sum[e.node[k]][i] += e.volume * strain[i];
        sum[e.node[k]][6] += e.volume;
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
        add_strain(problem, displacement, e, sum);
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
        uint32_t node[10], count = ost_tet_nodes(mesh, e, node);
        double volume = ost_tet_volume(mesh, e);
        for (uint32_t k = 0; k < count; k++) {
            out[node[k]] += volume * value[e];
            weight[node[k]] += volume;
        }
    }
    for (uint32_t n = 0; n < mesh->node_count; n++)
        out[n] = weight[n] > 0.0 ? out[n] / weight[n] : 0.0;
    free(weight);
    return true;
}
