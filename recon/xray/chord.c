#include "recon/xray/chord.h"

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
    double middle;      /* distance taken off every path, mm, so that sums stay small */
};

static void seen_fini(struct seen *s)
{
    free(s->point);
    free(s->at);
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
    return true;
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
    const uint32_t *corner;
    struct edge edge[3];
    bool has_plane, leaving;
    double normal[3], offset;
};

static bool face_init(const struct seen *s, uint32_t triangle, struct face *f)
{
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

/* False where the triangle has no area. */
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
    return f->has_plane;
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

static void meet(const struct seen *s, const struct face *f, const double sample[2],
                 const struct ost_chord_visitor *visitor, struct ost_chord_hit *hit)
{
    double d[3] = {0.0, 0.0, 1.0}, point[3];
    for (int k = 0; k < 2; k++) {
        double pixel = s->window->origin[k] + s->window->step * sample[k];
        d[k] = (pixel - s->camera->principal[k]) / s->camera->focal[k];
    }
    (void)ost_unit(d);
    double cosine = ost_dot(f->normal, d);
    if (cosine == 0.0)
        return;
    double distance = f->offset / cosine;
    hit->path = (f->leaving ? 1.0 : -1.0) * (distance - s->middle);
    if (visitor->path_only) {
        visitor->hit(visitor->user, hit);
        return;
    }
    for (int k = 0; k < 3; k++)
        point[k] = distance * d[k];
    weights(s, f, point, hit->weight);
    double steep = fmax(fabs(cosine), visitor->steepest);
    for (int k = 0; k < 3; k++) /* back to the world's axes */
        hit->slope[k] = ost_dot(f->normal, s->camera->world_to_camera.r + 3 * k) / steep;
    visitor->hit(visitor->user, hit);
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

static void sweep(const struct seen *s, uint32_t triangle, const struct ost_chord_visitor *visitor)
{
    const uint32_t *corner = s->mesh->triangle[triangle];
    const double *p = s->at[corner[0]], *q = s->at[corner[1]], *r = s->at[corner[2]];
    uint32_t across[2], down[2];
    struct face f;
    if (!span(p[0], q[0], r[0], s->window->width, across) ||
        !span(p[1], q[1], r[1], s->window->height, down) || !face_init(s, triangle, &f))
        return;
    struct ost_chord_hit hit = {.triangle = triangle};
    for (uint32_t row = down[0]; row < down[1]; row++)
        for (uint32_t column = across[0]; column < across[1]; column++) {
            const double sample[2] = {(double)column, (double)row};
            if (!is_inside(&f, sample))
                continue;
            if (!f.has_plane && !set_plane(s, &f))
                return;
            hit.sample = (size_t)row * s->window->width + column;
            meet(s, &f, sample, visitor, &hit);
        }
}

bool ost_chord_visit(const struct ost_mesh *mesh, const struct ost_camera *camera,
                     const struct ost_window *window, const struct ost_chord_visitor *visitor,
                     struct ost_err *err)
{
    struct seen s = {.mesh = mesh, .camera = camera, .window = window};
    bool done = seen_init(&s, err);
    for (uint32_t i = 0; done && i < mesh->triangle_count; i++)
        sweep(&s, i, visitor);
    seen_fini(&s);
    return done;
}

struct sum {
    struct ost_image *out;
    double factor;
};

static void add_path(void *user, const struct ost_chord_hit *hit)
{
    const struct sum *sum = user;
    sum->out->pixel[hit->sample] += (float)(sum->factor * hit->path);
}

static void set_one(void *user, const struct ost_chord_hit *hit)
{
    const struct sum *sum = user;
    sum->out->pixel[hit->sample] = 1.0F;
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
    struct sum sum = {.out = out, .factor = factor};
    const struct ost_chord_visitor visitor = {.hit = add_path, .user = &sum, .path_only = true};
    return fits(out, window, err) && ost_chord_visit(mesh, camera, window, &visitor, err);
}

bool ost_chord_cover(const struct ost_mesh *mesh, const struct ost_camera *camera,
                     const struct ost_window *window, struct ost_image *out, struct ost_err *err)
{
    struct sum sum = {.out = out};
    const struct ost_chord_visitor visitor = {.hit = set_one, .user = &sum, .path_only = true};
    return fits(out, window, err) && ost_chord_visit(mesh, camera, window, &visitor, err);
}
