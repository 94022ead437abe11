#include "recon/mesh/compare.h"

#include "recon/base/array.h"
#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/edge.h"
#include "recon/mesh/sample.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLES_MAX = 20000000 };

/* One surface made ready: its tree, its samples and a tree over its rim. */
struct side {
    const struct ost_mesh *mesh;
    struct ost_bvh *bvh;
    struct ost_samples *samples;
    struct ost_mesh *rim;
    struct ost_bvh *rim_bvh; /* NULL: the surface is closed */
};

/* Distances of all pairs, one list per direction. */
struct pool {
    float *value[2];
    size_t count[2], left_out[2];
};

static void side_fini(struct side *side)
{
    ost_bvh_destroy(side->rim_bvh);
    ost_mesh_destroy(side->rim);
    ost_samples_destroy(side->samples);
    ost_bvh_destroy(side->bvh);
}

/* Rim edges as needles: a triangle whose third corner is the middle of the edge. */
static bool rim_of(const struct ost_mesh *mesh, struct ost_mesh **out, struct ost_err *err)
{
    OST_AUTO(ost_edges) edges = NULL;
    if (!ost_edges_create(&edges, mesh, err))
        return false;
    uint32_t count = 0;
    for (size_t at = 0, run; (run = ost_edges_run(edges, at)) > 0; at += run)
        count += run == 1;
    if (count == 0 || !ost_mesh_create(out, count * 3, count, err))
        return count == 0;
    uint32_t n = 0;
    for (size_t at = 0, run; (run = ost_edges_run(edges, at)) > 0; at += run) {
        if (run != 1)
            continue;
        float(*v)[3] = &(*out)->vertex[(size_t)n * 3];
        for (int k = 0; k < 3; k++) {
            v[0][k] = mesh->vertex[edges->edge[at].low][k];
            v[1][k] = mesh->vertex[edges->edge[at].high][k];
            v[2][k] = 0.5F * (v[0][k] + v[1][k]);
        }
        for (uint32_t k = 0; k < 3; k++)
            (*out)->triangle[n][k] = n * 3 + k;
        n++;
    }
    return true;
}

static bool side_init(struct side *side, const struct ost_mesh *mesh,
                      const struct ost_compare_options *o, struct ost_err *err)
{
    *side = (struct side){.mesh = mesh};
    if (!ost_bvh_create(&side->bvh, mesh, err) ||
        !ost_samples_create(&side->samples, mesh, o->spacing, SAMPLES_MAX, err))
        return false;
    if (!(o->cut_margin > 0.0))
        return true;
    if (!rim_of(mesh, &side->rim, err))
        return false;
    return side->rim == NULL || ost_bvh_create(&side->rim_bvh, side->rim, err);
}

static bool near_rim(const struct side *side, const double point[3], double margin)
{
    struct ost_near near;
    return side->rim_bvh != NULL && ost_bvh_near(side->rim_bvh, point, margin, &near);
}

static bool beyond_cut(const struct ost_compare_options *o, const double point[3])
{
    for (size_t i = 0; i < o->cut_count; i++) {
        double d[3];
        ost_sub(point, o->cut[i].point, d);
        if (ost_dot(d, o->cut[i].normal) > -o->cut_margin)
            return true;
    }
    return false;
}

static bool measure(const struct side *from, const struct side *to,
                    const struct ost_compare_options *o, struct pool *pool, int way)
{
    size_t count = pool->count[way] + from->samples->count;
    float *grown = realloc(pool->value[way], (count + 1) * sizeof *grown);
    if (grown == NULL)
        return false;
    pool->value[way] = grown;
    for (size_t i = 0; i < from->samples->count; i++) {
        const float *s = from->samples->point[i];
        double p[3] = {s[0], s[1], s[2]};
        struct ost_near near;
        bool counts = !near_rim(from, p, o->cut_margin) && !beyond_cut(o, p) &&
                      ost_bvh_near(to->bvh, p, INFINITY, &near) &&
                      !near_rim(to, near.point, o->cut_margin);
        if (counts) {
            grown[pool->count[way]++] = (float)near.distance;
        } else {
            pool->left_out[way]++;
        }
    }
    return true;
}

static bool measure_pair(const struct ost_compare_pair *pair, const struct ost_compare_options *o,
                         struct pool *pool, struct ost_err *err)
{
    struct side a = {0}, b = {0};
    bool ok = side_init(&a, pair->first, o, err) && side_init(&b, pair->second, o, err);
    if (ok && (!measure(&a, &b, o, pool, 0) || !measure(&b, &a, o, pool, 1)))
        ok = ost_fail(err, OST_NOMEM, "compare: no room for distances");
    side_fini(&a);
    side_fini(&b);
    return ok;
}

static int by_value(const void *left, const void *right)
{
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

static bool summarise(struct pool *pool, struct ost_compare_result *out, struct ost_err *err)
{
    double sum = 0.0, squares = 0.0;
    *out = (struct ost_compare_result){0};
    for (int way = 0; way < 2; way++) {
        size_t n = pool->count[way];
        if (n == 0)
            return ost_fail(err, OST_INVALID, "compare: nothing is left of a surface");
        const float *d = pool->value[way];
        double own = 0.0;
        for (size_t i = 0; i < n; i++) {
            own += d[i];
            squares += (double)d[i] * d[i];
        }
        qsort(pool->value[way], n, sizeof *d, by_value);
        out->hd95 = fmax(out->hd95, d[(size_t)(0.95 * (double)(n - 1) + 0.5)]);
        out->max = fmax(out->max, d[n - 1]);
        out->mean[way] = own / (double)n;
        out->count[way] = n;
        out->left_out[way] = pool->left_out[way];
        sum += own;
    }
    double all = (double)(out->count[0] + out->count[1]);
    out->asd = sum / all;
    out->rms = sqrt(squares / all);
    return true;
}

bool ost_compare_pooled(const struct ost_compare_pair *pair, size_t pair_count,
                        const struct ost_compare_options *options, struct ost_compare_result *out,
                        struct ost_err *err)
{
    struct ost_compare_options o = {0};
    if (options != NULL)
        o = *options;
    if (o.spacing == 0.0)
        o.spacing = 0.5;
    if (o.cut_margin == 0.0)
        o.cut_margin = 5.0;
    if (pair_count == 0 || pair_count > OST_COMPARE_PAIRS)
        return ost_fail(err, OST_INVALID, "compare: %zu pairs", pair_count);

    struct pool pool = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < pair_count; i++)
        ok = measure_pair(&pair[i], &o, &pool, err);
    ok = ok && summarise(&pool, out, err);
    free(pool.value[0]);
    free(pool.value[1]);
    return ok;
}

bool ost_compare(const struct ost_mesh *first, const struct ost_mesh *second,
                 const struct ost_compare_options *options, struct ost_compare_result *out,
                 struct ost_err *err)
{
    struct ost_compare_pair pair = {.first = first, .second = second};
    return ost_compare_pooled(&pair, 1, options, out, err);
}
