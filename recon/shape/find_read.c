/*
 * From what two networks read off the films to a fit: poses and the most likely arm by the
 * points alone, whole and broken, then both worked out on the films themselves.
 */
#include "recon/math/vec.h"
#include "recon/shape/find_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double cuts[] = {13.0, 20.0, 28.0}; /* mm, where a break is begun with */
static const double sure = 4.0;                  /* log odds beyond which one kind is enough */
static const double conflict_cost = 0.4;         /* of a film that says the other side */

enum { CUTS = sizeof cuts / sizeof cuts[0], TUNES = 3 };

static const struct fit_contour_stage near = {.level = OST_SCAN_MIDDLE,
                                              .reach = 4.0,
                                              .reach_last = 2.5,
                                              .turns = 6,
                                              .modes = 24,
                                              .every = 1,
                                              .apart = true};

/* mm of a film pixel at the arm, near enough to set scales. */
static double pixel_at_arm(const struct ost_prediction *said)
{
    return ost_predictor_read_shape().mm / said->frame.step;
}

static bool read_all(struct find_hunt *h, struct ost_predictor *predictor, struct find_reading *out,
                     struct ost_err *err)
{
    for (size_t v = 0; v < h->count; v++) {
        struct ost_prediction *said = &out->said[v];
        if (!ost_predictor_read(predictor, h->film[v].image, h->film[v].bone, said, err))
            return false;
        enum ost_polarity bone = said->dark ? OST_BONE_DARK : OST_BONE_BRIGHT;
        if (!ost_patch_film_create(h->film[v].image, bone, &out->film[v], err) ||
            !ost_scan_create(h->film[v].image, bone, pixel_at_arm(said), &h->scan[v], err))
            return false;
        h->fit.view[v].scan = h->scan[v];
        struct fit_view *view = &h->fit.view[v];
        if (!view->focal_free)
            continue;
        /* 1.05 m to the film: where pixels have no size, their size by the arm's. */
        double pixel = view->spacing > 0.0 ? view->spacing : pixel_at_arm(said);
        view->focal_middle = view->camera.focal[0] = view->camera.focal[1] = 1050.0 / pixel;
    }
    return true;
}

static bool is_lateral(const struct ost_prediction *said)
{
    return fabs(said->beam[0]) > fabs(said->beam[1]);
}

/* The share of a film's near points that lie beyond its rim. */
static double beyond_rim(const struct find_hunt *h, const struct find_reading *out, size_t v)
{
    const struct ost_image *film = h->film[v].image;
    double count = 0.0;
    for (int i = 0; i < OST_PREDICTOR_NEAR; i++) {
        const double *p = out->said[v].pixel[i];
        bool on = p[0] >= 0.0 && p[1] >= 0.0 && p[0] < film->width && p[1] < film->height;
        count += on ? 0.0 : 1.0;
    }
    return count / OST_PREDICTOR_NEAR;
}

/* The films' labels beside what was read: exchanged, or in a mirror. */
static void compare_labels(struct find_hunt *h, struct find_reading *out)
{
    struct fit_view *v = h->fit.view;
    bool labelled = h->count == 2 && !h->calibrated && v[0].projection != OST_PROJECTION_UNKNOWN &&
                    v[1].projection != OST_PROJECTION_UNKNOWN &&
                    v[0].projection != OST_PROJECTION_OBLIQUE &&
                    v[1].projection != OST_PROJECTION_OBLIQUE;
    bool lateral[2] = {v[0].projection == OST_PROJECTION_LATERAL,
                       v[1].projection == OST_PROJECTION_LATERAL};
    if (labelled && lateral[0] != lateral[1] && is_lateral(&out->said[0]) == lateral[1] &&
        is_lateral(&out->said[1]) == lateral[0]) {
        enum ost_projection first = v[0].projection;
        v[0].projection = v[1].projection;
        v[1].projection = first;
        out->swapped = true;
    }
    for (size_t i = 0; i < h->count; i++) {
        double along = out->said[i].beam[1]; /* negative: from the back of the hand */
        bool wrong = (v[i].projection == OST_PROJECTION_PA && along > 0.5) ||
                     (v[i].projection == OST_PROJECTION_AP && along < -0.5);
        out->conflicts += wrong ? 1 : 0;
    }
}

void find_reading_destroy(struct find_reading *reading)
{
    if (reading == NULL)
        return;
    for (size_t v = 0; v < OST_FIT_VIEWS; v++)
        ost_patch_film_destroy(reading->film[v]);
    free(reading);
}

/* Reads the films again beside a start and moves it there, a few times. */
static bool tune(struct find_hunt *h, struct ost_predictor *predictor, struct find_reading *out,
                 size_t index, struct ost_err *err)
{
    struct fit *fit = &h->fit;
    struct fit_start *start = &out->start[index];
    struct ost_prediction *said = out->tuned[index];
    struct fit_predicted found;
    memcpy(said, out->said, sizeof out->said);
    fit_take_start(fit, start);
    fit_refresh(fit, false);
    fit_readings_init(&out->tuned_readings[index], fit, said, ost_predictor_points_view(predictor));
    fit->read = &out->tuned_readings[index];
    for (int pass = 0; pass < TUNES; pass++) {
        const struct ost_arm_table *const table[OST_BONES] = {fit->table[OST_RADIUS],
                                                              fit->table[OST_ULNA]};
        for (size_t v = 0; v < fit->view_count; v++)
            if (!ost_predictor_tune(predictor, out->film[v], &fit->view[v].camera, table,
                                    exp(fit->arm.log_scale), &said[v], err))
                return false;
        if (!fit_predict(fit, true, &found, err))
            return false;
    }
    fit_give_start(fit, start);
    start->cost = found.cost;
    return true;
}

static bool begin(struct find_hunt *h, struct find_reading *out, double cut,
                  struct fit_start *start, struct ost_err *err)
{
    struct fit_predicted found;
    fit_predict_pose(&h->fit);
    h->fit.arm.broken = cut > 0.0;
    h->fit.arm.cut = cut;
    if (!fit_predict(&h->fit, false, &found, err))
        return false;
    fit_give_start(&h->fit, start);
    start->cost = found.cost;
    out->off_sd = fmin(out->off_sd, found.off_sd);
    return true;
}

/* The whole arm, and broken where it explains the points best. */
static bool begin_all(struct find_hunt *h, struct find_reading *out, struct ost_err *err)
{
    struct fit_start broken;
    out->count = 0;
    if (out->odds < sure && !begin(h, out, 0.0, &out->start[out->count++], err))
        return false;
    if (out->odds < -sure || (h->healthy && out->odds < 0.0))
        return true;
    struct fit_start *best = &out->start[out->count++];
    best->cost = HUGE_VAL;
    for (int c = 0; c < CUTS; c++) {
        if (!begin(h, out, cuts[c], &broken, err))
            return false;
        if (broken.cost < best->cost)
            *best = broken;
    }
    return true;
}

bool find_read(struct find_hunt *h, struct ost_predictor *predictor, struct find_reading *out,
               struct ost_err *err)
{
    *out = (struct find_reading){.off_sd = HUGE_VAL};
    if (!read_all(h, predictor, out, err))
        return false;
    compare_labels(h, out);
    for (size_t v = 0; v < h->count; v++) {
        double p = fmin(fmax(out->said[v].broken, 0.01), 0.99);
        out->odds += log(p / (1.0 - p));
        out->cut_off = fmax(out->cut_off, beyond_rim(h, out, v));
    }
    fit_readings_init(&out->readings, &h->fit, out->said, ost_predictor_points_view(predictor));
    h->fit.read = &out->readings;
    if (!begin_all(h, out, err))
        return false;
    for (size_t i = 0; i < out->count && ost_predictor_can_tune(predictor); i++)
        if (!tune(h, predictor, out, i, err))
            return false;
    fit_take_start(&h->fit, &out->start[0]);
    if (!fit_judge(&h->fit, &out->cost, err))
        return false;
    out->cost += conflict_cost * out->conflicts;
    return true;
}

bool find_settle(struct find_hunt *h, const struct find_reading *reading, struct ost_err *err)
{
    struct fit_start *from = malloc(FIND_READ_STARTS * sizeof *from);
    if (from == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    bool done = true;
    for (size_t i = 0; done && i < reading->count; i++) {
        struct fit_contour_score score;
        fit_take_start(&h->fit, &reading->start[i]);
        done = fit_contours(&h->fit, &near, &score, err);
        fit_give_start(&h->fit, &from[i]);
    }
    done = done && find_work_out(&h->fit, from, (int)reading->count, &h->ends, err);
    free(from);
    if (done)
        find_decide(&h->fit, h->healthy, reading->odds, &h->ends);
    return done;
}
