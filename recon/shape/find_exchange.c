/*
 * Where the shafts cross on a film: seen from the side radius and ulna lie over each other, and a
 * contour fit that took one shaft's edges for the other's stays there, the joint bent to make up
 * for it. So the best ends are pulled over to each other's edges on that film, and worked out once
 * more.
 */
#include "recon/shape/find_impl.h"
#include "recon/shape/fit_exchange_impl.h"

#include <math.h>

/* Shafts that are further apart at their furthest are not taken for each other, nearer ones are
 * both on the same edges: mm on the film, at the bones. */
static const double least_apart = 1.5, most_apart = 12.0;

static const struct fit_contour_stage over = {
    .level = OST_SCAN_MIDDLE, .reach = 3.0, .reach_last = 2.0, .turns = 8, .modes = 16, .every = 2};

/* The shafts' greatest distance on the film, mm at the bones. */
static double apart(const struct fit *fit, size_t view, const struct fit_middles middle[OST_BONES])
{
    const struct ost_camera *camera = &fit->view[view].camera;
    double seen[3], most = 0.0;
    ost_rigid_point(&camera->world_to_camera, fit->pivot, seen);
    for (int i = 0; i < FIT_BANDS; i++)
        if (middle[OST_RADIUS].known[i] && middle[OST_ULNA].known[i])
            most = fmax(most, hypot(middle[OST_RADIUS].pixel[i][0] - middle[OST_ULNA].pixel[i][0],
                                    middle[OST_RADIUS].pixel[i][1] - middle[OST_ULNA].pixel[i][1]));
    return most * seen[2] / camera->focal[0];
}

bool find_exchange_one(struct fit *fit, const struct fit_start *from, size_t view,
                       struct fit_start *out, bool *crossed, struct ost_err *err)
{
    struct fit_exchange exchange = {.view = view};
    struct fit_contour_score score;
    fit_take_start(fit, from);
    fit_refresh(fit, false);
    fit_middles_of(fit, view, exchange.to);
    double most = apart(fit, view, exchange.to);
    *crossed = most > least_apart && most < most_apart;
    if (!*crossed)
        return true;
    struct fit_middles radius = exchange.to[OST_RADIUS];
    exchange.to[OST_RADIUS] = exchange.to[OST_ULNA];
    exchange.to[OST_ULNA] = radius;
    fit->exchange = &exchange;
    bool done = fit_contours(fit, &over, &score, err);
    fit->exchange = NULL;
    fit_give_start(fit, out);
    return done;
}

/*
 * Ways to lean the fragment in beside where it came to lie, rad; those that go on of all trials;
 * and how much dearer than the best the best exchanged end may be to be looked at once more.
 */
static const double leans[] = {0.0, -0.13, 0.13}, near = 0.15;
enum { LEANS = sizeof leans / sizeof leans[0], TRIALS = LEANS * OST_FIT_VIEWS, KEPT = 2 };
_Static_assert(KEPT + FIND_ASIDE <= FIND_EXCHANGED, "all that is worked out is kept");

bool find_exchange(struct find_hunt *h, struct ost_err *err)
{
    struct fit_start from = *find_cheapest(h->ends.end, h->ends.count);
    struct fit_start trial[TRIALS];
    const struct find_kind kind = {.broken = from.arm.broken};
    int count = 0;
    for (size_t v = 0; v < h->count; v++) {
        struct fit_start one;
        bool crossed;
        if (!find_exchange_one(&h->fit, &from, v, &one, &crossed, err))
            return false;
        for (int lean = 0; crossed && lean < (from.arm.broken ? LEANS : 1); lean++) {
            trial[count] = one;
            trial[count++].arm.turn[0] += leans[lean];
        }
    }
    if (count == 0)
        return true;
    size_t first = h->ends.count;
    if (!find_try(h, trial, count, &kind, KEPT, err))
        return false;
    if (h->ends.count == first)
        return true;
    const struct fit_start best = *find_cheapest(h->ends.end + first, h->ends.count - first);
    return best.cost > from.cost + near || find_again(h, &best, 1, err);
}
