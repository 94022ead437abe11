#include "recon/base/rng.h"
#include "recon/math/vec.h"
#include "recon/shape/fit_predict_impl.h"
#include "tests/recon/shape/data.h"

#include <string.h>

/* Two films of an arm, read without an error. */
struct scene {
    struct ost_prior *prior;
    struct ost_predictor_vertex point[OST_PREDICTOR_POINTS];
    struct ost_arm arm;
    struct ost_arm_table *bone[OST_BONES];
    struct ost_camera camera[2];
    struct ost_prediction said[2];
};

static const double pixel = 0.15, detector = 1060.0;

/* Beam from the back of the hand to the palm, or from the thumb's side. */
static struct ost_camera camera_of(int view, double error)
{
    static const double pa[9] = {1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0};
    static const double lateral[9] = {0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0};
    const double turn[3] = {error, -0.5 * error, error}, zero[3] = {0.0, 0.0, 0.0};
    struct ost_camera c = {.width = 900, .height = 1200};
    struct ost_rigid error_turn = ost_rigid_about(zero, turn, zero);
    memcpy(c.world_to_camera.r, view == 0 ? pa : lateral, sizeof pa);
    for (int k = 0; k < 3; k++)
        c.world_to_camera.t[k] = k == 2 ? 1010.0 : -3.0;
    c.world_to_camera = ost_rigid_then(&error_turn, &c.world_to_camera);
    for (int k = 0; k < 2; k++) {
        c.focal[k] = detector / pixel;
        c.principal[k] = 0.5 * ((k == 0 ? c.width : c.height) - 1.0);
    }
    return c;
}

static void read_points(struct scene *s, int view)
{
    struct ost_prediction *said = &s->said[view];
    double middle[2][2] = {{0.0, 0.0}, {0.0, 0.0}};
    for (int i = 0; i < OST_PREDICTOR_POINTS; i++) {
        const float *at = s->bone[s->point[i].bone]->mesh->vertex[s->point[i].vertex];
        const double p[3] = {(double)at[0], (double)at[1], (double)at[2]};
        assert_true(ost_camera_project(&s->camera[view], p, said->pixel[i], NULL));
        for (int k = 0; k < 2; k++) {
            bool near = i < OST_PREDICTOR_NEAR;
            middle[near ? 0 : 1][k] +=
                said->pixel[i][k] /
                (near ? OST_PREDICTOR_NEAR : OST_PREDICTOR_POINTS - OST_PREDICTOR_NEAR);
            said->spread[i][k] = 1.0;
        }
    }
    said->frame = ost_predictor_frame(middle[0], middle[1]);
    for (int k = 0; k < 3; k++) /* a little off, as a network is */
        said->beam[k] = s->camera[view].world_to_camera.r[3 * k + 2] + (k == 2 ? 0.05 : -0.04);
    (void)ost_unit(said->beam);
}

static void scene_init(struct scene *s, bool broken)
{
    struct ost_rng rng = ost_rng_seed(11);
    *s = (struct scene){.prior = open_model()};
    ost_predictor_choose(s->prior, s->point);
    s->arm.place = ost_rigid_identity();
    s->arm.log_scale = 0.04;
    for (int b = 0; b < OST_BONES; b++)
        for (int m = 0; m < 12; m++)
            s->arm.mode[b][m] = 0.7 * ost_rng_normal(&rng);
    for (int k = 0; k < 6; k++)
        s->arm.joint[k] = 0.5 * ost_rng_normal(&rng);
    s->arm.broken = broken;
    s->arm.cut = 20.0;
    if (broken) {
        s->arm.turn[0] = 0.4;
        s->arm.shift[2] = 3.0;
    }
    for (int b = 0; b < OST_BONES; b++) {
        assert_true(
            ost_arm_table_create(s->prior, (enum ost_bone)b, OST_ARM_MODES, &s->bone[b], NULL));
        ost_arm_table_set(s->bone[b], s->prior, (enum ost_bone)b, &s->arm, false);
    }
    for (int v = 0; v < 2; v++) {
        s->camera[v] = camera_of(v, v == 0 ? 0.04 : -0.05);
        read_points(s, v);
    }
}

static void scene_fini(struct scene *s)
{
    for (int b = 0; b < OST_BONES; b++)
        ost_arm_table_destroy(s->bone[b]);
    ost_prior_destroy(s->prior);
}

static void fit_of(const struct scene *s, bool calibrated, uint32_t frames, struct fit *fit)
{
    assert_true(fit_init(fit, s->prior, frames, NULL));
    fit->view_count = 2;
    for (size_t v = 0; v < 2; v++) {
        fit->view[v] = (struct fit_view){.camera = s->camera[v],
                                         .spacing = calibrated ? 0.0 : pixel,
                                         .focal_middle = detector / pixel};
        fit->view[v].frame = frames > 1 ? (uint32_t)v : 0;
        fit->view[v].pose_free = !calibrated && v > 0;
        fit->view[v].focal_free = !calibrated;
        if (!calibrated)
            fit->view[v].camera.world_to_camera = ost_rigid_identity();
    }
}

/* Mean distance of the distal radius' vertices after the two are laid on each other. */
static double off(const struct scene *s, const struct fit *fit)
{
    static double from[20000][3], to[20000][3];
    const struct ost_prior_bone *bone = ost_prior_bone_view(s->prior, OST_RADIUS);
    size_t count = 0;
    struct ost_rigid laid;
    double sum = 0.0;
    for (uint32_t v = 0; v < bone->vertex_count; v++) {
        if ((double)bone->mean[v][2] > 45.0)
            continue;
        for (int k = 0; k < 3; k++) {
            from[count][k] = (double)fit->table[OST_RADIUS]->mesh->vertex[v][k];
            to[count][k] = (double)s->bone[OST_RADIUS]->mesh->vertex[v][k];
        }
        count++;
    }
    assert_true(
        ost_rigid_fit((const double(*)[3])from, (const double(*)[3])to, NULL, count, &laid));
    for (size_t i = 0; i < count; i++) {
        double p[3];
        ost_rigid_point(&laid, from[i], p);
        sum += ost_distance(p, to[i]) / (double)count;
    }
    return sum;
}

static double solve(const struct scene *s, bool calibrated, bool broken, double *cost)
{
    struct fit fit;
    struct fit_predicted found;
    struct fit_readings readings;
    fit_of(s, calibrated, 1, &fit);
    fit_readings_init(&readings, &fit, s->said, s->point);
    fit.read = &readings;
    fit_predict_pose(&fit);
    fit.arm.broken = broken;
    fit.arm.cut = 20.0;
    assert_true(fit_predict(&fit, false, &found, NULL));
    double mm = off(s, &fit);
    *cost = found.cost;
    fit_fini(&fit);
    return mm;
}

static void a_whole_arm_is_found_from_its_points(void **state)
{
    (void)state;
    struct scene s;
    double cost;
    scene_init(&s, false);
    assert_true(solve(&s, false, false, &cost) < 0.5);
    assert_true(solve(&s, true, false, &cost) < 0.5);
    scene_fini(&s);
}

static void a_break_explains_a_broken_arm(void **state)
{
    (void)state;
    struct scene s;
    double whole, broken;
    scene_init(&s, true);
    double without = solve(&s, false, false, &whole), with = solve(&s, false, true, &broken);
    assert_true(with < 0.6);
    assert_true(without > with);
    assert_true(broken < whole);
    scene_fini(&s);
}

/* The ulna of the second film as it is after a turn of the forearm; read anew. */
static void turn_forearm(struct scene *s, double turn)
{
    struct ost_arm later = s->arm;
    later.joint[0] += turn;
    ost_arm_table_set(s->bone[OST_ULNA], s->prior, OST_ULNA, &later, false);
    memset(&s->said[1], 0, sizeof s->said[1]);
    read_points(s, 1);
    ost_arm_table_set(s->bone[OST_ULNA], s->prior, OST_ULNA, &s->arm, false);
}

/* How far the joint's turn is off on each film, in the prior's deviations, and what is left over.
 */
static void solve_turned(const struct scene *s, uint32_t frames, double turn, double off_by[2],
                         struct fit_predicted *found)
{
    struct fit fit;
    struct fit_readings readings;
    fit_of(s, true, frames, &fit);
    fit_readings_init(&readings, &fit, s->said, s->point);
    fit.read = &readings;
    fit_predict_pose(&fit);
    assert_true(fit_predict(&fit, false, found, NULL));
    const struct ost_arm then = ost_arm_in_frame(&fit.arm, frames - 1);
    off_by[0] = fabs(fit.arm.joint[0] - s->arm.joint[0]);
    off_by[1] = fabs(then.joint[0] - s->arm.joint[0] - turn);
    fit_fini(&fit);
}

static void a_forearm_that_turned_between_films_is_one_arm(void **state)
{
    (void)state;
    const double turn = 1.5; /* 45 degrees */
    struct fit_predicted one, two;
    double off_by[2];
    struct scene s;
    scene_init(&s, false);
    turn_forearm(&s, turn);
    solve_turned(&s, 2, turn, off_by, &two);
    assert_true(off_by[0] < 0.25 && off_by[1] < 0.25);
    solve_turned(&s, 1, turn, off_by, &one);
    assert_true(off_by[1] > 0.4); /* taken for one moment it lies between the two */
    assert_true(one.off_mm > 1.5 * two.off_mm);
    assert_true(one.cost > two.cost);
    scene_fini(&s);
}

/* An equation of a point seen in the second frame moves the joint of that frame and no other. */
static void each_frame_has_a_joint_of_its_own(void **state)
{
    (void)state;
    struct scene s;
    struct fit fit;
    scene_init(&s, false);
    fit_of(&s, true, 2, &fit);
    fit_refresh(&fit, true);
    for (size_t view = 0; view < 2; view++) {
        const struct fit_spot spot = {
            .view = view, .bone = OST_ULNA, .triangle = 100, .weight = {1.0, 0.0, 0.0}};
        const double slope[3] = {1.0, 0.5, -0.3};
        double first = 0.0, later = 0.0;
        struct fit_row row;
        fit_row_of_slope(&fit, &spot, slope, &row);
        for (uint32_t i = 0; i < row.count; i++) {
            assert_true(row.index[i] < fit_unknowns(&fit));
            if (row.index[i] >= FIT_JOINT && row.index[i] < FIT_JOINT + 6)
                first += fabs(row.value[i]);
            if (row.index[i] >= fit_frame_at(&fit, 1))
                later += fabs(row.value[i]);
        }
        assert_true(view == 0 ? first > 0.0 && later == 0.0 : first == 0.0 && later > 0.0);
    }
    fit_fini(&fit);
    scene_fini(&s);
}

RUN(T(a_whole_arm_is_found_from_its_points), T(a_forearm_that_turned_between_films_is_one_arm),
    T(each_frame_has_a_joint_of_its_own), T(a_break_explains_a_broken_arm))
