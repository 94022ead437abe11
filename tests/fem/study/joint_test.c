/* The paddle's flat end as a joint, and a bowl beneath two balls. */
#include "fem/study/joint.h"
#include "tests/fem/study/paddle.h"

static struct ost_bone_model *model_of(const struct paddle *p, const struct ost_study *study)
{
    struct ost_bone_model *model = NULL;
    struct ost_err err = {0};
    if (!ost_bone_model_create(&p->bone, study, NULL, &model, &err))
        fail_msg("%s", err.msg);
    return model;
}

static struct ost_study coarse(void)
{
    struct ost_study study = ost_study_axial();
    study.length_mm = 50.0;
    study.lattice_mm = 1.4;
    return study;
}

static void the_joint_is_the_outline_of_its_landmarks(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    struct ost_study study = coarse();
    OST_AUTO(ost_bone_model) model = model_of(&p, &study);
    OST_AUTO(ost_joint) joint = NULL;
    assert_true(ost_joint_create(model, &p.bone.anatomy, &joint, NULL));
    /* A pentagon: 12 x 5.5 / 2 twice on the ulnar side, a triangle of 16 by 18. */
    const double area = 0.5 * (8.0 + 16.0) * 5.5 + 0.5 * 16.0 * 18.0;
    double sum = 0.0, lunate = 0.0;
    for (uint32_t i = 0; i < joint->count; i++) {
        sum += joint->patch[i].area;
        lunate += joint->fossa[i] == OST_LUNATE_FOSSA ? joint->patch[i].area : 0.0;
    }
    assert_near(sum / area, 1.0, 0.05);
    /* The ridge at 0, where the triangle is 16 x 12.5 / 18 high. */
    const double scaphoid = 0.5 * 16.0 * 12.5 * 12.5 / 18.0;
    assert_near(lunate / (area - scaphoid), 1.0, 0.06);
    struct ost_joint_maps maps;
    assert_true(ost_joint_map(model, &p.bone.anatomy, joint, NULL, 1.5, &maps, NULL));
    assert_near(maps.whole->density.mean, 1000.0, 1.0);
    assert_near(maps.whole->area, sum, 1e-6);
    ost_joint_maps_fini(&maps);
    paddle_free(&p);
}

/* Density that rises toward dorsal puts its centre there, on either arm. */
static void the_centre_is_dorsal_on_both_arms(void **state)
{
    (void)state;
    double centre[2][2];
    for (int arm = 0; arm < 2; arm++) {
        struct paddle p = paddle_make(arm == 0 ? 1.0 : -1.0, 1000.0, 1000.0);
        const double side = arm == 0 ? 1.0 : -1.0;
        for (uint32_t at = 0; at < 61 * 45 * 141; at++) {
            double x = side * (-15.0 + 0.5 * (at % 61)), y = -11.0 + 0.5 * (at / 61 % 45);
            p.density->value[at] *= (float)(1.0 + 0.02 * y + 0.01 * x);
        }
        struct ost_study study = coarse();
        OST_AUTO(ost_bone_model) model = model_of(&p, &study);
        OST_AUTO(ost_joint) joint = NULL;
        struct ost_joint_maps maps;
        assert_true(ost_joint_create(model, &p.bone.anatomy, &joint, NULL));
        assert_true(ost_joint_map(model, &p.bone.anatomy, joint, NULL, 1.5, &maps, NULL));
        memcpy(centre[arm], maps.whole->density.centre, sizeof centre[arm]);
        ost_joint_maps_fini(&maps);
        paddle_free(&p);
    }
    assert_true(centre[0][1] > 3.0);
    assert_near(centre[0][0], centre[1][0], 0.4);
    assert_near(centre[0][1], centre[1][1], 0.4);
}

/* Two shallow bowls side by side, a carpal in each. */
static struct ost_joint *bowls(void)
{
    struct ost_joint *joint = calloc(1, sizeof *joint);
    assert_non_null(joint);
    joint->face = calloc(4000, sizeof *joint->face);
    joint->patch = calloc(4000, sizeof *joint->patch);
    joint->fossa = calloc(4000, 1);
    for (int i = 0; i < 4000; i++) {
        double u = -12.0 + 24.0 * (i % 80 + 0.5) / 80.0, v = -7.0 + 14.0 * (i / 80 + 0.5) / 50.0;
        double off = fabs(u) - 6.0;
        joint->patch[joint->count] = (struct ost_patch){
            {u, v, 16.0 - sqrt(256.0 - off * off - v * v)}, 24.0 * 14.0 / 4000.0};
        joint->fossa[joint->count++] = u > 0.0 ? OST_SCAPHOID_FOSSA : OST_LUNATE_FOSSA;
    }
    return joint;
}

/* Yan et al.: from +15 to -10 degrees of volar tilt the load goes from volar to dorsal. */
static void tilt_moves_the_load_from_volar_to_dorsal(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    OST_AUTO(ost_joint) joint = bowls();
    struct ost_row row = {.cartilage = ost_cartilage_default(), .force = {0.0, 0.0, -80.0}};
    struct ost_ball *ball = row.ball;
    assert_true(ost_joint_carpals(&p.bone.anatomy, joint->patch, joint, &row, NULL));
    assert_near(ball[0].radius, 0.85 * 14.4, 1e-3);
    assert_near(ball[0].centre[0], 6.0, 1e-3);
    const struct ost_ball first = ball[OST_SCAPHOID_FOSSA];
    double(*on)[3] = calloc(joint->count, sizeof *on);
    double last = -INFINITY;
    for (int degrees = 15; degrees >= -10; degrees -= 5) {
        struct ost_contact c;
        assert_true(
            ost_joint_press(&p.bone.anatomy, joint, &row, ost_radians(degrees), on, &c, NULL));
        /* volar is -y in the paddle: v is +y. Both bowls share alike. */
        double dorsal = 0.5 * (c.carpal[0].centre[1] + c.carpal[1].centre[1]);
        assert_true(dorsal > last + 0.2);
        assert_near(c.carpal[0].force[2] / c.carpal[1].force[2], 1.0, 1e-3);
        assert_near(c.residual, 0.0, 1e-6);
        last = dorsal;
        if (degrees == 0)
            assert_near(dorsal, 0.0, 1e-3);
    }
    /* Seated for 60 %: the scaphoid's ball a little deeper, and so it is. */
    struct ost_contact c;
    assert_true(ost_joint_seat(&p.bone.anatomy, joint->patch, joint, 0.6, &row, NULL));
    assert_true(ball[OST_SCAPHOID_FOSSA].centre[2] < first.centre[2]);
    assert_true(ost_joint_press(&p.bone.anatomy, joint, &row, 0.0, on, &c, NULL));
    assert_near(c.carpal[OST_SCAPHOID_FOSSA].force[2] / -80.0, 0.6, 0.01);
    free(on);
    paddle_free(&p);
}

RUN(T(the_joint_is_the_outline_of_its_landmarks), T(the_centre_is_dorsal_on_both_arms),
    T(tilt_moves_the_load_from_volar_to_dorsal))
