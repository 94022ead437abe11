/* What is known of every unknown before a film is seen. */
#include "recon/math/vec.h"
#include "recon/shape/fit_predict_impl.h"

#include <math.h>

/* Spreads of what the prior file does not say: 1 SD. */
static const double free_turn = 10.0, free_shift = 1e4; /* the arm: anywhere */
/* Of a fragment, as series of malunions have them: tilt, inclination, turn about the shaft; shift.
 */
static const double break_turn[3] = {0.45, 0.22, 0.17}, break_shift = 6.0; /* rad, mm */
static const double cut_mm = 20.0, cut_sd_mm = 6.0, blend_sd = 0.5;        /* a break's; log */
static const double view_turn = 10.0, view_shift = 1e4; /* a free view: anywhere */
static const double focal_log = 0.05;                   /* 1.0 to 1.2 m */
static const double focal_log_unknown = 0.5;            /* without a pixel size */
static const double gap_mm = 45.0, gap_sd_mm = 25.0;    /* arm to detector */
/* The ulna's tilt beside the distal radius holds the bows of both shafts too. */
static const double joint_slack[6] = {1.0, 2.0, 2.0, 1.5, 1.5, 1.5};
/*
 * A forearm that turns takes the ulna along as its joint lets it: in another frame it may stand
 * anywhere in the range of its turn, about as far as that reaches to either side; what else the
 * joint holds stays nearly as it was. In the prior's deviations.
 */
static const double later_slack[6] = {2.0, 0.35, 0.35, 0.5, 0.5, 0.5};
static const double twist_sd[OST_BONES] = {0.08, 0.18}; /* rad */
static const double bow_sd[OST_BONES] = {2.0, 3.5};     /* mm */
static const double pinned = 1e12;                      /* 1 / variance of what is not free */
static const double across_sd = 0.06, label_sd = 0.07;  /* sine of an angle */

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
        fit_row_put(row, FIT_SHIFT + k, -v->camera.world_to_camera.r[3 * k + 2] / gap_sd_mm);
    if (v->pose_free)
        fit_row_put(row, at + 5, -1.0 / gap_sd_mm);
    fit_row_put(row, at + 6, detector / gap_sd_mm);
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
        fit_row_put(row, FIT_TURN + k, turn[k] / sd);
    ost_cross(seen, forward, turn);
    for (uint32_t k = 0; k < 3 && v->pose_free; k++)
        fit_row_put(row, fit_view_at(fit, view) + k, turn[k] / sd);
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

/* How far a frame's joint is from what is expected of it, in SDs. */
static double later_off(const struct fit *fit, uint32_t frame, uint32_t k)
{
    double at = fit->arm.later[frame - 1][k];
    return (k == 0 ? at : at - fit->arm.joint[k]) / later_slack[k];
}

static void prior_of_frame(struct fit_normal *normal, const struct fit *fit, uint32_t frame)
{
    for (uint32_t k = 0; k < FIT_FRAME_SIZE; k++) {
        uint32_t at = fit_frame_at(fit, frame) + k;
        struct fit_row row = {.count = 0};
        if (fit->stiff) {
            pin(normal, at);
            continue;
        }
        fit_row_put(&row, at, 1.0 / later_slack[k]);
        if (k > 0)
            fit_row_put(&row, FIT_JOINT + k, -1.0 / later_slack[k]);
        fit_normal_add(normal, &row, -later_off(fit, frame, k), 1.0);
    }
}

void fit_normal_prior(struct fit_normal *normal, const struct fit *fit)
{
    const struct ost_arm *arm = &fit->arm;
    const struct ost_prior_numbers *numbers = ost_prior_numbers_view(fit->prior);
    for (uint32_t k = 0; k < 3; k++) {
        expect(normal, FIT_TURN + k, 0.0, free_turn);
        expect(normal, FIT_SHIFT + k, 0.0, free_shift);
        if (arm->broken) {
            expect(normal, FIT_BREAK + k, -arm->turn[k], break_turn[k]);
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
    for (uint32_t f = 1; f < fit->frames; f++)
        prior_of_frame(normal, fit, f);
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

/* The part of it that is the fragment. */
static double break_cost(const struct ost_arm *arm)
{
    double cost = 0.0;
    if (!arm->broken)
        return 0.0;
    for (int k = 0; k < 3; k++)
        cost += pow(arm->turn[k] / break_turn[k], 2.0) + pow(arm->shift[k] / break_shift, 2.0);
    return cost + pow((arm->cut - cut_mm) / cut_sd_mm, 2.0) + pow(arm->log_blend / blend_sd, 2.0);
}

/* That is how films are usually taken. */
static double view_cost(const struct fit *fit, size_t view)
{
    const struct fit_view *v = &fit->view[view];
    double cost = 0.0;
    if (v->focal_free)
        cost += pow(log(v->focal_middle / v->camera.focal[0]) / focal_sd(v), 2.0);
    if (gap_counts(v))
        cost += pow(gap_of(fit, view, NULL), 2.0);
    return cost;
}

double fit_prior_cost(const struct fit *fit)
{
    const struct ost_arm *arm = &fit->arm;
    double scale = arm->log_scale / ost_prior_numbers_view(fit->prior)->log_scale_sd;
    double cost = scale * scale;
    for (int k = 0; k < 6; k++)
        cost += pow(arm->joint[k] / joint_slack[k], 2.0);
    for (uint32_t f = 1; f < fit->frames; f++)
        for (uint32_t k = 0; k < FIT_FRAME_SIZE; k++)
            cost += pow(later_off(fit, f, k), 2.0);
    cost += break_cost(arm);
    for (int b = 0; b < OST_BONES; b++) {
        cost += pow(arm->twist[b] / twist_sd[b], 2.0);
        for (int k = 0; k < 2; k++)
            cost += pow(arm->bow[b][k] / bow_sd[b], 2.0);
    }
    for (int b = 0; b < OST_BONES; b++)
        for (uint32_t m = 0; m < fit->table[b]->modes; m++)
            cost += arm->mode[b][m] * arm->mode[b][m];
    for (size_t i = 0; i < fit->view_count; i++)
        cost += view_cost(fit, i);
    return cost + fit_pose_cost(fit);
}
