/* Radius and ulna: the prior's shapes and more, healed askew or not, with their mineral. */
#include "recon/learn/scene_impl.h"
#include "recon/math/vec.h"

#include <math.h>
#include <stdlib.h>

enum { WAVES = 24, STEPS = 4 /* in which spongy bone gives way to marrow */ };

static const double broad = 1.15; /* times the prior's spreads */

/* Displacements that no prior of ours holds: waves of random directions and lengths. */
struct waves {
    double number[WAVES][3], phase[WAVES], push[WAVES][3];
};

static void draw_waves(struct waves *w, struct ost_rng *rng, double size)
{
    for (int i = 0; i < WAVES; i++) {
        double length = exp(scene_between(rng, log(9.0), log(80.0)));
        double direction[3];
        for (int k = 0; k < 3; k++)
            direction[k] = ost_rng_normal(rng);
        (void)ost_unit(direction);
        /* Short waves are lower, as bones are smooth. */
        double high = size * sqrt(2.0 / WAVES) * fmin(1.0, length / 30.0);
        for (int k = 0; k < 3; k++) {
            w->number[i][k] = 2.0 * OST_PI / length * direction[k];
            w->push[i][k] = high * ost_rng_normal(rng);
        }
        w->phase[i] = 2.0 * OST_PI * ost_rng_uniform(rng);
    }
}

/* The waves' push along their first axis: a number that varies over the bone. */
static double wave_at(const struct waves *w, const double p[3])
{
    double sum = 0.0;
    for (int i = 0; i < WAVES; i++)
        sum += cos(ost_dot(w->number[i], p) + w->phase[i]) * w->push[i][0];
    return sum;
}

static void push(const struct waves *w, struct ost_mesh *mesh)
{
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        float *at = mesh->vertex[v];
        const double p[3] = {(double)at[0], (double)at[1], (double)at[2]};
        double d[3] = {0.0, 0.0, 0.0};
        for (int i = 0; i < WAVES; i++)
            ost_along(d, cos(ost_dot(w->number[i], p) + w->phase[i]), w->push[i], d);
        for (int k = 0; k < 3; k++)
            at[k] += (float)d[k];
    }
}

/* Tilt about x (dorsal positive), lost inclination about y, turn about z; shortening along z. */
static void draw_break(struct ost_arm *arm, struct ost_rng *rng)
{
    double kind = ost_rng_uniform(rng);
    arm->broken = true;
    arm->cut = scene_between(rng, 10.0, 34.0);
    if (kind < 0.6)
        arm->turn[0] = scene_between(rng, 0.05, 0.8);
    else if (kind < 0.8)
        arm->turn[0] = scene_between(rng, -0.65, -0.05);
    else
        arm->turn[0] = 0.2 * ost_rng_normal(rng);
    arm->turn[1] = 0.10 + 0.15 * ost_rng_normal(rng);
    arm->turn[2] = 0.13 * ost_rng_normal(rng);
    arm->shift[0] = 2.0 * ost_rng_normal(rng);
    arm->shift[1] = 7.0 * sin(arm->turn[0]) * ost_rng_uniform(rng) + 2.5 * ost_rng_normal(rng);
    arm->shift[2] =
        5.5 * fabs(ost_rng_normal(rng)) - 6.0 * fabs(sin(arm->turn[0])) * ost_rng_uniform(rng);
}

/* How a break healed: over how much of the bone, with how much callus. */
struct healing {
    double fade, callus, reach; /* mm */
    struct waves lumps;
};

static void draw_healing(struct healing *h, struct ost_rng *rng)
{
    h->fade = scene_between(rng, 2.0, 10.0);
    h->callus = fmax(0.0, scene_between(rng, -0.8, 2.4));
    h->reach = scene_between(rng, 3.0, 9.0);
    draw_waves(&h->lumps, rng, 0.8);
}

static void middle_at(const struct ost_mesh *mesh, double z, double out[2])
{
    double sum[3] = {0.0, 0.0, 0.0};
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        const float *p = mesh->vertex[v];
        double share = exp(-0.125 * ((double)p[2] - z) * ((double)p[2] - z));
        sum[0] += share * (double)p[0];
        sum[1] += share * (double)p[1];
        sum[2] += share;
    }
    for (int k = 0; k < 2; k++)
        out[k] = sum[k] / fmax(sum[2], 1e-9);
}

/* The fragment moves, the shaft stays, what is between is bent; callus lies over it. */
static void heal(const struct ost_rigid *fragment, double cut, const struct healing *h,
                 struct ost_mesh *mesh)
{
    double middle[2];
    middle_at(mesh, cut, middle);
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        float *at = mesh->vertex[v];
        const double p[3] = {(double)at[0], (double)at[1], (double)at[2]};
        double q[3], out[3] = {p[0] - middle[0], p[1] - middle[1], 0.0};
        double away = (p[2] - cut) / h->reach;
        double t = fmin(fmax(0.5 + 0.5 * (p[2] - cut) / h->fade, 0.0), 1.0);
        double stays = t * t * (3.0 - 2.0 * t);
        double lump = wave_at(&h->lumps, p), high = h->callus * exp(-0.5 * away * away);
        ost_rigid_point(fragment, p, q);
        (void)ost_unit(out);
        for (int k = 0; k < 3; k++)
            at[k] = (float)(stays * p[k] + (1.0 - stays) * q[k] +
                            high * fmax(0.0, 1.0 + lump) * out[k]);
    }
}

static void draw_arm(const struct ost_prior *prior, struct ost_rng *rng, struct ost_arm *arm)
{
    static const double twist[OST_BONES] = {0.08, 0.18}, bow[OST_BONES] = {2.0, 3.0};
    *arm = (struct ost_arm){.place = ost_rigid_identity()};
    arm->log_scale = 1.3 * ost_prior_numbers_view(prior)->log_scale_sd * ost_rng_normal(rng);
    for (int b = 0; b < OST_BONES; b++) {
        uint32_t modes = ost_prior_bone_view(prior, (enum ost_bone)b)->mode_count;
        for (uint32_t m = 0; m < modes && m < OST_ARM_MODES; m++)
            arm->mode[b][m] = broad * ost_rng_normal(rng);
        arm->twist[b] = twist[b] * ost_rng_normal(rng);
        for (int k = 0; k < 2; k++)
            arm->bow[b][k] = bow[b] * ost_rng_normal(rng);
    }
    for (int k = 0; k < 6; k++)
        arm->joint[k] = broad * (k == 0 ? 1.2 : 1.0) * ost_rng_normal(rng);
    if (ost_rng_uniform(rng) < 0.55)
        draw_break(arm, rng);
}

/* The part of a cavity proximal to a height: what lies distal is pressed into a plane. */
static bool proximal_of(const struct ost_mesh *inner, float height, struct ost_mesh **out,
                        struct ost_err *err)
{
    if (!scene_copy(inner, out, err))
        return false;
    for (uint32_t v = 0; v < inner->vertex_count; v++)
        (*out)->vertex[v][2] = fmaxf((*out)->vertex[v][2], height);
    return true;
}

/* Cortex, spongy bone towards the joint, little in the shaft. */
static bool fill(struct ost_scene *scene, const struct ost_prior_bone *bone, struct ost_rng *rng,
                 const double density[3], double wall, struct ost_err *err)
{
    struct ost_mesh *inner = NULL, *shaft = NULL;
    const struct ost_mesh *outer = scene->solid[scene->count - 1].mesh;
    if (!scene_inner(outer, bone->cortex, false, wall, &inner, err) ||
        !scene_take(scene, inner, density[1] - density[0], true, err))
        return false;
    double height = scene_between(rng, 8.0, 20.0);
    for (int i = 0; i < STEPS; i++, height += scene_between(rng, 3.0, 10.0))
        if (!proximal_of(inner, (float)height, &shaft, err) ||
            !scene_take(scene, shaft, (density[2] - density[1]) / STEPS, true, err))
            return false;
    return true;
}

static bool add_bone(const struct ost_scene_kit *kit, struct ost_rng *rng, struct ost_scene *scene,
                     enum ost_bone which, const double density[3], double wall,
                     const struct waves *waves, struct ost_err *err)
{
    struct ost_arm_table *table = NULL;
    struct ost_mesh *outer = NULL;
    if (!ost_arm_table_create(kit->prior, which, OST_ARM_MODES, &table, err))
        return false;
    struct ost_arm sound = scene->arm; /* the break is healed in its own way below */
    sound.broken = false;
    ost_arm_table_set(table, kit->prior, which, &sound, false);
    if (waves != NULL)
        push(waves, table->mesh);
    if (scene->arm.broken && which == OST_RADIUS) {
        const struct ost_rigid fragment = ost_arm_fragment(kit->prior, &scene->arm);
        struct healing healing;
        draw_healing(&healing, rng);
        heal(&fragment, scene->arm.cut, &healing, table->mesh);
    }
    bool done = scene_copy(table->mesh, &outer, err);
    ost_arm_table_destroy(table);
    if (!done || !scene_take(scene, outer, density[0], true, err))
        return false;
    scene->bone[which] = outer;
    return fill(scene, ost_prior_bone_view(kit->prior, which), rng, density,
                wall * exp(scene->arm.log_scale), err);
}

bool scene_forearm(const struct ost_scene_kit *kit, struct ost_rng *rng, struct ost_scene *scene,
                   struct ost_err *err)
{
    const struct ost_prior_numbers *known = ost_prior_numbers_view(kit->prior);
    struct waves waves;
    draw_arm(kit->prior, rng, &scene->arm);
    double density[3] = {
        known->cortical[0] + 1.5 * known->cortical[1] * ost_rng_normal(rng),
        fmax(50.0, known->trabecular[0] + 1.3 * known->trabecular[1] * ost_rng_normal(rng)),
        scene_between(rng, 0.0, 80.0)};
    double wall = exp(1.2 * known->cortex_log_sd * ost_rng_normal(rng));
    bool waved = ost_rng_uniform(rng) < 0.6;
    draw_waves(&waves, rng, scene_between(rng, 0.2, 1.0));
    for (int b = 0; b < OST_BONES; b++)
        if (!add_bone(kit, rng, scene, (enum ost_bone)b, density, wall, waved ? &waves : NULL, err))
            return false;
    return true;
}
