/* The bones of one patient: away from the prior's span, then broken and healed askew. */
#include "recon/cohort/body_impl.h"
#include "recon/math/vec.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/refine.h"
#include "recon/shape/anatomy.h"

#include <stdlib.h>
#include <string.h>

enum { OST_KERNELS = 160 };

/* A Gaussian push around a point. */
struct kernel {
    double centre[3], push[3], width;
};

struct warp {
    struct kernel kernel[OST_KERNELS];
    int count;
    double stretch[2];           /* across x and y, less one */
    double bow[2], bow_phase[2]; /* mm; one wave over the bone */
    double length;
    double joint_turn[2]; /* rad, about x and y, fading over the metaphysis */
};

struct ost_rng ost_body_rng(const struct ost_body *body, enum ost_body_part part)
{
    return ost_rng_seed(body->request->seed * 64 + (uint64_t)part);
}

static void random_vertex(struct ost_rng *rng, const struct ost_mesh *mesh, double out[3])
{
    const float *p = mesh->vertex[ost_rng_next(rng) % mesh->vertex_count];
    for (int k = 0; k < 3; k++) {
        out[k] = (double)p[k];
    }
}

/* `count` pushes of `size` mm (SD) and `width[0]` to `width[1]` mm in all directions. */
static void add_kernels(struct warp *warp, struct ost_rng *rng, const struct ost_mesh *mesh,
                        int count, const double size_width[3])
{
    for (int n = 0; n < count && warp->count < OST_KERNELS; n++) {
        struct kernel *k = &warp->kernel[warp->count++];
        random_vertex(rng, mesh, k->centre);
        k->width = size_width[1] + (size_width[2] - size_width[1]) * ost_rng_uniform(rng);
        for (int axis = 0; axis < 3; axis++) {
            k->push[axis] = size_width[0] * ost_rng_normal(rng);
        }
    }
}

/* Small outgrowths near landmarks of the joint, along the surface's normal. */
static void add_osteophytes(struct warp *warp, struct ost_rng *rng, const struct ost_body *body,
                            const struct ost_mesh *mesh, float (*normal)[3])
{
    enum ost_bone bone = mesh == body->healthy[OST_RADIUS] ? OST_RADIUS : OST_ULNA;
    int count = 2 + (int)(ost_rng_next(rng) % 4);
    while (count > 0 && warp->count < OST_KERNELS) {
        enum ost_landmark landmark = (enum ost_landmark)(ost_rng_next(rng) % OST_LANDMARKS);
        if (ost_landmark_bone(landmark) != bone) {
            continue;
        }
        uint32_t at = ost_prior_landmark(body->prior, landmark);
        struct kernel *k = &warp->kernel[warp->count++];
        k->width = 1.6 + 1.4 * ost_rng_uniform(rng);
        double height = 0.3 + 0.9 * ost_rng_uniform(rng);
        for (int axis = 0; axis < 3; axis++) {
            k->centre[axis] = (double)mesh->vertex[at][axis] + 2.5 * ost_rng_normal(rng);
            k->push[axis] = height * (double)normal[at][axis];
        }
        count--;
    }
}

static void draw_warp(struct warp *warp, struct ost_rng *rng, const struct ost_mesh *mesh)
{
    double low = 1e9, high = -1e9;
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        low = fmin(low, (double)mesh->vertex[v][2]);
        high = fmax(high, (double)mesh->vertex[v][2]);
    }
    *warp = (struct warp){.length = high - low};
    for (int k = 0; k < 2; k++) {
        warp->stretch[k] = 0.03 * ost_rng_normal(rng);
        warp->bow[k] = 1.2 * ost_rng_normal(rng);
        warp->bow_phase[k] = 2.0 * OST_PI * ost_rng_uniform(rng);
        warp->joint_turn[k] = ost_radians(2.5) * ost_rng_normal(rng);
    }
    add_kernels(warp, rng, mesh, 12, (const double[]){0.6, 22.0, 40.0});
    add_kernels(warp, rng, mesh, 40, (const double[]){0.26, 9.0, 15.0});
    add_kernels(warp, rng, mesh, 90, (const double[]){0.15, 3.5, 6.0});
}

/* The joint turns about its middle; nothing moves beyond the metaphysis. */
static void turn_joint(const struct warp *warp, double p[3])
{
    double share = 1.0 - ost_smooth_step(4.0, 30.0, p[2]);
    const double w[3] = {share * warp->joint_turn[0], share * warp->joint_turn[1], 0.0};
    double r[9], q[3] = {p[0], p[1], p[2]};
    ost_rotation_of_vector(w, r);
    for (int k = 0; k < 3; k++) {
        p[k] = r[k] * q[0] + r[3 + k] * q[1] + r[6 + k] * q[2];
    }
}

static void warp_point(const struct warp *warp, double p[3])
{
    const double q[3] = {p[0], p[1], p[2]};
    for (int n = 0; n < warp->count; n++) {
        const struct kernel *k = &warp->kernel[n];
        double d[3];
        ost_sub(q, k->centre, d);
        double far = ost_dot(d, d) / (k->width * k->width);
        if (far < 16.0) {
            ost_along(p, exp(-0.5 * far), k->push, p);
        }
    }
    for (int k = 0; k < 2; k++) {
        double wave = sin(2.0 * OST_PI * q[2] / warp->length + warp->bow_phase[k]);
        /* Nothing at the joint, so that the frame stays where it is. */
        p[k] +=
            warp->stretch[k] * q[k] + warp->bow[k] * wave * ost_smooth_step(5.0, 60.0, fabs(q[2]));
    }
    turn_joint(warp, p);
}

static bool template_of(const struct ost_body *body, enum ost_bone bone, struct ost_mesh **out,
                        struct ost_err *err)
{
    OST_AUTO(ost_mesh) coarse = NULL;
    return ost_prior_mean(body->prior, bone, body->scale, &coarse, err) &&
           ost_mesh_refine(coarse, out, err);
}

static bool warp_bone(struct ost_body *body, enum ost_bone bone, struct ost_err *err)
{
    if (!template_of(body, bone, &body->healthy[bone], err)) {
        return false;
    }
    struct ost_mesh *mesh = body->healthy[bone];
    float(*normal)[3] = calloc(mesh->vertex_count, sizeof *normal);
    struct warp *warp = calloc(1, sizeof *warp);
    if (normal == NULL || warp == NULL) {
        free(normal);
        free(warp);
        return ost_fail(err, OST_NOMEM, "cohort: no memory for a bone");
    }
    struct ost_rng rng = ost_body_rng(body, bone == OST_RADIUS ? OST_PART_RADIUS : OST_PART_ULNA);
    ost_mesh_vertex_normals(mesh, normal);
    if (body->request->family == OST_FAMILY_SHIFTED) {
        bool ok = ost_body_shift_bone(body, bone, normal, err);
        free(normal);
        free(warp);
        return ok;
    }
    draw_warp(warp, &rng, mesh);
    add_osteophytes(warp, &rng, body, mesh, normal);
#pragma omp parallel for schedule(static)
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        double p[3] = {(double)mesh->vertex[v][0], (double)mesh->vertex[v][1],
                       (double)mesh->vertex[v][2]};
        warp_point(warp, p);
        for (int k = 0; k < 3; k++) {
            mesh->vertex[v][k] = (float)p[k];
        }
    }
    free(normal);
    free(warp);
    return true;
}

static void place_ulna(struct ost_body *body, struct ost_rng *rng)
{
    double z[6];
    for (int k = 0; k < 6; k++) {
        z[k] = 0.7 * ost_rng_normal(rng);
    }
    struct ost_rigid place = ost_prior_joint_place(body->prior, body->scale, z);
    struct ost_mesh *ulna = body->healthy[OST_ULNA];
    for (uint32_t v = 0; v < ulna->vertex_count; v++) {
        const double p[3] = {(double)ulna->vertex[v][0], (double)ulna->vertex[v][1],
                             (double)ulna->vertex[v][2]};
        double q[3];
        ost_rigid_point(&place, p, q);
        for (int k = 0; k < 3; k++) {
            ulna->vertex[v][k] = (float)q[k];
        }
    }
}

static void slide(struct ost_mesh *mesh, double along)
{
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        mesh->vertex[v][2] += (float)along;
    }
}

static void numbers_of(const struct ost_body *body, struct ost_mesh *const mesh[OST_BONES],
                       struct ost_anatomy *frame, struct ost_patient_numbers *out)
{
    double landmark[OST_LANDMARKS][3];
    struct ost_anatomy_numbers numbers;
    const float(*radius)[3] = (const float(*)[3])mesh[OST_RADIUS]->vertex;
    const float(*ulna)[3] = (const float(*)[3])mesh[OST_ULNA]->vertex;
    ost_anatomy_of(body->prior, radius, frame);
    ost_anatomy_landmarks(body->prior, radius, ulna, landmark);
    ost_anatomy_measure(frame, (const double(*)[3])landmark, &numbers);
    *out = (struct ost_patient_numbers){
        .volar_tilt_deg = ost_degrees(numbers.volar_tilt),
        .radial_inclination_deg = ost_degrees(numbers.radial_inclination),
        .radial_height_mm = numbers.radial_height,
        .ulnar_variance_mm = numbers.ulnar_variance,
    };
}

/*
 * Dorsal tilt hinges at the volar cortex of the break and the fragment then slides, so
 * that the ulnar border of the joint ends as much shorter as asked for and halfway back
 * over the shaft, as untreated Colles fractures heal.
 */
static struct ost_rigid fragment_motion(const struct ost_malunion *m, const double border[3],
                                        const double joint[3], double cut)
{
    const double hinge[3] = {joint[0], joint[1] - 8.0, cut};
    const double w[3] = {ost_radians(m->tilt_deg), ost_radians(m->inclination_deg),
                         ost_radians(m->turn_deg)};
    struct ost_rigid motion = ost_rigid_about(hinge, w, (const double[]){0.0, 0.0, 0.0});
    double moved[3], middle[3];
    ost_rigid_point(&motion, border, moved);
    ost_rigid_point(&motion, joint, middle);
    motion.t[2] += border[2] + m->shortening_mm - moved[2];
    motion.t[1] -= 0.5 * (middle[1] - joint[1]);
    return motion;
}

/* The fragment's motion fades over sixteen millimetres, and callus fills the step. */
static void break_radius(struct ost_body *body, double cut)
{
    struct ost_mesh *mesh = body->bone[OST_RADIUS];
    const uint64_t seed = body->request->seed * 64 + OST_PART_BREAK;
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        const float *at = body->healthy[OST_RADIUS]->vertex[v];
        const double p[3] = {(double)at[0], (double)at[1], (double)at[2]};
        double q[3], out[3] = {p[0] - body->joint[0], p[1] - body->joint[1], 0.0};
        ost_rigid_point(&body->fragment, p, q);
        double fixed = ost_smooth_step(cut - 8.0, cut + 8.0, p[2]);
        double from_cut = (p[2] - cut) / 6.0;
        double callus =
            (1.2 + 0.8 * ost_body_noise(seed, 6.0, p)) * exp(-0.5 * from_cut * from_cut);
        (void)ost_unit(out);
        for (int k = 0; k < 3; k++) {
            mesh->vertex[v][k] = (float)(fixed * p[k] + (1.0 - fixed) * q[k] + callus * out[k]);
        }
    }
}

static bool copy(const struct ost_mesh *in, struct ost_mesh **out, struct ost_err *err)
{
    if (!ost_mesh_create(out, in->vertex_count, in->triangle_count, err)) {
        return false;
    }
    memcpy((*out)->vertex, in->vertex, in->vertex_count * sizeof *in->vertex);
    memcpy((*out)->triangle, in->triangle, in->triangle_count * sizeof *in->triangle);
    return true;
}

static void break_arm(struct ost_body *body)
{
    const struct ost_malunion *m = &body->request->malunion;
    const float(*radius)[3] = (const float(*)[3])body->healthy[OST_RADIUS]->vertex;
    const float *volar = radius[ost_prior_landmark(body->prior, OST_ULNAR_CORNER_VOLAR)];
    const float *dorsal = radius[ost_prior_landmark(body->prior, OST_ULNAR_CORNER_DORSAL)];
    double border[3];
    for (int k = 0; k < 3; k++) {
        border[k] = 0.5 * ((double)volar[k] + (double)dorsal[k]);
    }
    double cut = body->joint[2] + m->cut_mm;
    body->fragment = fragment_motion(m, border, body->joint, cut);
    if (body->request->family == OST_FAMILY_SHIFTED)
        ost_body_shift_fragment(body, &body->fragment);
    /* The wrist gives way to part of the tilt: the hand turns by half of it. */
    struct ost_malunion half = *m;
    half.tilt_deg *= 0.5;
    half.inclination_deg *= 0.5;
    body->hand = fragment_motion(&half, border, body->joint, cut);
    double there[3], here[3];
    ost_rigid_point(&body->fragment, body->joint, there);
    ost_rigid_point(&body->hand, body->joint, here);
    for (int k = 0; k < 3; k++) {
        body->hand.t[k] += there[k] - here[k];
    }
    if (body->request->family == OST_FAMILY_TRAINED)
        ost_body_trained_break(body, cut);
    else if (body->request->family == OST_FAMILY_SHIFTED)
        ost_body_shift_break(body, cut);
    else
        break_radius(body, cut);
}

/* Both bones out of the prior's span, and the ulna beside the radius. */
static bool warp_arm(struct ost_body *body, struct ost_rng *rng, struct ost_err *err)
{
    for (int b = 0; b < OST_BONES; b++) {
        if (!warp_bone(body, (enum ost_bone)b, err))
            return false;
    }
    place_ulna(body, rng);
    /* Ulnar variance as published: -0.5 +- 1.2 mm, whatever the warps did to it. */
    struct ost_anatomy frame;
    numbers_of(body, body->healthy, &frame, &body->before);
    double variance = -0.5 + 1.2 * ost_rng_normal(rng);
    slide(body->healthy[OST_ULNA], body->before.ulnar_variance_mm - variance);
    return true;
}

bool ost_body_surfaces(struct ost_body *body, struct ost_err *err)
{
    struct ost_rng rng = ost_body_rng(body, OST_PART_ARM);
    struct ost_anatomy frame;
    ost_body_person(body, &rng);
    if (!(body->request->family == OST_FAMILY_TRAINED ? ost_body_trained(body, &rng, err)
                                                      : warp_arm(body, &rng, err)))
        return ost_err_note(err, "cohort");
    if (body->request->other)
        ost_body_differ(body);
    for (int b = 0; b < OST_BONES; b++) {
        if (!copy(body->healthy[b], &body->bone[b], err)) {
            return ost_err_note(err, "cohort");
        }
    }
    numbers_of(body, body->healthy, &frame, &body->before);
    memcpy(body->joint, frame.origin, sizeof body->joint);
    body->fragment = body->hand = ost_rigid_identity();
    if (body->request->malunion.present) {
        break_arm(body);
    }
    numbers_of(body, body->bone, &frame, &body->now);
    return true;
}
