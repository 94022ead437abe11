#include "services/station/recon_target.h"

#include "recon/math/vec.h"
#include "recon/mesh/icp.h"

#include <math.h>
#include <stdlib.h>

/* From the cut: a break blends over some millimetres to either side. mm of the model. */
static const double beyond_mm = 6.0;
static const double shown_mm = 110.0; /* what films show of the shaft */

/* The two bones of one arm, both of the affected side. */
struct bones {
    struct ost_arm_table *bone[OST_BONES]; /* owned */
};

static void bones_fini(struct bones *bones)
{
    for (int b = 0; b < OST_BONES; b++)
        ost_arm_table_destroy(bones->bone[b]);
}

static bool bones_set(struct bones *bones, const struct ost_prior *prior, const struct ost_arm *arm,
                      struct ost_err *err)
{
    for (int b = 0; b < OST_BONES; b++) {
        if (!ost_arm_table_create(prior, (enum ost_bone)b, OST_ARM_MODES, &bones->bone[b], err))
            return false;
        ost_arm_table_set(bones->bone[b], prior, (enum ost_bone)b, arm, false);
    }
    return true;
}

/* Vertices that mean the same place on both radii, by their height on the affected one. */
struct places {
    double (*from)[3], (*to)[3]; /* owned */
    size_t count;
};

static bool places_of(const struct ost_prior_bone *view, const double range[2],
                      const struct ost_mesh *from, const struct ost_mesh *to, struct places *out,
                      struct ost_err *err)
{
    *out = (struct places){.from = calloc(view->vertex_count, sizeof *out->from),
                           .to = calloc(view->vertex_count, sizeof *out->to)};
    if (out->from == NULL || out->to == NULL)
        return ost_fail(err, OST_NOMEM, "no room to lay one arm on the other");
    for (uint32_t v = 0; v < view->vertex_count; v++) {
        double height = (double)view->mean[v][2];
        if (height < range[0] || height > range[1])
            continue;
        for (int k = 0; k < 3; k++) {
            out->from[out->count][k] = (double)from->vertex[v][k];
            out->to[out->count][k] = (double)to->vertex[v][k];
        }
        out->count++;
    }
    return true;
}

static bool lay(const struct ost_prior *prior, const double range[2], const struct ost_mesh *from,
                const struct ost_mesh *to, struct ost_rigid *out, struct ost_err *err)
{
    struct places places;
    bool ok = places_of(ost_prior_bone_view(prior, OST_RADIUS), range, from, to, &places, err) &&
              (ost_rigid_fit((const double(*)[3])places.from, (const double(*)[3])places.to, NULL,
                             places.count, out) ||
               ost_fail(err, OST_BUG, "no part of the radius to lay the other arm on"));
    free(places.from);
    free(places.to);
    return ok;
}

static void head_of(const struct ost_prior *prior, const struct bones *bones, double out[3])
{
    uint32_t v = ost_prior_landmark(prior, OST_ULNAR_HEAD);
    for (int k = 0; k < 3; k++)
        out[k] = (double)bones->bone[OST_ULNA]->mesh->vertex[v][k];
}

/* Along the shaft one part of it looks like the next: there the ulnar heads meet. */
static void meet_heads(const struct ost_prior *prior, const struct bones *affected,
                       const struct bones *other, const double axis[3], struct ost_rigid *motion)
{
    double here[3], there[3], way[3];
    head_of(prior, affected, here);
    head_of(prior, other, there);
    ost_rigid_point(motion, there, there);
    ost_sub(here, there, way);
    ost_along(motion->t, ost_dot(way, axis), axis, motion->t);
}

static bool make(const struct ost_prior *prior, const struct ost_arm *arm,
                 const struct bones *affected, struct bones *other, double cut,
                 struct ost_recon_target *out, struct ost_err *err)
{
    double scale = exp(arm->log_scale), axis[3];
    const double shaft[2] = {(cut + beyond_mm) / scale, shown_mm / scale};
    const double distal[2] = {-INFINITY, (cut - beyond_mm) / scale};
    struct ost_rigid place;
    struct ost_mesh *radius = other->bone[OST_RADIUS]->mesh;
    const struct ost_mesh *own = affected->bone[OST_RADIUS]->mesh;
    if (!lay(prior, shaft, radius, own, &place, err))
        return false;
    ost_rigid_direction(&arm->place, (const double[]){0.0, 0.0, -1.0}, axis);
    meet_heads(prior, affected, other, axis, &place);
    ost_mesh_move(radius, &place);
    if (!lay(prior, distal, own, radius, &out->motion, err))
        return false;
    out->mesh = ost_steal(&other->bone[OST_RADIUS]->mesh);
    return true;
}

bool ost_recon_target_create(const struct ost_prior *prior, const struct ost_arm *affected,
                             const struct ost_arm *other, double cut, struct ost_recon_target **out,
                             struct ost_err *err)
{
    struct bones here = {{NULL}}, there = {{NULL}};
    struct ost_arm mirrored = *other;
    mirrored.mirrored = affected->mirrored;
    mirrored.place = affected->place; /* near already: no turn of half a circle to be found */
    OST_AUTO(ost_recon_target) target = calloc(1, sizeof *target);
    bool ok = target != NULL || ost_fail(err, OST_NOMEM, "no room for a target");
    ok = ok && bones_set(&here, prior, affected, err) && bones_set(&there, prior, &mirrored, err) &&
         make(prior, affected, &here, &there, cut, target, err);
    bones_fini(&here);
    bones_fini(&there);
    if (ok)
        *out = ost_steal(&target);
    return ok;
}

void ost_recon_target_destroy(struct ost_recon_target *target)
{
    if (target == NULL)
        return;
    ost_mesh_destroy(target->mesh);
    free(target);
}
