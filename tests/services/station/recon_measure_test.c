#include "recon/math/vec.h"
#include "recon/shape/anatomy.h"
#include "services/station/recon_impl.h"
#include "tests/recon/shape/data.h"

/* No share below the least one passes for a good fit, however near to it. */
static void too_few_edges_are_always_above_the_limit(void **state)
{
    (void)state;
    for (double share = 0.0; share < ost_recon_share; share += 0.001)
        assert_true(ost_recon_judge(0.2, share) > ost_recon_limit_mm);
    assert_near(ost_recon_judge(0.2, ost_recon_share), 0.2, 0.0);
    assert_near(ost_recon_judge(0.2, 0.9), 0.2, 0.0);
    assert_near(ost_recon_judge(1.4, 0.1), 1.4, 0.0);
}

/* What a result tells is what is measured on the bones it brings, on either arm. */
static void told_numbers_are_those_of_the_bones(void **state)
{
    (void)state;
    static const double sd[OST_MEASURES] = {2.0, 1.0, 0.5, 0.4, 3.0};
    OST_AUTO(ost_prior) prior = open_model();
    for (int side = 0; side < 2; side++) {
        struct ost_arm arm = {.mirrored = side == 1, .broken = true, .cut = 20.0, .turn = {0.3}};
        arm.place = ost_rigid_about((const double[]){1, 2, 3}, (const double[]){0.5, -0.8, 0.3},
                                    (const double[]){9.0, -4.0, 1050.0});
        struct ost_arm_table *table[OST_BONES];
        const struct ost_mesh *bone[OST_BONES];
        for (int b = 0; b < OST_BONES; b++) {
            assert_true(
                ost_arm_table_create(prior, (enum ost_bone)b, OST_ARM_MODES, &table[b], NULL));
            ost_arm_table_set(table[b], prior, (enum ost_bone)b, &arm, false);
            bone[b] = table[b]->mesh;
        }
        struct ost_number told[OST_MEASURES];
        struct ost_anatomy frame;
        struct ost_anatomy_numbers n;
        double p[OST_LANDMARKS][3];
        ost_recon_measure(prior, arm.mirrored, bone, sd, told);
        ost_anatomy_of_arm(prior, (const float(*)[3])bone[OST_RADIUS]->vertex, arm.mirrored,
                           &frame);
        ost_anatomy_landmarks(prior, (const float(*)[3])bone[OST_RADIUS]->vertex,
                              (const float(*)[3])bone[OST_ULNA]->vertex, p);
        ost_anatomy_measure(&frame, (const double(*)[3])p, &n);
        assert_near(told[OST_VOLAR_TILT].value, ost_degrees(n.volar_tilt), 1e-9);
        assert_true(told[OST_VOLAR_TILT].value < 0.0); /* tilted back by 17 degrees */
        assert_near(told[OST_RADIAL_INCLINATION].value, ost_degrees(n.radial_inclination), 1e-9);
        assert_near(told[OST_RADIAL_HEIGHT].value, n.radial_height, 1e-9);
        assert_near(told[OST_ULNAR_VARIANCE].value, n.ulnar_variance, 1e-9);
        assert_near(told[OST_VOLAR_TILT].high - told[OST_VOLAR_TILT].low, 4.0 * 1.959964, 1e-6);
        for (int b = 0; b < OST_BONES; b++)
            ost_arm_table_destroy(table[b]);
    }
}

RUN(T(too_few_edges_are_always_above_the_limit), T(told_numbers_are_those_of_the_bones))
