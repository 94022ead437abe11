/*
 * From what two networks read off the films to a fit: poses and the most likely arm by the
 * points alone, whole and broken, then both worked out on the films themselves.
 */
#include "recon/math/vec.h"
#include "recon/shape/find_impl.h"

#include <math.h>
#include <stdlib.h>

static const double cuts[] = {13.0, 20.0, 28.0}; /* mm, where a break is begun with */
static const double conflict_cost = 0.4;         /* of a film that says the other side */

enum { CUTS = sizeof cuts / sizeof cuts[0] };

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
        if (!ost_scan_create(h->film[v].image, bone, pixel_at_arm(said), &h->scan[v], err))
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
    bool square =
        v[0].projection != OST_PROJECTION_OBLIQUE && v[1].projection != OST_PROJECTION_OBLIQUE;
    bool second = v[1].projection == OST_PROJECTION_LATERAL; /* is called lateral */
    if (find_may_be_swapped(h) && square && is_lateral(&out->said[0]) == second &&
        is_lateral(&out->said[1]) != second) {
        find_swap_labels(h);
        out->swapped = true;
    }
    for (size_t i = 0; i < h->count; i++) {
        double along = out->said[i].beam[1]; /* negative: from the back of the hand */
        bool wrong = (v[i].projection == OST_PROJECTION_PA && along > 0.5) ||
                     (v[i].projection == OST_PROJECTION_AP && along < -0.5);
        out->conflicts += wrong ? 1 : 0;
    }
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

/* The whole arm, and broken at every cut. */
static bool begin_all(struct find_hunt *h, struct find_reading *out, struct ost_err *err)
{
    out->count = 0;
    if (!begin(h, out, 0.0, &out->start[out->count++], err))
        return false;
    for (int c = 0; c < CUTS; c++)
        if (!begin(h, out, cuts[c], &out->start[out->count++], err))
            return false;
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
    fit_take_start(&h->fit, &out->start[0]);
    if (!fit_judge(&h->fit, &out->cost, err))
        return false;
    out->cost += conflict_cost * out->conflicts;
    return true;
}

/* Ways to set a start down beside where it was read to be: rad, mm along the shaft. */
static const double rolls[] = {0.0, -0.15, 0.15}, tilts[] = {0.0, -0.3, 0.3};
static const double slides[] = {0.0, -8.0, 8.0, -15.0, 15.0};

enum {
    ROLLS = sizeof rolls / sizeof rolls[0],
    TILTS = sizeof tilts / sizeof tilts[0],
    SLIDES = sizeof slides / sizeof slides[0],
    TRIALS = ROLLS * (TILTS + 1) + 2 * (SLIDES - 1) + CUTS - 1,
    FINALISTS = 4, /* of a kind that may be */
    AGAIN = FIND_ASIDE * FIND_BASINS
};
_Static_assert(ROLLS - 1 == FIND_ASIDE, "every roll but none");
_Static_assert(2 * FINALISTS + AGAIN + FIND_TURNED + FIND_EXCHANGED + FIND_CLOSER <= FIND_ENDS,
               "all that is worked out is kept");

/*
 * Contours leave a fragment leaning as it came, so those set out that lean apart; and where the
 * networks are this sure of one kind, by their log odds, one of the other is enough.
 */
static const struct find_kind whole = {.broken = false}, broken = {.broken = true, .lean = 0.1};
static const double sure = 4.0;

/* A start moved aside; of a broken arm the fragment may lean another way too. */
static void set_aside(struct fit *fit, const struct fit_start *from, const double by[3],
                      struct fit_start *out)
{
    fit_take_start(fit, from);
    find_roll(fit, by[0]);
    if (fit->arm.broken)
        fit->arm.turn[0] += by[1];
    ost_along(fit->arm.place.t, by[2], fit->arm.place.r + 6, fit->arm.place.t);
    fit->aloof = by[2] != 0.0; /* read a row of wrist bones off: the film alone decides */
    fit_give_start(fit, out);
}

/* A contour fit stays where it came from: a start is set down in many ways. */
static int set_down(struct fit *fit, const struct fit_start *from, struct fit_start *out)
{
    int count = 0, leans = from->arm.broken ? TILTS : 1;
    for (int roll = 0; roll < ROLLS; roll++)
        for (int lean = 0; lean < leans; lean++)
            set_aside(fit, from, (const double[3]){rolls[roll], tilts[lean], 0.0}, &out[count++]);
    for (int slide = 1; slide < SLIDES; slide++)
        set_aside(fit, from, (const double[3]){0.0, 0.0, slides[slide]}, &out[count++]);
    return count;
}

/*
 * The whole arm, and the likeliest of the broken ones, in all ways; the other cuts as they are: a
 * cut moves on the films, so they come to the same place as a rule.
 */
static int set_down_all(struct fit *fit, const struct find_reading *reading, struct fit_start *out)
{
    const struct fit_start *likely = find_cheapest(reading->start + 1, reading->count - 1);
    int count = set_down(fit, &reading->start[0], out);
    count += set_down(fit, likely, out + count);
    for (size_t i = 1; i < reading->count; i++)
        if (&reading->start[i] != likely)
            out[count++] = reading->start[i];
    return count;
}

bool find_again(struct find_hunt *h, const struct fit_start *from, int count, struct ost_err *err)
{
    struct fit_start trial[FIND_BASINS * FIND_ASIDE], rough[FIND_BASINS * FIND_ASIDE];
    int trials = 0;
    for (int i = 0; i < count; i++)
        for (int roll = 1; roll < ROLLS; roll++) {
            fit_take_start(&h->fit, &from[i]);
            find_roll(&h->fit, rolls[roll]);
            fit_give_start(&h->fit, &trial[trials++]);
        }
    return find_rough(&h->fit, trial, trials, rough, err) &&
           find_work_out(&h->fit, rough, trials, &h->ends, err);
}

/* The best broken ends; what was read pulls at them once more on the way. */
static bool look_again(struct find_hunt *h, struct ost_err *err)
{
    struct fit_start from[FIND_BASINS];
    int basins = find_finalists(h->ends.end, (int)h->ends.count, &broken, FIND_BASINS, from);
    for (int b = 0; b < basins; b++)
        from[b].aloof = false;
    return find_again(h, from, basins, err);
}

bool find_settle(struct find_hunt *h, const struct find_reading *reading, struct ost_err *err)
{
    struct fit_start *trial = malloc(2 * TRIALS * sizeof *trial), *rough = trial + TRIALS;
    struct fit_start last[2 * FINALISTS];
    int kept = 0;
    if (trial == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    int count = set_down_all(&h->fit, reading, trial);
    bool done = find_rough(&h->fit, trial, count, rough, err);
    if (done) {
        int wholes = reading->odds > sure ? 1 : FINALISTS;
        int breaks = reading->odds < -sure ? 1 : FINALISTS;
        kept += find_finalists(rough, count, &whole, wholes, last);
        kept += find_finalists(rough, count, &broken, breaks, last + kept);
        done = find_work_out(&h->fit, last, kept, &h->ends, err) &&
               (breaks == 1 || look_again(h, err)) && find_frames(h, err) &&
               find_exchange(h, err) && find_closer(h, reading, err);
    }
    free(trial);
    if (done)
        find_decide(&h->fit, h->healthy, reading->odds, &h->ends);
    return done;
}
