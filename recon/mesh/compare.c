#include "recon/mesh/compare.h"

#include "recon/base/array.h"
#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/edge.h"
#include "recon/mesh/measure.h"
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

/* Distances of all pairs with the regions each lies in, one list per direction. */
struct pool {
    float *value[2];
    uint32_t *where[2];
    float *sorted; /* room for one region of one direction */
    size_t count[2], left_out[2];
};

static void pool_fini(struct pool *pool)
{
    for (int way = 0; way < 2; way++) {
        free(pool->value[way]);
        free(pool->where[way]);
    }
    free(pool->sorted);
}

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

static bool grow(struct pool *pool, int way, size_t more)
{
    size_t count = pool->count[way] + more + 1;
    float *value = realloc(pool->value[way], count * sizeof *value);
    if (value == NULL)
        return false;
    pool->value[way] = value;
    uint32_t *where = realloc(pool->where[way], count * sizeof *where);
    if (where == NULL)
        return false;
    pool->where[way] = where;
    return true;
}

/* What is compared, and by which rules. */
struct task {
    const struct ost_compare_options *options;
    const struct ost_compare_regions *regions;
    size_t pair;
};

/* The regions of a sample of the first (way 0) or the second surface. */
static uint32_t region_of(const struct task *task, const struct side *from, int way, size_t sample,
                          const struct ost_near *near)
{
    if (task->regions == NULL)
        return 1;
    if (way == 0)
        return task->regions->of(task->regions->user, task->pair, near->point, near->normal);
    const float *s = from->samples->point[sample];
    double p[3] = {s[0], s[1], s[2]}, normal[3];
    (void)ost_triangle_area(from->mesh, from->samples->triangle[sample], normal);
    return task->regions->of(task->regions->user, task->pair, p, normal);
}

static bool measure(const struct side *from, const struct side *to, const struct task *task,
                    struct pool *pool, int way)
{
    const struct ost_compare_options *o = task->options;
    if (!grow(pool, way, from->samples->count))
        return false;
    for (size_t i = 0; i < from->samples->count; i++) {
        const float *s = from->samples->point[i];
        double p[3] = {s[0], s[1], s[2]};
        struct ost_near near;
        bool counts = !near_rim(from, p, o->cut_margin) && !beyond_cut(o, p) &&
                      ost_bvh_near(to->bvh, p, INFINITY, &near) &&
                      !near_rim(to, near.point, o->cut_margin);
        if (counts) {
            pool->where[way][pool->count[way]] = region_of(task, from, way, i, &near);
            pool->value[way][pool->count[way]++] = (float)near.distance;
        } else {
            pool->left_out[way]++;
        }
    }
    return true;
}

static bool measure_pair(const struct ost_compare_pair *pair, const struct task *task,
                         struct pool *pool, struct ost_err *err)
{
    struct side a = {0}, b = {0};
    bool ok = side_init(&a, pair->first, task->options, err) &&
              side_init(&b, pair->second, task->options, err);
    if (ok && (!measure(&a, &b, task, pool, 0) || !measure(&b, &a, task, pool, 1)))
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

/* The distances of one direction in one region, sorted; how many. */
static size_t pick(const struct pool *pool, int way, uint32_t bit)
{
    size_t n = 0;
    for (size_t i = 0; i < pool->count[way]; i++) {
        if ((pool->where[way][i] & bit) != 0)
            pool->sorted[n++] = pool->value[way][i];
    }
    qsort(pool->sorted, n, sizeof *pool->sorted, by_value);
    return n;
}

/* False where a direction has no point in this region; `out` is then all zero. */
static bool summarise(struct pool *pool, uint32_t bit, struct ost_compare_result *out)
{
    double sum = 0.0, squares = 0.0;
    *out = (struct ost_compare_result){0};
    for (int way = 0; way < 2; way++) {
        size_t n = pick(pool, way, bit);
        const float *d = pool->sorted;
        double own = 0.0;
        for (size_t i = 0; i < n; i++) {
            own += d[i];
            squares += (double)d[i] * d[i];
        }
        if (n == 0) {
            *out = (struct ost_compare_result){0};
            return false;
        }
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

/* All samples of all pairs, measured once. */
static bool fill(struct pool *pool, const struct ost_compare_pair *pair, size_t pair_count,
                 const struct ost_compare_options *options,
                 const struct ost_compare_regions *regions, struct ost_err *err)
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
    for (size_t i = 0; i < pair_count; i++) {
        const struct task task = {.options = &o, .regions = regions, .pair = i};
        if (!measure_pair(&pair[i], &task, pool, err))
            return false;
    }
    size_t most = pool->count[0] > pool->count[1] ? pool->count[0] : pool->count[1];
    pool->sorted = malloc((most + 1) * sizeof *pool->sorted);
    return pool->sorted != NULL || ost_fail(err, OST_NOMEM, "compare: no room for distances");
}

bool ost_compare_by_region(const struct ost_compare_pair *pair, size_t pair_count,
                           const struct ost_compare_options *options,
                           const struct ost_compare_regions *regions,
                           struct ost_compare_result *out, struct ost_err *err)
{
    struct pool pool = {0};
    if (regions->count > OST_COMPARE_REGIONS)
        return ost_fail(err, OST_INVALID, "compare: %zu regions", regions->count);
    bool ok = fill(&pool, pair, pair_count, options, regions, err);
    for (size_t r = 0; ok && r < regions->count; r++)
        (void)summarise(&pool, 1U << r, &out[r]);
    pool_fini(&pool);
    return ok;
}

bool ost_compare_pooled(const struct ost_compare_pair *pair, size_t pair_count,
                        const struct ost_compare_options *options, struct ost_compare_result *out,
                        struct ost_err *err)
{
    struct pool pool = {0};
    bool ok = fill(&pool, pair, pair_count, options, NULL, err);
    if (ok && !summarise(&pool, 1, out))
        ok = ost_fail(err, OST_INVALID, "compare: nothing is left of a surface");
    pool_fini(&pool);
    return ok;
}

bool ost_compare(const struct ost_mesh *first, const struct ost_mesh *second,
                 const struct ost_compare_options *options, struct ost_compare_result *out,
                 struct ost_err *err)
{
    struct ost_compare_pair pair = {.first = first, .second = second};
    return ost_compare_pooled(&pair, 1, options, out, err);
}
