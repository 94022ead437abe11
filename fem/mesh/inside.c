#include "fem/mesh/sdf_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

/*
 * One family of rays, along `axis`. `count` holds, per voxel, by how much the
 * winding number changes there; edges are tested from the lesser of their two ends,
 * so that a ray through an edge meets exactly one of its two triangles, welded or not.
 */
struct rays {
    const struct ost_mesh *mesh;
    const struct ost_grid *grid;
    const struct triangles *along; /* per axis */
    int axis, u, v;
    int16_t *count;
    const unsigned char *wanted; /* per ray, u fastest; NULL: all of them */
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

/* Adds the crossing of the ray at column (iu, iv) with `triangle`, if there is one. */
static void cross_column(struct rays *rays, uint32_t triangle, const uint32_t column[2])
{
    const struct ost_grid *g = rays->grid;
    const uint32_t *t = rays->mesh->triangle[triangle];
    double h = g->spacing[rays->axis], weight[3], x = 0.0, sum = 0.0;
    /* Off the voxel centres by a hair: films and phantoms like round numbers. */
    double at[2] = {g->origin[rays->u] + g->spacing[rays->u] * (column[0] + 1.3e-6),
                    g->origin[rays->v] + g->spacing[rays->v] * (column[1] + 2.7e-6)};
    const float *p = rays->mesh->vertex[t[0]], *q = rays->mesh->vertex[t[1]],
                *r = rays->mesh->vertex[t[2]];
    bool a = left_of(rays, q, r, at, &weight[0]);
    bool b = left_of(rays, r, p, at, &weight[1]);
    bool c = left_of(rays, p, q, at, &weight[2]);
    if (a != b || b != c)
        return;
    double low = INFINITY, high = -INFINITY;
    for (int k = 0; k < 3; k++) {
        double corner = (double)rays->mesh->vertex[t[k]][rays->axis];
        x += weight[k] * corner;
        sum += weight[k];
        low = fmin(low, corner);
        high = fmax(high, corner);
    }
    x = sum != 0.0 ? fmin(high, fmax(low, x / sum)) : 0.5 * (low + high);
    double below = ceil((x - g->origin[rays->axis]) / h);
    if (!(below >= 1.0))
        return;
    uint32_t last = (uint32_t)fmin(below, g->size[rays->axis]) - 1;
    uint32_t voxel[3];
    voxel[rays->axis] = last;
    voxel[rays->u] = column[0];
    voxel[rays->v] = column[1];
    size_t at_voxel = ((size_t)voxel[2] * g->size[1] + voxel[1]) * g->size[0] + voxel[0];
    rays->count[at_voxel] = (int16_t)(rays->count[at_voxel] + (a ? 1 : -1));
}

static void cross_triangle(struct rays *rays, uint32_t triangle)
{
    const struct ost_grid *g = rays->grid;
    uint32_t from[2], to[2], column[2];
    double p[3][3];
    sdf_corners(rays->mesh, triangle, p);
    double far = fmax(p[0][rays->axis], fmax(p[1][rays->axis], p[2][rays->axis]));
    if (!(far > g->origin[rays->axis]))
        return;
    for (int k = 0; k < 2; k++) {
        int axis = k == 0 ? rays->u : rays->v;
        double low = (fmin(p[0][axis], fmin(p[1][axis], p[2][axis])) - g->origin[axis]);
        double high = (fmax(p[0][axis], fmax(p[1][axis], p[2][axis])) - g->origin[axis]);
        double first = fmax(0.0, floor(low / g->spacing[axis]));
        double last = fmin(g->size[axis] - 1.0, ceil(high / g->spacing[axis]));
        if (!(first <= last))
            return;
        from[k] = (uint32_t)first;
        to[k] = (uint32_t)last;
    }
    for (column[1] = from[1]; column[1] <= to[1]; column[1]++) {
        for (column[0] = from[0]; column[0] <= to[0]; column[0]++) {
            if (rays->wanted == NULL || rays->wanted[column[1] * g->size[rays->u] + column[0]])
                cross_column(rays, triangle, column);
        }
    }
}

/*
 * Sums the changes along all rays from their far ends and votes on every voxel. A ray's voxels
 * lie `side` apart, and as many rays side by side go on together; a row alone may be left out.
 */
static void vote(const struct rays *rays, int16_t *winding, unsigned char *votes)
{
    const struct ost_grid *g = rays->grid;
    const size_t stride[3] = {1, g->size[0], (size_t)g->size[0] * g->size[1]};
    size_t side = stride[rays->axis], length = g->size[rays->axis];
    size_t sheets = stride[2] * g->size[2] / (side * length);
    for (size_t sheet = 0; sheet < sheets; sheet++) {
        if (rays->wanted != NULL && side == 1 && !rays->wanted[sheet])
            continue;
        memset(winding, 0, side * sizeof *winding);
        for (size_t i = length; i-- > 0;) {
            size_t at = (sheet * length + i) * side;
            for (size_t k = 0; k < side; k++) {
                int16_t w = winding[k] = (int16_t)(winding[k] + rays->count[at + k]);
                int cast = (w > 0 ? OST_POSITIVE : 0) + (w < 0 ? OST_NEGATIVE : 0);
                votes[at + k] = (unsigned char)(votes[at + k] + cast);
            }
        }
    }
}

/* Where all rays along `axis` cross triangles. */
static void cross(struct rays *rays, int axis, size_t voxels)
{
    const struct triangles *t = &rays->along[axis];
    rays->axis = axis;
    rays->u = (axis + 1) % 3;
    rays->v = (axis + 2) % 3;
    memset(rays->count, 0, voxels * sizeof *rays->count);
    for (uint32_t i = 0; i < t->count; i++)
        cross_triangle(rays, t->index != NULL ? t->index[i] : i);
}

/* All rays along `axis`; the last voxels of `count`, a layer of them, are `winding`. */
static void cast(struct rays *rays, int axis, unsigned char *votes)
{
    const struct ost_grid *g = rays->grid;
    size_t voxels = (size_t)g->size[0] * g->size[1] * g->size[2];
    cross(rays, axis, voxels);
    vote(rays, rays->count + voxels, votes);
}

/*
 * Rays along rows are the slowest: they are cast where the other two do not agree, one vote for
 * a sign and one against it. There the third one's are all that count: a ray not wanted finds
 * nothing and casts no vote.
 */
static bool cast_where_open(struct rays *rays, unsigned char *votes, struct ost_err *err)
{
    const struct ost_grid *g = rays->grid;
    size_t rows = (size_t)g->size[1] * g->size[2], wanted = 0;
    unsigned char *open = calloc(rows, 1);
    if (open == NULL)
        return ost_fail(err, OST_NOMEM, "distance: no room for %zu rows", rows);
    for (size_t row = 0; row < rows; row++) {
        unsigned bits = 0;
        for (size_t i = row * g->size[0]; i < (row + 1) * g->size[0]; i++)
            bits |= votes[i] & (OST_POSITIVE | OST_NEGATIVE);
        open[row] = bits != 0;
        wanted += bits != 0;
    }
    rays->wanted = open;
    if (wanted > 0)
        cast(rays, 0, votes);
    free(open);
    return true;
}

bool inside_votes(const struct ost_mesh *mesh, const struct ost_grid *grid,
                  const struct triangles along[3], unsigned char *votes, struct ost_err *err)
{
    size_t voxels = (size_t)grid->size[0] * grid->size[1] * grid->size[2];
    size_t layer = (size_t)grid->size[0] * grid->size[1];
    int16_t *count = malloc((voxels + layer) * sizeof *count);
    if (count == NULL)
        return ost_fail(err, OST_NOMEM, "distance: no room for %zu voxels", voxels);
    struct rays rays = {.mesh = mesh, .grid = grid, .along = along, .count = count};
    cast(&rays, 1, votes);
    cast(&rays, 2, votes);
    bool ok = cast_where_open(&rays, votes, err);
    free(count);
    return ok;
}

/* The vote of all rays along `axis` through a box nothing comes into; -1 where they differ. */
static int vote_alike(struct rays *rays, const struct ost_grid *box, int axis)
{
    struct ost_grid flat = *box;
    flat.size[axis] = 1;
    size_t voxels = (size_t)flat.size[0] * flat.size[1] * flat.size[2];
    rays->grid = &flat;
    cross(rays, axis, voxels);
    rays->grid = box;
    for (size_t i = 1; i < voxels; i++) {
        if (rays->count[i] != rays->count[0])
            return -1;
    }
    return (rays->count[0] > 0 ? OST_POSITIVE : 0) + (rays->count[0] < 0 ? OST_NEGATIVE : 0);
}

bool inside_alike(const struct ost_mesh *mesh, const struct ost_grid *grid,
                  const struct triangles along[3], unsigned char *vote, bool *alike,
                  struct ost_err *err)
{
    const uint32_t *n = grid->size;
    size_t most = (size_t)n[0] * n[1];
    most = (size_t)n[1] * n[2] > most ? (size_t)n[1] * n[2] : most;
    most = (size_t)n[2] * n[0] > most ? (size_t)n[2] * n[0] : most;
    int16_t *count = malloc(most * sizeof *count);
    if (count == NULL)
        return ost_fail(err, OST_NOMEM, "distance: no room for %zu rays", most);
    struct rays rays = {.mesh = mesh, .grid = grid, .along = along, .count = count};
    int sum = 0;
    *alike = true;
    for (int axis = 0; axis < 3 && *alike; axis++) {
        int cast_here = vote_alike(&rays, grid, axis);
        *alike = cast_here >= 0;
        sum += cast_here;
    }
    free(count);
    *vote = *alike ? (unsigned char)sum : 0;
    return true;
}
