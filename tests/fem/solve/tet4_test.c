#include "fem/solve/tet4.h"
#include "tests/check.h"

#include <math.h>
#include <string.h>

static const double corner[4][3] = {
    {0.1, -0.2, 0.3}, {1.3, 0.1, 0.2}, {0.2, 1.1, -0.1}, {-0.3, 0.4, 0.9}};

static struct ost_tet_mesh *one(void)
{
    struct ost_tet_mesh *mesh = NULL;
    assert_true(ost_tet_mesh_create(&mesh, 4, 1, NULL));
    memcpy(mesh->node, corner, sizeof corner);
    memcpy(mesh->tet[0], (uint32_t[]){0, 1, 2, 3}, sizeof *mesh->tet);
    return mesh;
}

/* The 12 x 12 stiffness of an element with E = 10 and nu = 0.3. */
static void stiffness(double k[12][12])
{
    OST_AUTO(ost_tet_mesh) mesh = one();
    double g[4][3], block[9];
    double volume = ost_tet4_gradients(mesh, 0, g);
    const double lame[2] = {volume * ost_lame_lambda(10.0, 0.3), volume * ost_lame_mu(10.0, 0.3)};
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++) {
            ost_tet4_block(g[a], g[b], lame, block);
            for (int i = 0; i < 9; i++)
                k[3 * a + i / 3][3 * b + i % 3] = block[i];
        }
}

static void gradients_differentiate_linear_fields_exactly(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = one();
    double g[4][3];
    assert_near(ost_tet4_gradients(mesh, 0, g), ost_tet_volume(mesh, 0), 1e-15);
    static const double slope[3] = {0.7, -1.9, 2.3};
    for (int k = 0; k < 3; k++) {
        double sum = 0.0;
        for (int a = 0; a < 4; a++)
            sum += g[a][k] * (5.0 + slope[0] * corner[a][0] + slope[1] * corner[a][1] +
                              slope[2] * corner[a][2]);
        assert_near(sum, slope[k], 1e-13);
    }
}

static void the_stiffness_is_symmetric_and_blind_to_rigid_motions(void **state)
{
    (void)state;
    double k[12][12], mode[6][12] = {{0.0}}, most = 0.0;
    stiffness(k);
    for (int a = 0; a < 4; a++) {
        const double *p = corner[a];
        for (int i = 0; i < 3; i++)
            mode[i][3 * a + i] = 1.0;
        memcpy(&mode[3][3 * a], (double[]){0.0, -p[2], p[1]}, sizeof(double[3]));
        memcpy(&mode[4][3 * a], (double[]){p[2], 0.0, -p[0]}, sizeof(double[3]));
        memcpy(&mode[5][3 * a], (double[]){-p[1], p[0], 0.0}, sizeof(double[3]));
    }
    for (int i = 0; i < 12; i++)
        for (int j = 0; j < 12; j++) {
            assert_near(k[i][j], k[j][i], 1e-13);
            most = fmax(most, fabs(k[i][j]));
        }
    assert_true(most > 1.0);
    for (int m = 0; m < 6; m++)
        for (int i = 0; i < 12; i++) {
            double force = 0.0;
            for (int j = 0; j < 12; j++)
                force += k[i][j] * mode[m][j];
            assert_near(force, 0.0, 1e-12 * most);
        }
}

static void energy_is_that_of_the_continuum(void **state)
{
    (void)state;
    /* Uniaxial strain e along x: energy density e^2 (lambda + 2 mu) / 2. */
    OST_AUTO(ost_tet_mesh) mesh = one();
    double k[12][12], energy = 0.0, e = 0.01;
    stiffness(k);
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++)
            energy += 0.5 * e * corner[a][0] * k[3 * a][3 * b] * e * corner[b][0];
    double modulus = ost_lame_lambda(10.0, 0.3) + 2.0 * ost_lame_mu(10.0, 0.3);
    assert_near(energy, 0.5 * e * e * modulus * ost_tet_volume(mesh, 0), 1e-15);
}

static void von_mises_is_the_pull_and_blind_to_pressure(void **state)
{
    (void)state;
    assert_near(ost_von_mises((double[]){120, 0, 0, 0, 0, 0}), 120.0, 1e-12);
    assert_near(ost_von_mises((double[]){-7, -7, -7, 0, 0, 0}), 0.0, 1e-12);
    assert_near(ost_von_mises((double[]){0, 0, 0, 10, 0, 0}), 10.0 * sqrt(3.0), 1e-12);
}

RUN(T(gradients_differentiate_linear_fields_exactly),
    T(the_stiffness_is_symmetric_and_blind_to_rigid_motions), T(energy_is_that_of_the_continuum),
    T(von_mises_is_the_pull_and_blind_to_pressure))
