#include "recon/math/vec.h"
#include "recon/shape/fit_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROLLS = 24, PLACES_MOST = 14 };

static const double gap_most_mm = 18.0;                  /* between two rays that should meet */
static const double source_mm = 1100.0, arm_mm = 1055.0; /* source to detector, to the arm */
static const double size_most = 0.15;                    /* of |log_scale| at the start */

/* A place in the world where two films' guesses meet. */
struct meeting {
    double point[3], axis[3]; /* the model's origin; proximal, unit */
    double score;
};

static void way_on_film(const struct ost_seek_guess *g, double out[3])
{
    out[0] = -sin(g->turn);
    out[1] = cos(g->turn);
    out[2] = 0.0;
}

/* The plane through the source in which the arm's axis lies, by its normal; world. */
static void plane_of(const struct fit_view *v, const struct ost_seek_guess *g, double normal[3],
                     double source[3], double ray[3])
{
    struct ost_rigid back = ost_rigid_inverse(&v->camera.world_to_camera);
    double way[3];
    way_on_film(g, way);
    ost_rigid_direction(&back, way, way);
    ost_camera_ray(&v->camera, g->pixel, source, ray);
    ost_cross(ray, way, normal);
    (void)ost_unit(normal);
}

/* The middle of the shortest way between two rays, and its length. */
static double between_rays(const double p[3], const double d[3], const double q[3],
                           const double e[3], double out[3])
{
    double w[3], a[3], b[3];
    ost_sub(p, q, w);
    double de = ost_dot(d, e), dw = ost_dot(d, w), ew = ost_dot(e, w), det = 1.0 - de * de;
    if (det < 1e-6)
        return INFINITY;
    ost_along(p, (de * ew - dw) / det, d, a);
    ost_along(q, (ew - de * dw) / det, e, b);
    for (int k = 0; k < 3; k++)
        out[k] = 0.5 * (a[k] + b[k]);
    return ost_distance(a, b);
}

static bool meet(const struct fit *fit, const struct ost_seek_guess *a,
                 const struct ost_seek_guess *b, struct meeting *out)
{
    double n[2][3], p[2][3], d[2][3], way[3], seen[3];
    plane_of(&fit->view[0], a, n[0], p[0], d[0]);
    plane_of(&fit->view[1], b, n[1], p[1], d[1]);
    if (!(between_rays(p[0], d[0], p[1], d[1], out->point) < gap_most_mm))
        return false;
    ost_cross(n[0], n[1], out->axis);
    if (!(ost_unit(out->axis) > 0.1))
        return false;
    const struct ost_seek_guess *const guess[2] = {a, b};
    double along[2];
    for (int i = 0; i < 2; i++) {
        ost_rigid_direction(&fit->view[i].camera.world_to_camera, out->axis, seen);
        way_on_film(guess[i], way);
        along[i] = ost_dot(seen, way);
    }
    if (!(along[0] * along[1] > 0.0) || fmin(fabs(along[0]), fabs(along[1])) < 0.5)
        return false;
    for (int k = 0; k < 3 && along[0] < 0.0; k++)
        out->axis[k] = -out->axis[k];
    out->score = a->score + b->score;
    return true;
}

static bool same_place(const struct meeting *a, const struct meeting *b)
{
    return ost_distance(a->point, b->point) < 8.0 && ost_dot(a->axis, b->axis) > 0.97;
}

/* Puts `m` in the list by score, unless a better one of its kind is there. */
static void insert(struct meeting *list, uint32_t *count, const struct meeting *m)
{
    for (uint32_t i = 0; i < *count; i++)
        if (same_place(&list[i], m)) {
            if (m->score > list[i].score)
                list[i] = *m;
            return;
        }
    if (*count < PLACES_MOST) {
        list[(*count)++] = *m;
        return;
    }
    uint32_t worst = 0;
    for (uint32_t i = 1; i < *count; i++)
        if (list[i].score < list[worst].score)
            worst = i;
    if (m->score > list[worst].score)
        list[worst] = *m;
}

/* Model axes in the world for an arm along `axis` at a roll. */
static void place_arm(const struct meeting *m, double roll, struct ost_rigid *out)
{
    double x[3], y[3], across[3];
    ost_perpendicular(m->axis, x);
    ost_cross(m->axis, x, y);
    for (int k = 0; k < 3; k++)
        across[k] = cos(roll) * x[k] + sin(roll) * y[k];
    memcpy(out->r, across, sizeof across);
    memcpy(out->r + 6, m->axis, sizeof m->axis);
    ost_cross(out->r + 6, out->r, out->r + 3);
    memcpy(out->t, m->point, sizeof m->point);
}

bool fit_start_insert(struct fit_starts *starts, const struct fit_start *s)
{
    if (starts->count < FIT_STARTS) {
        starts->start[starts->count++] = *s;
        return true;
    }
    uint32_t worst = 0;
    for (uint32_t i = 1; i < starts->count; i++)
        if (starts->start[i].cost > starts->start[worst].cost)
            worst = i;
    if (!(s->cost < starts->start[worst].cost))
        return false;
    starts->start[worst] = *s;
    return true;
}

static bool try_rolls(struct fit *fit, const struct meeting *m, bool mirrored,
                      struct fit_starts *out, struct ost_err *err)
{
    const struct fit_contour_stage stage = {.level = OST_SCAN_COARSE, .every = 5};
    for (int i = 0; i < ROLLS; i++) {
        struct fit_start start = {.arm = {.mirrored = mirrored}};
        struct fit_contour_score score;
        place_arm(m, 2.0 * OST_PI * i / ROLLS, &start.arm.place);
        fit->arm = start.arm;
        fit_refresh(fit, false);
        if (!fit_contours_score(fit, &stage, 10.0, NULL, &score, err))
            return false;
        for (size_t v = 0; v < fit->view_count; v++)
            start.camera[v] = fit->view[v].camera;
        start.cost = score.cost;
        (void)fit_start_insert(out, &start);
    }
    return true;
}

bool fit_start_calibrated(struct fit *fit, const struct fit_guesses *guess, bool mirrored,
                          struct fit_starts *out, struct ost_err *err)
{
    struct meeting list[PLACES_MOST], m;
    uint32_t count = 0;
    for (uint32_t i = 0; i < guess[0].count; i++)
        for (uint32_t k = 0; k < guess[1].count; k++)
            if (meet(fit, &guess[0].guess[i], &guess[1].guess[k], &m))
                insert(list, &count, &m);
    for (uint32_t i = 0; i < count; i++)
        if (!try_rolls(fit, &list[i], mirrored, out, err))
            return false;
    return true;
}

/* Whether an arm turned like that may be on a film of that projection. */
static bool agrees(enum ost_projection projection, const double r[9])
{
    const double dorsal = r[5], ulnar = r[2]; /* towards the detector */
    switch (projection) {
    case OST_PROJECTION_PA:
        return dorsal < -0.5;
    case OST_PROJECTION_AP:
        return dorsal > 0.5;
    case OST_PROJECTION_LATERAL:
        return fabs(ulnar) > 0.5;
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
        return agrees(projection, g->rotation);
    ost_seek_mirror(g->rotation, left);
    return agrees(projection, left);
}

void fit_start_free(struct fit *fit, const struct fit_guesses *guess, bool mirrored,
                    struct fit_starts *out)
{
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
    for (size_t v = 0; v < fit->view_count; v++) {
        fit->view[v].camera = start->camera[v];
        if (fit->view[v].focal_free && !(fit->view[v].spacing > 0.0))
            fit->view[v].focal_middle = start->camera[v].focal[0];
    }
}

void fit_give_start(const struct fit *fit, struct fit_start *start)
{
    start->arm = fit->arm;
    for (size_t v = 0; v < fit->view_count; v++)
        start->camera[v] = fit->view[v].camera;
}
