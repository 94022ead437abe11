/* What an element makes of displacements at a point, told independently of fem/solve. */
#ifndef OST_TESTS_FEM_SOLVE_SHAPES_H
#define OST_TESTS_FEM_SOLVE_SHAPES_H

#include "fem/solve/tet4.h"
#include "recon/math/vec.h"

/* The shape functions and their slopes, written down again. */
static inline void shapes_at(const struct ost_tet_mesh *mesh, uint32_t tet, const double at[4],
                             double value[10], double slope[10][3])
{
    double g[4][3];
    (void)ost_tet4_gradients(mesh, tet, g);
    for (int a = 0; a < 4; a++) {
        bool ten = mesh->middle != NULL;
        value[a] = ten ? at[a] * (2.0 * at[a] - 1.0) : at[a];
        for (int k = 0; k < 3; k++)
            slope[a][k] = (ten ? 4.0 * at[a] - 1.0 : 1.0) * g[a][k];
    }
    for (int e = 0; e < 6 && mesh->middle != NULL; e++) {
        int p = ost_tet_edge[e][0], q = ost_tet_edge[e][1];
        value[4 + e] = 4.0 * at[p] * at[q];
        for (int k = 0; k < 3; k++)
            slope[4 + e][k] = 4.0 * (at[q] * g[p][k] + at[p] * g[q][k]);
    }
}

/* Stress at a point of an element: xx, yy, zz, xy, yz, zx. */
static inline void shapes_stress(const struct ost_fem_problem *p, double (*u)[3], uint32_t tet,
                                 const double at[4], double stress[6])
{
    double value[10], slope[10][3], d[3][3] = {{0.0}};
    uint32_t node[10], count = ost_tet_nodes(p->mesh, tet, node);
    double mu = ost_lame_mu(p->modulus[tet], p->poisson);
    shapes_at(p->mesh, tet, at, value, slope);
    for (uint32_t a = 0; a < count; a++)
        for (int i = 0; i < 3; i++)
            ost_along(d[i], u[node[a]][i], slope[a], d[i]);
    double trace = ost_lame_lambda(p->modulus[tet], p->poisson) * (d[0][0] + d[1][1] + d[2][2]);
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3;
        stress[i] = trace + 2.0 * mu * d[i][i];
        stress[3 + i] = mu * (d[i][j] + d[j][i]);
    }
}

/* The mean over the elements round a node of the stress that each has there. */
static inline void shapes_stress_at_node(const struct ost_fem_problem *p, double (*u)[3],
                                         uint32_t node, double stress[6])
{
    int count = 0;
    memset(stress, 0, 6 * sizeof *stress);
    for (uint32_t e = 0; e < p->mesh->tet_count; e++) {
        for (int k = 0; k < 4; k++) {
            double at[4] = {0.0}, s[6];
            if (p->mesh->tet[e][k] != node)
                continue;
            at[k] = 1.0;
            shapes_stress(p, u, e, at, s);
            for (int i = 0; i < 6; i++)
                stress[i] += s[i];
            count++;
        }
    }
    for (int i = 0; i < 6; i++)
        stress[i] /= count;
}

#endif
