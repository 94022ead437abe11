/*
 * Carpals and metacarpals, made of ellipsoids and capsules that are fitted to each
 * other by halving the room between them, so that joints have an even space. Places
 * and sizes after common anatomical atlases for a radius 27 mm wide; not a model of
 * any person. They are there so that films look like films.
 */
#include "recon/base/array.h"
#include "recon/cohort/body_impl.h"
#include "recon/math/vec.h"

#include <string.h>

static const double spacing = 0.5;

/* A rounded body: an ellipsoid turned by three angles, or a capsule with thick ends. */
struct part {
    double centre[3], half[3]; /* mm; capsule: half[0], half[1] radii at the ends, half[2] waist */
    double other[3];           /* capsule: the far end; its `centre` is the near one */
    double turn[3];            /* ellipsoid: rotation vector, rad */
    bool capsule;
    double wall; /* mm of cortex */
};

/* Right hand: x ulnar, y dorsal, z proximal, from the middle of the radius' joint. */
static const struct part hand[] = {
    /* scaphoid */ {{-7.5, -1.5, -10.5}, {7.0, 6.3, 12.5}, {0}, {0.55, 0.42, 0.0}, false, 0.9},
    /* lunate */ {{5.5, -0.5, -7.2}, {7.6, 8.8, 7.6}, {0}, {0.0, 0.0, 0.1}, false, 0.9},
    /* triquetrum */ {{17.0, -1.0, -11.0}, {6.8, 7.0, 7.2}, {0}, {0.0, -0.5, 0.2}, false, 0.8},
    /* pisiform */ {{18.5, -11.5, -12.5}, {4.8, 4.2, 6.3}, {0}, {0}, false, 0.7},
    /* trapezium */ {{-18.5, -6.5, -24.0}, {6.6, 6.8, 7.6}, {0}, {0.0, 0.45, 0.3}, false, 0.9},
    /* trapezoid */ {{-8.5, 1.0, -24.5}, {5.6, 7.6, 6.0}, {0}, {0.0, 0.3, 0.0}, false, 0.9},
    /* capitate, body and head */ {{2.5, 0.5, -23.5}, {6.8, 8.2, 10.0}, {0}, {0}, false, 1.0},
    {{3.8, 0.0, -15.5}, {5.8, 6.4, 6.0}, {0}, {0}, false, 1.0},
    /* hamate and hook */
    {{12.8, 0.5, -22.5}, {7.0, 8.2, 10.2}, {0}, {0.0, -0.35, 0.0}, false, 0.9},
    {{13.5, -9.5, -24.5}, {2.6, 5.5, 4.6}, {0}, {0}, false, 0.8},
    /* metacarpals 1 to 5 */
    {{-23.0, -10.5, -34.0}, {6.8, 6.4, 4.6}, {-40.0, -22.0, -74.0}, {0}, true, 1.7},
    {{-9.5, 1.5, -36.5}, {7.4, 7.6, 4.4}, {-17.5, 3.5, -98.0}, {0}, true, 1.9},
    {{2.0, 2.0, -39.0}, {6.9, 7.6, 4.3}, {1.5, 5.0, -100.0}, {0}, true, 1.9},
    {{10.5, 1.0, -38.5}, {5.6, 6.4, 3.7}, {15.5, 4.0, -93.0}, {0}, true, 1.6},
    {{17.8, -0.5, -37.0}, {5.8, 6.2, 3.7}, {27.5, 2.0, -88.0}, {0}, true, 1.6},
};

/* Parts of one bone, which are not held apart. */
static const int bone_of_part[OST_COUNT(hand)] = {0, 1, 2, 3, 4, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12};

enum { OST_HAND_PARTS = OST_COUNT(hand), OST_HAND_BONES = 13 };

struct fitted {
    struct part part;
    double own[3][3]; /* ellipsoid: its three axes */
    double reach;     /* of a ball round `centre` that holds it */
};

/* Distance to a rounded ellipsoid, to first order (exact at its surface). */
static double ellipsoid_distance(const struct fitted *f, const double p[3])
{
    double d[3], q[3], k0 = 0.0, k1 = 0.0;
    ost_sub(p, f->part.centre, d);
    for (int k = 0; k < 3; k++)
        q[k] = ost_dot(f->own[k], d) / f->part.half[k];
    /* Exponent 2.6: carpals have faces. */
    for (int k = 0; k < 3; k++) {
        double a = fabs(q[k]);
        k0 += pow(a, 2.6);
        k1 += pow(pow(a, 1.6) / f->part.half[k], 2.0);
    }
    double level = pow(k0, 1.0 / 2.6);
    double slope = level > 1e-6 ? pow(level, -1.6) * sqrt(k1) : 1.0;
    return slope > 1e-9 ? (level - 1.0) / slope : -f->part.half[0];
}

static double capsule_distance(const struct fitted *f, const double p[3])
{
    const struct part *c = &f->part;
    double axis[3], d[3], foot[3];
    ost_sub(c->other, c->centre, axis);
    ost_sub(p, c->centre, d);
    double t = fmin(1.0, fmax(0.0, ost_dot(d, axis) / ost_dot(axis, axis)));
    ost_along(c->centre, t, axis, foot);
    double near = 1.0 - ost_smooth_step(0.0, 0.32, t), far = ost_smooth_step(0.72, 0.97, t);
    double radius = c->half[2] + near * (c->half[0] - c->half[2]) + far * (c->half[1] - c->half[2]);
    return ost_distance(p, foot) - radius;
}

static double part_distance(const struct fitted *f, const double p[3])
{
    return f->part.capsule ? capsule_distance(f, p) : ellipsoid_distance(f, p);
}

/* This person's hand: sizes and places vary by a few per cent, all at the arm's scale. */
static void draw_hand(const struct ost_body *body, struct fitted out[OST_HAND_PARTS])
{
    struct ost_rng rng = ost_body_rng(body, OST_PART_HAND);
    double last[3] = {0.0, 0.0, 0.0};
    for (int n = 0; n < OST_HAND_PARTS; n++) {
        struct fitted *f = &out[n];
        f->part = hand[n];
        bool same = n > 0 && bone_of_part[n] == bone_of_part[n - 1];
        for (int k = 0; k < 3; k++) {
            last[k] = same ? last[k] : 0.5 * ost_rng_normal(&rng);
            double grow = body->scale * (1.06 + 0.03 * ost_rng_normal(&rng));
            f->part.centre[k] = body->scale * (hand[n].centre[k] + last[k]);
            f->part.other[k] = body->scale * (hand[n].other[k] + last[k]);
            f->part.half[k] *= grow;
            f->part.turn[k] += 0.06 * ost_rng_normal(&rng);
        }
        double r[9];
        ost_rotation_of_vector(f->part.turn, r);
        memcpy(f->own, r, sizeof r);
        double length = f->part.capsule ? ost_distance(f->part.centre, f->part.other) : 0.0;
        f->reach =
            length + 1.2 * fmax(f->part.half[0], fmax(f->part.half[1], f->part.half[2])) + 3.0;
    }
}

/* Depth inside the nearest bone after all have drawn back from their neighbours. */
static double hand_depth(const struct fitted *parts, const double p[3], double rest, int *which)
{
    const double gap = 1.4; /* mm of cartilage between two bones */
    double near = 1e9, next = rest;
    *which = -1;
    for (int n = 0; n < OST_HAND_PARTS; n++) {
        if (ost_distance(p, parts[n].part.centre) > parts[n].reach) {
            continue;
        }
        double d = part_distance(&parts[n], p);
        bool same = *which >= 0 && bone_of_part[n] == bone_of_part[*which];
        if (d < near) {
            next = same ? next : fmin(next, near);
            near = d;
            *which = n;
        } else if (!same) {
            next = fmin(next, d);
        }
    }
    return fmin(-near, 0.5 * (next - near - gap));
}

static double hand_mineral(const struct ost_body *body, uint64_t seed, const double p[3],
                           const double depth_wall[2])
{
    double depth = depth_wall[0], wall = depth_wall[1];
    double inside = ost_smooth_step(0.7 * wall, 1.3 * wall + 0.5 * spacing, depth);
    double texture =
        exp(0.3 * ost_body_noise(seed, 0.9, p) + 0.25 * ost_body_noise(seed + 1, 2.0, p));
    bool shaft = wall > 1.2;
    double spongy = body->trabecular * (shaft ? 0.5 * exp(-fmax(0.0, -42.0 - p[2]) / 6.0) : 1.15);
    double shell = (shaft ? 0.95 : 0.78) * body->cortical;
    return ost_cover(depth, spacing) * ((1.0 - inside) * shell + inside * spongy * texture);
}

/* How far the carpals must stay from radius and ulna at this point of the world. */
static double forearm_distance(const struct ost_body *body, const double p[3])
{
    double radius = ost_volume_at(body->distance[OST_RADIUS], p) - 0.5;
    double ulna = ost_volume_at(body->distance[OST_ULNA], p) - 1.5;
    return fmin(radius, ulna);
}

static void fill_row(const struct ost_body *body, const struct fitted *parts,
                     const struct ost_rigid *back, size_t row, struct ost_grid *grid)
{
    const uint64_t seed = body->request->seed * 64 + OST_PART_HAND;
    float *to = grid->value + row * grid->size[0];
    for (uint32_t i = 0; i < grid->size[0]; i++) {
        double p[3];
        ost_voxel_centre(grid, row * grid->size[0] + i, p);
        double q[3];
        int which = -1;
        ost_rigid_point(back, p, q);
        ost_sub(q, body->joint, q);
        double depth = hand_depth(parts, q, 1e9, &which);
        if (depth <= -0.5 * spacing) {
            continue;
        }
        /* Only the row beside the forearm has to make room for it. */
        if (q[2] > -16.0 * body->scale) {
            depth = hand_depth(parts, q, forearm_distance(body, p), &which);
        }
        if (depth > -0.5 * spacing) {
            to[i] =
                (float)hand_mineral(body, seed, q, (const double[]){depth, parts[which].part.wall});
        }
    }
}

bool ost_body_hand(struct ost_body *body, struct ost_err *err)
{
    struct fitted parts[OST_HAND_PARTS];
    draw_hand(body, parts);
    const double low[3] = {-62.0, -60.0, OST_BODY_LOW}, high[3] = {46.0, 34.0, 14.0};
    uint32_t size[3];
    for (int k = 0; k < 3; k++) {
        size[k] = (uint32_t)ceil((high[k] - low[k]) / spacing);
    }
    if (!ost_grid_create(&body->hand_mineral, size, low, (double[]){spacing, spacing, spacing},
                         err)) {
        return ost_err_note(err, "cohort");
    }
    const struct ost_rigid back = ost_rigid_inverse(&body->hand);
    const size_t rows = (size_t)size[1] * size[2];
#pragma omp parallel for schedule(dynamic, 64)
    for (size_t row = 0; row < rows; row++) {
        fill_row(body, parts, &back, row, body->hand_mineral);
    }
    return true;
}
