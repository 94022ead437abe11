#include "recon/math/vec.h"
#include "recon/shape/fit_start_impl.h"

#include <stdlib.h>

/* Ways to go: the joint's but its slide, the arm's roll, then each landmark up or down. */
enum { WAYS_STIFF = 6, WAYS = WAYS_STIFF + OST_LANDMARKS };

/*
 * From many rough states to one good one: each step sharper, each with fewer left. A
 * step spreads what it is given, pulls it onto the contours, keeps the best and stirs
 * those.
 */
struct step {
    struct fit_contour_stage stage;
    uint32_t kept; /* of each side */
    bool spread, spun;
    int ways; /* that are tried when stirring */
};

static const struct step ladder[FIT_STEPS] = {
    {{.level = OST_SCAN_COARSE,
      .reach = 14.0,
      .reach_last = 8.0,
      .turns = 4,
      .every = 4,
      .stiff = true},
     8,
     false,
     true,
     0},
    {{.level = OST_SCAN_MIDDLE, .reach = 7.0, .reach_last = 5.0, .turns = 5, .every = 3},
     4,
     true,
     true,
     WAYS_STIFF},
    {{.level = OST_SCAN_MIDDLE,
      .reach = 6.0,
      .reach_last = 4.0,
      .turns = 8,
      .modes = 10,
      .every = 2},
     2,
     true,
     false,
     WAYS},
    {{.level = OST_SCAN_MIDDLE,
      .reach = 5.0,
      .reach_last = 3.0,
      .turns = 10,
      .modes = 24,
      .every = 1,
      .apart = true},
     1,
     false,
     false,
     WAYS},
    {{.level = OST_SCAN_FINE,
      .reach = 3.0,
      .reach_last = 1.5,
      .turns = 10,
      .modes = OST_ARM_MODES,
      .every = 1,
      .apart = true},
     1,
     false,
     false,
     0},
};

static const double raster_mm = 1.5;
static const double pose_worth = 1.0 / 50.0;
static const double prior_worth = 1.0 / 300.0; /* of the prior's cost beside the films' */

static int by_cost(const void *a, const void *b)
{
    const struct fit_start *x = a, *y = b;
    return (x->cost > y->cost) - (x->cost < y->cost);
}

bool fit_judge(struct fit *fit, double *out, struct ost_err *err)
{
    return fit_judge_by(fit, 2, raster_mm, out, err);
}

bool fit_judge_by(struct fit *fit, uint32_t every, double step_mm, double *out, struct ost_err *err)
{
    const struct fit_contour_stage stage = {
        .level = OST_SCAN_MIDDLE, .every = every, .expected = fit->keen};
    struct fit_contour_score score;
    double match;
    fit_refresh(fit, false);
    if (!fit_contours_score(fit, &stage, 4.0, NULL, &score, err) ||
        !fit_correlate(fit, step_mm, fit_shade_height_mm, &match, err))
        return false;
    *out = 1.5 * score.cost + 1.5 * (1.0 - match) + prior_worth * fit_prior_cost(fit) +
           pose_worth * fit_pose_cost(fit);
    return true;
}

static const double lift_mm = 2.0;

/* The likeliest change of shape that moves a landmark so far along the bone. */
static void lift(struct fit *fit, enum ost_landmark landmark, double mm)
{
    enum ost_bone which = ost_landmark_bone(landmark);
    const struct ost_prior_bone *bone = ost_prior_bone_view(fit->prior, which);
    uint32_t vertex = ost_prior_landmark(fit->prior, landmark);
    uint32_t modes = fit->table[which]->modes;
    double sum = 0.01;
    for (uint32_t m = 0; m < modes; m++) {
        double z = (double)bone->mode[((size_t)m * bone->vertex_count + vertex) * 3 + 2];
        sum += z * z;
    }
    for (uint32_t m = 0; m < modes; m++)
        fit->arm.mode[which][m] +=
            mm * (double)bone->mode[((size_t)m * bone->vertex_count + vertex) * 3 + 2] / sum;
}

/* A step of the arm along one of the ways in which contours leave it stuck. */
static void nudge(struct fit *fit, int way, double step)
{
    struct ost_arm *arm = &fit->arm;
    const double *z = arm->place.r + 6;
    if (way < 5) {
        arm->joint[way] += step;
    } else if (way >= WAYS_STIFF) {
        lift(fit, (enum ost_landmark)(way - WAYS_STIFF), lift_mm * step);
    } else {
        double angle = 0.12 * step;
        const double w[3] = {angle * z[0], angle * z[1], angle * z[2]};
        struct ost_rigid turn = ost_rigid_about(arm->place.t, w, (const double[3]){0.0, 0.0, 0.0});
        arm->place = ost_rigid_then(&arm->place, &turn);
    }
}

/* Tries the ways one by one in ever smaller steps, judged by the whole picture. */
static bool shake(struct fit *fit, int ways, double *cost, struct ost_err *err)
{
    for (double step = 1.2; step > 0.5; step *= 0.5)
        for (int i = 0; i < 2 * ways; i++) {
            struct ost_arm before = fit->arm;
            double now;
            nudge(fit, i / 2, i % 2 == 0 ? step : -step);
            if (!fit_judge(fit, &now, err))
                return false;
            if (now < *cost)
                *cost = now;
            else
                fit->arm = before;
        }
    return true;
}

/* Turns the ulna about itself through all a forearm can do. */
static bool spin(struct fit *fit, double *cost, struct ost_err *err)
{
    double best = fit->arm.joint[0];
    for (double turn = -3.0; turn <= 3.01; turn += 0.5) {
        double now;
        fit->arm.joint[0] = turn;
        if (!fit_judge(fit, &now, err))
            return false;
        if (now < *cost) {
            *cost = now;
            best = turn;
        }
    }
    fit->arm.joint[0] = best;
    return true;
}

static bool pull(struct fit *fit, const struct step *step, struct fit_start *start,
                 struct ost_err *err)
{
    struct fit_contour_score score;
    fit_take_start(fit, start);
    if (!fit_contours(fit, &step->stage, &score, err) || !fit_judge(fit, &start->cost, err))
        return false;
    fit_give_start(fit, start);
    return true;
}

static bool stir(struct fit *fit, const struct step *step, struct fit_start *start,
                 struct ost_err *err)
{
    fit_take_start(fit, start);
    if ((step->spun && !spin(fit, &start->cost, err)) ||
        (step->ways > 0 && !shake(fit, step->ways, &start->cost, err)))
        return false;
    fit_give_start(fit, start);
    return true;
}

/* Does one of the two to every start, on all cores; best first afterwards. */
static bool for_all(const struct fit *fit, const struct step *step,
                    bool (*work)(struct fit *, const struct step *, struct fit_start *,
                                 struct ost_err *),
                    struct fit_starts *starts, struct ost_err *err)
{
    bool done = true;
#pragma omp parallel
    {
        struct fit own;
        struct ost_err why = {.code = OST_OK};
        bool fine = fit_init_as(&own, fit, &why);
#pragma omp for schedule(dynamic)
        for (uint32_t s = 0; s < starts->count; s++)
            fine = fine && work(&own, step, &starts->start[s], &why);
        fit_fini(&own);
#pragma omp critical
        if (!fine) {
            done = false;
            if (err != NULL)
                *err = why;
        }
    }
    qsort(starts->start, starts->count, sizeof *starts->start, by_cost);
    return done;
}

enum { SLIDES = 5 };
static const double slide_mm = 2.5;

/* Every start again at places along its axis: wrist bones look alike a row apart. */
static void spread(struct fit_starts *starts)
{
    uint32_t count = starts->count;
    for (uint32_t i = 0; i < count; i++)
        for (int k = 0; k < SLIDES && starts->count < FIT_STARTS; k++) {
            if (k == SLIDES / 2)
                continue;
            struct fit_start *s = &starts->start[starts->count++];
            *s = starts->start[i];
            ost_along(s->arm.place.t, slide_mm * (k - SLIDES / 2), s->arm.place.r + 6,
                      s->arm.place.t);
        }
}

/* Those of one basin crowd out others: only the best of each is kept. */
static void prune(struct fit_starts *starts, uint32_t most)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < starts->count && kept < most; i++) {
        bool fresh = true;
        for (uint32_t k = 0; fresh && k < kept; k++)
            fresh = !fit_start_same(&starts->start[k], &starts->start[i]);
        if (fresh)
            starts->start[kept++] = starts->start[i];
    }
    starts->count = kept;
}

bool fit_climb(struct fit *fit, int steps, struct fit_starts *starts, struct ost_err *err)
{
    for (int i = 0; i < steps; i++) {
        const struct step *step = &ladder[i];
        if (step->spread)
            spread(starts);
        if (!for_all(fit, step, pull, starts, err))
            return false;
        prune(starts, step->kept);
        if ((step->spun || step->ways > 0) && !for_all(fit, step, stir, starts, err))
            return false;
    }
    return true;
}
