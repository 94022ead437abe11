/* From the first film to the others: where an arm known from one side lies on another film. */
#include "recon/math/vec.h"
#include "recon/shape/find_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double source_mm = 1100.0, arm_mm = 1055.0;
static const double row_mm = 3.0, row_low = 0.12, row_high = 0.8;
static const double roll_step = 0.22, lean_step = 0.09; /* rad */
static const double raster_mm = 2.5;
static const double profile_worth = 0.3;                  /* beside the judge's figure */
static const double back_tilt = 0.35, back_cut_mm = 20.0; /* a radius that healed tilted back */

enum { FIRST = 10, ROWS_MOST = 100, ROLLS = 5, ROLLS_UNKNOWN = 13, BETTER = 40 };

/* One other film and what the search of it shares. */
struct search {
    const struct fit *fit;
    size_t view;
    struct find_profile *own, *first;
    double column;
    int rolls, rows;
    bool leant; /* what is tried now */
};

static int by_cost(const void *a, const void *b)
{
    const struct fit_start *x = a, *y = b;
    return (x->cost > y->cost) - (x->cost < y->cost);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void keep_best(struct fit_starts *starts, uint32_t most)
{
    qsort(starts->start, starts->count, sizeof *starts->start, by_cost);
    if (starts->count > most)
        starts->count = most;
}

/* The column that had most to pass: where the forearm runs on the film. */
static double forearm_column(const struct ost_scan *scan)
{
    const struct ost_image *a = scan->attenuation;
    double best = -1.0, column = 0.0;
    for (uint32_t x = 0; x < a->width; x++) {
        double sum = 0.0;
        for (uint32_t y = a->height / 2; y < a->height; y++)
            sum += (double)a->pixel[(size_t)y * a->width + x];
        if (sum > best) {
            best = sum;
            column = x;
        }
    }
    return (column + 0.5) * scan->factor - 0.5;
}

/*
 * What faces the tube, in the axes that `place` takes to the world: the back of the hand
 * (pa), the palm (ap), the thumb's side (lateral: the little finger lies on the detector).
 */
static void facing(enum ost_projection projection, bool mirrored, double out[3])
{
    memset(out, 0, 3 * sizeof *out);
    if (projection == OST_PROJECTION_LATERAL)
        out[0] = mirrored ? 1.0 : -1.0;
    else
        out[1] = projection == OST_PROJECTION_AP ? -1.0 : 1.0;
}

/* The turn about the shaft by which a pose in a camera's axes shows the film's projection. */
static double usual_turn(const struct ost_rigid *pose, enum ost_projection projection,
                         bool mirrored)
{
    const double z[3] = {0.0, 0.0, 1.0};
    double e[3], f[3];
    facing(projection, mirrored, e);
    ost_cross(z, e, f);
    ost_rigid_direction(pose, e, e);
    ost_rigid_direction(pose, f, f);
    return atan2(-f[2], -e[2]);
}

static bool is_labelled(enum ost_projection projection)
{
    return projection == OST_PROJECTION_PA || projection == OST_PROJECTION_AP ||
           projection == OST_PROJECTION_LATERAL;
}

/* The arm as the first film has it, turned, leant and set down with its wrist on a row. */
static void set_down(const struct search *s, const struct fit_start *from,
                     const double turn_lean[2], double row, struct fit_start *to)
{
    struct ost_camera *c = &to->camera[s->view];
    struct ost_rigid turn = ost_rigid_identity(), lean = ost_rigid_identity();
    *to = *from;
    *c = s->fit->view[s->view].camera;
    ost_rotation_of_vector((const double[]){0.0, 0.0, turn_lean[0]}, turn.r);
    ost_rotation_of_vector((const double[]){0.0, 0.0, turn_lean[1]}, lean.r);
    struct ost_rigid place = ost_rigid_then(&turn, &from->arm.place);
    place = ost_rigid_then(&place, &lean);
    place.t[2] = from->arm.place.t[2];
    place.t[0] = (s->column - c->principal[0]) / c->focal[0] * place.t[2];
    place.t[1] = (row - c->principal[1]) / c->focal[1] * place.t[2];
    struct ost_rigid back = ost_rigid_inverse(&from->arm.place);
    c->world_to_camera = ost_rigid_then(&back, &place);
}

static double row_of(const struct search *s, int i)
{
    double height = s->fit->view[s->view].camera.height;
    return height * (row_low + (row_high - row_low) * i / (s->rows - 1.0));
}

static double first_row(const struct fit_start *start)
{
    double p[2] = {0.0, 0.0};
    (void)ost_camera_project(&start->camera[0], start->arm.place.t, p, NULL);
    return p[1];
}

static double turn_of(const struct search *s, const struct fit_start *from, int roll)
{
    enum ost_projection projection = s->fit->view[s->view].projection;
    double usual = usual_turn(&from->arm.place, projection, from->arm.mirrored);
    return s->rolls == ROLLS ? usual + roll_step * (roll - ROLLS / 2)
                             : 2.0 * OST_PI * roll / s->rolls;
}

static void tilt_back(struct ost_arm *arm)
{
    arm->broken = true;
    arm->cut = back_cut_mm;
    arm->turn[0] = back_tilt;
}

/* Every turn and break on one row, upright or else leant either way; a better one is kept. */
static bool try_row(const struct search *s, struct fit *fit, const struct fit_start *from, int row,
                    struct fit_start *best, struct ost_err *err)
{
    double at = row_of(s, row);
    double liking = profile_worth * find_profile_match(s->first, first_row(from), s->own, at);
    int leans = s->leant ? 2 : 1;
    for (int i = 0; i < s->rolls * leans * 2; i++) {
        struct fit_start trial;
        double lean = s->leant ? lean_step * (i / 2 % leans == 0 ? 1.0 : -1.0) : 0.0;
        const double turn_lean[2] = {turn_of(s, from, i / 2 / leans), lean};
        set_down(s, from, turn_lean, at, &trial);
        if (i % 2 == 1)
            tilt_back(&trial.arm);
        fit_take_start(fit, &trial);
        if (!fit_judge_by(fit, 4, raster_mm, &trial.cost, err))
            return false;
        trial.cost -= liking;
        if (trial.cost < best->cost)
            *best = trial;
    }
    return true;
}

/* All rows for all starts that cost at most so much, on all cores. */
static bool try_all(const struct search *s, const struct fit_starts *starts, double most,
                    struct fit_start *list, struct ost_err *err)
{
    bool done = true;
#pragma omp parallel
    {
        struct fit own;
        struct ost_err why = {.code = OST_OK};
        bool fine = fit_init_as(&own, s->fit, &why);
#pragma omp for schedule(dynamic)
        for (int i = 0; i < (int)starts->count * s->rows; i++)
            fine = fine && (list[i].cost > most || try_row(s, &own, &starts->start[i / s->rows],
                                                           i % s->rows, &list[i], &why));
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

/* The cost of the last of the better ones. */
static bool cost_of_better(const struct fit_start *list, int count, double *out,
                           struct ost_err *err)
{
    double *cost = malloc((size_t)count * sizeof *cost);
    if (cost == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    for (int i = 0; i < count; i++)
        cost[i] = list[i].cost;
    qsort(cost, (size_t)count, sizeof *cost, by_value);
    *out = cost[count > BETTER ? BETTER - 1 : count - 1];
    free(cost);
    return true;
}

/* Upright everywhere, then leant where that went well; `list` has room for starts * rows. */
static bool try_both(struct search *s, const struct fit_starts *starts, struct fit_start *list,
                     struct ost_err *err)
{
    int count = (int)starts->count * s->rows;
    double most = 0.0;
    for (int i = 0; i < count; i++)
        list[i].cost = HUGE_VAL;
    s->leant = false;
    if (!try_all(s, starts, HUGE_VAL, list, err) || !cost_of_better(list, count, &most, err))
        return false;
    s->leant = true;
    return try_all(s, starts, most, list, err);
}

static bool search_film(struct search *s, struct fit_starts *starts, struct ost_err *err)
{
    const struct ost_scan *scan = s->fit->view[s->view].scan;
    s->column = forearm_column(scan);
    double rows = (row_high - row_low) * scan->height * scan->mm / row_mm;
    s->rows = (int)fmin(rows, ROWS_MOST) + 2;
    s->rolls = is_labelled(s->fit->view[s->view].projection) ? ROLLS : ROLLS_UNKNOWN;
    struct fit_start *list = malloc(((size_t)starts->count * (size_t)s->rows + 1) * sizeof *list);
    if (list == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    bool done = find_profile_create(s->fit->view[0].scan, &s->first, err) &&
                find_profile_create(scan, &s->own, err) && try_both(s, starts, list, err);
    int count = (int)starts->count * s->rows;
    if (done) {
        starts->count = 0;
        for (int i = 0; i < count; i++)
            (void)fit_start_insert(starts, &list[i]);
    }
    find_profile_destroy(s->first);
    find_profile_destroy(s->own);
    free(list);
    return done;
}

/* A film that nothing is known of but its pixel size, if that. */
static void set_focal(struct fit *fit, const struct fit_sight *sight, size_t v)
{
    struct fit_view *view = &fit->view[v];
    double ppm = sight->found[v].guess[0].pixels_per_mm;
    double focal = view->spacing > 0.0 ? source_mm / view->spacing : ppm * arm_mm;
    view->focal_middle = view->camera.focal[0] = view->camera.focal[1] = focal;
}

bool find_land(struct fit *fit, const struct fit_sight *sight, bool mirrored,
               struct fit_starts *out, struct ost_err *err)
{
    size_t views = fit->view_count;
    fit->view_count = 1;
    fit_start_free(fit, sight, mirrored, out);
    keep_best(out, FIRST);
    bool done = out->count == 0 || views == 1 || fit_climb(fit, FIT_STEPS_ROUGH, out, err);
    for (size_t v = 1; v < views && done && out->count > 0; v++) {
        struct search search = {.fit = fit, .view = v};
        set_focal(fit, sight, v);
        fit->view_count = v + 1;
        done = search_film(&search, out, err);
    }
    fit->view_count = views;
    return done;
}
