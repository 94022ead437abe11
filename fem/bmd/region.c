#include "fem/bmd/region.h"

#include "recon/math/vec.h"

#include <stdlib.h>

static const double cortical_least = 710.0; /* mgHA/cm3 */

struct ost_cortex ost_region_cortex(const struct ost_region *region, double length)
{
    double outer = sqrt(region->volume / length / OST_PI);
    double inner = outer * sqrt(fmax(0.0, 1.0 - region->cortical));
    return (struct ost_cortex){outer - inner, outer > 0.0 ? (outer - inner) / outer : 0.0};
}

static double depth_of(const struct ost_slab *slab, const double point[3])
{
    double from[3];
    ost_sub(slab->origin, point, from);
    return ost_dot(from, slab->axis);
}

double ost_slab_tip(const struct ost_tet_mesh *mesh, const struct ost_slab *slab)
{
    double tip = INFINITY;
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        tip = fmin(tip, depth_of(slab, mesh->node[n]));
    }
    return tip;
}

/* The share of an element within the slab: all, none, or the share of 84 points in it. */
static double share_in(const struct ost_slab *slab, const double depth[4])
{
    double least = fmin(fmin(depth[0], depth[1]), fmin(depth[2], depth[3]));
    double most = fmax(fmax(depth[0], depth[1]), fmax(depth[2], depth[3]));
    int in = 0;
    if (least >= slab->from && most <= slab->to) {
        return 1.0;
    }
    if (most <= slab->from || least >= slab->to) {
        return 0.0;
    }
    for (int at = 0; at < 512; at++) {
        int i = at % 8, j = at / 8 % 8, k = at / 64;
        if (i + j + k > 6) {
            continue;
        }
        double r = (i + 0.5) / 8.0, s = (j + 0.5) / 8.0, t = (k + 0.5) / 8.0;
        double d = (1.0 - r - s - t) * depth[0] + r * depth[1] + s * depth[2] + t * depth[3];
        in += d >= slab->from && d < slab->to;
    }
    return in / 84.0;
}

/* How far the shadow reaches to both sides at one depth. */
struct width {
    double low, high;
};

enum { OST_LEVELS_MOST = 4096 };

/* Widens the levels that the edge from a to b crosses; coordinates are depth and side. */
static void cross_levels(struct width *level, int count, const double range[2], const double a[2],
                         const double b[2])
{
    double step = (range[1] - range[0]) / count;
    const double *near = a[0] <= b[0] ? a : b, *far = a[0] <= b[0] ? b : a;
    double first = ceil((near[0] - range[0]) / step - 0.5);
    double last = floor((far[0] - range[0]) / step - 0.5);
    for (int i = (int)fmax(0.0, first); i <= (int)fmin(count - 1.0, last); i++) {
        double at = range[0] + (i + 0.5) * step, span = far[0] - near[0];
        double part = span > 0.0 ? (at - near[0]) / span : 0.0;
        double side = near[1] + part * (far[1] - near[1]);
        level[i].low = fmin(level[i].low, side);
        level[i].high = fmax(level[i].high, side);
    }
}

/* The area of the shadow: its width at every 0.25 mm of depth, in one piece. */
static double shadow_of(const struct ost_tet_mesh *mesh, const struct ost_slab *slab)
{
    static const int edge[6][2] = {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}};
    const double range[2] = {fmax(slab->from, ost_slab_tip(mesh, slab)), slab->to};
    int count = (int)fmin(OST_LEVELS_MOST, ceil((range[1] - range[0]) / 0.25));
    struct width *level = count > 0 ? calloc((size_t)count, sizeof *level) : NULL;
    if (level == NULL) {
        return 0.0;
    }
    for (int i = 0; i < count; i++) {
        level[i] = (struct width){INFINITY, -INFINITY};
    }
    double across[3], area = 0.0;
    ost_cross(slab->axis, slab->beam, across);
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        double p[4][2];
        for (int k = 0; k < 4; k++) {
            const double *node = mesh->node[mesh->tet[e][k]];
            p[k][0] = depth_of(slab, node);
            p[k][1] = ost_dot(node, across);
        }
        for (int k = 0; k < 6; k++) {
            cross_levels(level, count, range, p[edge[k][0]], p[edge[k][1]]);
        }
    }
    for (int i = 0; i < count; i++) {
        area += fmax(0.0, level[i].high - level[i].low) * (range[1] - range[0]) / count;
    }
    free(level);
    return area;
}

static bool finish(struct ost_region *r, struct ost_err *err)
{
    if (!(r->volume > 0.0)) {
        return ost_fail(err, OST_INVALID, "no bone in the slab asked for");
    }
    r->cortical /= r->volume;
    r->mean = 1000.0 * r->content / r->volume;
    r->areal = r->shadow > 0.0 ? 0.1 * r->content / r->shadow : 0.0;
    return true;
}

bool ost_region_of_tets(const struct ost_tet_mesh *mesh, const double *density,
                        const struct ost_slab *slab, struct ost_region *out, struct ost_err *err)
{
    *out = (struct ost_region){0};
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        double depth[4];
        for (int k = 0; k < 4; k++) {
            depth[k] = depth_of(slab, mesh->node[mesh->tet[e][k]]);
        }
        double volume = share_in(slab, depth) * ost_tet_volume(mesh, e);
        out->volume += volume;
        out->content += 1e-3 * volume * density[e];
        out->cortical += density[e] >= cortical_least ? volume : 0.0;
    }
    out->shadow = shadow_of(mesh, slab);
    return finish(out, err);
}

bool ost_region_of_voxels(const struct ost_grid *density, const struct ost_field *surface,
                          const struct ost_slab *slab, struct ost_region *out, struct ost_err *err)
{
    *out = (struct ost_region){0};
    size_t count = (size_t)density->size[0] * density->size[1] * density->size[2];
    double volume = density->spacing[0] * density->spacing[1] * density->spacing[2];
    for (size_t at = 0; at < count; at++) {
        const size_t place[3] = {at % density->size[0], at / density->size[0] % density->size[1],
                                 at / density->size[0] / density->size[1]};
        double p[3];
        for (int k = 0; k < 3; k++) {
            p[k] = density->origin[k] + density->spacing[k] * (double)place[k];
        }
        double depth = depth_of(slab, p);
        if (depth < slab->from || depth >= slab->to || surface->at(surface->user, p) >= 0.0) {
            continue;
        }
        out->volume += volume;
        out->content += 1e-3 * volume * (double)density->value[at];
        out->cortical += (double)density->value[at] >= cortical_least ? volume : 0.0;
    }
    return finish(out, err);
}
