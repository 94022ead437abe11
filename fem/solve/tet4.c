#include "fem/solve/tet4.h"

#include "recon/math/vec.h"

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
