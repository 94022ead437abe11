#include "recon/bone/shapes_impl.h"
#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/edge.h"

#include <stdlib.h>
#include <string.h>

/* How often each turn's displacements are averaged with their neighbours'. */
static const int smoothing[] = {30, 20, 12, 7, 4, 2, 1, 1};

enum { TURNS = sizeof smoothing / sizeof *smoothing, BACK = 3000 };

/* A displacement for every vertex, and how much it weighs. */
struct pull {
    uint32_t count;
    float (*way)[3], (*sum)[3]; /* owned */
    float *weight, *degree;     /* owned */
};

static void pull_fini(struct pull *p)
{
    free(p->way);
    free(p->sum);
    free(p->weight);
    free(p->degree);
}

static bool pull_init(struct pull *p, uint32_t count)
{
    p->count = count;
    p->way = calloc(count, sizeof *p->way);
    p->sum = calloc(count, sizeof *p->sum);
    p->weight = calloc(count, sizeof *p->weight);
    p->degree = calloc(count, sizeof *p->degree);
    return p->way != NULL && p->sum != NULL && p->weight != NULL && p->degree != NULL;
}

static void add(struct pull *p, uint32_t v, const double way[3], double weight)
{
    for (int k = 0; k < 3; k++)
        p->way[v][k] += (float)(weight * way[k]);
    p->weight[v] += (float)weight;
}

static void point_of(const struct ost_mesh *mesh, uint32_t v, double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = (double)mesh->vertex[v][k];
}

/* Each vertex to the surface's nearest point, and to places that no vertex would reach. */
static bool find_pulls(struct pull *p, const struct ost_mesh *body, const struct ost_mesh *surface,
                       const struct ost_bvh *onto, struct ost_err *err)
{
    OST_AUTO(ost_bvh) from = NULL;
    uint32_t every = surface->vertex_count / BACK + 1;
    struct ost_near near;
    double q[3], way[3];
    if (!ost_bvh_create(&from, body, err))
        return false;
    memset(p->way, 0, p->count * sizeof *p->way);
    memset(p->weight, 0, p->count * sizeof *p->weight);
    for (uint32_t v = 0; v < p->count; v++) {
        point_of(body, v, q);
        (void)ost_bvh_near(onto, q, INFINITY, &near);
        ost_sub(near.point, q, way);
        add(p, v, way, 1.0);
    }
    for (uint32_t v = 0; v < surface->vertex_count; v += every) {
        point_of(surface, v, q);
        (void)ost_bvh_near(from, q, INFINITY, &near);
        ost_sub(q, near.point, way);
        for (int c = 0; c < 3; c++)
            add(p, body->triangle[near.triangle][c], way, near.weight[c]);
    }
    for (uint32_t v = 0; v < p->count; v++)
        for (int k = 0; k < 3; k++)
            p->way[v][k] /= p->weight[v];
    return true;
}

/* Each displacement becomes the mean of its own and its neighbours'. */
static void smooth_once(struct pull *p, const struct ost_edges *edges)
{
    memcpy(p->sum, p->way, p->count * sizeof *p->sum);
    for (uint32_t v = 0; v < p->count; v++)
        p->degree[v] = 1.0F;
    for (size_t at = 0, run; (run = ost_edges_run(edges, at)) > 0; at += run) {
        uint32_t low = edges->edge[at].low, high = edges->edge[at].high;
        for (int k = 0; k < 3; k++) {
            p->sum[low][k] += p->way[high][k];
            p->sum[high][k] += p->way[low][k];
        }
        p->degree[low] += 1.0F;
        p->degree[high] += 1.0F;
    }
    for (uint32_t v = 0; v < p->count; v++)
        for (int k = 0; k < 3; k++)
            p->way[v][k] = p->sum[v][k] / p->degree[v];
}

bool bone_put_onto(struct ost_mesh *body, const struct ost_mesh *surface, struct ost_err *err)
{
    OST_AUTO(ost_bvh) onto = NULL;
    if (!ost_bvh_create(&onto, surface, err))
        return false;
    for (uint32_t v = 0; v < body->vertex_count; v++) {
        struct ost_near near;
        double q[3];
        point_of(body, v, q);
        (void)ost_bvh_near(onto, q, INFINITY, &near);
        for (int k = 0; k < 3; k++)
            body->vertex[v][k] = (float)near.point[k];
    }
    return true;
}

bool bone_pull_onto(struct ost_mesh *body, const struct ost_mesh *surface, struct ost_err *err)
{
    OST_AUTO(ost_bvh) onto = NULL;
    OST_AUTO(ost_edges) edges = NULL;
    struct pull p = {0};
    bool ok = ost_bvh_create(&onto, surface, err) && ost_edges_create(&edges, body, err) &&
              (pull_init(&p, body->vertex_count) || ost_fail(err, OST_NOMEM, "bone: no room"));
    for (int turn = 0; ok && turn < TURNS; turn++) {
        ok = find_pulls(&p, body, surface, onto, err);
        for (int i = 0; ok && i < smoothing[turn]; i++)
            smooth_once(&p, edges);
        for (uint32_t v = 0; ok && v < p.count; v++)
            for (int k = 0; k < 3; k++)
                body->vertex[v][k] += p.way[v][k];
    }
    pull_fini(&p);
    return ok;
}
