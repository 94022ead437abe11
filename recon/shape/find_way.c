/*
 * From what was seen on the films to one state worth working out: both sides, and the
 * films' labels read another way where they fit badly as they are.
 */
#include "recon/math/vec.h"
#include "recon/shape/find_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A climb dearer than this is doubted, and the labels are exchanged. */
static const double doubtful_cost = 1.2, clearly_better = 0.1;

static const double place_mm = 15.0;

/* Places that come to so little more than the best are worked out beside it. */
static const double nearly_as_good = 0.2;

/* The starts of both sides, right then left. */
static bool begin(struct find_hunt *h, struct fit_starts starts[2], struct ost_err *err)
{
    starts[0].count = starts[1].count = 0;
    if (h->calibrated && h->count > 1)
        fit_start_calibrated(&h->fit, &h->sight, starts);
    for (int s = 0; s < 2 && !(h->calibrated && h->count > 1); s++)
        if (!find_land(&h->fit, &h->sight, s == 1, &starts[s], err))
            return false;
    if (starts[0].count + starts[1].count == 0)
        return ost_fail(err, OST_NOT_FOUND,
                        "what is found on the films does not make one forearm; check their views");
    return !(h->calibrated && h->count > 1) || fit_start_turn(&h->fit, starts, err);
}

/* Where a start has the wrist along the last film, mm. */
static double height_of(const struct find_hunt *h, const struct fit_start *start)
{
    double seen[3];
    ost_rigid_point(&start->camera[h->count - 1].world_to_camera, start->arm.place.t, seen);
    return seen[1];
}

/*
 * The starts of one place on the last film, by its best. Wrist bones, a row of them
 * higher or lower, look as good from afar: places are told apart only by what comes of
 * each, so each is climbed from alone.
 */
static void split_places(const struct find_hunt *h, const struct fit_starts *from,
                         struct fit_starts place[FIND_PLACES])
{
    bool taken[FIT_STARTS] = {false};
    for (int p = 0; p < FIND_PLACES; p++) {
        const struct fit_start *best = NULL;
        for (uint32_t i = 0; i < from->count; i++)
            if (!taken[i] && (best == NULL || from->start[i].cost < best->cost))
                best = &from->start[i];
        place[p].count = 0;
        for (uint32_t i = 0; best != NULL && i < from->count; i++)
            if (!taken[i] && fabs(height_of(h, &from->start[i]) - height_of(h, best)) < place_mm) {
                taken[i] = true;
                place[p].start[place[p].count++] = from->start[i];
            }
    }
}

/* Keeps the places in order; of two that came to the same one, the better. */
static void add_place(struct find_places *places, const struct fit_start *found)
{
    size_t at = 0, from = 0;
    while (at < places->count && places->start[at].cost <= found->cost)
        if (fit_start_same(&places->start[at++], found))
            return;
    struct find_places old = *places;
    places->count = at;
    places->start[places->count++] = *found;
    for (from = at; from < old.count && places->count < FIND_PLACES; from++)
        if (!fit_start_same(&old.start[from], found))
            places->start[places->count++] = old.start[from];
}

static bool climb_places(struct find_hunt *h, const struct fit_starts *starts,
                         struct find_places *out, struct ost_err *err)
{
    struct fit_starts *place = malloc(FIND_PLACES * sizeof *place);
    bool done = place != NULL || ost_fail(err, OST_NOMEM, "fit: out of memory");
    if (done)
        split_places(h, starts, place);
    out->count = 0;
    for (int p = 0; p < FIND_PLACES && done; p++) {
        done = place[p].count == 0 || fit_climb(&h->fit, FIT_STEPS, &place[p], err);
        if (done && place[p].count > 0)
            add_place(out, &place[p].start[0]);
    }
    while (out->count > 1 && out->start[out->count - 1].cost > out->start[0].cost + nearly_as_good)
        out->count--;
    free(place);
    return done;
}

/* Climbs on both sides; the places of one are kept, and what either side came to. */
static bool climb(struct find_hunt *h, enum ost_side side, struct fit_starts starts[2],
                  const struct ost_progress *progress, struct find_way *best, struct ost_err *err)
{
    for (int s = 0; s < 2; s++) {
        enum ost_side this_side = s == 1 ? OST_SIDE_LEFT : OST_SIDE_RIGHT;
        struct find_places found;
        if (starts[s].count == 0)
            continue;
        if (!ost_progress_step(progress, 0.5 * (1 + s), "fit", err) ||
            !climb_places(h, &starts[s], &found, err))
            return false;
        best->side_cost[this_side] = found.start[0].cost;
        if (side != OST_SIDE_UNKNOWN && side != this_side)
            continue;
        if (best->places.count == 0 || found.start[0].cost < best->places.start[0].cost)
            best->places = found;
    }
    return best->places.count > 0 ||
           ost_fail(err, OST_NOT_FOUND, "no forearm of the stated side is found");
}

/* From what was seen on the films to the best of both sides, by the films' labels. */
static bool go(struct find_hunt *h, enum ost_side side, const struct ost_progress *progress,
               struct find_way *out, struct ost_err *err)
{
    struct fit_starts *starts = calloc(2, sizeof *starts);
    *out = (struct find_way){.swapped = false};
    if (starts == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    bool ok = ost_progress_step(progress, 0.0, "start", err) && begin(h, starts, err) &&
              climb(h, side, starts, progress, out, err);
    free(starts);
    return ok;
}

static bool is_lateral(const struct fit_view *view)
{
    return view->projection == OST_PROJECTION_LATERAL;
}

bool find_may_be_swapped(const struct find_hunt *h)
{
    const struct fit_view *v = h->fit.view;
    return h->count == 2 && !h->calibrated && is_lateral(&v[0]) != is_lateral(&v[1]) &&
           v[0].projection != OST_PROJECTION_UNKNOWN && v[1].projection != OST_PROJECTION_UNKNOWN;
}

void find_swap_labels(struct find_hunt *h)
{
    enum ost_projection first = h->fit.view[0].projection;
    h->fit.view[0].projection = h->fit.view[1].projection;
    h->fit.view[1].projection = first;
}

/* Nothing found is dearer than anything found. */
static double better_side(const struct find_way *way)
{
    double cost = HUGE_VAL;
    for (int s = 0; s < OST_SIDES; s++)
        cost = way->side_cost[s] > 0.0 ? fmin(cost, way->side_cost[s]) : cost;
    return cost;
}

/* Tries the labels exchanged and leaves them so where that is clearly better. */
static bool go_swapped(struct find_hunt *h, enum ost_side side, const struct ost_progress *progress,
                       struct find_way *best, struct ost_err *err)
{
    struct find_way way;
    struct ost_err why = {0};
    find_swap_labels(h);
    bool found = go(h, side, progress, &way, &why);
    if (found && better_side(&way) < better_side(best) - clearly_better) {
        *best = way;
        best->swapped = true;
        return true;
    }
    find_swap_labels(h);
    return found || why.code == OST_NOT_FOUND || ost_fail(err, why.code, "%s", why.msg);
}

/*
 * A wrong side looks bad by either order of the labels: the better of the two sides
 * decides which order it is, and the stated side is kept within it.
 */
bool find_way(struct find_hunt *h, enum ost_side side, const struct ost_progress *progress,
              struct find_way *out, struct ost_err *err)
{
    struct ost_progress early = ost_progress_part(progress, 0.25, 0.45);
    struct ost_progress late = ost_progress_part(progress, 0.45, 0.6);
    struct ost_err why = {0};
    bool found = go(h, side, &early, out, &why);
    if (!found && why.code != OST_NOT_FOUND)
        return ost_fail(err, why.code, "%s", why.msg);
    if (better_side(out) > doubtful_cost && find_may_be_swapped(h) &&
        !go_swapped(h, side, &late, out, err))
        return false;
    return found || out->swapped || ost_fail(err, why.code, "%s", why.msg);
}
