#include "recon/xray/chord.h"

#include "recon/base/wide.h"
#include "recon/math/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The surface as the camera sees it. */
struct seen {
    const struct ost_mesh *mesh;
    const struct ost_camera *camera;
    const struct ost_window *window;
    double (*point)[3]; /* owned; camera axes, mm */
    double (*at)[2];    /* owned; in samples of the window */
    double *across;     /* owned; x of the ray of each column where its z is 1 ... */
    double *down;       /* owned; ... and y of each row */
    double middle;      /* distance taken off every path, mm, so that sums stay small */
};

static void seen_fini(struct seen *s)
{
    free(s->point);
    free(s->at);
    free(s->across);
    free(s->down);
}

static bool rays_init(struct seen *s, struct ost_err *err)
{
    const uint32_t count[2] = {s->window->width, s->window->height};
    double **way[2] = {&s->across, &s->down};
    for (int k = 0; k < 2; k++) {
        double *ray = *way[k] = malloc(((size_t)count[k] + 1) * sizeof *ray);
        if (ray == NULL)
            return ost_fail(err, OST_NOMEM, "chord: no room for %u rays", count[k]);
        for (uint32_t i = 0; i < count[k]; i++)
            ray[i] = (s->window->origin[k] + s->window->step * i - s->camera->principal[k]) /
                     s->camera->focal[k];
    }
    return true;
}

static bool seen_init(struct seen *s, struct ost_err *err)
{
    uint32_t count = s->mesh->vertex_count;
    s->point = malloc((count + 1) * sizeof *s->point);
    s->at = malloc((count + 1) * sizeof *s->at);
    if (s->point == NULL || s->at == NULL)
        return ost_fail(err, OST_NOMEM, "chord: no room for %u vertices", count);
    double sum = 0.0;
    for (uint32_t v = 0; v < count; v++) {
        const float *f = s->mesh->vertex[v];
        const double p[3] = {(double)f[0], (double)f[1], (double)f[2]};
        ost_rigid_point(&s->camera->world_to_camera, p, s->point[v]);
        const double *q = s->point[v];
        if (!(q[2] > 0.0))
            return ost_fail(err, OST_INVALID, "chord: vertex %u is not in front of the source", v);
        for (int k = 0; k < 2; k++) {
            double pixel = s->camera->focal[k] * q[k] / q[2] + s->camera->principal[k];
            s->at[v][k] = (pixel - s->window->origin[k]) / s->window->step;
        }
        sum += ost_length(q);
    }
    s->middle = count > 0 ? sum / (double)count : 0.0;
    return rays_init(s, err);
}

/*
 * An edge a-b of a triangle whose inside is on its left. Computed from the lower vertex, so
 * the two triangles along an edge see exactly opposite values; a sample on the line
 * counts as moved by (e, e^2), e vanishing (Edelsbrunner and Muecke 1990).
 */
struct edge {
    double from[2], dx, dy;
    double tie; /* of a sample on the line */
    bool forward;
};

static struct edge edge_of(const struct seen *s, uint32_t a, uint32_t b)
{
    bool forward = a < b;
    const double *from = s->at[forward ? a : b], *to = s->at[forward ? b : a];
    double dx = to[0] - from[0], dy = to[1] - from[1];
    return (struct edge){.from = {from[0], from[1]},
                         .dx = dx,
                         .dy = dy,
                         .tie = dy != 0.0 ? -dy : dx,
                         .forward = forward};
}

static bool is_left(const struct edge *e, const double p[2])
{
    double side = e->dx * (p[1] - e->from[1]) - e->dy * (p[0] - e->from[0]);
    if (side == 0.0)
        side = e->tie;
    return (side > 0.0) == e->forward;
}

/* One triangle on its way over the raster; its plane where a sample is inside. */
struct face {
    uint32_t triangle;
    const uint32_t *corner;
    struct edge edge[3];
    bool has_plane, leaving;
    double normal[3], offset;
};

static bool face_init(const struct seen *s, uint32_t triangle, struct face *f)
{
    f->triangle = triangle;
    f->corner = s->mesh->triangle[triangle];
    f->has_plane = false;
    const double *p = s->at[f->corner[0]], *q = s->at[f->corner[1]], *r = s->at[f->corner[2]];
    double turn = (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
    for (int i = 0; i < 3; i++) {
        const uint32_t from = f->corner[i], to = f->corner[(i + 1) % 3];
        f->edge[i] = turn < 0.0 ? edge_of(s, to, from) : edge_of(s, from, to);
    }
    return turn != 0.0;
}

/* False where the triangle has no area, or is seen from the side. */
static bool set_plane(const struct seen *s, struct face *f)
{
    const double *a = s->point[f->corner[0]];
    double u[3], v[3];
    ost_sub(s->point[f->corner[1]], a, u);
    ost_sub(s->point[f->corner[2]], a, v);
    ost_cross(u, v, f->normal);
    f->has_plane = ost_unit(f->normal) > 0.0;
    f->offset = ost_dot(f->normal, a);
    f->leaving = f->offset > 0.0;
    return f->has_plane && f->offset != 0.0;
}

static bool is_inside(const struct face *f, const double p[2])
{
    return is_left(&f->edge[0], p) && is_left(&f->edge[1], p) && is_left(&f->edge[2], p);
}

/* Barycentric weights of a point in the triangle's plane (Ericson 2005, 3.4). */
static void weights(const struct seen *s, const struct face *f, const double hit[3], double w[3])
{
    const double *a = s->point[f->corner[0]];
    double u[3], v[3], q[3];
    ost_sub(s->point[f->corner[1]], a, u);
    ost_sub(s->point[f->corner[2]], a, v);
    ost_sub(hit, a, q);
    double uu = ost_dot(u, u), uv = ost_dot(u, v), vv = ost_dot(v, v);
    double qu = ost_dot(q, u), qv = ost_dot(q, v);
    double scale = 1.0 / (uu * vv - uv * uv);
    w[1] = scale * (vv * qu - uv * qv);
    w[2] = scale * (uu * qv - uv * qu);
    w[0] = 1.0 - w[1] - w[2];
}

/* The samples of one row that lie in a triangle: the first and one past the last. */
struct run {
    uint32_t row, first, end;
};

/* What is done with every run. */
struct sweep {
    const struct seen *seen;
    void (*take)(const struct sweep *sweep, const struct face *face, const struct run *run);
    const struct ost_chord_visitor *visitor; /* of ost_chord_visit() */
    struct ost_image *out;                   /* of the others */
    double factor;
};

static void visit_run(const struct sweep *sweep, const struct face *f, const struct run *run)
{
    const struct seen *s = sweep->seen;
    struct ost_chord_hit hit = {.triangle = f->triangle};
    for (uint32_t column = run->first; column < run->end; column++) {
        double d[3] = {s->across[column], s->down[run->row], 1.0}, point[3];
        (void)ost_unit(d);
        double cosine = ost_dot(f->normal, d), distance = f->offset / cosine;
        if (cosine == 0.0)
            continue;
        for (int k = 0; k < 3; k++)
            point[k] = distance * d[k];
        weights(s, f, point, hit.weight);
        hit.path = (f->leaving ? 1.0 : -1.0) * (distance - s->middle);
        double steep = fmax(fabs(cosine), sweep->visitor->steepest);
        for (int k = 0; k < 3; k++) /* back to the world's axes */
            hit.slope[k] = ost_dot(f->normal, s->camera->world_to_camera.r + 3 * k) / steep;
        hit.sample = (size_t)run->row * s->window->width + column;
        sweep->visitor->hit(sweep->visitor->user, &hit);
    }
}

/* A plane as the rays of one row meet it: the distance is offset |d| / (slope x + rest). */
struct crossing {
    double slope, rest, square; /* square: of a ray's y and z */
    double offset, middle, factor;
};

/* The distances along rays of one row, less `middle`, times `factor`; x of each in `across`. */
OST_WIDE static void add_distances(float *restrict out, const double *restrict across, size_t count,
                                   const struct crossing *c)
{
    const struct crossing k = *c;
    for (size_t i = 0; i < count; i++) {
        double length = sqrt(k.square + across[i] * across[i]), by = k.slope * across[i] + k.rest;
        double path = k.factor * (k.offset * length / by - k.middle);
        out[i] += (float)(by != 0.0 ? path : 0.0);
    }
}

static void add_run(const struct sweep *sweep, const struct face *f, const struct run *run)
{
    const struct seen *s = sweep->seen;
    const double y = s->down[run->row];
    const struct crossing crossing = {.slope = f->normal[0],
                                      .rest = f->normal[1] * y + f->normal[2],
                                      .square = 1.0 + y * y,
                                      .offset = f->offset,
                                      .middle = s->middle,
                                      .factor = f->leaving ? sweep->factor : -sweep->factor};
    float *row = sweep->out->pixel + (size_t)run->row * s->window->width;
    add_distances(row + run->first, s->across + run->first, run->end - run->first, &crossing);
}

static void cover_run(const struct sweep *sweep, const struct face *f, const struct run *run)
{
    (void)f;
    float *row = sweep->out->pixel + (size_t)run->row * sweep->seen->window->width;
    for (uint32_t column = run->first; column < run->end; column++)
        row[column] = 1.0F;
}

/* Samples between the least and the largest of three: first and one past the last. */
static bool span(double a, double b, double c, uint32_t count, uint32_t out[2])
{
    double low = a < b ? a : b, high = a < b ? b : a;
    low = c < low ? c : low;
    high = c > high ? c : high;
    if (!(high >= 0.0) || !(low <= (double)count - 1.0))
        return false;
    out[0] = low > 0.0 ? (uint32_t)ceil(low) : 0;
    out[1] = high < (double)count - 1.0 ? (uint32_t)high + 1 : count;
    return out[0] < out[1];
}

/* False where no sample of the row is inside; a triangle has no holes. */
static bool find_run(const struct face *f, const uint32_t across[2], struct run *run)
{
    double sample[2] = {0.0, (double)run->row};
    for (run->first = across[0]; run->first < across[1]; run->first++) {
        sample[0] = (double)run->first;
        if (is_inside(f, sample))
            break;
    }
    for (run->end = across[1]; run->end > run->first + 1; run->end--) {
        sample[0] = (double)run->end - 1.0;
        if (is_inside(f, sample))
            break;
    }
    return run->first < across[1];
}

static void sweep_triangle(const struct sweep *sweep, uint32_t triangle)
{
    const struct seen *s = sweep->seen;
    const uint32_t *corner = s->mesh->triangle[triangle];
    const double *p = s->at[corner[0]], *q = s->at[corner[1]], *r = s->at[corner[2]];
    uint32_t across[2], down[2];
    struct face f;
    if (!span(p[0], q[0], r[0], s->window->width, across) ||
        !span(p[1], q[1], r[1], s->window->height, down) || !face_init(s, triangle, &f))
        return;
    for (uint32_t row = down[0]; row < down[1]; row++) {
        struct run run = {.row = row};
        if (!find_run(&f, across, &run))
            continue;
        if (!f.has_plane && !set_plane(s, &f))
            return;
        sweep->take(sweep, &f, &run);
    }
}

static bool sweep_mesh(struct sweep *sweep, const struct ost_mesh *mesh,
                       const struct ost_camera *camera, const struct ost_window *window,
                       struct ost_err *err)
{
    struct seen s = {.mesh = mesh, .camera = camera, .window = window};
    bool done = seen_init(&s, err);
    sweep->seen = &s;
    for (uint32_t i = 0; done && i < mesh->triangle_count; i++)
        sweep_triangle(sweep, i);
    seen_fini(&s);
    sweep->seen = NULL;
    return done;
}

bool ost_chord_visit(const struct ost_mesh *mesh, const struct ost_camera *camera,
                     const struct ost_window *window, const struct ost_chord_visitor *visitor,
                     struct ost_err *err)
{
    struct sweep sweep = {.take = visit_run, .visitor = visitor};
    return sweep_mesh(&sweep, mesh, camera, window, err);
}

static bool fits(const struct ost_image *out, const struct ost_window *window, struct ost_err *err)
{
    if (out->width == window->width && out->height == window->height)
        return true;
    return ost_fail(err, OST_BUG, "chord: a window of %u x %u and a picture of %u x %u",
                    window->width, window->height, out->width, out->height);
}

bool ost_chord_add(const struct ost_mesh *mesh, const struct ost_camera *camera,
                   const struct ost_window *window, double factor, struct ost_image *out,
                   struct ost_err *err)
{
    struct sweep sweep = {.take = add_run, .out = out, .factor = factor};
    return fits(out, window, err) && sweep_mesh(&sweep, mesh, camera, window, err);
}

bool ost_chord_cover(const struct ost_mesh *mesh, const struct ost_camera *camera,
                     const struct ost_window *window, struct ost_image *out, struct ost_err *err)
{
    struct sweep sweep = {.take = cover_run, .out = out};
    return fits(out, window, err) && sweep_mesh(&sweep, mesh, camera, window, err);
}
