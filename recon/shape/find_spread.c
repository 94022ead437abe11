/* How sure a fit is of what it found: Laplace's covariance carried to what people read. */
#include "recon/math/dense.h"
#include "recon/math/vec.h"
#include "recon/shape/find_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double completion_deg = 2.0, completion_mm = 1.2; /* see target_spread() */
static const double scale_guess = 0.026; /* 1 SD of length where the film has no pixel size */

/* Of the final cost: ends this much above the best count 1/e. */
static const double end_cost = 0.12;

/*
 * A right end costs up to 0.08 more than a wrong one (README.md): up to twice that another may be
 * right. Numbers so far apart make it another reading: degrees, degrees, mm, mm.
 */
static const double rival_cost = 0.15;
static const double rival_apart[OST_FIND_NUMBERS] = {5.0, 4.0, 2.0, 2.0};

/*
 * One film says nothing of depth, and the fit ends far from the truth without a hint of
 * it, further on a lateral film. Set on 12 simulated forearms so that the 95 % interval
 * of the tilt holds the truth.
 */
static const double one_view_widen = 1.5, one_lateral_widen = 3.3;

/* On the spread of the surface, so that 95 % of it lies within 1.96 of it: see README.md. */
static const double surface_widen = 0.7;

/*
 * An end that explains its films worse than is usual is worth less: variances grow with its
 * cost (Birge 1932, eq. 2, for chi square). The usual cost is the mean of 24 simulated forearms.
 */
static const double usual_cost = 2.55;

static const double shown_mm = 100.0; /* ends are laid on each other by what films show */

struct spread {
    struct fit *fit;
    double widen;             /* on every standard deviation of the equations */
    double ill;               /* on every one of the surface: how ill the end explains the films */
    double *apart[OST_BONES]; /* owned; per vertex, variance between the ends, mm2 */
    uint32_t n;
    double *covariance;             /* owned; n x n */
    uint32_t *corner_of[OST_BONES]; /* owned; a triangle at each vertex */
};

static bool covariance_of(struct fit *fit, double *out, struct ost_err *err)
{
    const struct fit_contour_stage stage = {.level = OST_SCAN_FINE, .every = 1, .expected = true};
    struct fit_contour_score score;
    struct fit_normal *normal = malloc(sizeof *normal);
    if (normal == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    for (int b = 0; b < OST_BONES; b++)
        fit->modes[b] = fit->table[b]->modes;
    fit->stiff = false;
    fit_refresh(fit, true);
    fit_normal_clear(normal, fit_unknowns(fit));
    fit_normal_prior(normal, fit);
    bool ok = fit_contours_score(fit, &stage, 2.0, normal, &score, err);
    if (ok && !ost_cholesky(normal->a, normal->n))
        ok = ost_fail(err, OST_BUG, "fit: the equations are singular");
    if (ok)
        ost_cholesky_inverse(normal->a, normal->n, out);
    free(normal);
    return ok;
}

static bool map_vertices(const struct ost_mesh *mesh, uint32_t **out, struct ost_err *err)
{
    *out = calloc((size_t)mesh->vertex_count + 1, sizeof **out);
    if (*out == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    for (uint32_t t = 0; t < mesh->triangle_count; t++)
        for (int k = 0; k < 3; k++)
            (*out)[mesh->triangle[t][k]] = t;
    return true;
}

/* The row of direction . displacement of a vertex; where the arm stands does not count. */
static void row_of(const struct spread *s, int bone, uint32_t vertex, const double direction[3],
                   double *row)
{
    const struct ost_mesh *mesh = s->fit->table[bone]->mesh;
    struct fit_spot spot = {.bone = bone, .triangle = s->corner_of[bone][vertex]};
    for (int k = 0; k < 3; k++)
        spot.weight[k] = mesh->triangle[spot.triangle][k] == vertex ? 1.0 : 0.0;
    struct fit_row sparse;
    fit_row_of_slope(s->fit, &spot, direction, &sparse);
    for (uint32_t i = 0; i < sparse.count; i++)
        if (sparse.index[i] >= FIT_SCALE && sparse.index[i] < fit_view_at(s->fit, 0))
            row[sparse.index[i]] += sparse.value[i];
}

static double variance(const struct spread *s, const double *row)
{
    double sum = 0.0;
    uint32_t last = fit_view_at(s->fit, 0);
    for (uint32_t i = FIT_SCALE; i < last; i++) {
        if (row[i] == 0.0)
            continue;
        double part = 0.0;
        for (uint32_t j = FIT_SCALE; j < last; j++)
            part += s->covariance[(size_t)i * s->n + j] * row[j];
        sum += row[i] * part;
    }
    return sum > 0.0 ? sum : 0.0;
}

static double vertex_sd(const struct spread *s, int bone, uint32_t vertex)
{
    const float *n = s->fit->table[bone]->normal[vertex];
    const double across[3] = {(double)n[0], (double)n[1], (double)n[2]};
    double row[FIT_MOST] = {0.0}, left = ost_prior_numbers_view(s->fit->prior)->residual_mm[bone];
    row_of(s, bone, vertex, across, row);
    return s->ill * surface_widen * sqrt(variance(s, row) + left * left + s->apart[bone][vertex]);
}

static bool spread_bone(const struct spread *s, int bone, struct ost_find *out, struct ost_err *err)
{
    uint32_t count = s->fit->table[bone]->mesh->vertex_count;
    float *sd = malloc(((size_t)count + 1) * sizeof *sd);
    out->sd[bone] = sd;
    if (sd == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
#pragma omp parallel for schedule(dynamic, 64)
    for (uint32_t v = 0; v < count; v++)
        sd[v] = (float)vertex_sd(s, bone, v);
    return true;
}

/* The four numbers at these landmarks; degrees and mm. */
static void numbers_at(double (*p)[3], const struct ost_anatomy *frame,
                       double out[OST_FIND_NUMBERS])
{
    struct ost_anatomy_numbers n;
    ost_anatomy_measure(frame, (const double(*)[3])p, &n);
    out[OST_FIND_TILT] = ost_degrees(n.volar_tilt);
    out[OST_FIND_INCLINATION] = ost_degrees(n.radial_inclination);
    out[OST_FIND_HEIGHT] = n.radial_height;
    out[OST_FIND_VARIANCE] = n.ulnar_variance;
}

static void landmarks_of(const struct spread *s, double (*out)[3])
{
    for (int i = 0; i < OST_LANDMARKS; i++) {
        uint32_t v = ost_prior_landmark(s->fit->prior, (enum ost_landmark)i);
        const struct ost_mesh *mesh = s->fit->table[ost_landmark_bone((enum ost_landmark)i)]->mesh;
        for (int k = 0; k < 3; k++)
            out[i][k] = (double)mesh->vertex[v][k];
    }
}

/* The numbers of a state; its tables are made anew. */
static void numbers_of(const struct spread *s, const struct fit_start *state,
                       double out[OST_FIND_NUMBERS])
{
    double p[OST_LANDMARKS][3];
    struct ost_anatomy frame;
    fit_take_start(s->fit, state);
    fit_refresh(s->fit, false);
    ost_anatomy_of_arm(s->fit->prior, (const float(*)[3])s->fit->table[OST_RADIUS]->mesh->vertex,
                       s->fit->arm.mirrored, &frame);
    landmarks_of(s, p);
    numbers_at(p, &frame, out);
}

/* How far an end's bones lie from the best one's across the surface, after the best motion. */
static bool add_apart(struct spread *s, double weight, const struct ost_mesh *const best[OST_BONES],
                      const float (*const normal[OST_BONES])[3], struct ost_err *err)
{
    size_t count = 0, room = (size_t)best[0]->vertex_count + best[1]->vertex_count;
    double(*from)[3] = malloc(2 * room * sizeof *from), (*to)[3] = from + room;
    struct ost_rigid laid;
    if (from == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    for (int b = 0; b < OST_BONES; b++) {
        const struct ost_prior_bone *bone = ost_prior_bone_view(s->fit->prior, (enum ost_bone)b);
        for (uint32_t v = 0; v < bone->vertex_count; v++) {
            if ((double)bone->mean[v][2] > shown_mm)
                continue;
            for (int k = 0; k < 3; k++) {
                from[count][k] = (double)s->fit->table[b]->mesh->vertex[v][k];
                to[count][k] = (double)best[b]->vertex[v][k];
            }
            count++;
        }
    }
    bool done = ost_rigid_fit((const double(*)[3])from, (const double(*)[3])to, NULL, count, &laid);
    for (int b = 0; done && b < OST_BONES; b++)
        for (uint32_t v = 0; v < best[b]->vertex_count; v++) {
            const float *at = s->fit->table[b]->mesh->vertex[v];
            const double p[3] = {(double)at[0], (double)at[1], (double)at[2]};
            double q[3], across = 0.0;
            ost_rigid_point(&laid, p, q);
            for (int k = 0; k < 3; k++)
                across += (q[k] - (double)best[b]->vertex[v][k]) * (double)normal[b][v][k];
            s->apart[b][v] += weight * across * across;
        }
    free(from);
    return true;
}

static double weight_of(const struct find_ends *ends, size_t i)
{
    return fmin(exp((ends->end[ends->best].cost - ends->end[i].cost) / end_cost), 1.0);
}

/* What the ends say of every vertex; the state is left at the best. */
static bool spread_apart(struct spread *s, const struct find_ends *ends, struct ost_err *err)
{
    struct ost_arm_table *best[OST_BONES] = {NULL};
    double all = 0.0;
    bool done = true;
    for (int b = 0; done && b < OST_BONES; b++) {
        done = ost_arm_table_create(s->fit->prior, (enum ost_bone)b, OST_ARM_MODES, &best[b], err);
        if (done)
            ost_arm_table_set(best[b], s->fit->prior, (enum ost_bone)b, &ends->end[ends->best].arm,
                              false);
    }
    for (size_t i = 0; done && i < ends->count; i++) {
        const struct ost_mesh *const mesh[OST_BONES] = {best[0]->mesh, best[1]->mesh};
        const float(*const normal[OST_BONES])[3] = {(const float(*)[3])best[0]->normal,
                                                    (const float(*)[3])best[1]->normal};
        fit_take_start(s->fit, &ends->end[i]);
        fit_refresh(s->fit, false);
        all += weight_of(ends, i);
        done = add_apart(s, weight_of(ends, i), mesh, normal, err);
    }
    for (int b = 0; b < OST_BONES; b++) {
        for (uint32_t v = 0; done && v < best[b]->mesh->vertex_count && all > 0.0; v++)
            s->apart[b][v] /= all;
        ost_arm_table_destroy(best[b]);
    }
    fit_take_start(s->fit, &ends->end[ends->best]);
    fit_refresh(s->fit, false);
    return done;
}

static bool is_apart(const double a[OST_FIND_NUMBERS], const double b[OST_FIND_NUMBERS])
{
    for (int n = 0; n < OST_FIND_NUMBERS; n++)
        if (fabs(a[n] - b[n]) > rival_apart[n])
            return true;
    return false;
}

/*
 * Between the ends: each counts the less the more its cost is above the best one's. The cheapest of
 * those that lie apart is the rival.
 */
static void spread_ends(const struct spread *s, const struct find_ends *ends,
                        double variance[OST_FIND_NUMBERS], struct ost_find_rival *rival)
{
    double rivals = ends->end[ends->best].cost + rival_cost;
    double best[OST_FIND_NUMBERS], other[OST_FIND_NUMBERS], all = 0.0;
    memset(variance, 0, OST_FIND_NUMBERS * sizeof *variance);
    numbers_of(s, &ends->end[ends->best], best);
    for (size_t i = 0; i < ends->count; i++) {
        double w = weight_of(ends, i);
        numbers_of(s, &ends->end[i], other);
        if (ends->end[i].cost < rivals && is_apart(other, best)) {
            rivals = ends->end[i].cost;
            rival->present = true;
            memcpy(rival->number, other, sizeof other);
        }
        for (int n = 0; n < OST_FIND_NUMBERS; n++)
            variance[n] += w * (other[n] - best[n]) * (other[n] - best[n]);
        all += w;
    }
    for (int n = 0; n < OST_FIND_NUMBERS && all > 0.0; n++)
        variance[n] /= all;
    fit_take_start(s->fit, &ends->end[ends->best]);
    fit_refresh(s->fit, false);
}

/* What a landmark's way along axis `k` adds to a number's row, and to its own variance. */
static void spread_slope(const struct spread *s, enum ost_landmark landmark, int k, double slope,
                         double row[FIT_MOST], double *own)
{
    const double wander_mm = 0.35;
    double direction[3] = {0.0, 0.0, 0.0};
    direction[k] = slope;
    *own += slope * slope * wander_mm * wander_mm;
    if (slope != 0.0)
        row_of(s, (int)ost_landmark_bone(landmark), ost_prior_landmark(s->fit->prior, landmark),
               direction, row);
}

/* Each number's slopes by landmark, then by unknown; landmarks wander on a flat lip besides. */
static void spread_numbers(const struct spread *s, const double between[OST_FIND_NUMBERS],
                           struct ost_find *out)
{
    const double step = 1e-3;
    double p[OST_LANDMARKS][3], base[OST_FIND_NUMBERS], moved[OST_FIND_NUMBERS];
    double row[OST_FIND_NUMBERS][FIT_MOST] = {{0.0}}, own[OST_FIND_NUMBERS] = {0.0};
    landmarks_of(s, p);
    numbers_at(p, &out->anatomy, base);
    for (int i = 0; i < OST_LANDMARKS; i++) {
        for (int k = 0; k < 3; k++) {
            p[i][k] += step;
            numbers_at(p, &out->anatomy, moved);
            p[i][k] -= step;
            for (int n = 0; n < OST_FIND_NUMBERS; n++)
                spread_slope(s, (enum ost_landmark)i, k, (moved[n] - base[n]) / step, row[n],
                             &own[n]);
        }
    }
    for (int n = 0; n < OST_FIND_NUMBERS; n++) {
        double sd = sqrt(s->widen * s->widen * (variance(s, row[n]) + own[n]) + between[n]);
        double other = out->rival.present ? fabs(out->rival.number[n] - base[n]) / 1.96 : 0.0;
        out->number_sd[n] = fmax(sd, other);
    }
    for (int i = 0; i < OST_LANDMARKS; i++) {
        uint32_t v = ost_prior_landmark(s->fit->prior, (enum ost_landmark)i);
        out->landmark_sd[i] = (double)out->sd[ost_landmark_bone((enum ost_landmark)i)][v];
    }
}

/* How far the fragments of broken ends are turned apart, 1 SD about the best one's; rad. */
static double turn_apart(const struct find_ends *ends, uint32_t k)
{
    const struct ost_arm *best = &ends->end[ends->best].arm;
    double sum = 0.0, all = 0.0;
    for (size_t i = 0; best->broken && i < ends->count; i++) {
        const struct ost_arm *arm = &ends->end[i].arm;
        if (!arm->broken)
            continue;
        sum += weight_of(ends, i) * pow(arm->turn[k] - best->turn[k], 2.0);
        all += weight_of(ends, i);
    }
    return all > 0.0 ? sqrt(sum / all) : 0.0;
}

/*
 * The target is the healthy shape completed from the shaft. Completion itself errs by
 * 2.6 to 3.6 degrees and 0.7 to 1.7 mm where only the shaft is known (Smees 2025); here
 * the fragment's own shape is seen too, so the lower end is taken.
 */
static void target_spread(const struct spread *s, const struct find_ends *ends,
                          struct ost_find *out)
{
    for (uint32_t k = 0; k < 3; k++) {
        double turn = 0.0, shift = 0.0;
        if (s->fit->arm.broken) {
            turn = s->covariance[(size_t)(FIT_BREAK + k) * s->n + FIT_BREAK + k];
            shift = s->covariance[(size_t)(FIT_BREAK + 3 + k) * s->n + FIT_BREAK + 3 + k];
        }
        double deg = s->widen * ost_degrees(sqrt(turn));
        double mm = s->widen * sqrt(shift);
        double other = ost_degrees(turn_apart(ends, k));
        out->fragment_turn_sd[k] =
            sqrt(deg * deg + other * other + completion_deg * completion_deg);
        out->fragment_shift_sd[k] = sqrt(mm * mm + completion_mm * completion_mm);
    }
}

/* Points are read nearer to how films are usually taken than they lie: by so much, degrees, twelve
 * simulated arms that were turned by 60 degrees were off besides (README). */
static const double turn_read_deg = 22.0;

/* How much further a frame's forearm is pronated: the ulna goes the other way about the shaft. */
static double pronation_of(const struct ost_prior *prior, const struct ost_arm *arm, uint32_t frame)
{
    const double scale = exp(arm->log_scale);
    struct ost_rigid first = ost_prior_joint_place(prior, scale, arm->joint);
    struct ost_rigid later = ost_prior_joint_place(prior, scale, arm->later[frame - 1]);
    struct ost_rigid back = ost_rigid_inverse(&first);
    struct ost_rigid motion = ost_rigid_then(&back, &later);
    double w[3];
    ost_vector_of_rotation(motion.r, w);
    return -ost_degrees(w[2]);
}

static void spread_frame(const struct spread *s, const struct find_ends *ends, uint32_t frame,
                         struct ost_find *out)
{
    const struct ost_prior *prior = s->fit->prior;
    const size_t now = FIT_JOINT, then = fit_frame_at(s->fit, frame);
    double own = s->covariance[now * s->n + now] + s->covariance[then * s->n + then] -
                 2.0 * s->covariance[now * s->n + then];
    double step = ost_degrees(ost_length(ost_prior_joint_view(prior)->mode)), between = 0.0;
    double best = pronation_of(prior, &ends->end[ends->best].arm, frame), all = 0.0;
    for (size_t i = 0; i < ends->count; i++) {
        double off = pronation_of(prior, &ends->end[i].arm, frame) - best;
        between += weight_of(ends, i) * off * off;
        all += weight_of(ends, i);
    }
    own = s->widen * s->widen * step * step * fmax(own, 0.0);
    out->pronated[frame] = best;
    own += turn_read_deg * turn_read_deg;
    out->pronated_sd[frame] = sqrt(own + (all > 0.0 ? between / all : 0.0));
}

static void spread_rest(const struct spread *s, struct ost_find *out)
{
    const struct fit *fit = s->fit;
    double scale = s->covariance[(size_t)FIT_SCALE * s->n + FIT_SCALE];
    bool sized = false;
    for (size_t v = 0; v < fit->view_count; v++)
        sized = sized || !fit->view[v].focal_free || fit->view[v].spacing > 0.0;
    double share = sqrt(scale + (sized ? 0.0 : scale_guess * scale_guess));
    const struct ost_prior_bone *b = ost_prior_bone_view(fit->prior, OST_RADIUS);
    double low = 1e30, high = -1e30;
    for (uint32_t v = 0; v < b->vertex_count; v++) {
        low = fmin(low, (double)b->mean[v][2]);
        high = fmax(high, (double)b->mean[v][2]);
    }
    double log_scale_sd = ost_prior_numbers_view(fit->prior)->log_scale_sd;
    out->length_sd = (high - low) * fmax(s->widen * share, 0.6 * log_scale_sd);
    for (size_t v = 1; v < fit->view_count && v < 2; v++) {
        double sum = 0.0;
        for (uint32_t k = 0; k < 3 && fit->view[v].pose_free; k++) {
            uint32_t at = fit_view_at(fit, v) + k;
            sum += s->covariance[(size_t)at * s->n + at];
        }
        out->angle_sd = s->widen * ost_degrees(sqrt(sum / 3.0));
    }
}

static bool make(struct spread *s, const struct find_ends *ends, struct ost_find *out,
                 struct ost_err *err)
{
    double between[OST_FIND_NUMBERS];
    for (int b = 0; b < OST_BONES; b++) {
        s->apart[b] = calloc((size_t)s->fit->table[b]->mesh->vertex_count + 1, sizeof(double));
        if (s->apart[b] == NULL)
            return ost_fail(err, OST_NOMEM, "fit: out of memory");
    }
    if (!spread_apart(s, ends, err))
        return false;
    spread_ends(s, ends, between, &out->rival);
    s->n = fit_unknowns(s->fit);
    s->covariance = malloc((size_t)FIT_MOST * FIT_MOST * sizeof *s->covariance);
    if (s->covariance == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    if (!covariance_of(s->fit, s->covariance, err) ||
        !map_vertices(s->fit->table[OST_RADIUS]->mesh, &s->corner_of[OST_RADIUS], err) ||
        !map_vertices(s->fit->table[OST_ULNA]->mesh, &s->corner_of[OST_ULNA], err) ||
        !spread_bone(s, OST_RADIUS, out, err) || !spread_bone(s, OST_ULNA, out, err))
        return false;
    spread_numbers(s, between, out);
    target_spread(s, ends, out);
    spread_rest(s, out);
    out->frames = s->fit->frames;
    for (uint32_t f = 1; f < s->fit->frames; f++)
        spread_frame(s, ends, f, out);
    return true;
}

bool find_spread(struct fit *fit, const struct find_ends *ends, struct ost_find *out,
                 struct ost_err *err)
{
    struct spread s = {.fit = fit, .widen = ost_find_widen};
    s.ill = sqrt(ends->end[ends->best].cost / usual_cost);
    if (fit->view_count == 1)
        s.widen *=
            fit->view[0].projection == OST_PROJECTION_LATERAL ? one_lateral_widen : one_view_widen;
    bool ok = make(&s, ends, out, err);
    free(s.covariance);
    for (int b = 0; b < OST_BONES; b++) {
        free(s.corner_of[b]);
        free(s.apart[b]);
    }
    return ok;
}
