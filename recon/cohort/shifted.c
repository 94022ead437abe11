/*
 * Shapes that no prior of ours was told of: pushes of other forms than the mixed
 * family's (compact, drawn out to ridges, pointed), sections squeezed in waves, a
 * twisted shaft, high osteophytes; malunions with a fragment pushed aside, a step in
 * the joint and one-sided callus.
 */
#include "recon/cohort/body_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>

enum form { COMPACT, RIDGE, SPIKE };
enum { PUSHES_MOST = 160 };

struct push {
    enum form form;
    double centre[3], by[3], width;
    double along[3]; /* unit: where a ridge runs */
};

struct shift {
    struct push push[PUSHES_MOST];
    int count;
    double length;
    double squeeze[2], squeeze_phase[2]; /* share of the section, one and two waves */
    double bow[2][2], bow_phase[2][2];   /* mm; x and y, one and two waves */
    double twist;                        /* rad over the bone */
    double joint_turn[2];                /* rad */
};

/* 1 in the middle, by the distance in widths. */
static double height_of(const struct push *push, const double d[3])
{
    double across = ost_dot(d, d), along = ost_dot(d, push->along);
    if (push->form == RIDGE)
        across -= along * along * (1.0 - 1.0 / 16.0); /* four times as long as wide */
    double r = sqrt(fmax(across, 0.0)) / push->width;
    if (push->form == SPIKE)
        return exp(-1.6 * r);
    /* Wendland 1995, C2; nothing beyond 2.4 widths. */
    double x = fmin(1.0, r / 2.4);
    return pow(1.0 - x, 4.0) * (4.0 * x + 1.0);
}

static void random_way(struct ost_rng *rng, double out[3])
{
    do {
        for (int k = 0; k < 3; k++)
            out[k] = ost_rng_normal(rng);
    } while (!(ost_unit(out) > 1e-3));
}

static void add_pushes(struct shift *shift, struct ost_rng *rng, const struct ost_mesh *mesh,
                       enum form form, const double count_size_width[4])
{
    for (int n = 0; n < (int)count_size_width[0] && shift->count < PUSHES_MOST; n++) {
        struct push *push = &shift->push[shift->count++];
        const float *at = mesh->vertex[ost_rng_next(rng) % mesh->vertex_count];
        push->form = form;
        push->width = count_size_width[2] +
                      (count_size_width[3] - count_size_width[2]) * ost_rng_uniform(rng);
        random_way(rng, push->along);
        for (int k = 0; k < 3; k++) {
            push->centre[k] = (double)at[k];
            push->by[k] = count_size_width[1] * ost_rng_normal(rng);
        }
    }
}

/* Spikes at the rim, out of the bone. */
static void add_osteophytes(struct shift *shift, struct ost_rng *rng, const struct ost_body *body,
                            enum ost_bone bone, float (*normal)[3])
{
    const struct ost_mesh *mesh = body->healthy[bone];
    int left = 4 + (int)(ost_rng_next(rng) % 5);
    while (left > 0 && shift->count < PUSHES_MOST) {
        enum ost_landmark mark = (enum ost_landmark)(ost_rng_next(rng) % OST_LANDMARKS);
        if (ost_landmark_bone(mark) != bone)
            continue;
        uint32_t at = ost_prior_landmark(body->prior, mark);
        struct push *push = &shift->push[shift->count++];
        *push = (struct push){.form = SPIKE, .width = 1.2 + 1.3 * ost_rng_uniform(rng)};
        double height = 0.5 + 1.5 * ost_rng_uniform(rng);
        for (int k = 0; k < 3; k++) {
            push->centre[k] = (double)mesh->vertex[at][k] + 3.0 * ost_rng_normal(rng);
            push->by[k] = height * (double)normal[at][k];
        }
        left--;
    }
}

static void draw(struct shift *shift, struct ost_rng *rng, const struct ost_mesh *mesh)
{
    double low = 1e9, high = -1e9;
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        low = fmin(low, (double)mesh->vertex[v][2]);
        high = fmax(high, (double)mesh->vertex[v][2]);
    }
    *shift = (struct shift){.length = high - low};
    for (int k = 0; k < 2; k++) {
        shift->squeeze[k] = 0.025 * ost_rng_normal(rng);
        shift->squeeze_phase[k] = 2.0 * OST_PI * ost_rng_uniform(rng);
        shift->joint_turn[k] = ost_radians(3.0) * ost_rng_normal(rng);
        for (int axis = 0; axis < 2; axis++) {
            shift->bow[axis][k] = (k == 0 ? 1.4 : 0.7) * ost_rng_normal(rng);
            shift->bow_phase[axis][k] = 2.0 * OST_PI * ost_rng_uniform(rng);
        }
    }
    shift->twist = ost_radians(6.0) * ost_rng_normal(rng);
    add_pushes(shift, rng, mesh, COMPACT, (const double[]){14.0, 0.75, 24.0, 44.0});
    add_pushes(shift, rng, mesh, COMPACT, (const double[]){34.0, 0.36, 9.0, 15.0});
    add_pushes(shift, rng, mesh, RIDGE, (const double[]){60.0, 0.24, 2.5, 5.0});
}

static void move_point(const struct shift *shift, double p[3])
{
    const double q[3] = {p[0], p[1], p[2]}, wave = 2.0 * OST_PI * q[2] / shift->length;
    for (int n = 0; n < shift->count; n++) {
        double d[3];
        ost_sub(q, shift->push[n].centre, d);
        ost_along(p, height_of(&shift->push[n], d), shift->push[n].by, p);
    }
    double off_joint = ost_smooth_step(5.0, 60.0, fabs(q[2]));
    for (int k = 0; k < 2; k++) {
        double squeeze = shift->squeeze[k] * sin((k + 1) * wave + shift->squeeze_phase[k]);
        p[0] += squeeze * q[0];
        p[1] -= squeeze * q[1];
        for (int axis = 0; axis < 2; axis++)
            p[axis] +=
                off_joint * shift->bow[axis][k] * sin((k + 1) * wave + shift->bow_phase[axis][k]);
    }
    double share = 1.0 - ost_smooth_step(8.0, 40.0, q[2]);
    const double none[3] = {0.0, 0.0, 0.0},
                 w[3] = {share * shift->joint_turn[0], share * shift->joint_turn[1],
                         shift->twist * q[2] / shift->length};
    const struct ost_rigid turn = ost_rigid_about(none, w, none);
    const double r[3] = {p[0], p[1], p[2]};
    ost_rigid_point(&turn, r, p);
}

bool ost_body_shift_bone(const struct ost_body *body, enum ost_bone bone, float (*normal)[3],
                         struct ost_err *err)
{
    struct ost_mesh *mesh = body->healthy[bone];
    struct shift *shift = calloc(1, sizeof *shift);
    if (shift == NULL)
        return ost_fail(err, OST_NOMEM, "cohort: no memory for a bone");
    struct ost_rng rng = ost_body_rng(body, bone == OST_RADIUS ? OST_PART_RADIUS : OST_PART_ULNA);
    draw(shift, &rng, mesh);
    add_osteophytes(shift, &rng, body, bone, normal);
#pragma omp parallel for schedule(static)
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        double p[3] = {(double)mesh->vertex[v][0], (double)mesh->vertex[v][1],
                       (double)mesh->vertex[v][2]};
        move_point(shift, p);
        for (int k = 0; k < 3; k++)
            mesh->vertex[v][k] = (float)p[k];
    }
    free(shift);
    return true;
}

void ost_body_shift_break(struct ost_body *body, double cut)
{
    struct ost_rng rng = ost_body_rng(body, OST_PART_BREAK);
    const uint64_t seed = ost_rng_next(&rng);
    const double callus = fmax(1.0, fmin(4.0, 2.5 + 0.9 * ost_rng_normal(&rng)));
    const double blend = 3.0 + 6.0 * ost_rng_uniform(&rng);
    const double side = 2.0 * OST_PI * ost_rng_uniform(&rng);
    const double step = ost_rng_uniform(&rng) < 0.35 ? 1.6 * ost_rng_uniform(&rng) : 0.0;
    struct ost_mesh *mesh = body->bone[OST_RADIUS];
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        const float *at = body->healthy[OST_RADIUS]->vertex[v];
        const double p[3] = {(double)at[0], (double)at[1], (double)at[2]};
        double q[3], out[3] = {p[0] - body->joint[0], p[1] - body->joint[1], 0.0};
        double fixed = ost_smooth_step(cut - blend, cut + blend, p[2]);
        ost_rigid_point(&body->fragment, p, q);
        /* The ulnar column of the joint sinks in a little. */
        q[2] += step * ost_smooth_step(0.0, 3.0, out[0]);
        (void)ost_unit(out);
        double from_cut = (p[2] - cut) / 7.0;
        double lobe = 1.0 + 0.8 * (out[0] * cos(side) + out[1] * sin(side));
        double bulge = callus * lobe * (0.7 + 0.5 * ost_body_noise(seed, 5.0, p)) *
                       exp(-0.5 * from_cut * from_cut);
        for (int k = 0; k < 3; k++) {
            mesh->vertex[v][k] =
                (float)(fixed * p[k] + (1.0 - fixed) * q[k] + fmax(0.0, bulge) * out[k]);
        }
    }
}

void ost_body_shift_fragment(const struct ost_body *body, struct ost_rigid *fragment)
{
    struct ost_rng rng = ost_body_rng(body, OST_PART_SLIDE);
    fragment->t[0] += 2.5 * fmax(-2.0, fmin(2.0, ost_rng_normal(&rng)));
    fragment->t[1] += 1.5 * fmax(-2.0, fmin(2.0, ost_rng_normal(&rng)));
}
