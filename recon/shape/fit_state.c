#include "recon/math/dense.h"
#include "recon/math/vec.h"
#include "recon/shape/fit_predict_impl.h"

#include <math.h>
#include <string.h>

/* Spreads of what the prior file does not say: 1 SD. */
static const double free_turn = 10.0, free_shift = 1e4;             /* the arm: anywhere */
static const double break_turn = 0.40, break_shift = 6.0;           /* rad, mm */
static const double cut_mm = 20.0, cut_sd_mm = 6.0, blend_sd = 0.5; /* a break's; log */
static const double cut_least_mm = 8.0, cut_most_mm = 40.0, blend_most = 1.2;
static const double view_turn = 10.0, view_shift = 1e4; /* a free view: anywhere */
static const double focal_log = 0.05;                   /* 1.0 to 1.2 m */
static const double focal_log_unknown = 0.5;            /* without a pixel size */
static const double gap_mm = 45.0, gap_sd_mm = 25.0;    /* arm to detector */
/* The ulna's tilt beside the distal radius holds the bows of both shafts too. */
static const double joint_slack[6] = {1.0, 2.0, 2.0, 1.5, 1.5, 1.5};
static const double twist_sd[OST_BONES] = {0.08, 0.18}; /* rad */
static const double bow_sd[OST_BONES] = {2.0, 3.5};     /* mm */
static const double pinned = 1e12;                      /* 1 / variance of what is not free */
static const double across_sd = 0.06, label_sd = 0.07;  /* sine of an angle */

bool fit_init(struct fit *fit, const struct ost_prior *prior, struct ost_err *err)
{
    *fit = (struct fit){.prior = prior};
    fit->arm.place = ost_rigid_identity();
    for (int b = 0; b < OST_BONES; b++)
        if (!ost_arm_table_create(prior, (enum ost_bone)b, OST_ARM_MODES, &fit->table[b], err))
            return false;
    return true;
}

void fit_fini(struct fit *fit)
{
    for (int b = 0; b < OST_BONES; b++) {
        ost_arm_table_destroy(fit->table[b]);
        fit->table[b] = NULL;
    }
}

void fit_copy(struct fit *to, const struct fit *from)
{
    struct ost_arm_table *table[OST_BONES] = {to->table[OST_RADIUS], to->table[OST_ULNA]};
    *to = *from;
    for (int b = 0; b < OST_BONES; b++)
        to->table[b] = table[b];
}

uint32_t fit_mode_at(const struct fit *fit, int bone)
{
    return FIT_MODES + (bone == OST_ULNA ? fit->table[OST_RADIUS]->modes : 0);
}

uint32_t fit_view_at(const struct fit *fit, size_t view)
{
    return FIT_MODES + fit->table[OST_RADIUS]->modes + fit->table[OST_ULNA]->modes +
           (uint32_t)view * FIT_VIEW_SIZE;
}

uint32_t fit_unknowns(const struct fit *fit)
{
    return fit_view_at(fit, fit->view_count);
}

void fit_refresh(struct fit *fit, bool with_slopes)
{
    for (int b = 0; b < OST_BONES; b++)
        ost_arm_table_set(fit->table[b], fit->prior, (enum ost_bone)b, &fit->arm, with_slopes);
    const double wrist[3] = {0.0, 0.0, 25.0};
    ost_rigid_point(&fit->arm.place, wrist, fit->pivot);
}

static void put(struct fit_row *row, uint32_t index, double value)
{
    row->index[row->count] = index;
    row->value[row->count++] = value;
}

/* The unknown that a column of a bone's table belongs to. */
static uint32_t unknown_of(const struct fit *fit, int bone, uint32_t column)
{
    if (column == OST_ARM_SCALE)
        return FIT_SCALE;
    if (column < OST_ARM_CUT)
        return (bone == OST_ULNA ? FIT_JOINT : FIT_BREAK) + column - OST_ARM_SIX;
    if (column < OST_ARM_BEND)
        return FIT_CUT + column - OST_ARM_CUT;
    if (column < OST_ARM_FIRST_MODE)
        return FIT_BEND + (bone == OST_ULNA ? 3U : 0U) + column - OST_ARM_BEND;
    return fit_mode_at(fit, bone) + column - OST_ARM_FIRST_MODE;
}

static bool is_asleep(const struct fit *fit, int bone, uint32_t column)
{
    const bool broken = bone == OST_RADIUS && fit->arm.broken;
    const uint32_t first = bone == OST_ULNA ? OST_ARM_CUT : OST_ARM_SIX;
    return !broken && column >= first && column < OST_ARM_BEND;
}

static void spot_point(const struct fit *fit, const struct fit_spot *spot, double out[3])
{
    const struct ost_mesh *mesh = fit->table[spot->bone]->mesh;
    const uint32_t *corner = mesh->triangle[spot->triangle];
    for (int k = 0; k < 3; k++)
        out[k] = spot->weight[0] * (double)mesh->vertex[corner[0]][k] +
                 spot->weight[1] * (double)mesh->vertex[corner[1]][k] +
                 spot->weight[2] * (double)mesh->vertex[corner[2]][k];
}

/* h . dP over the unknowns of the arm. */
static void arm_columns(const struct fit *fit, const struct fit_spot *spot, const double h[3],
                        struct fit_row *row)
{
    const struct ost_arm_table *t = fit->table[spot->bone];
    const uint32_t *corner = t->mesh->triangle[spot->triangle];
    double p[3], arm[3], turn[3];
    spot_point(fit, spot, p);
    ost_sub(p, fit->pivot, arm);
    ost_cross(arm, h, turn);
    for (uint32_t k = 0; k < 3; k++) {
        put(row, FIT_TURN + k, turn[k]);
        put(row, FIT_SHIFT + k, h[k]);
    }
    uint32_t columns = OST_ARM_FIRST_MODE + fit->modes[spot->bone];
    for (uint32_t c = 0; c < columns; c++) {
        if (is_asleep(fit, spot->bone, c))
            continue;
        double sum = 0.0;
        for (int i = 0; i < 3; i++) {
            const float *s = t->slope + (size_t)corner[i] * 3 * t->columns + c;
            sum += spot->weight[i] * (h[0] * (double)s[0] + h[1] * (double)s[t->columns] +
                                      h[2] * (double)s[2 * (size_t)t->columns]);
        }
        put(row, unknown_of(fit, spot->bone, c), sum);
    }
}

/* The same displacement by moving the camera instead: g in camera axes. */
static void view_columns(const struct fit *fit, const struct fit_spot *spot, const double g[3],
                         struct fit_row *row)
{
    const struct fit_view *v = &fit->view[spot->view];
    uint32_t at = fit_view_at(fit, spot->view);
    if (!v->pose_free)
        return;
    double p[3], q[3], c[3], arm[3], turn[3];
    spot_point(fit, spot, p);
    ost_rigid_point(&v->camera.world_to_camera, p, q);
    ost_rigid_point(&v->camera.world_to_camera, fit->pivot, c);
    ost_sub(q, c, arm);
    ost_cross(arm, g, turn);
    for (uint32_t k = 0; k < 3; k++) {
        put(row, at + k, turn[k]);
        put(row, at + 3 + k, g[k]);
    }
}

void fit_row_of_slope(const struct fit *fit, const struct fit_spot *spot, const double slope[3],
                      struct fit_row *row)
{
    const struct fit_view *v = &fit->view[spot->view];
    double g[3];
    row->count = 0;
    arm_columns(fit, spot, slope, row);
    ost_rigid_direction(&v->camera.world_to_camera, slope, g);
    view_columns(fit, spot, g, row);
}

void fit_row_of_spot(const struct fit *fit, const struct fit_spot *spot, struct fit_row *row)
{
    const struct fit_view *v = &fit->view[spot->view];
    const struct ost_camera *c = &v->camera;
    double mm = spot->depth / (0.5 * (c->focal[0] + c->focal[1]));
    double off[2] = {spot->pixel[0] - c->principal[0], spot->pixel[1] - c->principal[1]};
    double g[3] = {mm * spot->normal[0] * c->focal[0] / spot->depth,
                   mm * spot->normal[1] * c->focal[1] / spot->depth, 0.0};
    g[2] = -mm * (spot->normal[0] * off[0] + spot->normal[1] * off[1]) / spot->depth;
    struct ost_rigid back = ost_rigid_inverse(&c->world_to_camera);
    double h[3];
    ost_rigid_direction(&back, g, h);
    row->count = 0;
    arm_columns(fit, spot, h, row);
    view_columns(fit, spot, g, row);
    if (v->focal_free)
        put(row, fit_view_at(fit, spot->view) + 6,
            mm * (spot->normal[0] * off[0] + spot->normal[1] * off[1]));
}

void fit_normal_clear(struct fit_normal *normal, uint32_t n)
{
    normal->n = n;
    memset(normal->a, 0, (size_t)n * n * sizeof *normal->a);
    memset(normal->b, 0, n * sizeof *normal->b);
}

void fit_normal_add(struct fit_normal *normal, const struct fit_row *row, double residual,
                    double weight)
{
    for (uint32_t i = 0; i < row->count; i++) {
        double v = weight * row->value[i];
        normal->b[row->index[i]] += v * residual;
        for (uint32_t j = 0; j <= i; j++) {
            uint32_t r = row->index[i], c = row->index[j]; /* the lower triangle alone */
            size_t at = r < c ? (size_t)r * normal->n + c : (size_t)c * normal->n + r;
            normal->a[at] += v * row->value[j];
        }
    }
}

/* An unknown expected at `off` from where it stands, with that spread. */
static void expect(struct fit_normal *normal, uint32_t at, double off, double sd)
{
    double weight = 1.0 / (sd * sd);
    normal->a[(size_t)at * normal->n + at] += weight;
    normal->b[at] += weight * off;
}

static void pin(struct fit_normal *normal, uint32_t at)
{
    normal->a[(size_t)at * normal->n + at] += pinned;
}

static bool gap_counts(const struct fit_view *v)
{
    return v->focal_free && v->spacing > 0.0;
}

/* How far the pivot's distance from the detector is from what is usual, in SDs, and its row. */
static double gap_of(const struct fit *fit, size_t view, struct fit_row *row)
{
    const struct fit_view *v = &fit->view[view];
    double c[3], detector = v->camera.focal[0] * v->spacing;
    ost_rigid_point(&v->camera.world_to_camera, fit->pivot, c);
    double off = (detector - c[2] - gap_mm) / gap_sd_mm;
    if (row == NULL)
        return off;
    row->count = 0;
    uint32_t at = fit_view_at(fit, view);
    for (uint32_t k = 0; k < 3; k++)
        put(row, FIT_SHIFT + k, -v->camera.world_to_camera.r[3 * k + 2] / gap_sd_mm);
    if (v->pose_free)
        put(row, at + 5, -1.0 / gap_sd_mm);
    put(row, at + 6, detector / gap_sd_mm);
    return off;
}

/*
 * How films are usually taken: the beam across the forearm, and for a labelled one
 * across the plane of the wrist or along it. Only where the pose is not given.
 */
enum { WAYS = 2 };

static uint32_t usual_ways(const struct fit_view *v, int axis[WAYS], double sd[WAYS])
{
    uint32_t count = 0;
    if (!v->focal_free)
        return 0;
    axis[count] = 2;
    sd[count++] = across_sd;
    if (v->projection == OST_PROJECTION_PA || v->projection == OST_PROJECTION_AP)
        axis[count] = 0;
    else if (v->projection == OST_PROJECTION_LATERAL)
        axis[count] = 1;
    else
        return count;
    sd[count++] = label_sd;
    return count;
}

/* The part of a model axis that lies along a view's beam, in SDs, and its row. */
static double along_beam(const struct fit *fit, size_t view, int axis, double sd,
                         struct fit_row *row)
{
    const struct fit_view *v = &fit->view[view];
    const struct ost_rigid *camera = &v->camera.world_to_camera;
    const double *a = fit->arm.place.r + 3 * (size_t)axis;
    const double beam[3] = {camera->r[2], camera->r[5], camera->r[8]}, forward[3] = {0.0, 0.0, 1.0};
    double seen[3], turn[3];
    ost_rigid_direction(camera, a, seen);
    if (row == NULL)
        return seen[2] / sd;
    row->count = 0;
    ost_cross(a, beam, turn);
    for (uint32_t k = 0; k < 3; k++)
        put(row, FIT_TURN + k, turn[k] / sd);
    ost_cross(seen, forward, turn);
    for (uint32_t k = 0; k < 3 && v->pose_free; k++)
        put(row, fit_view_at(fit, view) + k, turn[k] / sd);
    return seen[2] / sd;
}

double fit_pose_cost(const struct fit *fit)
{
    double cost = 0.0, sd[WAYS];
    int axis[WAYS];
    for (size_t v = 0; v < fit->view_count; v++) {
        uint32_t count = usual_ways(&fit->view[v], axis, sd);
        for (uint32_t i = 0; i < count; i++)
            cost += pow(along_beam(fit, v, axis[i], sd[i], NULL), 2.0);
    }
    return cost;
}

static void prior_of_pose(struct fit_normal *normal, const struct fit *fit, size_t view)
{
    double sd[WAYS];
    int axis[WAYS];
    struct fit_row row;
    uint32_t count = usual_ways(&fit->view[view], axis, sd);
    for (uint32_t i = 0; i < count; i++) {
        double off = along_beam(fit, view, axis[i], sd[i], &row);
        fit_normal_add(normal, &row, -off, 1.0);
    }
}

static double focal_sd(const struct fit_view *v)
{
    return v->spacing > 0.0 ? focal_log : focal_log_unknown;
}

static void prior_of_view(struct fit_normal *normal, const struct fit *fit, size_t view)
{
    const struct fit_view *v = &fit->view[view];
    uint32_t at = fit_view_at(fit, view);
    for (uint32_t k = 0; k < 6; k++) {
        if (v->pose_free)
            expect(normal, at + k, 0.0, k < 3 ? view_turn : view_shift);
        else
            pin(normal, at + k);
    }
    if (!v->focal_free) {
        pin(normal, at + 6);
        return;
    }
    expect(normal, at + 6, log(v->focal_middle / v->camera.focal[0]), focal_sd(v));
    if (gap_counts(v)) {
        struct fit_row row;
        double off = gap_of(fit, view, &row);
        fit_normal_add(normal, &row, -off, 1.0);
    }
}

static void prior_of_bend(struct fit_normal *normal, const struct fit *fit, int bone)
{
    uint32_t at = FIT_BEND + (bone == OST_ULNA ? 3U : 0U);
    for (uint32_t k = 0; k < 3; k++) {
        if (fit->stiff)
            pin(normal, at + k);
        else if (k == 0)
            expect(normal, at, -fit->arm.twist[bone], twist_sd[bone]);
        else
            expect(normal, at + k, -fit->arm.bow[bone][k - 1], bow_sd[bone]);
    }
}

static void prior_of_modes(struct fit_normal *normal, const struct fit *fit, int bone)
{
    for (uint32_t m = 0; m < fit->table[bone]->modes; m++) {
        if (m < fit->modes[bone])
            expect(normal, fit_mode_at(fit, bone) + m, -fit->arm.mode[bone][m], 1.0);
        else
            pin(normal, fit_mode_at(fit, bone) + m);
    }
}

static void prior_of_cut(struct fit_normal *normal, const struct fit *fit)
{
    if (!fit->arm.broken || fit->stiff) {
        pin(normal, FIT_CUT);
        pin(normal, FIT_CUT + 1);
        return;
    }
    expect(normal, FIT_CUT, cut_mm - fit->arm.cut, cut_sd_mm);
    expect(normal, FIT_CUT + 1, -fit->arm.log_blend, blend_sd);
}

void fit_normal_prior(struct fit_normal *normal, const struct fit *fit)
{
    const struct ost_arm *arm = &fit->arm;
    const struct ost_prior_numbers *numbers = ost_prior_numbers_view(fit->prior);
    for (uint32_t k = 0; k < 3; k++) {
        expect(normal, FIT_TURN + k, 0.0, free_turn);
        expect(normal, FIT_SHIFT + k, 0.0, free_shift);
        if (arm->broken) {
            expect(normal, FIT_BREAK + k, -arm->turn[k], break_turn);
            expect(normal, FIT_BREAK + 3 + k, -arm->shift[k], break_shift);
        } else {
            pin(normal, FIT_BREAK + k);
            pin(normal, FIT_BREAK + 3 + k);
        }
    }
    prior_of_cut(normal, fit);
    expect(normal, FIT_SCALE, -arm->log_scale, numbers->log_scale_sd);
    for (uint32_t k = 0; k < 6; k++) {
        if (fit->stiff)
            pin(normal, FIT_JOINT + k);
        else
            expect(normal, FIT_JOINT + k, -arm->joint[k], joint_slack[k]);
    }
    for (int b = 0; b < OST_BONES; b++)
        prior_of_bend(normal, fit, b);
    for (int b = 0; b < OST_BONES; b++)
        prior_of_modes(normal, fit, b);
    for (size_t v = 0; v < fit->view_count; v++) {
        prior_of_view(normal, fit, v);
        prior_of_pose(normal, fit, v);
    }
    if (fit->read != NULL && !fit->aloof)
        fit_normal_readings(normal, fit);
}

double fit_prior_cost(const struct fit *fit)
{
    const struct ost_arm *arm = &fit->arm;
    double scale = arm->log_scale / ost_prior_numbers_view(fit->prior)->log_scale_sd;
    double cost = scale * scale;
    for (int k = 0; k < 6; k++)
        cost += pow(arm->joint[k] / joint_slack[k], 2.0);
    for (int k = 0; k < 3 && arm->broken; k++)
        cost += pow(arm->turn[k] / break_turn, 2.0) + pow(arm->shift[k] / break_shift, 2.0);
    if (arm->broken)
        cost += pow((arm->cut - cut_mm) / cut_sd_mm, 2.0) + pow(arm->log_blend / blend_sd, 2.0);
    for (int b = 0; b < OST_BONES; b++) {
        cost += pow(arm->twist[b] / twist_sd[b], 2.0);
        for (int k = 0; k < 2; k++)
            cost += pow(arm->bow[b][k] / bow_sd[b], 2.0);
    }
    for (int b = 0; b < OST_BONES; b++)
        for (uint32_t m = 0; m < fit->table[b]->modes; m++)
            cost += arm->mode[b][m] * arm->mode[b][m];
    for (size_t i = 0; i < fit->view_count; i++) {
        const struct fit_view *v = &fit->view[i];
        if (v->focal_free)
            cost += pow(log(v->focal_middle / v->camera.focal[0]) / focal_sd(v), 2.0);
        if (gap_counts(v))
            cost += pow(gap_of(fit, i, NULL), 2.0);
    }
    return cost + fit_pose_cost(fit);
}

static void move_rigid(struct ost_rigid *m, const double centre[3], const double *six)
{
    struct ost_rigid step = ost_rigid_about(centre, six, six + 3);
    *m = ost_rigid_then(m, &step);
}

/* The largest share of the step that moves nothing further than is sane. */
static double sane(const struct fit *fit, const double *x)
{
    double worst = 1.0;
    for (int k = 0; k < 3; k++) {
        worst = fmax(worst, fabs(x[FIT_TURN + k]) / 0.25);
        worst = fmax(worst, fabs(x[FIT_SHIFT + k]) / 40.0);
        worst = fmax(worst, fabs(x[FIT_BREAK + k]) / 0.25);
    }
    worst = fmax(worst, fabs(x[FIT_SCALE]) / 0.1);
    worst = fmax(worst, fmax(fabs(x[FIT_CUT]) / 4.0, fabs(x[FIT_CUT + 1]) / 0.4));
    for (int b = 0; b < OST_BONES; b++)
        worst = fmax(worst, fabs(x[FIT_BEND + 3 * b]) / 0.25);
    for (uint32_t i = FIT_JOINT; i < fit_unknowns(fit); i++)
        if ((i < FIT_BREAK || i >= FIT_MODES) && i < fit_view_at(fit, 0))
            worst = fmax(worst, fabs(x[i]) / 1.5);
    for (size_t v = 0; v < fit->view_count; v++) {
        const double *six = x + fit_view_at(fit, v);
        for (int k = 0; k < 3; k++)
            worst = fmax(worst, fabs(six[k]) / 0.25);
        worst = fmax(worst, fabs(six[6]) / 0.2);
    }
    return 1.0 / worst;
}

static void move_arm(struct fit *fit, const double *x)
{
    struct ost_arm *arm = &fit->arm;
    arm->log_scale += x[FIT_SCALE];
    for (int k = 0; k < 6; k++)
        arm->joint[k] += x[FIT_JOINT + k];
    for (int k = 0; k < 3 && arm->broken; k++) {
        arm->turn[k] += x[FIT_BREAK + k];
        arm->shift[k] += x[FIT_BREAK + 3 + k];
    }
    if (arm->broken) {
        arm->cut = fmin(fmax(arm->cut + x[FIT_CUT], cut_least_mm), cut_most_mm);
        arm->log_blend = fmin(fmax(arm->log_blend + x[FIT_CUT + 1], -blend_most), blend_most);
    }
    for (int b = 0; b < OST_BONES; b++) {
        arm->twist[b] += x[FIT_BEND + 3 * b];
        for (int k = 0; k < 2; k++)
            arm->bow[b][k] += x[FIT_BEND + 3 * b + 1 + k];
    }
    for (int b = 0; b < OST_BONES; b++)
        for (uint32_t m = 0; m < fit->modes[b]; m++)
            arm->mode[b][m] += x[fit_mode_at(fit, b) + m];
}

bool fit_move(struct fit *fit, struct fit_normal *normal)
{
    if (!ost_cholesky(normal->a, normal->n))
        return false;
    double *x = normal->b;
    ost_cholesky_solve(normal->a, normal->n, x);
    double part = sane(fit, x);
    for (uint32_t i = 0; i < normal->n; i++)
        x[i] *= part;
    for (size_t v = 0; v < fit->view_count; v++) { /* before the pivot moves with the arm */
        struct fit_view *view = &fit->view[v];
        const double *six = x + fit_view_at(fit, v);
        double centre[3];
        ost_rigid_point(&view->camera.world_to_camera, fit->pivot, centre);
        if (view->pose_free)
            move_rigid(&view->camera.world_to_camera, centre, six);
        for (int k = 0; k < 2 && view->focal_free; k++)
            view->camera.focal[k] *= exp(six[6]);
    }
    move_rigid(&fit->arm.place, fit->pivot, x + FIT_TURN);
    move_arm(fit, x);
    return true;
}
