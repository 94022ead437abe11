/* What the makers of a scene's parts share. */
#ifndef OST_LEARN_SCENE_IMPL_H
#define OST_LEARN_SCENE_IMPL_H

#include "recon/learn/scene.h"

OST_C_BEGIN

/* Hands a surface to the scene; it is destroyed where there is no room. */
OST_MUST_CHECK
bool scene_take(struct ost_scene *scene, struct ost_mesh *mesh, double density, bool mineral,
                struct ost_err *err);

/* The surface moved in along its normals by `wall[v] * factor` (or `wall[0]` where `even`). */
OST_MUST_CHECK
bool scene_inner(const struct ost_mesh *outer, const float *wall, bool even, double factor,
                 struct ost_mesh **out, struct ost_err *err);

OST_MUST_CHECK
bool scene_copy(const struct ost_mesh *mesh, struct ost_mesh **out, struct ost_err *err);

/* A closed tube of round sections, `around` corners each, with ends drawn to a point. */
OST_MUST_CHECK
bool scene_tube(uint32_t sections, uint32_t around, struct ost_mesh **out, struct ost_err *err);

/* A stretched ball from one point to another, `half` across; exponent 2 is an ellipsoid. */
OST_MUST_CHECK
bool scene_ball(const double from[3], const double to[3], const double half[2], double exponent,
                struct ost_mesh **out, struct ost_err *err);

/* Radius and ulna, shape and densities. */
OST_MUST_CHECK
bool scene_forearm(const struct ost_scene_kit *kit, struct ost_rng *rng, struct ost_scene *scene,
                   struct ost_err *err);

/* Carpals, metacarpals, fingers, then flesh over all; they go with the fragment by half. */
OST_MUST_CHECK
bool scene_hand(const struct ost_scene_kit *kit, struct ost_rng *rng, struct ost_scene *scene,
                struct ost_err *err);
OST_MUST_CHECK
bool scene_flesh(struct ost_rng *rng, const struct ost_rigid *hand, struct ost_scene *scene,
                 struct ost_err *err);

/* How the hand lies to the forearm but for its distance: a posture, part of a fragment's motion. */
struct ost_rigid scene_posture(const struct ost_scene_kit *kit, const struct ost_scene *scene,
                               struct ost_rng *rng);

/*
 * How far along z `carpal` may move towards the forearm until a vertex of one lies `gap` mm from
 * one of the other.
 */
double scene_seat(const struct ost_scene *scene, struct ost_mesh *const *carpal, size_t count,
                  double gap);

static inline double scene_between(struct ost_rng *rng, double low, double high)
{
    return low + (high - low) * ost_rng_uniform(rng);
}

OST_C_END

#endif
