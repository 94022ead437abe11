/* Soft tissue: a tube over forearm and palm, a ball for the thumb, one along each finger. */
#include "recon/base/array.h"
#include "recon/learn/scene_impl.h"
#include "recon/math/vec.h"
#include "recon/mesh/icp.h"

#include <math.h>

enum { AROUND = 28 };

/* Middle and half widths of a section at a height, for an arm of size 1. */
struct section {
    double z, centre[2], half[2];
};
static const struct section outline[] = {
    {-104.0, {3.0, 0.0}, {42.0, 13.0}},  {-75.0, {1.0, -3.0}, {43.0, 15.0}},
    {-45.0, {0.5, -4.0}, {40.0, 17.5}},  {-20.0, {2.0, -2.0}, {34.0, 19.0}},
    {0.0, {4.0, -1.0}, {31.0, 20.0}},    {25.0, {6.0, -1.0}, {31.0, 21.0}},
    {60.0, {8.0, -2.0}, {35.0, 25.0}},   {110.0, {9.0, -4.0}, {41.0, 31.0}},
    {170.0, {10.0, -5.0}, {47.0, 38.0}}, {260.0, {10.0, -4.0}, {50.0, 44.0}},
};

/* Distal to the joint flesh goes with the hand, proximal it stays. */
static void carry(struct ost_mesh *mesh, const struct ost_rigid *hand)
{
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        const double p[3] = {(double)mesh->vertex[v][0], (double)mesh->vertex[v][1],
                             (double)mesh->vertex[v][2]};
        double q[3], share = fmin(fmax((20.0 - p[2]) / 40.0, 0.0), 1.0);
        ost_rigid_point(hand, p, q);
        for (int k = 0; k < 3; k++)
            mesh->vertex[v][k] = (float)(p[k] + share * (q[k] - p[k]));
    }
}

static bool add_tube(struct ost_rng *rng, double scale, const struct ost_rigid *hand,
                     struct ost_scene *scene, struct ost_err *err)
{
    uint32_t sections = OST_COUNT(outline);
    struct ost_mesh *mesh = NULL;
    double wide[2] = {1.0 + 0.10 * ost_rng_normal(rng), 1.0 + 0.14 * ost_rng_normal(rng)};
    double exponent = scene_between(rng, 2.0, 2.8);
    if (!scene_tube(sections, AROUND, &mesh, err))
        return false;
    for (uint32_t s = 0; s < sections; s++) {
        const struct section *at = &outline[s];
        double own[2] = {wide[0] * (1.0 + 0.04 * ost_rng_normal(rng)),
                         wide[1] * (1.0 + 0.04 * ost_rng_normal(rng))};
        for (uint32_t i = 0; i < AROUND; i++) {
            double a = 2.0 * OST_PI * i / AROUND;
            float *p = mesh->vertex[1 + s * AROUND + i];
            p[0] = (float)(scale * (at->centre[0] +
                                    own[0] * at->half[0] *
                                        copysign(pow(fabs(cos(a)), 2.0 / exponent), cos(a))));
            p[1] = (float)(scale * (at->centre[1] +
                                    own[1] * at->half[1] *
                                        copysign(pow(fabs(sin(a)), 2.0 / exponent), sin(a))));
            p[2] = (float)(scale * at->z);
        }
    }
    const uint32_t pole[2] = {0, mesh->vertex_count - 1}, end[2] = {0, sections - 1};
    for (int e = 0; e < 2; e++) {
        mesh->vertex[pole[e]][0] = (float)(scale * outline[end[e]].centre[0]);
        mesh->vertex[pole[e]][1] = (float)(scale * outline[end[e]].centre[1]);
        mesh->vertex[pole[e]][2] = (float)(scale * outline[end[e]].z);
    }
    carry(mesh, hand);
    return scene_take(scene, mesh, scene_between(rng, 0.9, 1.1), false, err);
}

bool scene_flesh(struct ost_rng *rng, const struct ost_rigid *hand, struct ost_scene *scene,
                 struct ost_err *err)
{
    static const double from[6][3] = {{-15.0, -8.0, -14.0}, {-18.0, 3.0, -88.0},
                                      {1.0, 4.0, -92.0},    {15.0, 3.0, -86.0},
                                      {27.0, 2.0, -80.0},   {-30.0, -16.0, -50.0}};
    static const double to[6][3] = {{-44.0, -24.0, -92.0}, {-29.0, 4.0, -190.0},
                                    {1.0, 6.0, -200.0},    {22.0, 4.0, -188.0},
                                    {42.0, 3.0, -165.0},   {-58.0, -34.0, -128.0}};
    double scale = exp(scene->arm.log_scale);
    if (!add_tube(rng, scale, hand, scene, err))
        return false;
    for (int i = 0; i < 6; i++) {
        struct ost_mesh *mesh = NULL;
        double ends[2][3], half[2] = {scale * (i == 0 ? 14.0 : 9.0), scale * (i == 0 ? 13.0 : 8.5)};
        for (int k = 0; k < 3; k++) {
            ends[0][k] = scale * from[i][k];
            ends[1][k] = scale * to[i][k];
        }
        if (!scene_ball(ends[0], ends[1], half, 2.4, &mesh, err))
            return false;
        ost_mesh_move(mesh, hand);
        if (!scene_take(scene, mesh, i == 0 ? 0.6 : 1.0, false, err))
            return false;
    }
    return true;
}
