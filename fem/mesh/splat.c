#include "fem/mesh/splat_impl.h"
#include "recon/math/vec.h"

/* Voxels looked at together; a grid has rows of no fewer. */
enum { SOME = OST_SPLAT_ROW };

/*
 * A triangle for many points, which are told from the grid's first voxel: from corner k runs
 * edge k, and `inwards` is square to it. What depends on the point is linear in it.
 */
struct face {
    double corner[3][3], edge[3][3], per_square[3]; /* 1 / |edge|^2, 0 for none */
    double inwards[3][3], normal[3], per_x;         /* 1 / normal[0], 0 where it is small */
    double along[3], in[3], plane;                  /* at that voxel; see struct view */
    double centre[3], radius;
};

static void face_of(const struct ost_grid *grid, double corner[3][3], struct face *f)
{
    for (int k = 0; k < 3; k++) {
        ost_sub(corner[k], grid->origin, f->corner[k]);
        ost_sub(corner[(k + 1) % 3], corner[k], f->edge[k]);
        double square = ost_dot(f->edge[k], f->edge[k]);
        f->per_square[k] = square > 0.0 ? 1.0 / square : 0.0;
        f->along[k] = -ost_dot(f->corner[k], f->edge[k]);
    }
    ost_cross(f->edge[0], f->edge[1], f->normal);
    /* A triangle without an area has no inside. */
    double hollow = ost_unit(f->normal) > 0.0 ? 0.0 : 1.0;
    f->per_x = fabs(f->normal[0]) > 1e-3 ? 1.0 / f->normal[0] : 0.0;
    f->plane = -ost_dot(f->corner[0], f->normal);
    f->radius = 0.0;
    for (int k = 0; k < 3; k++)
        f->centre[k] = (f->corner[0][k] + f->corner[1][k] + f->corner[2][k]) / 3.0;
    for (int k = 0; k < 3; k++) {
        double far = ost_distance(f->corner[k], f->centre);
        ost_cross(f->normal, f->edge[k], f->inwards[k]);
        f->in[k] = -ost_dot(f->corner[k], f->inwards[k]) - hollow;
        f->radius = far > f->radius ? far : f->radius;
    }
}

/* A row as edge k sees it: the rest is linear in x. */
struct view {
    double y, z;      /* from corner k */
    double along, in; /* |edge|^2 times how far along the edge, and how far inwards */
};

/* Squared distance from the point `x` further on to edge k. */
static inline double to_edge(const struct face *f, const struct view *v, int k, double x)
{
    const double *edge = f->edge[k];
    double t = (v->along + x * edge[0]) * f->per_square[k];
    t = t > 0.0 ? t : 0.0;
    t = t < 1.0 ? t : 1.0;
    double dx = x - f->corner[k][0] - t * edge[0];
    double dy = v->y - t * edge[1], dz = v->z - t * edge[2];
    return dx * dx + dy * dy + dz * dz;
}

static inline double least(double a, double b)
{
    return a < b ? a : b;
}

/*
 * Some voxels of a row, the first `x` on from where the views stand: the least of what they hold
 * and the squared distance, which is that of the plane where all three edges have the point on
 * their inner side, and of the nearest edge elsewhere. Without branches, for several at once.
 */
static inline void splat_some(const struct face *f, const struct view v[3], double plane, double x,
                              double step, float row[SOME])
{
    for (int i = 0; i < SOME; i++) {
        double at = x + step * i;
        double best = least(to_edge(f, &v[0], 0, at), to_edge(f, &v[1], 1, at));
        best = least(best, to_edge(f, &v[2], 2, at));
        double within = least(v[0].in + at * f->inwards[0][0], v[1].in + at * f->inwards[1][0]);
        within = least(within, v[2].in + at * f->inwards[2][0]);
        double off = plane + at * f->normal[0], flat = off * off;
        best = within >= 0.0 ? flat : best;
        float value = (float)best, before = row[i];
        row[i] = value < before ? value : before;
    }
}

/* Columns from .. to of the row at y and z, and some beside them. */
static void splat_row(const struct face *f, double y, double z, const struct ost_grid *grid,
                      const uint32_t range[2], float *row)
{
    struct view v[3];
    double plane = f->plane + y * f->normal[1] + z * f->normal[2], step = grid->spacing[0];
    uint32_t last = grid->size[0] - SOME;
    for (int k = 0; k < 3; k++) {
        v[k].y = y - f->corner[k][1];
        v[k].z = z - f->corner[k][2];
        v[k].along = f->along[k] + y * f->edge[k][1] + z * f->edge[k][2];
        v[k].in = f->in[k] + y * f->inwards[k][1] + z * f->inwards[k][2];
    }
    for (uint32_t i = range[0]; i <= range[1]; i += SOME) {
        uint32_t at = i < last ? i : last;
        splat_some(f, v, plane, step * at, step, row + at);
    }
}

/*
 * Which of the grid's lines along `axis` lie within low .. high mm from its first, give or take
 * one; false for none.
 */
static bool lines_of(const struct ost_grid *grid, int axis, double low, double high,
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
 * The stretch of the row at y and z with anything nearer than `band`: within the ball round the
 * triangle, and between the two planes beside it.
 */
static bool stretch_of(const struct face *f, double y, double z, double band, double x[2])
{
    double dy = y - f->centre[1], dz = z - f->centre[2];
    double far = f->radius + band, half = far * far - dy * dy - dz * dz;
    if (!(half > 0.0))
        return false;
    half = sqrt(half);
    x[0] = f->centre[0] - half;
    x[1] = f->centre[0] + half;
    if (f->per_x != 0.0) {
        double middle = f->centre[0] - (dy * f->normal[1] + dz * f->normal[2]) * f->per_x;
        double reach = band * fabs(f->per_x);
        x[0] = middle - reach > x[0] ? middle - reach : x[0];
        x[1] = middle + reach < x[1] ? middle + reach : x[1];
    }
    return x[0] <= x[1];
}

void splat_triangle(struct ost_grid *grid, double corner[3][3], double band)
{
    struct face f;
    uint32_t range[3][2];
    double x[2];
    face_of(grid, corner, &f);
    for (int axis = 1; axis < 3; axis++) {
        double a = f.corner[0][axis], b = f.corner[1][axis], c = f.corner[2][axis];
        if (!lines_of(grid, axis, least(a, least(b, c)) - band, -least(-a, least(-b, -c)) + band,
                      range[axis]))
            return;
    }
    for (uint32_t k = range[2][0]; k <= range[2][1]; k++) {
        double z = grid->spacing[2] * k;
        for (uint32_t j = range[1][0]; j <= range[1][1]; j++) {
            float *row = grid->value + ((size_t)k * grid->size[1] + j) * grid->size[0];
            double y = grid->spacing[1] * j;
            if (stretch_of(&f, y, z, band, x) && lines_of(grid, 0, x[0], x[1], range[0]))
                splat_row(&f, y, z, grid, range[0], row);
        }
    }
}
