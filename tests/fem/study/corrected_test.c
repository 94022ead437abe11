/* A plan's bone: the paddle cut across and opened about its dorsal border. */
#include "fem/study/corrected.h"
#include "fem/study/solve.h"
#include "tests/fem/study/paddle.h"

static const double cut_z = -20.0, turn = 0.2;

/* About the line y = 9 at the cut: +1 opens and lengthens the volar side, -1 closes it. */
static struct ost_correction bent(double way)
{
    const double hinge[3] = {0.0, 9.0, cut_z}, none[3] = {0.0, 0.0, 0.0};
    const double about[3] = {-way * turn, 0.0, 0.0};
    struct ost_correction c = {.point = {0.0, 0.0, cut_z}, .normal = {0.0, 0.0, 1.0}};
    c.motion = ost_rigid_about(hinge, about, none);
    return c;
}

static void nothing_planned_changes_nothing(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    struct ost_correction c = bent(1.0);
    OST_AUTO(ost_mesh) surface = NULL;
    OST_AUTO(ost_grid) density = NULL;
    c.motion = ost_rigid_identity();
    assert_true(ost_corrected_surface(p.surface, &c, &surface, NULL));
    assert_true(ost_corrected_density(p.density, &c, &density, NULL));
    for (uint32_t v = 0; v < surface->vertex_count; v++)
        assert_near(surface->vertex[v][2], p.surface->vertex[v][2], 0.0);
    assert_memory_equal(density->size, p.density->size, sizeof density->size);
    for (uint32_t i = 0; i < 61 * 45 * 141; i++)
        assert_near(density->value[i], p.density->value[i], 1e-3);
    paddle_free(&p);
}

/* A wedge as thick as its distance from the hinge times the turn: the section times 9 mm of it. */
static void an_opened_bone_gains_its_wedge(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 1000.0);
    const struct ost_correction c = bent(1.0);
    OST_AUTO(ost_mesh) surface = NULL;
    OST_AUTO(ost_grid) density = NULL;
    assert_true(ost_corrected_surface(p.surface, &c, &surface, NULL));
    assert_true(ost_corrected_density(p.density, &c, &density, NULL));
    double gained = ost_mesh_volume(surface) - ost_mesh_volume(p.surface);
    assert_near(gained / (OST_PI * 13.0 * 9.0 * 9.0 * turn), 1.0, 0.05);
    /* In the middle of the wedge, in what stays and in what has come: bone; beside it: none. */
    const double wedge[3] = {0.0, -6.0, cut_z + 1.5}, stays[3] = {0.0, 0.0, -40.0};
    const double beside[3] = {0.0, -10.8, cut_z + 1.5}, was[3] = {4.0, 2.0, -8.0};
    double now[3];
    ost_rigid_point(&c.motion, was, now);
    assert_near(ost_grid_at(density, wedge, 0.0), 1000.0, 1.0);
    assert_near(ost_grid_at(density, stays, 0.0), 1000.0, 1.0);
    assert_near(ost_grid_at(density, now, 0.0), 1000.0, 1.0);
    assert_near(ost_grid_at(density, beside, 0.0), 0.0, 1.0);
    paddle_free(&p);
}

/* Lengthened and put aside by half its width: what fills the gap is as dense as what it joins. */
static void a_fragment_put_aside_is_joined_by_full_bone(void **state)
{
    (void)state;
    const double hinge[3] = {0.0, 9.0, cut_z}, about[3] = {-turn, 0.0, 0.0};
    const double aside[3] = {6.0, 0.0, 5.0};
    const double place[][2] = {{-11.0, 0.0}, {11.0, 0.0}, {0.0, -7.0}, {0.0, 7.0}, {0.0, 0.0}};
    struct paddle p = paddle_make(1.0, 1000.0, 1000.0);
    struct ost_correction c = bent(1.0);
    OST_AUTO(ost_grid) density = NULL;
    c.motion = ost_rigid_about(hinge, about, aside);
    assert_true(ost_corrected_density(p.density, &c, &density, NULL));
    for (size_t i = 0; i < sizeof place / sizeof place[0]; i++)
        for (int part = 1; part < 4; part++) {
            const double near[3] = {place[i][0], place[i][1], cut_z};
            double far[3], between[3], s = 0.25 * part;
            ost_rigid_point(&c.motion, near, far);
            for (int k = 0; k < 3; k++)
                between[k] = (1.0 - s) * near[k] + s * far[k];
            assert_near(ost_grid_at(density, between, 0.0), 1000.0, 1.0);
        }
    paddle_free(&p);
}

/* One body for the mesher, opened or closed, and its joint stands where the plan puts it. */
static void a_corrected_bone_can_be_studied(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct paddle p = paddle_make(1.0, 1000.0, 150.0);
        const struct ost_correction c = bent(way == 0 ? 1.0 : -1.0);
        OST_AUTO(ost_mesh) surface = NULL;
        OST_AUTO(ost_grid) density = NULL;
        OST_AUTO(ost_bone_model) model = NULL;
        OST_AUTO(ost_study_result) result = NULL;
        struct ost_study study = ost_study_axial();
        struct ost_err err = {0};
        const double *lip = p.bone.anatomy.lip_volar;
        assert_true(ost_corrected_surface(p.surface, &c, &surface, NULL));
        assert_true(ost_corrected_density(p.density, &c, &density, NULL));
        double was = lip[2];
        ost_corrected_anatomy(&c, &p.bone.anatomy);
        assert_true(way == 0 ? lip[2] > was + 2.0 : lip[2] < was - 2.0);
        p.bone.surface = surface;
        p.bone.density = density;
        study.length_mm = 45.0;
        study.lattice_mm = 1.6;
        if (!ost_bone_model_create(&p.bone, &study, NULL, &model, &err))
            fail_msg("%s", err.msg);
        assert_int_equal(model->topology.components, 1);
        assert_int_equal(model->topology.euler, 2);
        const struct ost_study_case ask = {&p.bone, &study, model, ost_engine_own(), NULL};
        if (!ost_study_solve(&ask, NULL, &result, &err))
            fail_msg("%s", err.msg);
        assert_int_equal(result->answer->reason, OST_FEM_CONVERGED);
        paddle_free(&p);
    }
}

static void a_plan_that_is_none_is_refused(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    struct ost_correction c = bent(1.0);
    struct ost_mesh *surface = NULL;
    struct ost_err err = {0};
    c.point[2] = 200.0;
    assert_false(ost_corrected_surface(p.surface, &c, &surface, &err));
    assert_int_equal(err.code, OST_INVALID);
    c = bent(1.0);
    c.normal[2] = 0.0;
    assert_false(ost_corrected_surface(p.surface, &c, &surface, &err));
    c = bent(1.0);
    c.motion.t[0] += 500.0;
    assert_false(ost_corrected_surface(p.surface, &c, &surface, &err));
    assert_null(surface);
    paddle_free(&p);
}

RUN(T(nothing_planned_changes_nothing), T(an_opened_bone_gains_its_wedge),
    T(a_fragment_put_aside_is_joined_by_full_bone), T(a_corrected_bone_can_be_studied),
    T(a_plan_that_is_none_is_refused))
