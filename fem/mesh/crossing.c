#include "fem/mesh/crossing_impl.h"
#include "fem/mesh/sdf_impl.h"

#include <math.h>
#include <stdlib.h>

/* A crossing where it was found, of voxel `last` and what lies below. */
struct found {
    uint32_t last;
    struct crossing what;
};

/* One family of rays, and what they have met. */
struct rays {
    const struct ost_mesh *mesh;
    const struct voxel_box *box;
    int axis, u, v; /* in turn */
    const unsigned char *wanted;
    struct found *found;
    size_t count, room;
};

static bool lesser(const float a[3], const float b[3])
{
    int k = 0;
    while (k < 2 && a[k] == b[k])
        k++;
    return a[k] < b[k];
}

/* Whether `at` lies left of the edge a -> b as projected, and the third corner's weight. */
static bool left_of(const struct rays *rays, const float *a, const float *b, const double at[2],
                    double *weight)
{
    bool forward = lesser(a, b);
    const float *p = forward ? a : b, *q = forward ? b : a;
    double pu = (double)p[rays->u], pv = (double)p[rays->v];
    double w = ((double)q[rays->u] - pu) * (at[1] - pv) - ((double)q[rays->v] - pv) * (at[0] - pu);
    *weight = forward ? w : -w;
    return forward ? w > 0.0 : !(w > 0.0);
}

/* Where on its ray a triangle is crossed, from the corners' weights. */
static double height_of(const struct rays *rays, const uint32_t t[3], const double weight[3])
{
    double x = 0.0, sum = 0.0, low = INFINITY, high = -INFINITY;
    for (int k = 0; k < 3; k++) {
        double corner = (double)rays->mesh->vertex[t[k]][rays->axis];
        x += weight[k] * corner;
        sum += weight[k];
        low = fmin(low, corner);
        high = fmax(high, corner);
    }
    return sum != 0.0 ? fmin(high, fmax(low, x / sum)) : 0.5 * (low + high);
}

static bool keep(struct rays *rays, struct found found, struct ost_err *err)
{
    if (rays->count == rays->room) {
        size_t room = rays->room > 0 ? 2 * rays->room : 4096;
        struct found *more = realloc(rays->found, room * sizeof *more);
        if (more == NULL)
            return ost_fail(err, OST_NOMEM, "distance: no room for %zu crossings", room);
        rays->found = more;
        rays->room = room;
    }
    rays->found[rays->count++] = found;
    return true;
}

static uint32_t ray_of(const struct rays *rays, const uint32_t at[2])
{
    const uint32_t *size = rays->box->size;
    return rays->u < rays->v ? at[1] * size[rays->u] + at[0] : at[0] * size[rays->v] + at[1];
}

/* The crossing of one ray with `triangle`, if there is one. */
static bool cross_ray(struct rays *rays, uint32_t triangle, const uint32_t ray[2],
                      struct ost_err *err)
{
    const struct voxel_box *g = rays->box;
    const uint32_t *t = rays->mesh->triangle[triangle];
    /* Off the voxel centres by a hair: films and phantoms like round numbers. */
    double at[2] = {g->low[rays->u] + g->spacing * (ray[0] + 1.3e-6),
                    g->low[rays->v] + g->spacing * (ray[1] + 2.7e-6)};
    const float *p = rays->mesh->vertex[t[0]], *q = rays->mesh->vertex[t[1]],
                *r = rays->mesh->vertex[t[2]];
    double weight[3];
    bool a = left_of(rays, q, r, at, &weight[0]);
    bool b = left_of(rays, r, p, at, &weight[1]);
    bool c = left_of(rays, p, q, at, &weight[2]);
    if (a != b || b != c)
        return true;
    double below = ceil((height_of(rays, t, weight) - g->low[rays->axis]) / g->spacing);
    if (!(below >= 1.0))
        return true;
    uint32_t last = (uint32_t)fmin(below, g->size[rays->axis]) - 1;
    return keep(rays, (struct found){last, {ray_of(rays, ray), a ? 1 : -1}}, err);
}

/* From which ray to which a triangle reaches across; false where it is below or beside all. */
static bool rays_of(const struct rays *rays, double p[3][3], uint32_t from[2], uint32_t to[2])
{
    const struct voxel_box *g = rays->box;
    double far = fmax(p[0][rays->axis], fmax(p[1][rays->axis], p[2][rays->axis]));
    if (!(far > g->low[rays->axis]))
        return false;
    for (int k = 0; k < 2; k++) {
        int axis = k == 0 ? rays->u : rays->v;
        double low = fmin(p[0][axis], fmin(p[1][axis], p[2][axis])) - g->low[axis];
        double high = fmax(p[0][axis], fmax(p[1][axis], p[2][axis])) - g->low[axis];
        double first = fmax(0.0, floor(low / g->spacing));
        double last = fmin(g->size[axis] - 1.0, ceil(high / g->spacing));
        if (!(first <= last))
            return false;
        from[k] = (uint32_t)first;
        to[k] = (uint32_t)last;
    }
    return true;
}

static bool cross_triangle(struct rays *rays, uint32_t triangle, struct ost_err *err)
{
    uint32_t from[2], to[2], ray[2];
    double p[3][3];
    sdf_corners(rays->mesh, triangle, p);
    if (!rays_of(rays, p, from, to))
        return true;
    for (ray[1] = from[1]; ray[1] <= to[1]; ray[1]++) {
        for (ray[0] = from[0]; ray[0] <= to[0]; ray[0]++) {
            if ((rays->wanted == NULL || rays->wanted[ray_of(rays, ray)]) &&
                !cross_ray(rays, triangle, ray, err))
                return false;
        }
    }
    return true;
}

/* Counted first, then filled: filling moves each beginning to the next one's. */
static bool sort(const struct rays *rays, struct crossings *out, struct ost_err *err)
{
    size_t slices = out->size[out->axis];
    out->first = calloc(slices + 2, sizeof *out->first);
    out->at = malloc((rays->count + 1) * sizeof *out->at);
    if (out->first == NULL || out->at == NULL)
        return ost_fail(err, OST_NOMEM, "distance: no room for %zu crossings", rays->count);
    for (size_t i = 0; i < rays->count; i++)
        out->first[rays->found[i].last + 2]++;
    for (size_t i = 1; i < slices + 2; i++)
        out->first[i] += out->first[i - 1];
    for (size_t i = 0; i < rays->count; i++)
        out->at[out->first[rays->found[i].last + 1]++] = rays->found[i].what;
    return true;
}

bool crossings_of(const struct ost_mesh *mesh, const struct voxel_box *box, int axis,
                  const unsigned char *wanted, struct crossings *out, struct ost_err *err)
{
    struct rays rays = {.mesh = mesh,
                        .box = box,
                        .axis = axis,
                        .u = (axis + 1) % 3,
                        .v = (axis + 2) % 3,
                        .wanted = wanted};
    *out = (struct crossings){.axis = axis, .a = axis == 0 ? 1 : 0, .b = axis == 2 ? 1 : 2};
    for (int k = 0; k < 3; k++)
        out->size[k] = box->size[k];
    bool ok = true;
    for (uint32_t i = 0; i < mesh->triangle_count && ok; i++)
        ok = cross_triangle(&rays, i, err);
    ok = ok && rays.count < UINT32_MAX && sort(&rays, out, err);
    free(rays.found);
    return ok;
}

void crossings_fini(struct crossings *crossings)
{
    free(crossings->first);
    free(crossings->at);
    *crossings = (struct crossings){0};
}
