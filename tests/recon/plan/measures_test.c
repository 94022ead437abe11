#include "tests/recon/plan/forearm.h"

static const double tilted[3] = {-30.0, 0.0, 0.0}; /* bent back: extension of 30 degrees */
static const double twisted[3] = {-20.0, 8.0, 12.0};
static const double shift[3] = {1.5, -2.0, 5.0}; /* 5 mm proximal: the radius is short */
static const double none[3] = {0, 0, 0};

static struct ost_measures measured(const struct drive *d)
{
    struct ost_measures m;
    ost_plan_measures(d->plan, NULL, &m);
    return m;
}

static void the_seed_is_a_plan_that_moves_nothing_yet(void **state)
{
    (void)state;
    struct forearm f;
    struct drive d;
    struct ost_rigid deformity = bend(twisted, shift);
    forearm_make(&f, &deformity);
    forearm_plan(&d, &f);
    assert_int_equal(ost_plan_count(d.plan), 2 + 1 + 7 + 1 + 1 + 1 + 1 + 1);
    struct ost_rigid still = ost_rigid_identity();
    struct ost_value motion =
        ost_plan_property_view(d.plan, ost_plan_find(d.plan, "fragment"), "motion").value;
    assert_memory_equal(&motion.rigid, &still, sizeof still);
    struct ost_measures m = measured(&d);
    assert_near(m.planned.angle_deg, 0.0, 1e-12);
    assert_near(m.gap.high_mm, 0.0, 1e-12);
    assert_false(signbit(m.gap.opening_mm3) || signbit(m.gap.overlap_mm3)); /* printed "-0.00" */
    for (int n = 0; n < OST_PLAN_NUMBERS; n++)
        assert_near(m.number[n].planned.value, m.number[n].before.value, 1e-12);
    drive_end(&d);
}

static void numbers_of_the_target_are_those_of_the_healthy_arm(void **state)
{
    (void)state;
    struct forearm f;
    struct drive d;
    struct ost_rigid deformity = bend(twisted, shift);
    forearm_make(&f, &deformity);
    forearm_plan(&d, &f);
    struct ost_measures m = measured(&d);
    assert_near(m.number[OST_PLAN_VOLAR_TILT].target.value, TILT, 1e-9);
    assert_near(m.number[OST_PLAN_RADIAL_INCLINATION].target.value, INCLINATION, 1e-9);
    assert_near(m.number[OST_PLAN_RADIAL_HEIGHT].target.value, HEIGHT, 1e-9);
    assert_near(m.number[OST_PLAN_ULNAR_VARIANCE].target.value, VARIANCE, 1e-9);
    assert_near(m.number[OST_PLAN_ULNAR_VARIANCE].before.value, VARIANCE + 5.0, 1e-9);
    drive_end(&d);
}

static void bending_back_lowers_the_tilt_by_as_much(void **state)
{
    (void)state;
    struct forearm f;
    struct drive d;
    struct ost_rigid deformity = bend(tilted, none);
    forearm_make(&f, &deformity);
    forearm_plan(&d, &f);
    struct ost_measures m = measured(&d);
    assert_near(m.number[OST_PLAN_VOLAR_TILT].before.value, TILT - 30.0, 1e-9);
    assert_near(m.deformity.flexion_deg, -30.0, 1e-9);
    assert_near(m.deformity.angle_deg, 30.0, 1e-9);
    assert_near(m.deformity.radial_deviation_deg, 0.0, 1e-9);
    assert_near(m.deformity.pronation_deg, 0.0, 1e-9);
    assert_near(m.deformity.axis_to_shaft_deg, 90.0, 1e-9);
    drive_end(&d);
}

static void the_words_of_a_deformity_are_what_made_it(void **state)
{
    (void)state;
    struct forearm f;
    struct drive d;
    struct ost_rigid deformity = bend(twisted, shift);
    forearm_make(&f, &deformity);
    forearm_plan(&d, &f);
    struct ost_measures m = measured(&d);
    assert_near(m.deformity.flexion_deg, twisted[0], 1e-9);
    assert_near(m.deformity.radial_deviation_deg, twisted[1], 1e-9);
    assert_near(m.deformity.pronation_deg, twisted[2], 1e-9);
    assert_near(m.deformity.radial_mm, -1.5, 1e-9);
    assert_near(m.deformity.volar_mm, 2.0, 1e-9);
    assert_near(m.deformity.distal_mm, -5.0, 1e-9);
    struct ost_rigid again = ost_rigid_of_screw(&m.deformity.screw);
    for (int k = 0; k < 9; k++)
        assert_near(again.r[k], deformity.r[k], 1e-9);
    drive_end(&d);
}

static void the_proposal_reaches_the_target(void **state)
{
    (void)state;
    struct forearm f;
    struct drive d;
    struct ost_rigid deformity = bend(twisted, shift);
    forearm_make(&f, &deformity);
    forearm_plan(&d, &f);
    struct ost_measures before = measured(&d);
    assert_near(before.residual_deg.value, ost_degrees(ost_screw_of_rigid(&deformity).angle), 1e-9);
    assert_near(before.residual_mm.value, ost_length(shift), 1e-9);
    assert_int_equal(forearm_propose(&d), OST_OK);
    struct ost_measures m = measured(&d);
    assert_near(m.residual_deg.value, 0.0, 1e-9);
    assert_near(m.residual_mm.value, 0.0, 1e-9);
    for (int n = 0; n < OST_PLAN_NUMBERS; n++)
        assert_near(m.number[n].planned.value, m.number[n].target.value, 1e-9);
    drive_end(&d);
}

static void a_left_arm_has_the_numbers_of_its_mirror_image(void **state)
{
    (void)state;
    struct forearm right, left;
    struct drive a, b;
    struct ost_rigid deformity = bend(twisted, shift);
    forearm_make(&right, &deformity);
    forearm_make(&left, &deformity);
    left.seed.landmark = left.landmark;
    forearm_mirror(&left);
    forearm_plan(&a, &right);
    forearm_plan(&b, &left);
    assert_int_equal(forearm_propose(&a), OST_OK);
    assert_int_equal(forearm_propose(&b), OST_OK);
    struct ost_measures m = measured(&a), n = measured(&b);
    for (int i = 0; i < OST_PLAN_NUMBERS; i++) {
        assert_near(n.number[i].before.value, m.number[i].before.value, 1e-9);
        assert_near(n.number[i].planned.value, m.number[i].planned.value, 1e-9);
        assert_near(n.number[i].target.sd, m.number[i].target.sd, 1e-9);
    }
    assert_near(n.deformity.flexion_deg, m.deformity.flexion_deg, 1e-9);
    assert_near(n.deformity.pronation_deg, m.deformity.pronation_deg, 1e-9);
    assert_near(n.deformity.radial_mm, m.deformity.radial_mm, 1e-9);
    assert_near(n.gap.high_mm, m.gap.high_mm, 1e-9);
    assert_near(n.gap.opening_mm3, m.gap.opening_mm3, 1e-6);
    drive_end(&a);
    drive_end(&b);
}

static void spreads_follow_from_the_landmarks_and_the_target(void **state)
{
    (void)state;
    struct forearm f;
    struct drive d;
    struct ost_rigid deformity = bend(none, none);
    forearm_make(&f, &deformity);
    forearm_plan(&d, &f);
    struct ost_measures m = measured(&d);
    /* (H - (C1 + C2)/2) . a with SDs 1.0, 0.6 and 0.7 mm. */
    double own = sqrt(1.0 + 0.25 * (0.36 + 0.49));
    assert_near(m.number[OST_PLAN_ULNAR_VARIANCE].before.sd, own, 1e-6);
    /* The target moves U by 0.7 mm along the axis; turning about U moves it nowhere. */
    assert_near(m.number[OST_PLAN_ULNAR_VARIANCE].target.sd, sqrt(own * own + 0.49), 1e-6);
    /* Tilt in the sagittal plane: across 18/cos(tilt) mm, each lip counts once. */
    double across = 18.0 / cos(ost_radians(TILT));
    double tilt = ost_degrees(sqrt(0.64 + 0.81) / across);
    assert_near(m.number[OST_PLAN_VOLAR_TILT].before.sd, tilt, 1e-4);
    drive_end(&d);

    f.seed.volar_tilt_sd_deg = 1.25;
    forearm_plan(&d, &f);
    m = measured(&d);
    assert_near(m.number[OST_PLAN_VOLAR_TILT].before.sd, 1.25, 0.0);
    drive_end(&d);
}

static void a_moved_landmark_is_told_with_its_mover(void **state)
{
    (void)state;
    struct forearm f;
    struct drive d;
    struct ost_rigid deformity = bend(none, none);
    forearm_make(&f, &deformity);
    f.seed.volar_tilt_sd_deg = 1.25;
    forearm_plan(&d, &f);
    assert_null(measured(&d).number[OST_PLAN_VOLAR_TILT].corrected_by);
    assert_int_equal(drive(&d, ENGINEER, 2,
                           "{\"op\":\"set\",\"object\":\"lip_volar\",\"property\":\"position\","
                           "\"base\":1,\"value\":[-6,-9,2.75]}"),
                     OST_OK);
    struct ost_measures m = measured(&d);
    assert_string_equal(m.number[OST_PLAN_VOLAR_TILT].corrected_by, "E. Engineer");
    assert_null(m.number[OST_PLAN_RADIAL_HEIGHT].corrected_by);
    assert_true(m.number[OST_PLAN_VOLAR_TILT].before.sd > 2.0); /* no longer the fit's 1.25 */
    assert_int_equal(drive(&d, SURGEON, 1,
                           "{\"op\":\"set\",\"object\":\"ulna\",\"property\":\"correction\","
                           "\"base\":1,\"value\":" LIFTED "}"),
                     OST_OK);
    m = measured(&d);
    assert_string_equal(m.number[OST_PLAN_ULNAR_VARIANCE].corrected_by, "S. Surgeon");
    assert_near(m.number[OST_PLAN_ULNAR_VARIANCE].before.value, VARIANCE - 3.5, 1e-9);
    drive_end(&d);
}

/* A wedge hinged on the volar edge of a box of 20 by 16 mm. */
static void a_wedge_has_the_volume_of_its_prism(void **state)
{
    (void)state;
    struct forearm f;
    struct drive d;
    struct ost_rigid hinge =
        ost_rigid_about((double[]){0, -8, 25}, (double[]){-ost_radians(15.0), 0, 0}, none);
    struct ost_rigid deformity = ost_rigid_inverse(&hinge);
    const double box[4][3] = {{-15, -8, 25}, {5, -8, 25}, {5, 8, 25}, {-15, 8, 25}};
    struct ost_section section = {box, 4};
    struct ost_measures m;
    forearm_make(&f, &deformity);
    forearm_plan(&d, &f);
    assert_int_equal(forearm_propose(&d), OST_OK);
    ost_plan_measures(d.plan, &section, &m);
    double most = 16.0 * sin(ost_radians(15.0));
    assert_near(m.gap.low_mm, 0.0, 1e-9);
    assert_near(m.gap.high_mm, most, 1e-9);
    assert_near(m.gap.opening_mm3, 20.0 * 16.0 * most / 2.0, 1e-6);
    assert_near(m.gap.overlap_mm3, 0.0, 1e-6);
    assert_false(m.gap.section_assumed);
    drive_end(&d);
}

static void a_hinge_in_the_middle_opens_as_much_as_it_overlaps(void **state)
{
    (void)state;
    struct forearm f;
    struct drive d;
    struct ost_rigid hinge =
        ost_rigid_about((double[]){0, 0, 25}, (double[]){-ost_radians(10.0), 0, 0}, none);
    struct ost_rigid deformity = ost_rigid_inverse(&hinge);
    const double box[4][3] = {{5, -8, 25}, {-15, -8, 25}, {-15, 8, 25}, {5, 8, 25}};
    struct ost_section section = {box, 4};
    struct ost_measures m;
    forearm_make(&f, &deformity);
    forearm_plan(&d, &f);
    assert_int_equal(forearm_propose(&d), OST_OK);
    ost_plan_measures(d.plan, &section, &m);
    double half = 20.0 * 8.0 * 8.0 * sin(ost_radians(10.0)) / 2.0;
    assert_near(m.gap.opening_mm3, half, 1e-6);
    assert_near(m.gap.overlap_mm3, half, 1e-6);
    drive_end(&d);
}

static void an_ellipse_is_the_limit_of_its_polygons(void **state)
{
    (void)state;
    struct forearm f;
    struct drive d;
    static double ring[4000][3];
    struct ost_section section = {(const double(*)[3])ring, 4000};
    for (int i = 0; i < 4000; i++) {
        double t = 2.0 * OST_PI * i / 4000.0;
        ring[i][0] = -5.0 + 13.0 * cos(t);
        ring[i][1] = 9.0 * sin(t);
        ring[i][2] = 25.0;
    }
    static const double turns[4][3] = {{-20, 8, 12}, {5, 0, 0}, {0, -12, 3}, {-3, 2, 20}};
    for (int i = 0; i < 4; i++) {
        struct ost_rigid deformity = bend(turns[i], (double[]){0.5, 1.0, 2.0 * i - 3.0});
        struct ost_measures ellipse, polygon;
        forearm_make(&f, &deformity);
        forearm_plan(&d, &f);
        assert_int_equal(forearm_propose(&d), OST_OK);
        ost_plan_measures(d.plan, NULL, &ellipse);
        ost_plan_measures(d.plan, &section, &polygon);
        assert_true(ellipse.gap.section_assumed);
        assert_near(ellipse.gap.low_mm, polygon.gap.low_mm, 1e-4);
        assert_near(ellipse.gap.high_mm, polygon.gap.high_mm, 1e-4);
        assert_near(ellipse.gap.opening_mm3, polygon.gap.opening_mm3, 0.02);
        assert_near(ellipse.gap.overlap_mm3, polygon.gap.overlap_mm3, 0.02);
        drive_end(&d);
    }
}

static void a_plan_without_anatomy_has_no_numbers(void **state)
{
    (void)state;
    struct drive d;
    drive_fragment(&d);
    struct ost_measures m = measured(&d);
    assert_false(m.number[OST_PLAN_VOLAR_TILT].before.known || m.gap.known || m.deformity.known);
    drive_end(&d);
}

RUN(T(the_seed_is_a_plan_that_moves_nothing_yet),
    T(numbers_of_the_target_are_those_of_the_healthy_arm),
    T(bending_back_lowers_the_tilt_by_as_much), T(the_words_of_a_deformity_are_what_made_it),
    T(the_proposal_reaches_the_target), T(a_left_arm_has_the_numbers_of_its_mirror_image),
    T(spreads_follow_from_the_landmarks_and_the_target), T(a_moved_landmark_is_told_with_its_mover),
    T(a_wedge_has_the_volume_of_its_prism), T(a_hinge_in_the_middle_opens_as_much_as_it_overlaps),
    T(an_ellipse_is_the_limit_of_its_polygons), T(a_plan_without_anatomy_has_no_numbers))
