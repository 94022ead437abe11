#include "recon/math/vec.h"
#include "recon/shape/fit_start_impl.h"

#include <stdlib.h>
#include <string.h>

enum { ROLLS = 24, SLIDES = 3, SPINS = 5, PLACES = 3, TRIALS = ROLLS * SLIDES * SPINS * PLACES };

static const double slide_mm = 8.0, raster_mm = 2.5;
static const double near_mm = 15.0;
static const double spin_step = 1.0; /* of the prior's forearm rotation, in its SDs */

/* Where the wrist is and which way the arm runs, whatever its roll and side. */
static bool same_place(const struct fit_start *a, const struct fit_start *b)
{
    return ost_distance(a->arm.place.t, b->arm.place.t) < near_mm &&
           ost_dot(a->arm.place.r + 6, b->arm.place.r + 6) > 0.9;
}

static int by_cost(const void *a, const void *b)
{
    const struct fit_start *x = a, *y = b;
    return (x->cost > y->cost) - (x->cost < y->cost);
}

/* The best few places of both lists, and how many they are. */
static bool places_of(const struct fit_starts starts[2], struct fit_start out[PLACES],
                      uint32_t *places, struct ost_err *err)
{
    struct fit_start *all = malloc(2 * (size_t)FIT_STARTS * sizeof *all);
    uint32_t count = 0, kept = 0;
    if (all == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    for (int s = 0; s < 2; s++)
        for (uint32_t i = 0; i < starts[s].count; i++)
            all[count++] = starts[s].start[i];
    qsort(all, count, sizeof *all, by_cost);
    for (uint32_t i = 0; i < count && kept < PLACES; i++) {
        bool fresh = true;
        for (uint32_t k = 0; fresh && k < kept; k++)
            fresh = !same_place(&all[i], &out[k]);
        if (fresh)
            out[kept++] = all[i];
    }
    free(all);
    *places = kept;
    return true;
}

/* Turns the arm about its own axis, slides it along and turns the ulna in it. */
static struct fit_start turned(const struct fit_start *from, int trial, bool mirrored)
{
    struct fit_start s = *from;
    int roll = trial % ROLLS, slide = trial / ROLLS % SLIDES, turn = trial / ROLLS / SLIDES;
    const double *z = from->arm.place.r + 6;
    double angle = 2.0 * OST_PI * roll / ROLLS;
    const double w[3] = {angle * z[0], angle * z[1], angle * z[2]};
    struct ost_rigid spin = {.t = {0}};
    ost_rotation_of_vector(w, spin.r);
    for (int c = 0; c < 3; c++)
        ost_rigid_direction(&spin, from->arm.place.r + 3 * c, s.arm.place.r + 3 * c);
    ost_along(from->arm.place.t, slide_mm * (slide - SLIDES / 2), z, s.arm.place.t);
    s.arm.mirrored = mirrored;
    s.arm.joint[0] = spin_step * (turn - SPINS / 2);
    return s;
}

static bool judge(struct fit *fit, struct fit_start *s, struct ost_err *err)
{
    double match;
    fit_take_start(fit, s);
    fit_refresh(fit, false);
    if (!fit_correlate(fit, raster_mm, fit_shade_height_mm, &match, err))
        return false;
    s->cost = 1.0 - match;
    return true;
}

static bool judge_all(const struct fit *fit, struct fit_start *list, uint32_t count,
                      struct ost_err *err)
{
    bool done = true;
#pragma omp parallel
    {
        struct fit own;
        struct ost_err why = {.code = OST_OK};
        bool fine = fit_init_as(&own, fit, &why);
#pragma omp for schedule(dynamic)
        for (uint32_t i = 0; i < count; i++)
            fine = fine && judge(&own, &list[i], &why);
        fit_fini(&own);
#pragma omp critical
        if (!fine) {
            done = false;
            if (err != NULL)
                *err = why;
        }
    }
    return done;
}

static bool turn_side(const struct fit *fit, const struct fit_start *place, uint32_t places,
                      bool mirrored, struct fit_starts *out, struct ost_err *err)
{
    struct fit_start *list = malloc(TRIALS * sizeof *list);
    uint32_t count = 0;
    if (list == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    for (uint32_t p = 0; p < places; p++)
        for (int trial = 0; trial < ROLLS * SLIDES * SPINS; trial++)
            list[count++] = turned(&place[p], trial, mirrored);
    bool done = judge_all(fit, list, count, err);
    out->count = 0;
    for (uint32_t i = 0; done && i < count; i++)
        (void)fit_start_insert(out, &list[i]);
    free(list);
    return done;
}

bool fit_start_turn(struct fit *fit, struct fit_starts starts[2], struct ost_err *err)
{
    struct fit_start place[PLACES];
    uint32_t places = 0;
    if (!places_of(starts, place, &places, err))
        return false;
    for (int s = 0; s < 2; s++)
        if (!turn_side(fit, place, places, s == 1, &starts[s], err))
            return false;
    return true;
}
