#include "fem/solve/tangent_impl.h"

/* Where entry i, j of a symmetric six by six stands in its upper triangle. */
static const unsigned char place[6][6] = {{0, 1, 2, 3, 4, 5},     {1, 6, 7, 8, 9, 10},
                                          {2, 7, 11, 12, 13, 14}, {3, 8, 12, 15, 16, 17},
                                          {4, 9, 13, 16, 18, 19}, {5, 10, 14, 17, 19, 20}};

/* Which strains, xx yy zz xy yz zx, a move along an axis makes, by which gradient's part. */
static const unsigned char strain_of[3][3] = {{0, 3, 5}, {3, 1, 4}, {5, 4, 2}};

void tangent_block(const double *tangent, const double ga[3], const double gb[3], double scale,
                   double block[9])
{
    double stress[6][3]; /* of a unit move of b along each axis */
    for (int r = 0; r < 6; r++) {
        for (int j = 0; j < 3; j++) {
            stress[r][j] = 0.0;
            for (int k = 0; k < 3; k++)
                stress[r][j] += tangent[place[r][strain_of[j][k]]] * gb[k];
        }
    }
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            double sum = 0.0;
            for (int k = 0; k < 3; k++)
                sum += ga[k] * stress[strain_of[i][k]][j];
            block[3 * i + j] = scale * sum;
        }
    }
}

void tangent_stress(const double *tangent, const double strain[6], double scale, double stress[6])
{
    for (int i = 0; i < 6; i++) {
        double sum = 0.0;
        for (int j = 0; j < 6; j++)
            sum += tangent[place[i][j]] * (j < 3 ? 1.0 : 2.0) * strain[j];
        stress[i] = scale * sum;
    }
}
