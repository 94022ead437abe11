/*
 * One break of the radius: a fragment's motion beside the healthy shape. A contour fit
 * stays where it came from, so the arm is set down anew many times, whole and broken,
 * turned a little, its shape forgotten; the better ones are worked out to the end, by
 * contours and by path lengths, and the best of either kind are compared.
 */
#include "recon/math/vec.h"
#include "recon/shape/find_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double rolls[] = {-0.45, -0.3, -0.15, 0.0, 0.15, 0.3, 0.45}; /* rad */

/* Cut (mm; 0: whole) and tilt about the radial axis (rad; dorsal is positive) to begin with. */
static const double breaks[][2] = {{0.0, 0.0},   {14.0, 0.3},   {14.0, -0.3},
                                   {20.0, 0.35}, {20.0, -0.35}, {26.0, 0.35}};

enum {
    ROLLS = sizeof rolls / sizeof rolls[0],
    BREAKS = sizeof breaks / sizeof breaks[0],
    TRIALS = ROLLS * BREAKS,
    FINALISTS = 3 /* of either kind; at places that turn out worse, one */
};

static const double least_turn = 0.10, least_shift = 2.0; /* of a break: rad, mm */

/* In the end the whole picture weighs more beside the borders than on the way there. */
static const double match_worth = 1.5, end_raster_mm = 1.0;
/* Of the prior beside that in fit_judge(): a bent whole arm explains nearly all that a break does.
 */
static const double prior_worth = 1.0 / 300.0;

/*
 * Breaks differ where the joint is: its picture, finer, and what was read on the films say
 * which of several ends is right. Weights chosen on 20 simulated forearms (seeds 1600000 on).
 */
static const double joint_worth = 3.0, joint_height_mm = 22.0;
static const double joint_raster_mm = 0.6, joint_raster_rough_mm = 1.0;
/* A row of wrist bones off on a film is as bad as two, and does not take the word from another. */
static const double read_worth = 0.015, read_most = 22.5;

static const struct fit_contour_stage coarse = {.level = OST_SCAN_MIDDLE,
                                                .reach = 7.0,
                                                .reach_last = 3.5,
                                                .turns = 12,
                                                .modes = 10,
                                                .every = 2,
                                                .apart = true};
static const struct fit_contour_stage rough = {.level = OST_SCAN_MIDDLE,
                                               .reach = 5.0,
                                               .reach_last = 3.0,
                                               .turns = 7,
                                               .modes = 16,
                                               .every = 2,
                                               .apart = true};
static const struct fit_contour_stage fine = {.level = OST_SCAN_FINE,
                                              .reach = 3.0,
                                              .reach_last = 1.5,
                                              .turns = 10,
                                              .modes = OST_ARM_MODES,
                                              .every = 1,
                                              .apart = true,
                                              .expected = true};

void find_roll(struct fit *fit, double angle)
{
    const double *z = fit->arm.place.r + 6, none[3] = {0.0, 0.0, 0.0};
    const double w[3] = {angle * z[0], angle * z[1], angle * z[2]};
    struct ost_rigid turn = ost_rigid_about(fit->arm.place.t, w, none);
    bool free = false;
    for (size_t v = 0; v < fit->view_count; v++) {
        struct fit_view *view = &fit->view[v];
        free = free || view->focal_free;
        if (view->pose_free)
            view->camera.world_to_camera = ost_rigid_then(&turn, &view->camera.world_to_camera);
    }
    if (!free)
        fit->arm.place = ost_rigid_then(&fit->arm.place, &turn);
}

static void forget_shape(struct ost_arm *arm)
{
    memset(arm->mode, 0, sizeof arm->mode);
    memset(arm->bow, 0, sizeof arm->bow);
    memset(arm->twist, 0, sizeof arm->twist);
    memset(arm->turn, 0, sizeof arm->turn);
    memset(arm->shift, 0, sizeof arm->shift);
}

static bool try_one(struct fit *fit, const struct fit_start *from, int trial, struct fit_start *out,
                    struct ost_err *err)
{
    const double *kind = breaks[trial % BREAKS];
    struct fit_contour_score score;
    fit_take_start(fit, from);
    fit_refresh(fit, false);
    find_roll(fit, rolls[trial / BREAKS]);
    forget_shape(&fit->arm);
    fit->arm.broken = kind[0] > 0.0;
    fit->arm.cut = kind[0];
    fit->arm.turn[0] = kind[1];
    if (!fit_contours(fit, &coarse, &score, err) || !fit_judge(fit, &out->cost, err))
        return false;
    fit_give_start(fit, out);
    return true;
}

static bool add_joint(struct fit *fit, double raster_mm, double *cost, struct ost_err *err)
{
    double match = 0.0;
    fit_refresh(fit, false);
    if (!fit_correlate(fit, raster_mm, joint_height_mm, &match, err))
        return false;
    *cost += joint_worth * (1.0 - match) + read_worth * fit_readings_cost(fit, read_most);
    return true;
}

/* Onto the borders; the cost as far as that is known. */
static bool work_borders(struct fit *fit, const struct fit_start *from, int trial,
                         struct fit_start *out, struct ost_err *err)
{
    struct fit_contour_score score;
    fit->keen = true;
    fit_take_start(fit, &from[trial]);
    /* Points are read nearer to a whole arm than they are: they lead up to the break, no further.
     */
    fit->aloof = fit->aloof || fit->arm.broken;
    if (!fit_contours(fit, &fine, &score, err) || !fit_judge(fit, &out->cost, err) ||
        !add_joint(fit, joint_raster_rough_mm, &out->cost, err))
        return false;
    fit_give_start(fit, out);
    for (size_t v = 0; v < fit->view_count; v++) /* the same is expected on the rest of the way */
        out->focal_middle[v] = fit->view[v].focal_middle;
    return true;
}

/* From there by path lengths, and the cost by which ends are compared. */
static bool work_paths(struct fit *fit, const struct fit_start *from, int trial,
                       struct fit_start *out, struct ost_err *err)
{
    double match = 0.0;
    fit->keen = true;
    fit_take_start(fit, &from[trial]);
    if (!fit_judge(fit, &out->cost, err) || !fit_paths(fit, &out->cost, err) ||
        !fit_correlate(fit, end_raster_mm, fit_shade_height_mm, &match, err))
        return false;
    out->cost += match_worth * (1.0 - match) + prior_worth * fit_prior_cost(fit);
    if (!add_joint(fit, joint_raster_mm, &out->cost, err))
        return false;
    fit_give_start(fit, out);
    return true;
}

/* Does one of the two for every trial, on all cores. */
static bool for_all(const struct fit *fit,
                    bool (*work)(struct fit *, const struct fit_start *, int, struct fit_start *,
                                 struct ost_err *),
                    const struct fit_start *from, int count, struct fit_start *out,
                    struct ost_err *err)
{
    bool done = true;
#pragma omp parallel
    {
        struct fit own;
        struct ost_err why = {.code = OST_OK};
        bool fine_so_far = fit_init_as(&own, fit, &why);
#pragma omp for schedule(dynamic)
        for (int i = 0; i < count; i++)
            fine_so_far = fine_so_far && work(&own, from, i, &out[i], &why);
        fit_fini(&own);
#pragma omp critical
        if (!fine_so_far) {
            done = false;
            if (err != NULL)
                *err = why;
        }
    }
    return done;
}

static bool try_rough(struct fit *fit, const struct fit_start *from, int trial,
                      struct fit_start *out, struct ost_err *err)
{
    struct fit_contour_score score;
    fit_take_start(fit, &from[trial]);
    if (!fit_contours(fit, &rough, &score, err) || !fit_judge(fit, &out->cost, err) ||
        !add_joint(fit, joint_raster_rough_mm, &out->cost, err))
        return false;
    fit_give_start(fit, out);
    return true;
}

bool find_rough(struct fit *fit, const struct fit_start *from, int count, struct fit_start *out,
                struct ost_err *err)
{
    return for_all(fit, try_rough, from, count, out, err);
}

/* Another place, and a fragment that leans by so much more or less. */
static bool is_apart(const struct fit_start *a, const struct fit_start *b, double lean)
{
    return fabs(a->cost - b->cost) > 1e-4 && fabs(a->arm.turn[0] - b->arm.turn[0]) >= lean;
}

int find_finalists(const struct fit_start *all, int count, const struct find_kind *kind, int most,
                   struct fit_start *out)
{
    int kept = 0;
    while (kept < most) {
        const struct fit_start *best = NULL;
        for (int i = 0; i < count; i++) {
            bool fresh = all[i].arm.broken == kind->broken;
            for (int k = 0; fresh && k < kept; k++)
                fresh = all[i].cost > out[k].cost && is_apart(&all[i], &out[k], kind->lean);
            if (fresh && (best == NULL || all[i].cost < best->cost))
                best = &all[i];
        }
        if (best == NULL)
            break;
        out[kept++] = *best;
    }
    return kept;
}

const struct fit_start *find_cheapest(const struct fit_start *list, size_t count)
{
    const struct fit_start *best = &list[0];
    for (size_t i = 1; i < count; i++)
        best = list[i].cost < best->cost ? &list[i] : best;
    return best;
}

static bool is_real(const struct ost_arm *arm)
{
    return ost_length(arm->turn) >= least_turn || ost_length(arm->shift) >= least_shift;
}

/* What is tried at the places, and the ends that were worked out. */
struct bout {
    const struct find_places *places;
    struct fit_start *list[FIND_PLACES]; /* owned; TRIALS of each */
    size_t place[FIND_ENDS];             /* of what the first round works out */
    struct find_ends *ends;
};

static void bout_fini(struct bout *b)
{
    for (size_t p = 0; p < FIND_PLACES; p++)
        free(b->list[p]);
}

static const struct fit_start *best_of(const struct fit_start *list, int count, bool broken)
{
    const struct fit_start *best = NULL;
    for (int i = 0; i < count; i++)
        if (list[i].arm.broken == broken && (best == NULL || list[i].cost < best->cost))
            best = &list[i];
    return best;
}

/* A list and where each came from in the one it was made of. */
struct crowd {
    int count, from[FIND_ENDS];
    struct fit_start list[FIND_ENDS];
};

/* Lets those go that cost more than `lag` beside the best; the best of either kind stays. */
static void keep_cheap(struct crowd *crowd, double best, double lag)
{
    const struct fit_start *whole = best_of(crowd->list, crowd->count, false);
    const struct fit_start *broken = best_of(crowd->list, crowd->count, true);
    int kept = 0;
    for (int i = 0; i < crowd->count; i++) {
        const struct fit_start *one = &crowd->list[i]; /* none moves before it was looked at */
        if (!(one->cost > best + lag) || one == whole || one == broken) {
            crowd->from[kept] = crowd->from[i];
            crowd->list[kept++] = *one;
        }
    }
    crowd->count = kept;
}

/*
 * What is so much dearer than the best was never the best of its kind in the end: of 87 trials on
 * ten simulated arms the way from `rough_lag` on to the end made up for 0.3 at most, and that from
 * `border_lag` on for 0.15 where it came near at all.
 */
static const double rough_lag = 0.6, border_lag = 0.3;

static bool work_crowd(struct fit *fit, struct crowd *crowd, struct find_ends *ends,
                       struct ost_err *err)
{
    struct fit_start border[FIND_ENDS];
    keep_cheap(crowd, find_cheapest(crowd->list, (size_t)crowd->count)->cost, rough_lag);
    if (!for_all(fit, work_borders, crowd->list, crowd->count, border, err))
        return false;
    memcpy(crowd->list, border, (size_t)crowd->count * sizeof *border);
    double best = find_cheapest(border, (size_t)crowd->count)->cost;
    ends->border = ends->count == 0 ? best : fmin(ends->border, best);
    keep_cheap(crowd, ends->border, border_lag);
    return for_all(fit, work_paths, crowd->list, crowd->count, ends->end + ends->count, err);
}

bool find_work_out(struct fit *fit, const struct fit_start *from, int count, struct find_ends *ends,
                   struct ost_err *err)
{
    struct crowd crowd = {.count = count};
    if (count == 0)
        return true;
    for (int i = 0; i < count; i++)
        crowd.from[i] = i;
    memcpy(crowd.list, from, (size_t)count * sizeof *from);
    if (!work_crowd(fit, &crowd, ends, err))
        return false;
    for (int i = 0; i < crowd.count; i++)
        ends->from[ends->count++] = crowd.from[i];
    return true;
}

static const struct find_kind kinds[2] = {{.broken = false}, {.broken = true}};

/* The likeliest of either kind at every place. */
static bool first_round(struct fit *fit, struct bout *b, struct ost_err *err)
{
    struct fit_start last[FIND_ENDS];
    int count = 0;
    for (size_t p = 0; p < b->places->count; p++) {
        int before = count;
        b->list[p] = malloc(TRIALS * sizeof *b->list[p]);
        if (b->list[p] == NULL)
            return ost_fail(err, OST_NOMEM, "fit: out of memory");
        if (!for_all(fit, try_one, &b->places->start[p], TRIALS, b->list[p], err))
            return false;
        count += find_finalists(b->list[p], TRIALS, &kinds[0], 1, last + count);
        count += find_finalists(b->list[p], TRIALS, &kinds[1], 1, last + count);
        last[count++] = b->places->start[p];
        for (int i = before; i < count; i++)
            b->place[i] = p;
    }
    return find_work_out(fit, last, count, b->ends, err);
}

/* The next likely ones at the place that did best. */
static bool second_round(struct fit *fit, struct bout *b, struct ost_err *err)
{
    struct fit_start last[2 * FINALISTS], found[FINALISTS];
    const struct find_ends *e = b->ends;
    const struct fit_start *best = find_cheapest(e->end, e->count);
    const size_t place = b->place[e->from[best - e->end]];
    int count = 0;
    for (int k = 0; k < 2; k++) {
        int kept = find_finalists(b->list[place], TRIALS, &kinds[k], FINALISTS, found);
        for (int i = 1; i < kept; i++)
            last[count++] = found[i];
    }
    return find_work_out(fit, last, count, b->ends, err);
}

/* Said of an arm that somebody calls healthy: a break must explain this much more. */
static const double healthy_worth = 0.15;
static const double odds_worth = 0.03; /* of the networks' log odds beside the films' cost */
/* They are surer than they are right, above all of an arm being whole: small breaks look so. */
static const double odds_most[2] = {3.0, 8.0}; /* for whole, for broken */

bool find_try(struct find_hunt *h, const struct fit_start *trial, int count,
              const struct find_kind *kind, int most, struct ost_err *err)
{
    struct fit_start *pulled = malloc((size_t)(count + most) * sizeof *pulled);
    if (pulled == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    struct fit_start *last = pulled + count;
    bool done = find_rough(&h->fit, trial, count, pulled, err) &&
                find_work_out(&h->fit, last, find_finalists(pulled, count, kind, most, last),
                              &h->ends, err);
    free(pulled);
    return done;
}

void find_decide(struct fit *fit, bool healthy, double odds, struct find_ends *ends)
{
    double needed = (healthy ? healthy_worth : 0.0) -
                    odds_worth * fmin(fmax(odds, -odds_most[0]), odds_most[1]);
    const struct fit_start *whole = best_of(ends->end, (int)ends->count, false);
    const struct fit_start *broken = best_of(ends->end, (int)ends->count, true);
    bool keep = broken != NULL && is_real(&broken->arm) &&
                (whole == NULL || broken->cost < whole->cost - needed);
    const struct fit_start *best = keep || whole == NULL ? broken : whole;
    ends->best = (size_t)(best - ends->end);
    fit_take_start(fit, best);
}

bool find_break(struct fit *fit, const struct find_places *places, bool healthy,
                struct find_ends *ends, struct ost_err *err)
{
    struct bout b = {.places = places, .ends = ends};
    ends->count = 0;
    bool done = first_round(fit, &b, err) && second_round(fit, &b, err);
    if (done)
        find_decide(fit, healthy, 0.0, ends);
    bout_fini(&b);
    return done;
}
