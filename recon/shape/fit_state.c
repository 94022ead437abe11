#include "recon/math/dense.h"
#include "recon/shape/fit_impl.h"

#include <math.h>
#include <string.h>

static const double cut_least_mm = 8.0, cut_most_mm = 40.0, blend_most = 1.2;

bool fit_init(struct fit *fit, const struct ost_prior *prior, uint32_t frames, struct ost_err *err)
{
    *fit = (struct fit){.prior = prior, .frames = frames};
    fit->arm.place = ost_rigid_identity();
    for (int b = 0; b < OST_BONES; b++)
        if (!ost_arm_table_create(prior, (enum ost_bone)b, OST_ARM_MODES, &fit->table[b], err))
            return false;
    for (uint32_t f = 1; f < frames; f++)
        if (!ost_arm_table_create(prior, OST_ULNA, OST_ARM_MODES, &fit->later[f - 1], err))
            return false;
    return true;
}

void fit_fini(struct fit *fit)
{
    for (int b = 0; b < OST_BONES; b++) {
        ost_arm_table_destroy(fit->table[b]);
        fit->table[b] = NULL;
    }
    for (uint32_t f = 1; f < fit->frames; f++) {
        ost_arm_table_destroy(fit->later[f - 1]);
        fit->later[f - 1] = NULL;
    }
}

bool fit_init_as(struct fit *to, const struct fit *from, struct ost_err *err)
{
    struct fit own;
    bool fine = fit_init(&own, from->prior, from->frames, err);
    *to = *from;
    memcpy(to->table, own.table, sizeof to->table);
    memcpy(to->later, own.later, sizeof to->later);
    return fine;
}

const struct ost_arm_table *fit_table(const struct fit *fit, size_t view, int bone)
{
    uint32_t frame = fit->view[view].frame;
    return bone == OST_ULNA && frame > 0 ? fit->later[frame - 1] : fit->table[bone];
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

uint32_t fit_frame_at(const struct fit *fit, uint32_t frame)
{
    return fit_view_at(fit, fit->view_count) + (frame - 1) * FIT_FRAME_SIZE;
}

uint32_t fit_unknowns(const struct fit *fit)
{
    return fit_frame_at(fit, fit->frames);
}

void fit_refresh(struct fit *fit, bool with_slopes)
{
    for (int b = 0; b < OST_BONES; b++)
        ost_arm_table_set(fit->table[b], fit->prior, (enum ost_bone)b, &fit->arm, with_slopes);
    for (uint32_t f = 1; f < fit->frames; f++) {
        const struct ost_arm then = ost_arm_in_frame(&fit->arm, f);
        ost_arm_table_set(fit->later[f - 1], fit->prior, OST_ULNA, &then, with_slopes);
    }
    const double wrist[3] = {0.0, 0.0, 25.0};
    ost_rigid_point(&fit->arm.place, wrist, fit->pivot);
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
    for (uint32_t i = FIT_JOINT; i < fit_view_at(fit, 0); i++)
        if (i < FIT_BREAK || i >= FIT_MODES)
            worst = fmax(worst, fabs(x[i]) / 1.5);
    for (uint32_t i = fit_frame_at(fit, 1); i < fit_unknowns(fit); i++)
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
    for (uint32_t f = 1; f < fit->frames; f++)
        for (uint32_t k = 0; k < FIT_FRAME_SIZE; k++)
            arm->later[f - 1][k] += x[fit_frame_at(fit, f) + k];
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
