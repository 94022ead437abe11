/* Loads on a whole end, against rods of closed form. */
#include "fem/solve/tet4.h"
#include "fem/study/solve.h"
#include "tests/fem/study/paddle.h"

static struct ost_study end_study(enum ost_study_load load)
{
    struct ost_study study = ost_study_axial();
    study.length_mm = 56.0;
    study.lattice_mm = 1.4;
    study.load = load;
    return study;
}

static struct ost_study_result *solve(const struct paddle *p, const struct ost_study *study,
                                      struct ost_bone_model **model)
{
    struct ost_study_result *result = NULL;
    struct ost_err err = {0};
    if (!ost_bone_model_create(&p->bone, study, NULL, model, &err))
        fail_msg("%s", err.msg);
    const struct ost_study_case c = {&p->bone, study, *model, ost_engine_own(), NULL};
    if (!ost_study_solve(&c, NULL, &result, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(result->answer->reason, OST_FEM_CONVERGED);
    return result;
}

/* The mean of a stress over the elements between two depths. */
static double mean_stress(const struct ost_bone_model *m, const struct ost_study_result *r,
                          int which, double from, double to)
{
    double sum = 0.0, volume = 0.0;
    for (uint32_t e = 0; e < m->mesh->tet_count; e++) {
        double z = 0.0, v = ost_tet_volume(m->mesh, e);
        for (int k = 0; k < 4; k++)
            z += 0.25 * m->mesh->node[m->mesh->tet[e][k]][2];
        if (-z < from || -z > to)
            continue;
        sum += v * r->stress[e][which];
        volume += v;
    }
    return sum / volume;
}

static void a_pressed_rod_has_force_over_area(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 800.0, 800.0);
    struct ost_study study = end_study(OST_LOAD_END);
    study.load_n = 1000.0;
    OST_AUTO(ost_bone_model) model = NULL;
    OST_AUTO(ost_study_result) r = solve(&p, &study, &model);
    const double area = OST_PI * 13.0 * 9.0;
    assert_near(mean_stress(model, r, 2, 20.0, 40.0) / (-1000.0 / area), 1.0, 0.01);
    assert_near(r->answer->reaction[2], 1000.0, 1e-3);
    /* One density, one strength S: all of it fails near S area. */
    const double strength = 114.0 * pow(0.877 * 0.8 + 0.079, 1.72);
    assert_true(r->has_strength);
    assert_near(1000.0 * r->coulomb_mohr.factor / (strength * area), 1.0, 0.15);
    assert_near(1000.0 * r->drucker_prager.factor / (strength * area), 1.0, 0.15);
    /* 57 mm between the joint and the held section, whose circle has sqrt(4 a b). */
    assert_near(r->diameters / (56.0 / sqrt(4.0 * 13.0 * 9.0)), 1.0, 0.03);
    paddle_free(&p);
}

/*
 * Torsion of an elliptic rod (Saint-Venant): twist per length M / (G J), J = pi a^3 b^3 /
 * (a^2 + b^2). The displacement of two rings tells the twist between them.
 */
static void a_twisted_rod_turns_as_saint_venant_says(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 800.0, 800.0);
    struct ost_study study = end_study(OST_LOAD_COUPLE);
    paddle_place(study.moment, 0.0, 0.0, 5000.0);
    OST_AUTO(ost_bone_model) model = NULL;
    OST_AUTO(ost_study_result) r = solve(&p, &study, &model);
    assert_near(ost_length(r->answer->reaction), 0.0, 1e-4);
    double turn[2] = {0.0}, count[2] = {0.0};
    static const double depth[2] = {20.0, 40.0};
    for (uint32_t n = 0; n < model->mesh->node_count; n++) {
        const double *x = model->mesh->node[n], *u = r->answer->displacement[n];
        for (int i = 0; i < 2; i++) {
            double rr = x[0] * x[0] + x[1] * x[1];
            if (fabs(-x[2] - depth[i]) > 2.0)
                continue;
            turn[i] += x[0] * u[1] - x[1] * u[0];
            count[i] += rr;
        }
    }
    const double g = ost_law_nth(0)->modulus(0.877 * 0.8 + 0.079) / 2.6;
    const double a = 13.0, b = 9.0, j = OST_PI * pow(a * b, 3.0) / (a * a + b * b);
    const double twist = (turn[0] / count[0] - turn[1] / count[1]) / 20.0;
    assert_near(twist / (5000.0 / (g * j)), 1.0, 0.04);
    paddle_free(&p);
}

/* Bending: the stress at a distance y from the neutral plane is M y / I, both halves. */
static void a_bent_rod_has_moment_over_inertia(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 800.0, 800.0);
    struct ost_study study = end_study(OST_LOAD_COUPLE);
    paddle_place(study.moment, 3000.0, 0.0, 0.0);
    OST_AUTO(ost_bone_model) model = NULL;
    OST_AUTO(ost_study_result) r = solve(&p, &study, &model);
    assert_near(ost_length(r->answer->reaction), 0.0, 1e-4);
    assert_near(r->answer->reaction_error, 0.0, 1e-7);
    double moment = 0.0, length = 20.0;
    for (uint32_t e = 0; e < model->mesh->tet_count; e++) {
        double y = 0.0, z = 0.0;
        for (int k = 0; k < 4; k++) {
            y += 0.25 * model->mesh->node[model->mesh->tet[e][k]][1];
            z += 0.25 * model->mesh->node[model->mesh->tet[e][k]][2];
        }
        if (-z > 20.0 && -z < 40.0)
            moment += ost_tet_volume(model->mesh, e) * r->stress[e][2] * y / length;
    }
    assert_near(fabs(moment) / 3000.0, 1.0, 0.02);
    paddle_free(&p);
}

/* Where the density is one, Bonemat's ways agree; where it steps, they do not. */
static void mappings_agree_on_an_even_bone(void **state)
{
    (void)state;
    struct paddle even = paddle_make(1.0, 800.0, 800.0), layered = paddle_make(1.0, 1000.0, 150.0);
    double work[2][OST_MAPPINGS];
    for (int i = 0; i < 2; i++) {
        for (int w = 0; w < OST_MAPPINGS; w++) {
            struct ost_study study = end_study(OST_LOAD_END);
            study.lattice_mm = 2.0;
            study.mapping = (enum ost_study_mapping)w;
            OST_AUTO(ost_bone_model) model = NULL;
            OST_AUTO(ost_study_result) r = solve(i == 0 ? &even : &layered, &study, &model);
            work[i][w] = r->answer->work;
        }
    }
    for (int w = 1; w < OST_MAPPINGS; w++) {
        assert_near(work[0][w] / work[0][0], 1.0, 1e-6);
        assert_near(work[1][w] / work[1][0], 1.0, 0.1);
        assert_true(fabs(work[1][w] / work[1][0] - 1.0) > 1e-4);
    }
    paddle_free(&even);
    paddle_free(&layered);
}

RUN(T(a_pressed_rod_has_force_over_area), T(a_twisted_rod_turns_as_saint_venant_says),
    T(a_bent_rod_has_moment_over_inertia), T(mappings_agree_on_an_even_bone))
