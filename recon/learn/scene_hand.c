/* Hand and flesh. They are there so that the predictor learns what is not forearm. */
#include "recon/learn/scene_impl.h"
#include "recon/math/vec.h"
#include "recon/mesh/icp.h"

#include <math.h>

/* Rounded stand-ins, after common atlases, right hand, model frame: ends, half widths. */
struct part {
    double from[3], to[3], half[2];
};
static const struct part ball[OST_SCENE_HAND] = {
    {{-3.0, 1.0, -4.0}, {-13.0, -6.0, -21.0}, {6.5, 6.0}},
    {{5.5, 0.0, 0.5}, {5.5, -1.0, -15.0}, {7.5, 8.5}},
    {{15.0, 0.0, -5.0}, {18.0, -1.0, -18.0}, {7.0, 6.5}},
    {{18.0, -11.0, -7.0}, {18.5, -12.0, -18.5}, {5.0, 4.5}},
    {{-15.5, -5.0, -18.0}, {-21.0, -8.0, -31.0}, {7.0, 6.5}},
    {{-8.0, 1.0, -19.0}, {-9.0, 1.0, -31.0}, {5.5, 7.5}},
    {{3.5, 0.0, -11.0}, {2.0, 1.0, -35.0}, {6.5, 8.0}},
    {{12.0, 0.0, -13.0}, {13.5, 0.0, -34.0}, {7.0, 8.0}},
    {{-21.0, -9.0, -31.0}, {-41.0, -22.0, -76.0}, {5.5, 5.5}},
    {{-9.0, 1.5, -32.0}, {-18.0, 3.5, -102.0}, {5.5, 5.5}},
    {{2.0, 2.0, -35.0}, {1.5, 5.0, -104.0}, {5.5, 5.5}},
    {{10.5, 1.0, -34.0}, {15.5, 4.0, -97.0}, {4.5, 5.0}},
    {{17.8, -0.5, -33.0}, {28.0, 2.0, -92.0}, {4.8, 5.0}},
};

enum { FINGERS = 5, PHALANGES = 3, SEATED = 3 /* scaphoid, lunate, triquetrum */ };

struct ost_rigid scene_posture(const struct ost_scene_kit *kit, const struct ost_scene *scene,
                               struct ost_rng *rng)
{
    const double wrist[3] = {3.0, 0.0, -12.0}, none[3] = {0.0, 0.0, 0.0};
    const double bent[3] = {0.25 * ost_rng_normal(rng), 0.15 * ost_rng_normal(rng),
                            0.08 * ost_rng_normal(rng)};
    struct ost_rigid posture = ost_rigid_about(wrist, bent, none);
    struct ost_rigid fragment = ost_arm_fragment(kit->prior, &scene->arm);
    double w[3], moved[3];
    ost_vector_of_rotation(fragment.r, w);
    double share = scene_between(rng, 0.3, 1.0);
    for (int k = 0; k < 3; k++)
        w[k] *= share;
    ost_rigid_point(&fragment, none, moved);
    for (int k = 0; k < 2; k++) /* how far a hand of one arm fits another */
        moved[k] += 1.5 * ost_rng_normal(rng);
    struct ost_rigid half = ost_rigid_about(none, w, moved);
    return ost_rigid_then(&posture, &half);
}

static void grow(struct ost_mesh *mesh, struct ost_rng *rng, double scale)
{
    double factor[3], off[3];
    for (int k = 0; k < 3; k++) {
        factor[k] = scale * (1.0 + 0.05 * ost_rng_normal(rng));
        off[k] = 0.8 * ost_rng_normal(rng);
    }
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        for (int k = 0; k < 3; k++)
            mesh->vertex[v][k] = (float)(factor[k] * (double)mesh->vertex[v][k] + off[k]);
}

static bool add_shell(struct ost_scene *scene, struct ost_mesh *mesh, const double density[2],
                      float wall, struct ost_err *err)
{
    struct ost_mesh *inner = NULL;
    return scene_take(scene, mesh, density[0], true, err) &&
           scene_inner(mesh, &wall, true, 1.0, &inner, err) &&
           scene_take(scene, inner, density[1] - density[0], true, err);
}

/* Carpals and metacarpals as they lie to each other; what was made is in `out` in any case. */
static bool shape_carpus(const struct ost_scene_kit *kit, struct ost_rng *rng, double scale,
                         const struct ost_rigid *posture, struct ost_mesh *out[OST_SCENE_HAND],
                         struct ost_err *err)
{
    bool real = kit->hand[0] != NULL && ost_rng_uniform(rng) < 0.65;
    for (int b = 0; b < OST_SCENE_HAND; b++) {
        double exponent = scene_between(rng, 2.0, 3.0);
        bool made =
            real ? scene_copy(kit->hand[b], &out[b], err)
                 : scene_ball(ball[b].from, ball[b].to, ball[b].half, exponent, &out[b], err);
        if (!made)
            return false;
        grow(out[b], rng, scale);
        ost_mesh_move(out[b], posture);
    }
    return true;
}

/* The joint's room: cartilage on both sides; now and then pulled apart. */
static double draw_gap(struct ost_rng *rng)
{
    return ost_rng_uniform(rng) < 0.12 ? scene_between(rng, 2.0, 6.0)
                                       : scene_between(rng, 0.6, 2.6);
}

/* `posture` takes on the way up to the joint. */
static bool add_carpus(const struct ost_scene_kit *kit, struct ost_rng *rng,
                       struct ost_rigid *posture, struct ost_scene *scene, struct ost_err *err)
{
    struct ost_mesh *bone[OST_SCENE_HAND] = {NULL};
    double density[2] = {scene_between(rng, 550.0, 1000.0), scene_between(rng, 80.0, 350.0)};
    bool done = shape_carpus(kit, rng, exp(scene->arm.log_scale), posture, bone, err);
    if (done) {
        struct ost_rigid up = ost_rigid_identity();
        up.t[2] = scene_seat(scene, bone, SEATED, draw_gap(rng));
        *posture = ost_rigid_then(posture, &up);
        for (int b = 0; b < OST_SCENE_HAND; b++)
            ost_mesh_move(bone[b], &up);
    }
    for (int b = 0; b < OST_SCENE_HAND; b++) {
        float wall = (float)(b < 8 ? scene_between(rng, 0.6, 1.3) : scene_between(rng, 1.2, 2.2));
        if (done)
            done = add_shell(scene, bone[b], density, wall, err);
        else
            ost_mesh_destroy(bone[b]);
    }
    return done;
}

/* Three balls on, from each metacarpal's head; bent a little. */
static bool add_finger(struct ost_rng *rng, int finger, double scale,
                       const struct ost_rigid *posture, struct ost_scene *scene, double bend,
                       struct ost_err *err)
{
    static const double length[PHALANGES] = {42.0, 25.0, 20.0};
    const struct part *metacarpal = &ball[8 + finger];
    double way[3], at[3];
    ost_sub(metacarpal->to, metacarpal->from, way);
    (void)ost_unit(way);
    ost_along(metacarpal->to, 2.0, way, at);
    for (int p = 0; p < (finger == 0 ? 2 : PHALANGES); p++) {
        struct ost_mesh *mesh = NULL;
        double from[3], to[3], w[9], turned[3], long_mm = length[p] * (finger == 0 ? 0.8 : 1.0);
        const double turn[3] = {bend + 0.08 * ost_rng_normal(rng), 0.06 * ost_rng_normal(rng), 0.0};
        ost_rotation_of_vector(turn, w);
        for (int k = 0; k < 3; k++)
            turned[k] = w[k] * way[0] + w[3 + k] * way[1] + w[6 + k] * way[2];
        for (int k = 0; k < 3; k++) {
            way[k] = turned[k];
            from[k] = scale * at[k];
            to[k] = scale * (at[k] + long_mm * way[k]);
            at[k] += (long_mm + 1.5) * way[k];
        }
        const double half[2] = {scale * (5.0 - p), scale * (5.0 - p)};
        if (!scene_ball(from, to, half, 2.6, &mesh, err))
            return false;
        ost_mesh_move(mesh, posture);
        if (!scene_take(scene, mesh, scene_between(rng, 250.0, 500.0), true, err))
            return false;
    }
    return true;
}

bool scene_hand(const struct ost_scene_kit *kit, struct ost_rng *rng, struct ost_scene *scene,
                struct ost_err *err)
{
    struct ost_rigid posture = scene_posture(kit, scene, rng);
    double bend = 0.15 * ost_rng_normal(rng);
    if (!add_carpus(kit, rng, &posture, scene, err))
        return false;
    for (int f = 0; f < FINGERS; f++)
        if (!add_finger(rng, f, exp(scene->arm.log_scale), &posture, scene, bend, err))
            return false;
    return scene_flesh(rng, &posture, scene, err);
}
