#include "recon/shape/find.h"

#include "recon/math/vec.h"
#include "recon/shape/edge.h"
#include "recon/shape/find_impl.h"
#include "recon/shape/physis.h"
#include "recon/xray/outline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double usual_height_mm = 180.0; /* of what a wrist film shows, without a pixel size */
static const double usual_depth = 0.96;      /* arm to source over detector to source */

static void hunt_fini(struct find_hunt *h)
{
    free(h->reading);
    ost_seek_borders_destroy(h->sight.borders);
    for (size_t v = 0; v < OST_FIT_VIEWS; v++) {
        ost_seek_map_destroy(h->sight.map[v]);
        ost_scan_destroy(h->scan[v]);
    }
    fit_fini(&h->fit);
}

/* Where the axes of two calibrated cameras pass nearest: mm from the source of `a`. */
static double nearest_depth(const struct ost_camera *a, const struct ost_camera *b)
{
    double s[3], d[3], t[3], e[3], w[3];
    ost_camera_ray(a, a->principal, s, d);
    ost_camera_ray(b, b->principal, t, e);
    ost_sub(s, t, w);
    double de = ost_dot(d, e), dw = ost_dot(d, w), ew = ost_dot(e, w);
    double across = 1.0 - de * de;
    return across > 1e-3 ? (de * ew - dw) / across : 1000.0;
}

/* mm of a film pixel at the arm, near enough to set scales. */
static double pixel_at_arm(const struct find_hunt *h, size_t v)
{
    const struct ost_fit_film *film = &h->film[v];
    if (film->has_camera) {
        const struct ost_camera *other = &h->film[v == 0 && h->count > 1 ? 1 : 0].camera;
        double depth = h->count > 1 ? nearest_depth(&film->camera, other) : 1000.0;
        return fmax(depth, 100.0) / film->camera.focal[0];
    }
    if (film->spacing > 0.0)
        return film->spacing * usual_depth;
    return usual_height_mm / film->image->height;
}

static void first_camera(struct find_hunt *h, size_t v)
{
    const struct ost_fit_film *film = &h->film[v];
    struct fit_view *view = &h->fit.view[v];
    *view = (struct fit_view){
        .projection = film->projection, .spacing = film->spacing, .frame = film->frame};
    if (film->has_camera) {
        view->camera = film->camera;
        view->spacing = 0.0;
        return;
    }
    view->camera = (struct ost_camera){.width = film->image->width,
                                       .height = film->image->height,
                                       .world_to_camera = ost_rigid_identity()};
    view->camera.principal[0] = 0.5 * (film->image->width - 1.0);
    view->camera.principal[1] = 0.5 * (film->image->height - 1.0);
    view->pose_free = v > 0;
    view->focal_free = true;
}

/* Looks for the forearm on one film taken with this polarity; replaces what was there. */
static bool look(struct find_hunt *h, size_t v, enum ost_polarity bone, struct ost_scan **scan,
                 struct fit_guesses *found, struct ost_seek_map **map, struct ost_err *err)
{
    bool sized = h->film[v].has_camera || h->film[v].spacing > 0.0;
    const struct ost_seek_options options = {
        .scale_low = sized ? 0.9 : 0.55, .scale_high = sized ? 1.13 : 1.8, .most = FIT_GUESSES};
    return ost_scan_create(h->film[v].image, bone, pixel_at_arm(h, v), scan, err) &&
           ost_seek_map_create(*scan, map, err) &&
           ost_seek(h->sight.borders, *map, &options, found->guess, &found->count, err);
}

/* Which way grey runs is not said: the way in which a forearm is seen better. */
static bool sight_film(struct find_hunt *h, size_t v, struct ost_err *err)
{
    enum ost_polarity said = h->film[v].bone;
    if (said != OST_BONE_AUTO)
        return look(h, v, said, &h->scan[v], &h->sight.found[v], &h->sight.map[v], err);
    struct ost_scan *scan = NULL;
    struct ost_seek_map *map = NULL;
    struct fit_guesses *other = malloc(sizeof *other);
    if (other == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    struct fit_guesses *one = &h->sight.found[v];
    bool ok = look(h, v, OST_BONE_BRIGHT, &h->scan[v], one, &h->sight.map[v], err) &&
              look(h, v, OST_BONE_DARK, &scan, other, &map, err);
    if (ok && other->count > 0 &&
        (one->count == 0 || other->guess[0].score > one->guess[0].score)) {
        struct ost_scan *s = h->scan[v];
        struct ost_seek_map *m = h->sight.map[v];
        h->scan[v] = scan;
        h->sight.map[v] = map;
        scan = s;
        map = m;
        *one = *other;
    }
    ost_scan_destroy(scan);
    ost_seek_map_destroy(map);
    free(other);
    return ok;
}

static void first_cameras(struct find_hunt *h)
{
    h->fit.view_count = h->count;
    h->calibrated = true;
    for (size_t v = 0; v < h->count; v++) {
        h->calibrated = h->calibrated && h->film[v].has_camera;
        first_camera(h, v);
    }
}

static bool sight_all(struct find_hunt *h, const struct ost_progress *progress, struct ost_err *err)
{
    if (!ost_seek_borders_create(h->fit.prior, &h->sight.borders, err))
        return false;
    for (size_t v = 0; v < h->count; v++) {
        if (!ost_progress_step(progress, 0.02 + 0.2 * (double)v / (double)h->count, "seek", err) ||
            !sight_film(h, v, err))
            return false;
        h->fit.view[v].scan = h->scan[v];
        if (h->sight.found[v].count == 0)
            return ost_fail(err, OST_NOT_FOUND, "no forearm is found on film %zu", v + 1);
    }
    return true;
}

static bool measure_view(struct find_hunt *h, size_t v, struct ost_find *out, struct ost_err *err)
{
    OST_AUTO(ost_outline) radius = NULL;
    OST_AUTO(ost_outline) ulna = NULL;
    const struct ost_camera *camera = &h->fit.view[v].camera;
    struct ost_edge_measure m;
    double c[3];
    ost_rigid_point(&camera->world_to_camera, h->fit.pivot, c);
    const double mm[OST_BONES] = {c[2] / camera->focal[0], c[2] / camera->focal[0]};
    if (!ost_outline_create(fit_table(&h->fit, v, OST_RADIUS)->mesh, camera, &radius, err) ||
        !ost_outline_create(fit_table(&h->fit, v, OST_ULNA)->mesh, camera, &ulna, err))
        return false;
    const struct ost_outline *const both[OST_BONES] = {radius, ulna};
    if (!ost_edge_measure(h->scan[v], both, mm, OST_BONES, &m, err))
        return false;
    out->contour[v] =
        (struct ost_find_contour){m.mean, m.p95, m.share, m.shifted_mean, m.shifted_share};
    out->residual_mm += m.mean / (double)h->count;
    return true;
}

static bool conclude(struct find_hunt *h, struct ost_find *out, struct ost_err *err)
{
    fit_refresh(&h->fit, false);
    out->arm = h->fit.arm;
    ost_anatomy_of_arm(h->fit.prior, (const float(*)[3])h->fit.table[OST_RADIUS]->mesh->vertex,
                       h->fit.arm.mirrored, &out->anatomy);
    out->view_count = h->count;
    for (size_t v = 0; v < h->count; v++) {
        out->camera[v] = h->fit.view[v].camera;
        if (!measure_view(h, v, out, err))
            return false;
    }
    if (h->count > 1) {
        double s[3], a[3], b[3];
        ost_camera_ray(&out->camera[0], out->camera[0].principal, s, a);
        ost_camera_ray(&out->camera[1], out->camera[1].principal, s, b);
        out->angle_between_views = ost_degrees(acos(fmin(1.0, fmax(-1.0, ost_dot(a, b)))));
    }
    return find_spread(&h->fit, &h->ends, out, err);
}

static bool search(struct find_hunt *h, enum ost_side side, const struct ost_progress *progress,
                   struct ost_find *out, struct ost_err *err)
{
    struct find_way best;
    if (!sight_all(h, progress, err) || !find_way(h, side, progress, &best, err))
        return false;
    out->swapped = best.swapped;
    memcpy(out->side_cost, best.side_cost, sizeof out->side_cost);
    return ost_progress_step(progress, 0.6, "break", err) &&
           find_break(&h->fit, &best.places, h->healthy, &h->ends, err);
}

/* What was read is forgotten, and the films are searched. */
static bool search_instead(struct find_hunt *h, enum ost_side side,
                           const struct ost_progress *progress, struct ost_find *out,
                           struct ost_err *err)
{
    for (size_t v = 0; v < h->count; v++) {
        ost_scan_destroy(h->scan[v]);
        h->scan[v] = NULL;
    }
    h->fit.read = NULL;
    first_cameras(h);
    return search(h, side, progress, out, err);
}

static bool read_only(struct find_hunt *h, struct ost_predictor *predictor,
                      struct ost_find_doubts *out, struct ost_err *err)
{
    struct find_reading *reading = h->reading = calloc(1, sizeof *reading);
    *out = (struct ost_find_doubts){.plate = h->count > 0 ? HUGE_VAL : 0.0};
    if (reading == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    if (!find_read(h, predictor, reading, err))
        return false;
    for (size_t v = 0; v < h->count; v++) {
        const struct ost_prediction *said = &reading->said[v];
        out->doubt = fmax(out->doubt, said->doubt * ost_predictor_read_shape().mm);
        /* On every film: a step of an old break makes such a line on one of them. */
        out->plate =
            fmin(out->plate, ost_physis_depth(h->film[v].image, said,
                                              ost_predictor_points_view(predictor), h->fit.prior));
    }
    out->off_sd = reading->off_sd;
    out->cut_off = reading->cut_off;
    out->conflicts = reading->conflicts;
    out->swapped = reading->swapped;
    return true;
}

/* A child's arm is left as it was read: whoever asked is told why, and not kept waiting. */
static bool settle(struct find_hunt *h, bool child, struct ost_err *err)
{
    const struct find_reading *reading = h->reading;
    if (!child)
        return find_settle(h, reading, err);
    if (!find_work_out(&h->fit, reading->start, 1, &h->ends, err))
        return false;
    find_decide(&h->fit, h->healthy, reading->odds, &h->ends);
    return true;
}

/* Reads every film, makes its scan as it was read, and fits from there. */
static bool read_films(struct find_hunt *h, struct ost_predictor *predictor, enum ost_side side,
                       const struct ost_progress *progress, struct ost_find *out,
                       struct ost_err *err)
{
    struct ost_find_doubts read;
    if (!ost_progress_step(progress, 0.02, "read", err) || !read_only(h, predictor, &read, err))
        return false;
    out->doubt = read.doubt;
    out->cut_off = read.cut_off;
    out->plate = read.plate;
    const bool child = out->plate >= ost_physis_sure;
    if (out->doubt > ost_find_doubtful_mm && !child)
        return search_instead(h, side, progress, out, err);
    out->swapped = read.swapped;
    out->side_cost[OST_SIDE_RIGHT] = h->reading->cost;
    out->conflicts = read.conflicts;
    out->off_sd = read.off_sd;
    return ost_progress_step(progress, 0.3, "fit", err) && settle(h, child, err);
}

static bool run(struct find_hunt *h, struct ost_predictor *predictor, enum ost_side side,
                const struct ost_progress *progress, struct ost_find *out, struct ost_err *err)
{
    first_cameras(h);
    return (predictor != NULL ? read_films(h, predictor, side, progress, out, err)
                              : search(h, side, progress, out, err)) &&
           ost_progress_step(progress, 0.9, "spread", err) && conclude(h, out, err);
}

/* The first film's is 0, and none is left out. */
static bool check_frames(const struct ost_fit_film *film, size_t count, struct ost_err *err)
{
    uint32_t seen = 0;
    for (size_t v = 0; v < count; v++) {
        if (film[v].frame < OST_ARM_FRAMES)
            seen |= 1U << film[v].frame;
        if (film[v].frame >= OST_ARM_FRAMES || (v == 0 && film[v].frame != 0))
            return ost_fail(err, OST_INVALID, "film %zu: frames are 0 to %d, the first film's is 0",
                            v + 1, OST_ARM_FRAMES - 1);
    }
    if ((seen & (seen + 1)) != 0)
        return ost_fail(err, OST_INVALID, "frames are numbered without gaps from 0");
    return true;
}

/* What a hunt is about; `film` is borrowed. */
struct quarry {
    const struct ost_fit_film *film;
    size_t count;
    bool healthy;
};

/* One more than the last that a film is of. */
static uint32_t frames_of(const struct ost_fit_film *film, size_t count)
{
    uint32_t most = 0;
    for (size_t v = 0; v < count; v++)
        most = film[v].frame > most ? film[v].frame : most;
    return most + 1;
}

static bool hunt(const struct ost_prior *prior, struct ost_predictor *predictor,
                 const struct quarry *quarry, enum ost_side side,
                 const struct ost_progress *progress, struct ost_find **out, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_find) find = calloc(1, sizeof *find);
    struct find_hunt *h = calloc(1, sizeof *h);
    bool ok = find != NULL && h != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "fit: out of memory");
    if (ok) {
        h->film = quarry->film;
        h->count = quarry->count;
        h->healthy = quarry->healthy;
        ok = fit_init(&h->fit, prior, frames_of(quarry->film, quarry->count), err) &&
             run(h, predictor, side, progress, find, err);
        hunt_fini(h);
    }
    free(h);
    if (ok)
        *out = ost_steal(&find);
    return ok;
}

/* Taken as a left arm: in a mirror a right one, and back. */
static bool hunt_left(const struct ost_prior *prior, struct ost_predictor *predictor,
                      const struct quarry *quarry, const struct ost_progress *progress,
                      struct ost_find **out, struct ost_err *err)
{
    struct find_mirror mirror;
    bool found = find_mirror_films(&mirror, quarry->film, quarry->count, err);
    const struct quarry mirrored = {mirror.film, quarry->count, quarry->healthy};
    found = found && hunt(prior, predictor, &mirrored, OST_SIDE_RIGHT, progress, out, err);
    find_mirror_fini(&mirror);
    if (found)
        find_mirror_back(*out);
    return found;
}

/* Taken as of either side; the better is kept. */
static bool hunt_both(const struct ost_prior *prior, struct ost_predictor *predictor,
                      const struct quarry *quarry, const struct ost_progress *progress,
                      struct ost_find **out, struct ost_err *err)
{
    OST_AUTO(ost_find) right = NULL;
    OST_AUTO(ost_find) left = NULL;
    struct ost_progress first = ost_progress_part(progress, 0.0, 0.5);
    struct ost_progress second = ost_progress_part(progress, 0.5, 1.0);
    if (!hunt(prior, predictor, quarry, OST_SIDE_RIGHT, &first, &right, err) ||
        !hunt_left(prior, predictor, quarry, &second, &left, err))
        return false;
    left->side_cost[OST_SIDE_RIGHT] = right->side_cost[OST_SIDE_RIGHT];
    right->side_cost[OST_SIDE_LEFT] = left->side_cost[OST_SIDE_LEFT];
    bool is_left = left->side_cost[OST_SIDE_LEFT] < right->side_cost[OST_SIDE_RIGHT];
    *out = is_left ? ost_steal(&left) : ost_steal(&right);
    return true;
}

bool ost_find_create(const struct ost_prior *prior, struct ost_predictor *predictor,
                     const struct ost_fit_film *film, size_t count, enum ost_side side,
                     bool healthy, const struct ost_progress *progress, struct ost_find **out,
                     struct ost_err *err)
{
    const struct quarry quarry = {film, count, healthy};
    *out = NULL;
    if (count == 0 || count > OST_FIT_VIEWS)
        return ost_fail(err, OST_INVALID, "a fit takes 1 to %d films, not %zu", OST_FIT_VIEWS,
                        count);
    for (size_t v = 0; v < count; v++)
        if (film[v].has_camera != film[0].has_camera || (film[v].has_camera && count < 2))
            return ost_fail(err, OST_INVALID, "a fit takes cameras of two films or more, or none");
    if (!check_frames(film, count, err))
        return false;
    if (predictor != NULL && side == OST_SIDE_UNKNOWN)
        return hunt_both(prior, predictor, &quarry, progress, out, err);
    if (side == OST_SIDE_LEFT)
        return hunt_left(prior, predictor, &quarry, progress, out, err);
    return hunt(prior, predictor, &quarry, side, progress, out, err);
}

bool ost_find_doubt(const struct ost_prior *prior, struct ost_predictor *predictor,
                    const struct ost_fit_film *film, size_t count, enum ost_side side,
                    struct ost_find_doubts *out, struct ost_err *err)
{
    struct find_mirror mirror = {.count = 0};
    struct find_hunt *h = NULL;
    const bool left = side == OST_SIDE_LEFT;
    bool ok = (count > 0 && count <= OST_FIT_VIEWS) ||
              ost_fail(err, OST_INVALID, "1 to %d films, not %zu", OST_FIT_VIEWS, count);
    ok = ok && check_frames(film, count, err);
    ok = ok && (!left || find_mirror_films(&mirror, film, count, err));
    if (ok) {
        h = calloc(1, sizeof *h);
        ok = h != NULL || ost_fail(err, OST_NOMEM, "fit: out of memory");
    }
    if (ok) {
        h->film = left ? mirror.film : film;
        h->count = count;
        ok = fit_init(&h->fit, prior, frames_of(film, count), err);
        if (ok)
            first_cameras(h);
        ok = ok && read_only(h, predictor, out, err);
        hunt_fini(h);
    }
    free(h);
    find_mirror_fini(&mirror);
    return ok;
}

void ost_find_destroy(struct ost_find *find)
{
    if (find == NULL)
        return;
    for (int b = 0; b < OST_BONES; b++)
        free(find->sd[b]);
    free(find);
}
