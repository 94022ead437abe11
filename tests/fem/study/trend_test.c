/*
 * Rung V10: what the literature says of a fall: stress rises as the force leans over (Nomoto 2025),
 * and its place goes with the load's direction and with the fossa that bears it (Pramudita 2022).
 */
#include "fem/study/joint.h"
#include "tests/fem/study/paddle.h"

#include <stdio.h>

struct fallen {
    double peak, p99;
    double dorsal_stress; /* MPa along the axis over the shaft's dorsal half; below zero: pressed */
    double volar_stress;
    double centre[2]; /* of the joint's highest stress: radial, dorsal */
};

/* A force that leans `degrees` to dorsal or, below zero, to volar, and its share on the scaphoid.
 */
static struct fallen fall(double degrees, double scaphoid)
{
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    struct ost_study study = ost_study_axial();
    struct fallen f = {.peak = 0.0};
    OST_AUTO(ost_bone_model) model = NULL;
    OST_AUTO(ost_study_result) r = NULL;
    OST_AUTO(ost_joint) joint = NULL;
    struct ost_joint_maps maps;
    double volume[2] = {0.0}, sum[2] = {0.0};
    study.lattice_mm = 1.5;
    study.load_n = 1000.0;
    study.scaphoid_share = scaphoid;
    study.direction[1] = -sin(ost_radians(degrees));
    study.direction[2] = -cos(ost_radians(degrees));
    assert_true(ost_bone_model_create(&p.bone, &study, NULL, &model, NULL));
    const struct ost_study_case c = {&p.bone, &study, model, ost_engine_own(), NULL};
    assert_true(ost_study_solve(&c, NULL, &r, NULL));
    assert_true(ost_joint_create(model, &p.bone.anatomy, &joint, NULL));
    assert_true(ost_joint_map(model, &p.bone.anatomy, joint, r, 2.0, &maps, NULL));
    f.peak = r->peak_von_mises.value;
    f.p99 = r->p99_von_mises;
    memcpy(f.centre, maps.whole->stress.centre, sizeof f.centre);
    ost_joint_maps_fini(&maps);
    for (uint32_t e = 0; e < model->mesh->tet_count; e++) {
        const double *at = model->mesh->node[model->mesh->tet[e][0]];
        if (at[2] > -20.0 || at[2] < -40.0)
            continue;
        int dorsal = at[1] > 0.0; /* volar is -y in the paddle */
        double v = ost_tet_volume(model->mesh, e);
        volume[dorsal] += v;
        sum[dorsal] += v * r->stress[e][2];
    }
    f.volar_stress = sum[0] / volume[0];
    f.dorsal_stress = sum[1] / volume[1];
    paddle_free(&p);
    return f;
}

static void stress_rises_as_a_fall_leans_over(void **state)
{
    (void)state;
    double last = 0.0;
    for (double degrees = 0.0; degrees <= 30.0; degrees += 15.0) {
        struct fallen f = fall(degrees, 0.6);
        (void)printf("      %2.0f degrees: p99 %.1f MPa; volar %.2f, dorsal %.2f MPa\n", degrees,
                     f.p99, f.volar_stress, f.dorsal_stress);
        assert_true(f.p99 > 1.05 * last);
        last = f.p99;
    }
}

static void the_side_it_leans_to_is_pressed(void **state)
{
    (void)state;
    struct fallen dorsal = fall(30.0, 0.6), volar = fall(-30.0, 0.6), straight = fall(0.0, 0.6);
    assert_true(dorsal.dorsal_stress < straight.dorsal_stress - 1.0);
    assert_true(dorsal.volar_stress > straight.volar_stress + 1.0);
    assert_true(volar.volar_stress < straight.volar_stress - 1.0);
    /* The rod is alike on both sides, and so is a lean. */
    assert_near(dorsal.dorsal_stress / volar.volar_stress, 1.0, 0.1);
}

static void the_joint_s_stress_goes_to_the_fossa_that_bears(void **state)
{
    (void)state;
    struct fallen even = fall(0.0, 0.4), radial = fall(0.0, 0.75);
    assert_true(radial.centre[0] > even.centre[0] + 3.0);
}

RUN(T(stress_rises_as_a_fall_leans_over), T(the_side_it_leans_to_is_pressed),
    T(the_joint_s_stress_goes_to_the_fossa_that_bears))
