#include "recon/math/dense.h"
#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/shape/train_impl.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

enum { CENTRES = 260, BACK = 240, LEVELS = 4, STEPS = 3, DIMENSIONS = 3 };
enum { SPREAD = 16 }; /* mm2: how far bones differ */

/* What pulls: places on the undeformed base and where they should be. */
struct pull {
    uint32_t vertex[CENTRES + BACK];
    double want[CENTRES + BACK][3]; /* displacement from the base */
    uint32_t count;
};

struct bend {
    const struct ost_mesh *base;
    const struct match_target *target;
    const struct ost_bvh *bvh; /* of the target */
    float (*moved)[3];
    uint32_t centre[CENTRES], back[BACK];
    uint32_t centres, backs;
};

static bool pulled(const struct bend *b, uint32_t vertex)
{
    double z = b->base->vertex[vertex][2];
    return z >= b->target->low && z <= b->target->high;
}

static void put_pull(const struct bend *b, struct pull *pull, uint32_t vertex, const double to[3])
{
    double p[3];
    ost_train_vertex_at(b->base, vertex, p);
    pull->vertex[pull->count] = vertex;
    ost_sub(to, p, pull->want[pull->count]);
    pull->count++;
}

/* The base vertex that now lies nearest to a point, and how far. */
static uint32_t nearest_moved(const struct bend *b, const double q[3], double *distance)
{
    uint32_t best = 0;
    *distance = DBL_MAX;
    for (uint32_t v = 0; v < b->base->vertex_count; v++) {
        double p[3] = {b->moved[v][0], b->moved[v][1], b->moved[v][2]};
        double d = ost_distance(p, q);
        if (d < *distance) {
            *distance = d;
            best = v;
        }
    }
    return best;
}

/* From the base outwards, and back from the target, so that no end of it is missed. */
static void find_pulls(const struct bend *b, struct pull *pull)
{
    pull->count = 0;
    for (uint32_t c = 0; c < b->centres; c++) {
        struct ost_near near;
        const float *m = b->moved[b->centre[c]];
        double p[3] = {m[0], m[1], m[2]};
        memcpy(near.point, p, sizeof near.point);
        if (pulled(b, b->centre[c]))
            (void)ost_bvh_near(b->bvh, p, INFINITY, &near);
        put_pull(b, pull, b->centre[c], near.point);
    }
    for (uint32_t c = 0; c < b->backs; c++) {
        double q[3], distance;
        ost_train_vertex_at(b->target->mesh, b->back[c], q);
        uint32_t vertex = nearest_moved(b, q, &distance);
        if (pulled(b, vertex) && distance < 15.0)
            put_pull(b, pull, vertex, q);
    }
}

static double kernel(const struct ost_mesh *mesh, uint32_t a, uint32_t b, double length)
{
    double p[3], q[3];
    ost_train_vertex_at(mesh, a, p);
    ost_train_vertex_at(mesh, b, q);
    double d = ost_distance(p, q) / length;
    /* The finest scale rides on one three times as wide that carries whole ends. */
    return exp(-0.5 * d * d) + 2.0 * exp(-0.5 * d * d / 9.0);
}

static void fill(const struct bend *b, const struct pull *pull, double length, double noise,
                 double *matrix)
{
    size_t n = pull->count;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            matrix[i * n + j] = SPREAD * kernel(b->base, pull->vertex[i], pull->vertex[j], length);
        matrix[i * n + i] += noise * noise;
    }
}

static void move_vertex(const struct bend *b, const struct pull *pull, double length,
                        const double *weight, uint32_t v)
{
    size_t n = pull->count;
    double sum[3] = {0};
    for (size_t i = 0; i < n; i++) {
        double s = SPREAD * kernel(b->base, v, pull->vertex[i], length);
        for (size_t k = 0; k < DIMENSIONS; k++)
            sum[k] += s * weight[k * n + i];
    }
    for (size_t k = 0; k < DIMENSIONS; k++)
        b->moved[v][k] = (float)((double)b->base->vertex[v][k] + sum[k]);
}

/* Gaussian-process regression of the pulls: the smoothest bend within the noise. */
static bool regress(const struct bend *b, const struct pull *pull, double length, double noise)
{
    size_t n = pull->count;
    double *matrix = calloc(n * n + 1, sizeof *matrix);
    double *weight = calloc(n * DIMENSIONS + 1, sizeof *weight);
    bool ok = matrix != NULL && weight != NULL;
    if (ok)
        fill(b, pull, length, noise, matrix);
    for (size_t i = 0; ok && i < n * DIMENSIONS; i++)
        weight[i] = pull->want[i % n][i / n];
    ok = ok && ost_cholesky(matrix, n);
    for (size_t k = 0; ok && k < DIMENSIONS; k++)
        ost_cholesky_solve(matrix, n, weight + k * n);
    for (uint32_t v = 0; ok && v < b->base->vertex_count; v++)
        move_vertex(b, pull, length, weight, v);
    free(matrix);
    free(weight);
    return ok;
}

bool ost_train_match_bend(const struct ost_mesh *base, const struct match_target *target,
                          float (*moved)[3], struct ost_err *err)
{
    static const double coarser[LEVELS] = {4.0, 2.5, 1.5, 1.0},
                        noise[LEVELS] = {3.0, 2.0, 1.2, 0.8};
    OST_AUTO(ost_bvh) bvh = NULL;
    struct bend *b = calloc(1, sizeof *b);
    struct pull *pull = calloc(1, sizeof *pull);
    bool ok = b != NULL && pull != NULL && ost_bvh_create(&bvh, target->mesh, err);
    if (ok) {
        *b = (struct bend){.base = base, .target = target, .bvh = bvh, .moved = moved};
        memcpy(moved, base->vertex, base->vertex_count * sizeof *moved);
        b->centres = base->vertex_count < CENTRES ? base->vertex_count : CENTRES;
        b->backs = target->mesh->vertex_count < BACK ? target->mesh->vertex_count : BACK;
        ok = ost_train_spread(base, NULL, b->centre, b->centres, NULL) &&
             ost_train_spread(target->mesh, NULL, b->back, b->backs, NULL);
    }
    for (int level = 0; ok && level < LEVELS; level++) {
        for (int step = 0; ok && step < STEPS; step++) {
            find_pulls(b, pull);
            ok = regress(b, pull, coarser[level] * target->finest, noise[level]);
        }
    }
    free(b);
    free(pull);
    return ok || ost_fail(err, OST_NOMEM, "training: a template could not be matched");
}
