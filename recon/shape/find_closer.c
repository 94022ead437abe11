/*
 * Where the films disagree about the arm and even the best end explains them ill, the search began
 * too far off: a film was misread, an ulna by a row of wrist bones as a rule, or a fragment turned
 * further than the networks say. So the fragments of the best ends are turned about the shaft, and
 * the arm is set down as each film alone has it; what comes of both is worked out beside the other
 * ends.
 */
#include "recon/math/vec.h"
#include "recon/shape/find_impl.h"

#include <math.h>
#include <stdlib.h>

/* Of the final cost, whose usual value is 2.5. */
static const double ill_cost = 2.9;

/* Films that disagree by more, in spreads of what was read, are not both read right. */
static const double films_disagree_sd = 1.0;

static const double doubted = 8.0;              /* times the spread of what other films say */
static const double leans[] = {0.0, -0.3, 0.3}; /* rad */
static const double moves[][2] = {{0.0, -0.25}, {0.0, -0.12}, {0.0, 0.12},
                                  {0.0, 0.25},  {-0.15, 0.0}, {0.15, 0.0}}; /* lean, turn: rad */
enum {
    LEANS = sizeof leans / sizeof leans[0],
    MOVES = sizeof moves / sizeof moves[0],
    BELIEVED = 2,
    MOVED = 2, /* of every end's */
    AGAIN = 2  /* times the best of what is believed is moved */
};
_Static_assert(BELIEVED + MOVED * (FIND_BASINS + AGAIN) <= FIND_CLOSER,
               "all that is worked out is kept");
static const struct find_kind broken = {.broken = true, .lean = 0.05};

/* The most likely broken arm where what is read on one film is believed alone. */
static bool believe(struct find_hunt *h, const struct find_reading *reading, size_t film,
                    struct fit_start *out, struct ost_err *err)
{
    struct fit_readings doubting = reading->readings;
    struct fit_predicted found;
    struct ost_prediction *said = malloc(h->count * sizeof *said);
    if (said == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    for (size_t v = 0; v < h->count; v++) {
        said[v] = reading->said[v];
        for (int i = 0; i < OST_PREDICTOR_POINTS && v != film; i++)
            for (int k = 0; k < 2; k++)
                said[v].spread[i][k] *= doubted;
    }
    doubting.said = said;
    h->fit.read = &doubting;
    h->fit.aloof = false;
    fit_predict_pose(&h->fit);
    h->fit.arm.broken = true;
    h->fit.arm.cut = find_cheapest(reading->start + 1, reading->count - 1)->arm.cut;
    bool done = fit_predict(&h->fit, false, &found, err);
    h->fit.read = &reading->readings;
    h->fit.aloof = true;
    fit_give_start(&h->fit, out);
    free(said);
    return done;
}

/* The arm as each film alone has it, its fragment leant a little as well. */
static bool believe_each(struct find_hunt *h, const struct find_reading *reading,
                         struct ost_err *err)
{
    struct fit_start trial[OST_FIT_VIEWS * LEANS];
    int count = 0;
    for (size_t v = 0; h->count > 1 && v < h->count; v++) {
        struct fit_start one;
        if (!believe(h, reading, v, &one, err))
            return false;
        for (int i = 0; i < LEANS; i++) {
            trial[count] = one;
            trial[count++].arm.turn[0] += leans[i];
        }
    }
    return find_try(h, trial, count, &broken, BELIEVED, err);
}

static int move_all(const struct fit_start *from, bool aloof, struct fit_start *out)
{
    for (int i = 0; i < MOVES; i++) {
        out[i] = *from;
        out[i].aloof = aloof;
        out[i].arm.turn[0] += moves[i][0];
        out[i].arm.turn[2] += moves[i][1];
    }
    return MOVES;
}

/* The fragments of the best few ends from `first` on, moved a little; as many are worked out. */
static bool move_each(struct find_hunt *h, size_t first, int few, bool aloof, struct ost_err *err)
{
    struct fit_start trial[FIND_BASINS * MOVES], from[FIND_BASINS];
    const int left = (int)(h->ends.count - first);
    int basins = find_finalists(h->ends.end + first, left, &broken, few, from), count = 0;
    for (int b = 0; b < basins; b++)
        count += move_all(&from[b], aloof, trial + count);
    return find_try(h, trial, count, &broken, MOVED * basins, err);
}

bool find_closer(struct find_hunt *h, const struct find_reading *reading, struct ost_err *err)
{
    if (reading->off_sd < films_disagree_sd ||
        find_cheapest(h->ends.end, h->ends.count)->cost < ill_cost)
        return true;
    if (!move_each(h, 0, FIND_BASINS, false, err))
        return false;
    /* What one film says is not to be pulled away by the others: aloof. */
    const size_t believed = h->ends.count;
    bool done = believe_each(h, reading, err);
    for (int again = 0; done && again < AGAIN && h->ends.count > believed; again++)
        done = move_each(h, believed, 1, true, err);
    return done;
}
