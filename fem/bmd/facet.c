#include "fem/bmd/facet.h"

#include <math.h>
#include <stdlib.h>

static const double top_share = 0.2;

void ost_facet_map_destroy(struct ost_facet_map *map)
{
    if (map == NULL)
        return;
    free(map->cell);
    free(map);
}

static double value_of(const struct ost_facet_sample *s, bool stress)
{
    return stress ? s->stress : s->density;
}

static int by_density(const void *a, const void *b)
{
    double x = ((const struct ost_facet_sample *)a)->density;
    double y = ((const struct ost_facet_sample *)b)->density;
    return x > y ? -1 : x < y;
}

static int by_stress(const void *a, const void *b)
{
    double x = ((const struct ost_facet_sample *)a)->stress;
    double y = ((const struct ost_facet_sample *)b)->stress;
    return x > y ? -1 : x < y;
}

/* `cell` is sorted by the value, the highest first. */
static struct ost_facet_field field_of(const struct ost_facet_map *map, bool stress)
{
    struct ost_facet_field f = {0};
    double top = 0.0;
    for (uint32_t i = 0; i < map->cell_count; i++) {
        const struct ost_facet_sample *c = &map->cell[i];
        double value = value_of(c, stress), part = fmin(c->area, top_share * map->area - top);
        f.mean += c->area * value / map->area;
        f.sd += c->area * value * value / map->area;
        if (part > 0.0) {
            top += part;
            f.centre[0] += part * c->u;
            f.centre[1] += part * c->v;
        }
    }
    f.most = value_of(&map->cell[0], stress);
    f.sd = sqrt(fmax(0.0, f.sd - f.mean * f.mean));
    f.centre[0] /= top;
    f.centre[1] /= top;
    return f;
}

static double correlation_of(const struct ost_facet_map *map)
{
    double sum = 0.0, spread = map->density.sd * map->stress.sd;
    for (uint32_t i = 0; i < map->cell_count; i++) {
        const struct ost_facet_sample *c = &map->cell[i];
        sum +=
            c->area / map->area * (c->density - map->density.mean) * (c->stress - map->stress.mean);
    }
    return spread > 1e-12 * fabs(map->density.mean * map->stress.mean) ? sum / spread : 0.0;
}

struct bounds {
    double low[2];
    size_t size[2];
};

static bool find_bounds(const struct ost_facet_sample *sample, size_t count, double step,
                        struct bounds *b, struct ost_err *err)
{
    const double most = 400.0;
    double high[2] = {-INFINITY, -INFINITY};
    b->low[0] = b->low[1] = INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (!(sample[i].area > 0.0))
            continue;
        b->low[0] = fmin(b->low[0], sample[i].u);
        b->low[1] = fmin(b->low[1], sample[i].v);
        high[0] = fmax(high[0], sample[i].u);
        high[1] = fmax(high[1], sample[i].v);
    }
    if (!(high[0] >= b->low[0] && high[0] - b->low[0] < most && high[1] - b->low[1] < most &&
          step > 0.0))
        return ost_fail(err, OST_INVALID, "the joint surface has no area, or is no joint's");
    for (int k = 0; k < 2; k++) {
        b->low[k] = step * floor(b->low[k] / step);
        b->size[k] = (size_t)((high[k] - b->low[k]) / step) + 1;
    }
    return true;
}

/* Sums per cell, then means; empty cells go. */
static void gather(const struct ost_facet_sample *sample, size_t count, const struct bounds *b,
                   struct ost_facet_map *map)
{
    for (size_t i = 0; i < count; i++) {
        const struct ost_facet_sample *s = &sample[i];
        if (!(s->area > 0.0))
            continue;
        size_t x = (size_t)((s->u - b->low[0]) / map->step);
        size_t y = (size_t)((s->v - b->low[1]) / map->step);
        struct ost_facet_sample *c = &map->cell[y * b->size[0] + x];
        c->area += s->area;
        c->u += s->area * s->u;
        c->v += s->area * s->v;
        c->density += s->area * s->density;
        c->stress += s->area * s->stress;
        map->area += s->area;
    }
    for (size_t i = 0; i < b->size[0] * b->size[1]; i++) {
        const struct ost_facet_sample c = map->cell[i];
        if (c.area > 0.0)
            map->cell[map->cell_count++] = (struct ost_facet_sample){
                c.u / c.area, c.v / c.area, c.area, c.density / c.area, c.stress / c.area};
    }
}

bool ost_facet_map_create(const struct ost_facet_sample *sample, size_t count, double step,
                          struct ost_facet_map **out, struct ost_err *err)
{
    struct bounds b;
    *out = NULL;
    if (!find_bounds(sample, count, step, &b, err))
        return false;
    OST_AUTO(ost_facet_map) map = calloc(1, sizeof *map);
    if (map == NULL)
        return ost_fail(err, OST_NOMEM, "facet: out of memory");
    map->step = step;
    map->cell = calloc(b.size[0] * b.size[1] + 1, sizeof *map->cell);
    if (map->cell == NULL)
        return ost_fail(err, OST_NOMEM, "facet: no room for %zu cells", b.size[0] * b.size[1]);
    gather(sample, count, &b, map);
    qsort(map->cell, map->cell_count, sizeof *map->cell, by_stress);
    map->stress = field_of(map, true);
    qsort(map->cell, map->cell_count, sizeof *map->cell, by_density);
    map->density = field_of(map, false);
    map->correlation = correlation_of(map);
    *out = ost_steal(&map);
    return true;
}
