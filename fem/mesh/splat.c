#include "fem/mesh/splat_impl.h"
#include "recon/base/wide.h"
#include "recon/math/vec.h"

/* Voxels looked at together; a grid has rows of no fewer. */
enum { SOME = OST_SPLAT_ROW };

/*
 * A triangle for many points, which are told from its centre: nothing that counts is further
 * from there than the triangle is long and the band wide, and floats will do. From corner k runs
 * edge k, and `inwards` is square to it. What depends on the point is linear in it.
 */
struct face {
    double centre[3];                /* from the grid's first voxel */
    double radius, normal[3], per_x; /* 1 / normal[0], 0 where it is small */
    float corner[3][3], edge[3][3];
    float per_edge[3][3], inwards[3][3]; /* edge / |edge|^2, 0 for none */
    float along[3], in[3], off, flat[3]; /* at the centre; the normal */
};

static void face_of(const struct ost_grid *grid, double corner[3][3], struct face *f)
{
    double from[3][3], edge[3][3], inwards[3];
    for (int k = 0; k < 3; k++)
        f->centre[k] = (corner[0][k] + corner[1][k] + corner[2][k]) / 3.0;
    f->radius = 0.0;
    for (int k = 0; k < 3; k++) {
        ost_sub(corner[k], f->centre, from[k]);
        ost_sub(corner[(k + 1) % 3], corner[k], edge[k]);
        f->radius = fmax(f->radius, ost_length(from[k]));
    }
    ost_cross(edge[0], edge[1], f->normal);
    /* A triangle without an area has no inside. */
    double hollow = ost_unit(f->normal) > 0.0 ? 0.0 : 1.0;
    f->per_x = fabs(f->normal[0]) > 1e-3 ? 1.0 / f->normal[0] : 0.0;
    f->off = (float)-ost_dot(from[0], f->normal);
    for (int k = 0; k < 3; k++) {
        double square = ost_dot(edge[k], edge[k]), per_square = square > 0.0 ? 1.0 / square : 0.0;
        ost_cross(f->normal, edge[k], inwards);
        f->along[k] = (float)(-ost_dot(from[k], edge[k]) * per_square);
        f->in[k] = (float)(-ost_dot(from[k], inwards) - hollow);
        f->flat[k] = (float)f->normal[k];
        for (int axis = 0; axis < 3; axis++) {
            f->corner[k][axis] = (float)from[k][axis];
            f->edge[k][axis] = (float)edge[k][axis];
            f->per_edge[k][axis] = (float)(edge[k][axis] * per_square);
            f->inwards[k][axis] = (float)inwards[axis];
        }
    }
    ost_sub(f->centre, grid->origin, f->centre);
}

/* A row as edge k sees it: the rest is linear in x. */
struct view {
    float y, z;      /* from corner k */
    float along, in; /* how far along the edge, of 1; how far inwards */
};

/* Squared distance from the point at `x` to edge k. */
static inline float to_edge(const struct face *f, const struct view *v, int k, float x)
{
    float t = v->along + x * f->per_edge[k][0];
    t = t > 0.0F ? t : 0.0F;
    t = t < 1.0F ? t : 1.0F;
    float dx = x - f->corner[k][0] - t * f->edge[k][0];
    float dy = v->y - t * f->edge[k][1], dz = v->z - t * f->edge[k][2];
    return dx * dx + dy * dy + dz * dz;
}

static inline double least(double a, double b)
{
    return a < b ? a : b;
}

static inline float lesser(float a, float b)
{
    return a < b ? a : b;
}

/*
 * Some voxels of a row, the first at `x`: the least of what they hold and the squared distance,
 * which is that of the plane where all three edges have the point on their inner side, and of the
 * nearest edge elsewhere. Without branches, for several at once.
 */
static inline void splat_some(const struct face *f, const struct view v[3], float off, float x,
                              float step, float row[SOME])
{
    for (int i = 0; i < SOME; i++) {
        float at = x + step * (float)i;
        float best = lesser(to_edge(f, &v[0], 0, at), to_edge(f, &v[1], 1, at));
        best = lesser(best, to_edge(f, &v[2], 2, at));
        float within = lesser(v[0].in + at * f->inwards[0][0], v[1].in + at * f->inwards[1][0]);
        within = lesser(within, v[2].in + at * f->inwards[2][0]);
        float plane = off + at * f->flat[0], flat = plane * plane;
        best = within >= 0.0F ? flat : best;
        row[i] = lesser(best, row[i]);
    }
}

/* Columns from .. to of the row at y and z from the centre, and some beside them. */
static inline void splat_row(const struct face *f, float y, float z, const struct ost_grid *grid,
                             const uint32_t range[2], float *row)
{
    struct view v[3];
    uint32_t last = grid->size[0] - SOME;
    float off = f->off + y * f->flat[1] + z * f->flat[2], step = (float)grid->spacing[0];
    for (int k = 0; k < 3; k++) {
        v[k].y = y - f->corner[k][1];
        v[k].z = z - f->corner[k][2];
        v[k].along = f->along[k] + y * f->per_edge[k][1] + z * f->per_edge[k][2];
        v[k].in = f->in[k] + y * f->inwards[k][1] + z * f->inwards[k][2];
    }
    for (uint32_t i = range[0]; i <= range[1]; i += SOME) {
        uint32_t at = i < last ? i : last;
        splat_some(f, v, off, (float)(grid->spacing[0] * at - f->centre[0]), step, row + at);
    }
}

/*
 * Which of the grid's lines along `axis` lie within low .. high mm from its first, give or take
 * one; false for none.
 */
static inline bool lines_of(const struct ost_grid *grid, int axis, double low, double high,
                            uint32_t range[2])
{
    double first = low / grid->spacing[axis], last = high / grid->spacing[axis];
    double most = grid->size[axis] - 1.0;
    if (!(last >= 0.0) || !(first <= most))
        return false;
    range[0] = first > 0.0 ? (uint32_t)first : 0;
    range[1] = last < most ? (uint32_t)last : grid->size[axis] - 1;
    return range[0] <= range[1];
}

/*
 * The stretch of the row at y and z from the centre with anything nearer than `band`: within the
 * ball round the triangle, and between the two planes beside it.
 */
static inline bool stretch_of(const struct face *f, double y, double z, double band, double x[2])
{
    double far = f->radius + band, half = far * far - y * y - z * z;
    if (!(half > 0.0))
        return false;
    half = sqrt(half);
    x[0] = f->centre[0] - half;
    x[1] = f->centre[0] + half;
    if (f->per_x != 0.0) {
        double middle = f->centre[0] - (y * f->normal[1] + z * f->normal[2]) * f->per_x;
        double reach = band * fabs(f->per_x);
        x[0] = middle - reach > x[0] ? middle - reach : x[0];
        x[1] = middle + reach < x[1] ? middle + reach : x[1];
    }
    return x[0] <= x[1];
}

OST_WIDE void splat_triangle(struct ost_grid *grid, double corner[3][3], double band)
{
    struct face f;
    uint32_t range[3][2];
    double x[2];
    face_of(grid, corner, &f);
    for (int axis = 1; axis < 3; axis++) {
        double a = corner[0][axis], b = corner[1][axis], c = corner[2][axis];
        double low = least(a, least(b, c)), high = -least(-a, least(-b, -c));
        if (!lines_of(grid, axis, low - band - grid->origin[axis], high + band - grid->origin[axis],
                      range[axis]))
            return;
    }
    for (uint32_t k = range[2][0]; k <= range[2][1]; k++) {
        double z = grid->spacing[2] * k - f.centre[2];
        for (uint32_t j = range[1][0]; j <= range[1][1]; j++) {
            float *row = grid->value + ((size_t)k * grid->size[1] + j) * grid->size[0];
            double y = grid->spacing[1] * j - f.centre[1];
            if (stretch_of(&f, y, z, band, x) && lines_of(grid, 0, x[0], x[1], range[0]))
                splat_row(&f, (float)y, (float)z, grid, range[0], row);
        }
    }
}
