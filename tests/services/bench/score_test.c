#include "recon/math/vec.h"
#include "recon/mesh/icp.h"
#include "services/bench/score.h"
#include "services/bench/summary.h"
#include "tests/recon/mesh/bodies.h"
#include "tests/recon/shape/data.h"

#include <stdlib.h>

static const double origin[3];

/* A ball in a ball with a gap between: the band holds where 1.96 SD reach over the gap. */
static void the_band_holds_what_its_sd_reaches(void **state)
{
    (void)state;
    OST_AUTO(ost_mesh) result = ball(30.0, origin, 40);
    OST_AUTO(ost_mesh) truth = ball(31.0, origin, 160);
    struct ost_region_frame frame = {.axis = {0, 0, -1}, .view_count = 1};
    frame.camera[0] = (struct ost_camera){.width = 2001,
                                          .height = 2001,
                                          .focal = {1e7, 1e7},
                                          .principal = {1000.0, 1000.0},
                                          .world_to_camera = ost_rigid_identity()};
    frame.camera[0].world_to_camera.t[2] = 1e6;
    float *sd = calloc(result->vertex_count, sizeof *sd);
    for (uint32_t v = 0; v < result->vertex_count; v++)
        sd[v] = result->vertex[v][2] > 15.0F ? 0.6F : 0.4F; /* a quarter of the ball's area */
    const float *const sds[1] = {sd};
    const struct ost_bench_pair pair = {OST_RADIUS, result, truth};
    const struct ost_rigid rest = ost_rigid_identity();
    double share, mean;
    assert_true(ost_bench_band(&pair, sds, 1, &frame, &rest, &share, &mean, NULL));
    assert_near(share, 0.25, 0.02);
    assert_near(mean, 0.25 * 0.6 + 0.75 * 0.4, 0.01);
    /* Moved up by 0.5 mm the gap is 1 - 0.5 cos: 0.784 = 1.96 * 0.4 down to cos = 0.432. */
    struct ost_rigid up = rest;
    up.t[2] = 0.5;
    assert_true(ost_bench_band(&pair, sds, 1, &frame, &up, &share, &mean, NULL));
    assert_near(share, 0.5 * (1.0 - 0.432), 0.02);
    /* Nothing is shown: nothing is said. */
    frame.view_count = 0;
    assert_true(ost_bench_band(&pair, sds, 1, &frame, &rest, &share, &mean, NULL));
    assert_true(isnan(share));
    free(sd);
}

/* An arm of the prior as a patient whose truth is known, and the same or another as an answer. */
struct stage {
    struct ost_prior *prior;
    struct ost_patient patient;
    struct ost_bench_case kase;
    struct ost_bench_answer answer;
};

static void bones_of(const struct ost_prior *prior, const struct ost_arm *arm,
                     struct ost_mesh *out[OST_BONES])
{
    for (int b = 0; b < OST_BONES; b++) {
        struct ost_arm_table *table = NULL;
        assert_true(ost_arm_table_create(prior, (enum ost_bone)b, OST_ARM_MODES, &table, NULL));
        ost_arm_table_set(table, prior, (enum ost_bone)b, arm, false);
        out[b] = table->mesh;
        table->mesh = NULL;
        ost_arm_table_destroy(table);
    }
}

static struct ost_arm whole_arm(bool left)
{
    struct ost_arm arm = {.mirrored = left, .place = ost_rigid_identity()};
    arm.mode[OST_RADIUS][0] = 0.7;
    arm.mode[OST_ULNA][1] = -0.4;
    return arm;
}

static void set_up(struct stage *s, const struct ost_arm *truth, const struct ost_arm *said)
{
    *s = (struct stage){.prior = open_model()};
    bones_of(s->prior, truth, s->patient.bone);
    bones_of(s->prior, said, s->answer.bone);
    s->kase = (struct ost_bench_case){.prior = s->prior,
                                      .patient = &s->patient,
                                      .side = truth->mirrored ? OST_SIDE_LEFT : OST_SIDE_RIGHT};
    for (int n = 0; n < OST_PATIENT_FILMS; n++) {
        /* Rows: across, down the arm's length, away; 0.2 mm a pixel, from -60 to 110 mm. */
        const struct ost_rigid look = {.r = {1, 0, 0, 0, 0, -1, 0, 1, 0}, .t = {0, 0, 1000.0}};
        s->patient.film[n].camera = (struct ost_camera){.width = 801,
                                                        .height = 851,
                                                        .focal = {5000.0, 5000.0},
                                                        .principal = {400.0, 300.0},
                                                        .world_to_camera = look};
    }
}

static void tear_down(struct stage *s)
{
    for (int b = 0; b < OST_BONES; b++)
        ost_mesh_destroy(s->patient.bone[b]);
    ost_bench_answer_fini(&s->answer);
    ost_prior_destroy(s->prior);
}

static void the_truth_itself_has_no_error_wherever_it_lies(void **state)
{
    (void)state;
    struct ost_arm truth = whole_arm(true), said = truth;
    said.place = ost_rigid_about(origin, (double[]){0.5, -1.0, 2.0}, (double[]){300, 20, -70});
    struct stage s;
    struct ost_bench_score score;
    set_up(&s, &truth, &said);
    assert_true(ost_bench_score(&s.kase, &s.answer, &score, NULL));
    for (int b = 0; b < OST_BENCH_BODIES; b++)
        for (int r = 0; r < OST_REGIONS; r++) {
            assert_true(score.body[b].icp[r].count[0] > 0);
            assert_near(score.body[b].icp[r].max, 0.0, 0.02);
        }
    for (int n = 0; n < OST_BENCH_NUMBERS; n++)
        assert_near(score.error[n], 0.0, 0.02);
    assert_true(isnan(score.sd[OST_BENCH_TILT]) && isnan(score.band_share));
    assert_false(ost_bench_failed(&score));
    tear_down(&s);
}

/* A fragment turned and tilted by known angles is told as turned and tilted by them. */
static void a_turned_fragment_is_told_in_degrees(void **state)
{
    (void)state;
    for (int left = 0; left < 2; left++) {
        struct ost_arm truth = whole_arm(left == 1), said = truth;
        struct stage s;
        struct ost_bench_score score;
        said.broken = truth.broken = true;
        said.cut = truth.cut = 22.0;
        said.turn[2] = ost_radians(6.0);
        set_up(&s, &truth, &said);
        assert_true(ost_bench_score(&s.kase, &s.answer, &score, NULL));
        assert_near(fabs(score.error[OST_BENCH_ROTATION]), 6.0, 0.3);
        assert_near(score.error[OST_BENCH_TILT], 0.0, 1.5); /* the lips turn with it */
        assert_true(score.body[OST_BENCH_TOGETHER].icp[OST_REGION_DISTAL_30].asd > 0.2);
        assert_near(score.body[OST_BENCH_ULNA].icp[OST_REGION_SHOWN].asd, 0.0, 0.02);
        tear_down(&s);

        said.turn[2] = 0.0;
        said.turn[0] = ost_radians(6.0);
        s.answer.has_spread = false;
        set_up(&s, &truth, &said);
        s.answer.has_spread = true;
        for (int b = 0; b < OST_BONES; b++) {
            s.answer.sd[b] = calloc(s.answer.bone[b]->vertex_count, sizeof(float));
            for (uint32_t v = 0; v < s.answer.bone[b]->vertex_count; v++)
                s.answer.sd[b][v] = 10.0F;
        }
        s.answer.number_sd[OST_FIND_TILT] = 3.2;        /* holds 6.0 */
        s.answer.number_sd[OST_FIND_INCLINATION] = 0.0; /* holds nothing */
        assert_true(ost_bench_score(&s.kase, &s.answer, &score, NULL));
        assert_near(fabs(score.error[OST_BENCH_TILT]), 6.0, 0.2);
        assert_near(score.error[OST_BENCH_ROTATION], 0.0, 0.3);
        assert_true(ost_bench_covers(&score, OST_BENCH_TILT));
        score.sd[OST_BENCH_TILT] = 3.0;
        assert_false(ost_bench_covers(&score, OST_BENCH_TILT));
        assert_true(ost_bench_failed(&score));
        assert_near(score.band_share, 1.0, 0.0);
        assert_near(score.predicted_mm, 10.0, 1e-6);
        tear_down(&s);
    }
}

/* Sets in one report: who counts in a mean, and what is told over both. */
static void many_cases_come_to_their_means(void **state)
{
    (void)state;
    struct ost_bench_score score[OST_BENCH_SETS][3] = {{{0}}};
    struct ost_bench_report report = {.quick = false};
    for (int s = 0; s < OST_BENCH_SETS; s++) {
        report.set[s].count = 3;
        report.set[s].score[OST_BENCH_BEST] = score[s];
        for (int i = 0; i < 3; i++) {
            struct ost_bench_score *one = &score[s][i];
            struct ost_compare_result *shown = &one->body[OST_BENCH_RADIUS].icp[OST_REGION_SHOWN];
            one->answered = !(s == 0 && i == 2);
            shown->asd = 0.5 + i + 10.0 * s;
            shown->count[0] = 1;
            one->body[OST_BENCH_TOGETHER].icp[OST_REGION_SHOWN] = *shown;
            one->error[OST_BENCH_TILT] = one->answered ? (i == 1 ? -3.0 : 1.0) : NAN;
            one->sd[OST_BENCH_TILT] = one->answered ? 1.0 : NAN;
            one->predicted_mm = one->answered ? 2.0 * shown->asd : NAN;
            one->band_share = one->answered ? 0.9 : NAN;
        }
    }
    const struct ost_bench_question q = {.method = OST_BENCH_BEST, .region = OST_REGION_SHOWN};
    struct ost_bench_figures f = ost_bench_distances_of(&report.set[0], &q);
    assert_int_equal(f.count, 2);
    assert_near(f.mean, 1.0, 1e-12);
    f = ost_bench_errors_of(&report, OST_BENCH_SETS, OST_BENCH_BEST, OST_BENCH_TILT);
    assert_int_equal(f.count, 5);
    assert_near(f.mean_abs, (3.0 * 1.0 + 2.0 * 3.0) / 5.0, 1e-12);
    assert_near(ost_bench_cover_of(&report, OST_BENCH_SETS, OST_BENCH_BEST, OST_BENCH_TILT), 0.6,
                1e-12);
    assert_near(ost_bench_cover_of(&report, 0, OST_BENCH_BEST, OST_BENCH_TILT), 0.5, 1e-12);
    struct ost_bench_trust trust = ost_bench_trust_of(&report, OST_BENCH_SETS, OST_BENCH_BEST);
    assert_int_equal(trust.cases, 5);
    assert_near(trust.pearson, 1.0, 1e-9);
    assert_near(trust.coverage95, 0.9, 1e-12);
}

RUN(T(the_band_holds_what_its_sd_reaches), T(the_truth_itself_has_no_error_wherever_it_lies),
    T(a_turned_fragment_is_told_in_degrees), T(many_cases_come_to_their_means))
