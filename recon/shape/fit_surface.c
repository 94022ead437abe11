#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/shape/fit_impl.h"
#include "recon/shape/surface.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double noise_mm = 0.35;               /* what the modes cannot follow, per vertex */
static const double wide_mm = 25.0, near_mm = 4.0; /* a vertex farther off does not count */
static const double end_mm = 3.0;                  /* beside the CT's end nothing is compared */
static const double laid_mm = 4.0;                 /* how far a vertex is laid onto the surface */
static const double most_mm = 2.5;                 /* residual of no forearm */
static const double per_square = 100.0;            /* cost of a mean square mm beside the prior's */
static const double broken_gain = 0.7; /* of the whole arm's cost: a break explains more */
static const double broken_turn = 0.10, broken_shift = 2.0; /* rad, mm: at least so much */
enum { STRIDE = 3, ROUNDS = 14, CUTS = 4 };

struct work {
    const struct ost_surface_ask *ask;
    const struct ost_prior *prior;
    struct ost_bvh *bvh[OST_BONES];
    double top[OST_BONES]; /* along `proximal`: where the bone ends in the CT */
    struct fit fit;
    struct fit_normal *normal;
};

static double height(const struct work *w, const float p[3])
{
    return (double)p[0] * w->ask->proximal[0] + (double)p[1] * w->ask->proximal[1] +
           (double)p[2] * w->ask->proximal[2];
}

static bool open_work(struct work *w, struct ost_err *err)
{
    if (!fit_init(&w->fit, w->prior, 1, err))
        return false;
    w->normal = malloc(sizeof *w->normal);
    if (w->normal == NULL)
        return ost_fail(err, OST_NOMEM, "no room for a fit to surfaces");
    for (int b = 0; b < OST_BONES; b++) {
        const struct ost_mesh *m = w->ask->bone[b];
        if (!ost_bvh_create(&w->bvh[b], m, err))
            return false;
        w->top[b] = -INFINITY;
        for (uint32_t v = 0; v < m->vertex_count; v++)
            w->top[b] = fmax(w->top[b], height(w, m->vertex[v]));
    }
    return true;
}

static void close_work(struct work *w)
{
    fit_fini(&w->fit);
    for (int b = 0; b < OST_BONES; b++)
        ost_bvh_destroy(w->bvh[b]);
    free(w->normal);
}

static void middle_of(const struct ost_mesh *m, double out[3])
{
    memset(out, 0, 3 * sizeof *out);
    for (uint32_t v = 0; v < m->vertex_count; v++)
        for (int k = 0; k < 3; k++)
            out[k] += (double)m->vertex[v][k] / m->vertex_count;
}

/* The middle of what lies within 12 mm of a bone's distal end. */
static void distal_middle(const struct work *w, int bone, double out[3])
{
    const struct ost_mesh *m = w->ask->bone[bone];
    double low = INFINITY;
    size_t count = 0;
    memset(out, 0, 3 * sizeof *out);
    for (uint32_t v = 0; v < m->vertex_count; v++)
        low = fmin(low, height(w, m->vertex[v]));
    for (uint32_t v = 0; v < m->vertex_count; v++)
        if (height(w, m->vertex[v]) < low + 12.0) {
            count++;
            for (int k = 0; k < 3; k++)
                out[k] += (double)m->vertex[v][k];
        }
    for (int k = 0; k < 3; k++)
        out[k] /= (double)count;
}

/* Model axes from the bones: z to the elbow, x to the ulna (away from it in a left arm). */
static void begin(struct work *w, bool left)
{
    double radius[3], ulna[3], x[3], y[3], z[3], origin[3];
    w->fit.arm = (struct ost_arm){.mirrored = left, .place = ost_rigid_identity()};
    distal_middle(w, OST_RADIUS, origin);
    middle_of(w->ask->bone[OST_RADIUS], radius);
    middle_of(w->ask->bone[OST_ULNA], ulna);
    memcpy(z, w->ask->proximal, sizeof z);
    ost_sub(ulna, radius, x);
    ost_along(x, -ost_dot(x, z), z, x);
    (void)ost_unit(x);
    for (int k = 0; k < 3; k++)
        x[k] = left ? -x[k] : x[k];
    ost_cross(z, x, y);
    struct ost_rigid *place = &w->fit.arm.place;
    for (int k = 0; k < 3; k++) {
        place->r[k] = x[k];
        place->r[3 + k] = y[k];
        place->r[6 + k] = z[k];
        place->t[k] = origin[k] - 5.0 * z[k];
    }
}

/* Whether a vertex counts, and how far off it is along the surface's normal there. */
static bool off_of(const struct work *w, int bone, uint32_t v, double reach, struct ost_near *near)
{
    const struct ost_mesh *m = w->fit.table[bone]->mesh;
    const double p[3] = {(double)m->vertex[v][0], (double)m->vertex[v][1], (double)m->vertex[v][2]};
    if (height(w, m->vertex[v]) > w->top[bone] - end_mm ||
        !ost_bvh_near(w->bvh[bone], p, reach, near))
        return false;
    double facing = 0.0;
    for (int k = 0; k < 3; k++)
        facing += near->normal[k] * (double)w->fit.table[bone]->normal[v][k];
    return facing > 0.3;
}

/* One corner of some triangle for each vertex: what fit_row_of_slope() asks for. */
static void add_rows(struct work *w, int bone, double reach)
{
    const struct ost_mesh *m = w->fit.table[bone]->mesh;
    struct fit_row row;
    for (uint32_t t = 0; t < m->triangle_count; t += STRIDE) {
        struct ost_near near;
        const uint32_t v = m->triangle[t][0];
        if (!off_of(w, bone, v, reach, &near))
            continue;
        const struct fit_spot spot = {.bone = bone, .triangle = t, .weight = {1.0, 0.0, 0.0}};
        const double sd = hypot(noise_mm, 0.15 * reach), z = near.signed_mm / sd;
        fit_row_of_slope(&w->fit, &spot, near.normal, &row);
        fit_normal_add(w->normal, &row, -near.signed_mm,
                       1.0 / (sd * sd * (1.0 + z * z / 9.0)) / 4.0);
    }
}

/* Mean square of what counts. */
static double misfit(const struct work *w, double reach)
{
    double sum = 0.0;
    size_t count = 0, all = 0;
    for (int b = 0; b < OST_BONES; b++)
        for (uint32_t v = 0; v < w->fit.table[b]->mesh->vertex_count; v += STRIDE) {
            struct ost_near near;
            if (height(w, w->fit.table[b]->mesh->vertex[v]) > w->top[b] - end_mm)
                continue;
            all++;
            if (!off_of(w, b, v, reach, &near))
                continue;
            sum += near.signed_mm * near.signed_mm;
            count++;
        }
    /* What finds no surface counts as far as it was looked for. */
    return all == 0 ? INFINITY : (sum + (double)(all - count) * reach * reach) / (double)all;
}

static bool improve(struct work *w, int rounds, double reach, uint32_t modes, struct ost_err *err)
{
    for (int i = 0; i < rounds; i++) {
        for (int b = 0; b < OST_BONES; b++)
            w->fit.modes[b] = modes < w->fit.table[b]->modes ? modes : w->fit.table[b]->modes;
        fit_refresh(&w->fit, true);
        fit_normal_clear(w->normal, fit_unknowns(&w->fit));
        fit_normal_prior(w->normal, &w->fit);
        for (int b = 0; b < OST_BONES; b++)
            add_rows(w, b, reach);
        if (!fit_move(&w->fit, w->normal))
            return ost_fail(err, OST_BUG, "a fit to surfaces is singular");
    }
    fit_refresh(&w->fit, false);
    return true;
}

static bool fit_side(struct work *w, bool left, double *cost, struct ost_err *err)
{
    begin(w, left);
    w->fit.stiff = true;
    bool ok = improve(w, 8, wide_mm, 0, err);
    w->fit.stiff = false;
    ok = ok && improve(w, 8, 2.0 * near_mm, 6, err) &&
         improve(w, ROUNDS, near_mm, OST_ARM_MODES, err);
    *cost = ok ? misfit(w, near_mm) : INFINITY;
    return ok;
}

/* The better side's arm in w->fit. */
static bool fit_whole(struct work *w, struct ost_surface_fit *out, struct ost_err *err)
{
    double least = INFINITY;
    struct ost_arm best = {.mirrored = false};
    for (int s = OST_SIDE_RIGHT; s < OST_SIDES; s++) {
        double cost = 0.0;
        if (w->ask->side != OST_SIDE_UNKNOWN && w->ask->side != (enum ost_side)s)
            continue;
        if (!fit_side(w, s == OST_SIDE_LEFT, &cost, err))
            return false;
        out->side_cost[s] = cost;
        best = cost < least ? w->fit.arm : best;
        least = fmin(least, cost);
    }
    w->fit.arm = best;
    fit_refresh(&w->fit, false);
    return true;
}

/*
 * What the surfaces leave over and how unusual the arm is: modes can follow a malunion,
 * but only to a shape that nobody is born with.
 */
static double cost_of(const struct work *w)
{
    return per_square * misfit(w, near_mm) + fit_prior_cost(&w->fit);
}

static bool is_break(const struct ost_arm *a)
{
    return ost_length(a->turn) > broken_turn || ost_length(a->shift) > broken_shift;
}

/* The same arm broken at several heights; kept where it explains clearly more. */
static bool fit_break(struct work *w, struct ost_err *err)
{
    static const double cut[CUTS] = {14.0, 20.0, 26.0, 34.0};
    const struct ost_arm before = w->fit.arm;
    struct ost_arm best = before;
    double least = broken_gain * cost_of(w);
    for (int c = 0; c < CUTS; c++) {
        w->fit.arm = before;
        w->fit.arm.broken = true;
        w->fit.arm.cut = cut[c];
        for (int b = 0; b < OST_BONES; b++)
            memset(w->fit.arm.mode[b], 0, sizeof w->fit.arm.mode[b]);
        if (!improve(w, 10, 2.0 * near_mm, 6, err) ||
            !improve(w, ROUNDS, near_mm, OST_ARM_MODES, err))
            return false;
        const double cost = cost_of(w);
        if (cost < least && is_break(&w->fit.arm)) {
            least = cost;
            best = w->fit.arm;
        }
    }
    w->fit.arm = best;
    fit_refresh(&w->fit, false);
    return true;
}

/* Every vertex onto the surface where there is one near. */
static bool lay(struct work *w, struct ost_surface_fit *out, struct ost_err *err)
{
    for (int b = 0; b < OST_BONES; b++) {
        const struct ost_mesh *m = w->fit.table[b]->mesh;
        out->off[b] = calloc((size_t)m->vertex_count + 1, sizeof *out->off[b]);
        if (out->off[b] == NULL ||
            !ost_mesh_create(&out->laid[b], m->vertex_count, m->triangle_count, err))
            return ost_fail(err, OST_NOMEM, "no room for %u vertices", m->vertex_count);
        memcpy(out->laid[b]->vertex, m->vertex, m->vertex_count * sizeof *m->vertex);
        memcpy(out->laid[b]->triangle, m->triangle, m->triangle_count * sizeof *m->triangle);
        for (uint32_t v = 0; v < m->vertex_count; v++) {
            struct ost_near near;
            out->off[b][v] = -1.0F;
            if (!off_of(w, b, v, laid_mm, &near))
                continue;
            out->off[b][v] = (float)near.distance;
            for (int k = 0; k < 3; k++)
                out->laid[b]->vertex[v][k] = (float)near.point[k];
        }
    }
    return true;
}

bool ost_surface_fit(const struct ost_prior *prior, const struct ost_surface_ask *ask,
                     const struct ost_progress *progress, struct ost_surface_fit *out,
                     struct ost_err *err)
{
    struct work w = {.ask = ask, .prior = prior};
    *out = (struct ost_surface_fit){.residual = INFINITY};
    bool ok = open_work(&w, err) && fit_whole(&w, out, err) &&
              ost_progress_step(progress, 0.4, "fit", err) && fit_break(&w, err) &&
              ost_progress_step(progress, 0.9, "break", err);
    if (ok) {
        out->arm = w.fit.arm;
        out->residual = sqrt(misfit(&w, near_mm));
        ok = out->residual < most_mm
                 ? lay(&w, out, err)
                 : ost_fail(err, OST_NOT_FOUND, "radius and ulna of the CT fit no forearm: %.1f mm",
                            out->residual);
    }
    close_work(&w);
    if (!ok)
        ost_surface_fit_fini(out);
    return ok;
}

void ost_surface_fit_fini(struct ost_surface_fit *fit)
{
    for (int b = 0; b < OST_BONES; b++) {
        ost_mesh_destroy(fit->laid[b]);
        free(fit->off[b]);
        fit->laid[b] = NULL;
        fit->off[b] = NULL;
    }
}
