#include "recon/math/vec.h"
#include "recon/shape/fit_start_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROLLS = 24, LINES_MOST = 10, PAIRS_MOST = LINES_MOST * LINES_MOST };

static const double source_mm = 1100.0, arm_mm = 1055.0; /* source to detector, to the arm */
static const double size_most = 0.15;                    /* of |log_scale| at the start */
static const double slide_mm = 6.0, slide_most_mm = 260.0;

static void way_on_film(const struct ost_seek_guess *g, double out[2])
{
    out[0] = -sin(g->turn);
    out[1] = cos(g->turn);
}

/* Guesses on one straight line of a film say the same about where the arm's axis runs. */
static bool same_line(const struct ost_seek_guess *a, const struct ost_seek_guess *b)
{
    double way[2];
    way_on_film(a, way);
    double off = (b->pixel[0] - a->pixel[0]) * way[1] - (b->pixel[1] - a->pixel[1]) * way[0];
    double apart = fabs(remainder(a->turn - b->turn, OST_PI));
    return apart < ost_radians(6.0) && fabs(off) / a->pixels_per_mm < 6.0;
}

static uint32_t lines_of(const struct fit_guesses *from, uint32_t line[LINES_MOST])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < from->count && count < LINES_MOST; i++) {
        bool fresh = true;
        for (uint32_t k = 0; fresh && k < count; k++)
            fresh = !same_line(&from->guess[line[k]], &from->guess[i]);
        if (fresh)
            line[count++] = i;
    }
    return count;
}

/* An axis in the world: where the planes through two lines of two films meet. */
struct axis {
    double point[3], way[3];
};

/* The plane through the source in which the arm's axis lies, by its normal; world. */
static void plane_of(const struct fit_view *v, const struct ost_seek_guess *g, double normal[3],
                     double source[3], double ray[3])
{
    struct ost_rigid back = ost_rigid_inverse(&v->camera.world_to_camera);
    double way[3] = {0.0, 0.0, 0.0};
    way_on_film(g, way);
    ost_rigid_direction(&back, way, way);
    ost_camera_ray(&v->camera, g->pixel, source, ray);
    ost_cross(ray, way, normal);
    (void)ost_unit(normal);
}

static bool axis_of(const struct fit *fit, const struct ost_seek_guess *a,
                    const struct ost_seek_guess *b, struct axis *out)
{
    double n[2][3], p[2][3], d[2][3], from[3];
    plane_of(&fit->view[0], a, n[0], p[0], d[0]);
    plane_of(&fit->view[1], b, n[1], p[1], d[1]);
    ost_cross(n[0], n[1], out->way);
    double across = ost_dot(n[1], d[0]);
    if (!(ost_unit(out->way) > 0.1) || fabs(across) < 0.02)
        return false;
    ost_sub(p[1], p[0], from);
    ost_along(p[0], ost_dot(from, n[1]) / across, d[0], out->point);
    return true;
}

/* One pose of the mean arm along an axis. */
struct pose {
    double slide, roll, log_scale, spin;
    bool reversed;
};

static void place_pose(const struct axis *a, const struct pose *pose, struct ost_rigid *out)
{
    double x[3], y[3], *z = out->r + 6;
    for (int k = 0; k < 3; k++)
        z[k] = pose->reversed ? -a->way[k] : a->way[k];
    ost_perpendicular(z, x);
    ost_cross(z, x, y);
    for (int k = 0; k < 3; k++)
        out->r[k] = cos(pose->roll) * x[k] + sin(pose->roll) * y[k];
    ost_cross(z, out->r, out->r + 3);
    ost_along(a->point, pose->slide, a->way, out->t);
}

/* The mean score over the films; below zero where the wrist is not on one of them. */
static double score_pose(const struct fit *fit, const struct fit_sight *sight,
                         const struct axis *axis, const struct pose *pose, bool mirrored)
{
    struct ost_rigid place, seen;
    double sum = 0.0, depth;
    place_pose(axis, pose, &place);
    for (size_t v = 0; v < fit->view_count; v++) {
        const struct ost_camera *c = &fit->view[v].camera;
        struct ost_seek_guess g = {.spin = pose->spin};
        if (!ost_camera_project(c, place.t, g.pixel, &depth) ||
            !ost_scan_is_exposed(fit->view[v].scan, g.pixel, 0.0))
            return -1.0;
        seen = ost_rigid_then(&place, &c->world_to_camera);
        memcpy(g.rotation, seen.r, sizeof g.rotation);
        if (mirrored)
            ost_seek_mirror(seen.r, g.rotation);
        g.pixels_per_mm = exp(pose->log_scale) * c->focal[0] / depth;
        sum += ost_seek_score(sight->borders, sight->map[v], &g);
    }
    return sum / (double)fit->view_count;
}

/* One step along, about or in size: two ways each. */
static struct pose beside(const struct pose *pose, int way, double step)
{
    struct pose p = *pose;
    double sign = way % 2 == 0 ? step : -step;
    p.slide += way / 2 == 0 ? sign * slide_mm : 0.0;
    p.roll += way / 2 == 1 ? sign * 2.0 * OST_PI / ROLLS : 0.0;
    p.log_scale += way / 2 == 2 ? sign * 0.08 : 0.0;
    return p;
}

/* Climbs to the best pose near by, in ever smaller steps. */
static double climb(const struct fit *fit, const struct fit_sight *sight, const struct axis *axis,
                    bool mirrored, struct pose *pose)
{
    double best = score_pose(fit, sight, axis, pose, mirrored);
    for (double step = 1.0; step > 0.3; step *= 0.5)
        for (int way = 0; way < 6; way++) {
            struct pose p = beside(pose, way, step);
            double score = score_pose(fit, sight, axis, &p, mirrored);
            if (score > best) {
                best = score;
                *pose = p;
            }
        }
    return best;
}

/* The arm as every camera sees it: without given cameras each view has its own idea. */
bool fit_start_same(const struct fit_start *a, const struct fit_start *b)
{
    if (fabs(a->arm.joint[0] - b->arm.joint[0]) > 1.4)
        return false;
    for (int v = 0; v < OST_FIT_VIEWS; v++) {
        if (a->camera[v].width == 0)
            continue;
        struct ost_rigid p = ost_rigid_then(&a->arm.place, &a->camera[v].world_to_camera);
        struct ost_rigid q = ost_rigid_then(&b->arm.place, &b->camera[v].world_to_camera);
        if (ost_distance(p.t, q.t) > 7.0 || ost_dot(p.r + 6, q.r + 6) < 0.97 ||
            ost_dot(p.r, q.r) < 0.92)
            return false;
    }
    return true;
}

bool fit_start_insert(struct fit_starts *starts, const struct fit_start *s)
{
    uint32_t worst = 0;
    for (uint32_t i = 0; i < starts->count; i++) {
        if (fit_start_same(&starts->start[i], s)) {
            if (s->cost < starts->start[i].cost)
                starts->start[i] = *s;
            return true;
        }
        if (starts->start[i].cost > starts->start[worst].cost)
            worst = i;
    }
    if (starts->count < FIT_STARTS)
        starts->start[starts->count++] = *s;
    else if (s->cost < starts->start[worst].cost)
        starts->start[worst] = *s;
    return true;
}

static void keep_pose(const struct fit *fit, const struct axis *axis, const struct pose *pose,
                      bool mirrored, double score, struct fit_starts *out)
{
    struct fit_start start = {.arm = {.mirrored = mirrored}, .cost = 1.0 - score};
    place_pose(axis, pose, &start.arm.place);
    start.arm.joint[0] = pose->spin;
    start.arm.log_scale = fmin(fmax(pose->log_scale, -size_most), size_most);
    for (size_t v = 0; v < fit->view_count; v++)
        start.camera[v] = fit->view[v].camera;
    (void)fit_start_insert(out, &start);
}

/* One place and way along an axis: every roll and spin; the better ones are climbed and kept. */
static void search_place(const struct fit *fit, const struct fit_sight *sight,
                         const struct axis *axis, const struct pose *from,
                         struct fit_starts starts[2])
{
    const double promising = 0.25;
    for (int i = 0; i < 2 * ROLLS * OST_SEEK_SPINS; i += 2) {
        struct pose pose = *from;
        int side = i / (ROLLS * OST_SEEK_SPINS);
        pose.roll = 2.0 * OST_PI * (i % ROLLS) / ROLLS;
        pose.spin = ost_seek_spin[i / ROLLS % OST_SEEK_SPINS];
        double score = score_pose(fit, sight, axis, &pose, side == 1);
        if (score < promising)
            continue;
        score = climb(fit, sight, axis, side == 1, &pose);
        keep_pose(fit, axis, &pose, side == 1, score, &starts[side]);
    }
}

static void search_axis(const struct fit *fit, const struct fit_sight *sight,
                        const struct axis *axis, struct fit_starts starts[2])
{
    for (int reversed = 0; reversed < 2; reversed++)
        for (double slide = -slide_most_mm; slide <= slide_most_mm; slide += slide_mm) {
            const struct pose pose = {.slide = slide, .reversed = reversed != 0};
            search_place(fit, sight, axis, &pose, starts);
        }
}

void fit_start_calibrated(const struct fit *fit, const struct fit_sight *sight,
                          struct fit_starts starts[2])
{
    uint32_t line[2][LINES_MOST], count[2];
    struct axis axis[PAIRS_MOST];
    int axes = 0;
    for (int v = 0; v < 2; v++)
        count[v] = lines_of(&sight->found[v], line[v]);
    for (uint32_t i = 0; i < count[0]; i++)
        for (uint32_t k = 0; k < count[1]; k++)
            if (axis_of(fit, &sight->found[0].guess[line[0][i]], &sight->found[1].guess[line[1][k]],
                        &axis[axes]))
                axes++;
    for (int i = 0; i < axes; i++)
        search_axis(fit, sight, &axis[i], starts);
}

/*
 * Whether an arm turned like that may be on a film of that projection. A lateral film is
 * taken with the little finger on the detector: from the other side the back of the wrist
 * would be taken for its palm.
 */
static bool agrees(enum ost_projection projection, const double r[9], bool mirrored)
{
    const double dorsal = r[5], ulnar = mirrored ? -r[2] : r[2]; /* towards the detector */
    switch (projection) {
    case OST_PROJECTION_PA:
        return dorsal < -0.5;
    case OST_PROJECTION_AP:
        return dorsal > 0.5;
    case OST_PROJECTION_LATERAL:
        return ulnar > 0.5;
    case OST_PROJECTION_UNKNOWN:
    case OST_PROJECTION_OBLIQUE:
    case OST_PROJECTIONS:
        break;
    }
    return true;
}

/* The model to a camera's axes as a guess has it; the camera's focal length is set with it. */
static struct ost_rigid place_guess(struct fit_view *v, const struct ost_seek_guess *g,
                                    bool mirrored, double *log_scale)
{
    struct ost_rigid place = {.t = {0.0, 0.0, arm_mm}};
    memcpy(place.r, g->rotation, sizeof place.r);
    if (mirrored)
        ost_seek_mirror(g->rotation, place.r);
    double focal = v->spacing > 0.0 ? source_mm / v->spacing : g->pixels_per_mm * arm_mm;
    v->focal_middle = v->camera.focal[0] = v->camera.focal[1] = focal;
    *log_scale = log(g->pixels_per_mm * arm_mm / focal);
    for (int k = 0; k < 2; k++)
        place.t[k] = (g->pixel[k] - v->camera.principal[k]) / focal * arm_mm;
    return place;
}

/* The state for one guess on each film; the first camera's axes are the world's. */
static void start_of(struct fit *fit, const struct ost_seek_guess *const *guess, bool mirrored,
                     struct fit_start *out)
{
    double log_scale = 0.0, one, score = 0.0;
    *out = (struct fit_start){.arm = {.mirrored = mirrored}};
    for (size_t i = 0; i < fit->view_count; i++) {
        struct fit_view *v = &fit->view[i];
        struct ost_rigid place = place_guess(v, guess[i], mirrored, &one);
        if (i == 0) {
            out->arm.place = place;
            v->camera.world_to_camera = ost_rigid_identity();
        } else {
            struct ost_rigid back = ost_rigid_inverse(&out->arm.place);
            v->camera.world_to_camera = ost_rigid_then(&back, &place);
        }
        out->camera[i] = v->camera;
        log_scale += one / (double)fit->view_count;
        score += guess[i]->score / (double)fit->view_count;
    }
    out->arm.log_scale = fmin(fmax(log_scale, -size_most), size_most);
    out->cost = 1.0 - score;
}

static bool guess_agrees(const struct ost_seek_guess *g, enum ost_projection projection,
                         bool mirrored)
{
    double left[9];
    if (!mirrored)
        return agrees(projection, g->rotation, false);
    ost_seek_mirror(g->rotation, left);
    return agrees(projection, left, true);
}

void fit_start_free(struct fit *fit, const struct fit_sight *sight, bool mirrored,
                    struct fit_starts *out)
{
    const struct fit_guesses *guess = sight->found;
    uint32_t at[OST_FIT_VIEWS] = {0};
    for (;;) {
        const struct ost_seek_guess *chosen[OST_FIT_VIEWS] = {NULL};
        bool agree = true;
        for (size_t v = 0; v < fit->view_count; v++) {
            if (guess[v].count == 0)
                return;
            chosen[v] = &guess[v].guess[at[v]];
            agree = agree && guess_agrees(chosen[v], fit->view[v].projection, mirrored);
        }
        if (agree) {
            struct fit_start start;
            start_of(fit, chosen, mirrored, &start);
            (void)fit_start_insert(out, &start);
        }
        size_t v = 0; /* the next choice, the last view slowest */
        while (v < fit->view_count && ++at[v] == guess[v].count)
            at[v++] = 0;
        if (v == fit->view_count)
            return;
    }
}

void fit_take_start(struct fit *fit, const struct fit_start *start)
{
    fit->arm = start->arm;
    fit->read = start->read;
    fit->aloof = start->aloof;
    for (size_t v = 0; v < fit->view_count; v++) {
        fit->view[v].camera = start->camera[v];
        if (fit->view[v].focal_free && !(fit->view[v].spacing > 0.0))
            fit->view[v].focal_middle =
                start->focal_middle[v] > 0.0 ? start->focal_middle[v] : start->camera[v].focal[0];
    }
}

void fit_give_start(const struct fit *fit, struct fit_start *start)
{
    start->arm = fit->arm;
    start->read = fit->read;
    start->aloof = fit->aloof;
    for (size_t v = 0; v < fit->view_count; v++) {
        start->camera[v] = fit->view[v].camera;
        start->focal_middle[v] = 0.0;
    }
}
