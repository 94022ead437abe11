#include "services/station/shade.h"

#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

struct corner {
    double x, y, depth; /* pixels, pixels, mm towards the eye */
    double colour[3];   /* with its light */
    double side;        /* signed mm from the cut plane; >= 0 is drawn */
};

/* A veil is laid once, over its nearest side: that is looked for first. */
enum pass { SOLID, VEIL_DEPTH, VEIL_COLOUR };

struct canvas {
    struct ost_picture *picture; /* borrowed */
    enum pass pass;
    float *depth; /* owned */
    const struct ost_shade_view *view;
    double eye[3];
};

static void corner_of(const struct canvas *canvas, const struct ost_shade_part *part, uint32_t v,
                      const double normal[3], struct corner *out)
{
    const float *f = part->mesh->vertex[v];
    double p[3] = {(double)f[0], (double)f[1], (double)f[2]}, q[3], n[3], d[3];
    ost_sub(p, part->cut_point, d);
    out->side = part->cut ? ost_dot(d, part->cut_normal) : 1.0;
    ost_rigid_point(&part->motion, p, q);
    ost_rigid_direction(&part->motion, normal, n);
    ost_sub(q, canvas->view->centre, d);
    double s = 1.0 / canvas->view->mm_per_pixel;
    out->x = 0.5 * canvas->picture->width + s * ost_dot(d, canvas->view->right);
    out->y = 0.5 * canvas->picture->height - s * ost_dot(d, canvas->view->up);
    out->depth = ost_dot(d, canvas->eye);
    const unsigned char *colour =
        part->vertex_colour != NULL ? part->vertex_colour[v] : part->colour;
    double dark = part->vertex_colour != NULL ? 0.72 : 0.28;
    for (int k = 0; k < 3; k++)
        out->colour[k] = colour[k] * (dark + (1.0 - dark) * fabs(ost_dot(n, canvas->eye)));
}

static void put(const struct canvas *canvas, size_t at, double opacity, const struct corner c[3],
                const double w[3])
{
    for (int k = 0; k < 3; k++) {
        double was = canvas->picture->pixel[at][k];
        double now = w[0] * c[0].colour[k] + w[1] * c[1].colour[k] + w[2] * c[2].colour[k];
        canvas->picture->pixel[at][k] = (unsigned char)(was + opacity * (now - was) + 0.5);
    }
}

/* Twice the signed area of (a, b, p). */
static double area(const struct corner *a, const struct corner *b, double x, double y)
{
    return (b->x - a->x) * (y - a->y) - (b->y - a->y) * (x - a->x);
}

static void pixel(const struct canvas *canvas, const struct ost_shade_part *part,
                  const struct corner c[3], double whole, const uint32_t at[2])
{
    double x = at[0], y = at[1];
    double w0 = area(&c[1], &c[2], x, y) / whole;
    double w1 = area(&c[2], &c[0], x, y) / whole;
    double w2 = 1.0 - w0 - w1;
    if (w0 < 0.0 || w1 < 0.0 || w2 < 0.0)
        return;
    if (w0 * c[0].side + w1 * c[1].side + w2 * c[2].side < 0.0)
        return;
    float depth = (float)(w0 * c[0].depth + w1 * c[1].depth + w2 * c[2].depth);
    size_t i = (size_t)at[1] * canvas->picture->width + at[0];
    bool veil = canvas->pass == VEIL_COLOUR;
    if (veil ? depth < canvas->depth[i] : depth <= canvas->depth[i])
        return;
    canvas->depth[i] = veil ? nextafterf(depth, INFINITY) : depth; /* not again by a neighbour */
    if (canvas->pass != VEIL_DEPTH)
        put(canvas, i, part->opacity, c, (double[3]){w0, w1, w2});
}

static uint32_t clamped(double v, uint32_t most)
{
    return v <= 0.0 ? 0 : v >= (double)most ? most : (uint32_t)v;
}

static void triangle(const struct canvas *canvas, const struct ost_shade_part *part,
                     const struct corner c[3])
{
    double whole = area(&c[0], &c[1], c[2].x, c[2].y);
    if (fabs(whole) < 1e-9 || (c[0].side < 0.0 && c[1].side < 0.0 && c[2].side < 0.0))
        return;
    uint32_t w = canvas->picture->width, h = canvas->picture->height;
    uint32_t left = clamped(fmin(c[0].x, fmin(c[1].x, c[2].x)), w);
    uint32_t right = clamped(fmax(c[0].x, fmax(c[1].x, c[2].x)) + 1.0, w);
    uint32_t top = clamped(fmin(c[0].y, fmin(c[1].y, c[2].y)), h);
    uint32_t bottom = clamped(fmax(c[0].y, fmax(c[1].y, c[2].y)) + 1.0, h);
    for (uint32_t y = top; y < bottom; y++)
        for (uint32_t x = left; x < right; x++)
            pixel(canvas, part, c, whole, (uint32_t[2]){x, y});
}

/* Unit normals, one a vertex, weighted by the faces' areas. */
static double (*normals(const struct ost_mesh *mesh))[3]
{
    double(*normal)[3] = calloc(mesh->vertex_count + 1, sizeof *normal);
    for (uint32_t i = 0; normal != NULL && i < mesh->triangle_count; i++) {
        const uint32_t *t = mesh->triangle[i];
        double u[3], v[3], n[3];
        for (int k = 0; k < 3; k++) {
            u[k] = (double)mesh->vertex[t[1]][k] - (double)mesh->vertex[t[0]][k];
            v[k] = (double)mesh->vertex[t[2]][k] - (double)mesh->vertex[t[0]][k];
        }
        ost_cross(u, v, n);
        for (int j = 0; j < 3; j++)
            ost_add(normal[t[j]], n, normal[t[j]]);
    }
    for (uint32_t v = 0; normal != NULL && v < mesh->vertex_count; v++)
        (void)ost_unit(normal[v]);
    return normal;
}

static bool draw_part(const struct canvas *canvas, const struct ost_shade_part *part,
                      struct ost_err *err)
{
    const struct ost_mesh *mesh = part->mesh;
    double(*normal)[3] = normals(mesh);
    if (normal == NULL)
        return ost_fail(err, OST_NOMEM, "no room to shade %u vertices", mesh->vertex_count);
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        struct corner c[3];
        for (int j = 0; j < 3; j++) {
            uint32_t v = mesh->triangle[i][j];
            corner_of(canvas, part, v, (const double *)normal[v], &c[j]);
        }
        triangle(canvas, part, c);
    }
    free(normal);
    return true;
}

bool ost_shade(const struct ost_shade_part *part, size_t count, const struct ost_shade_view *view,
               struct ost_picture *picture, struct ost_err *err)
{
    struct canvas canvas = {.picture = picture, .view = view};
    size_t pixels = (size_t)picture->width * picture->height;
    canvas.depth = calloc(pixels, sizeof *canvas.depth);
    if (canvas.depth == NULL)
        return ost_fail(err, OST_NOMEM, "no room to shade %zu pixels", pixels);
    for (size_t i = 0; i < pixels; i++)
        canvas.depth[i] = -1e30F;
    ost_cross(view->right, view->up, canvas.eye);

    bool ok = true;
    for (int pass = SOLID; pass <= VEIL_COLOUR; pass++) { /* what hides first, then what veils */
        canvas.pass = (enum pass)pass;
        for (size_t i = 0; ok && i < count; i++)
            if ((part[i].opacity < 1.0) == (pass != SOLID))
                ok = draw_part(&canvas, &part[i], err);
    }
    free(canvas.depth);
    return ok;
}
