#include "fem/solve/tet4.h"

#include "recon/math/vec.h"

double ost_tet4_gradients(const struct ost_tet_mesh *mesh, uint32_t tet, double gradient[4][3])
{
    const uint32_t *t = mesh->tet[tet];
    double e[3][3];
    for (int k = 0; k < 3; k++)
        ost_sub(mesh->node[t[k + 1]], mesh->node[t[0]], e[k]);
    ost_cross(e[1], e[2], gradient[1]);
    ost_cross(e[2], e[0], gradient[2]);
    ost_cross(e[0], e[1], gradient[3]);
    double six_volumes = ost_dot(e[0], gradient[1]);
    for (int axis = 0; axis < 3; axis++) {
        for (int k = 1; k < 4; k++)
            gradient[k][axis] /= six_volumes;
        gradient[0][axis] = -gradient[1][axis] - gradient[2][axis] - gradient[3][axis];
    }
    return six_volumes / 6.0;
}

void ost_tet4_block(const double ga[3], const double gb[3], const double lame[2], double block[9])
{
    double shear = lame[1] * ost_dot(ga, gb);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            block[3 * i + j] = lame[0] * ga[i] * gb[j] + lame[1] * ga[j] * gb[i];
    }
    for (size_t i = 0; i < 9; i += 4) {
        block[i] += shear;
    }
}

void ost_stress_of(const double slope[3][3], const double lame[2], double stress[6])
{
    static const int pair[3][2] = {{0, 1}, {1, 2}, {2, 0}};
    double trace = lame[0] * (slope[0][0] + slope[1][1] + slope[2][2]);
    for (int i = 0; i < 3; i++) {
        stress[i] = trace + 2.0 * lame[1] * slope[i][i];
        int p = pair[i][0], q = pair[i][1];
        stress[3 + i] = lame[1] * (slope[p][q] + slope[q][p]);
    }
}

void ost_tet4_stress(const double gradient[4][3], const double move[4][3], const double lame[2],
                     double stress[6])
{
    double d[3][3] = {{0.0}};
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < 3; i++)
            ost_along(d[i], move[k][i], gradient[k], d[i]);
    }
    ost_stress_of((const double(*)[3])d, lame, stress);
}

double ost_von_mises(const double stress[6])
{
    double a = stress[0] - stress[1], b = stress[1] - stress[2], c = stress[2] - stress[0];
    double shear = stress[3] * stress[3] + stress[4] * stress[4] + stress[5] * stress[5];
    return sqrt(0.5 * (a * a + b * b + c * c) + 3.0 * shear);
}
