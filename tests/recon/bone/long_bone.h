/* A made-up long bone whose ways of varying are known: what models and fits must find. */
#ifndef OST_TESTS_LONG_BONE_H
#define OST_TESTS_LONG_BONE_H

#include "recon/base/rng.h"
#include "recon/bone/trial.h"
#include "recon/mesh/icp.h"
#include "tests/recon/mesh/bodies.h"

enum { LONG_BONE_WAYS = 3, LONG_BONE_PEOPLE = 16 };

/* How much one of them bows, how broad its lower end is, how far its head stands out. */
struct long_bone {
    double way[LONG_BONE_WAYS]; /* in SDs */
    double size;
};

/* 220 mm long, 15 to 45 mm across, neither end like the other, no axis of symmetry. */
static inline struct ost_mesh *long_bone_mesh(const struct long_bone *bone, uint32_t rings)
{
    const double origin[3] = {0.0, 0.0, 0.0};
    struct ost_mesh *mesh = ball(1.0, origin, rings);
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        float *p = mesh->vertex[v];
        double x = (double)p[0], y = (double)p[1], z = (double)p[2];
        double low = z < 0.0 ? pow(z, 4.0) : 0.0, high = z > 0.0 ? pow(z, 4.0) : 0.0;
        double wide = 13.0 + (22.0 + 2.5 * bone->way[1]) * low + 8.0 * high;
        double round = pow(1.0 - pow(z, 6.0), 0.5) / fmax(sqrt(1.0 - z * z), 1e-3);
        round = fabs(z) > 0.999 ? 1.0 : round;
        const double q[3] = {0.8 * wide * round * x,
                             wide * round * y + (18.0 + 2.5 * bone->way[2]) * high, 110.0 * z};
        p[0] = (float)(bone->size * (q[0] + (8.0 + 2.5 * bone->way[0]) * (1.0 - z * z)));
        p[1] = (float)(bone->size * q[1]);
        p[2] = (float)(bone->size * q[2]);
    }
    return mesh;
}

static inline struct long_bone long_bone_draw(struct ost_rng *rng)
{
    struct long_bone bone = {.size = exp(0.05 * ost_rng_normal(rng))};
    for (int k = 0; k < LONG_BONE_WAYS; k++)
        bone.way[k] = ost_rng_normal(rng);
    return bone;
}

/* A model of people drawn by seed, who lie anywhere. */
static inline struct ost_bone_shapes *long_bone_model(uint64_t seed, uint32_t rings)
{
    struct ost_rng rng = ost_rng_seed(seed);
    struct ost_mesh *person[LONG_BONE_PEOPLE];
    for (int i = 0; i < LONG_BONE_PEOPLE; i++) {
        const struct long_bone bone = long_bone_draw(&rng);
        const double origin[3] = {0.0, 0.0, 0.0};
        double turn[3], shift[3];
        for (int k = 0; k < 3; k++) {
            turn[k] = ost_rng_normal(&rng);
            shift[k] = 50.0 * ost_rng_normal(&rng);
        }
        const struct ost_rigid lies = ost_rigid_about(origin, turn, shift);
        person[i] = long_bone_mesh(&bone, rings);
        ost_mesh_move(person[i], &lies);
    }
    const struct ost_bone_population population = {
        .count = LONG_BONE_PEOPLE, .person = (const struct ost_mesh *const *)person};
    const struct ost_bone_train options = {.coarse = true, .local_axes = 20};
    struct ost_bone_shapes *model = NULL;
    struct ost_err err = {0};
    if (!ost_bone_shapes_create(&model, &population, &options, &err))
        fail_msg("%s", err.msg);
    for (int i = 0; i < LONG_BONE_PEOPLE; i++)
        ost_mesh_destroy(person[i]);
    return model;
}

#endif
