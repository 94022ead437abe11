#include "fem/study/strength.h"
#include "recon/math/vec.h"
#include "tests/check.h"

#include <string.h>

static void principal_stresses_of_known_states(void **state)
{
    (void)state;
    double s[3];
    const double shear[6] = {0, 0, 0, 0, 4.0, 0};
    ost_principal_stress(shear, s);
    assert_near(s[0], 4.0, 1e-9);
    assert_near(s[1], 0.0, 1e-6);
    assert_near(s[2], -4.0, 1e-9);
    /* [2 1; 1 2] has 3 and 1; -5 stands alone. */
    const double plane[6] = {2.0, 2.0, -5.0, 1.0, 0, 0};
    ost_principal_stress(plane, s);
    assert_near(s[0], 3.0, 1e-9);
    assert_near(s[1], 1.0, 1e-9);
    assert_near(s[2], -5.0, 1e-9);
    const double all[6] = {-3.0, -3.0, -3.0, 0, 0, 0};
    ost_principal_stress(all, s);
    assert_near(s[0], -3.0, 1e-12);
    assert_near(s[2], -3.0, 1e-12);
}

static void criteria_meet_the_strengths(void **state)
{
    (void)state;
    const double press[6] = {0, 0, -80.0, 0, 0, 0}, pull[6] = {40.0, 0, 0, 0, 0, 0};
    assert_near(ost_coulomb_mohr(press, 80.0, 0.5), 1.0, 1e-9);
    assert_near(ost_coulomb_mohr(pull, 80.0, 0.5), 1.0, 1e-9);
    /* Pure shear: t / (r c) + t / c = 1 at c r / (1 + r). */
    const double shear[6] = {0, 0, 0, 80.0 / 3.0, 0, 0};
    assert_near(ost_coulomb_mohr(shear, 80.0, 0.5), 1.0, 1e-9);
    assert_near(ost_drucker_prager(press, 0.8), 80.0, 1e-9);
    const double pull8[6] = {0, 64.0, 0, 0, 0, 0};
    assert_near(ost_drucker_prager(pull8, 0.8), 80.0, 1e-9);
    /* Equal strengths: von Mises. */
    assert_near(ost_drucker_prager(shear, 1.0), sqrt(3.0) * 80.0 / 3.0, 1e-9);
}

/* Four elements of volume 1/6, 1/6, 2/6 and 4/6. */
static void the_load_is_the_one_at_which_the_share_fails(void **state)
{
    (void)state;
    OST_AUTO(ost_tet_mesh) mesh = NULL;
    assert_true(ost_tet_mesh_create(&mesh, 16, 4, NULL));
    static const double height[4] = {1.0, 1.0, 2.0, 4.0};
    for (uint32_t e = 0; e < 4; e++) {
        const double node[4][3] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, height[e]}};
        memcpy(mesh->node + (size_t)4 * e, node, sizeof node);
        for (uint32_t k = 0; k < 4; k++)
            mesh->tet[e][k] = 4 * e + k;
    }
    const double index[4] = {2.0, 0.5, 0.25, -1.0};
    struct ost_failure f;
    /* The last does not count: 1, 1 and 2 sixths. A fifth lies in the first alone. */
    assert_true(ost_failure_estimate(mesh, index, 0.2, &f, NULL));
    assert_near(f.factor, 0.5, 1e-12);
    assert_near(f.failed_share, 0.25, 1e-12);
    assert_near(f.most, 2.0, 1e-12);
    assert_true(ost_failure_estimate(mesh, index, 0.4, &f, NULL));
    assert_near(f.factor, 2.0, 1e-12);
    const double none[4] = {-1.0, -1.0, 0.0, 0.0};
    assert_false(ost_failure_estimate(mesh, none, 0.02, &f, NULL));
}

RUN(T(principal_stresses_of_known_states), T(criteria_meet_the_strengths),
    T(the_load_is_the_one_at_which_the_share_fails))
