#include "recon/math/vec.h"
#include "recon/mesh/icp.h"
#include "recon/mesh/measure.h"
#include "recon/shape/shaft.h"
#include "recon/shape/train_impl.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

void ost_train_vertex_at(const struct ost_mesh *mesh, uint32_t vertex, double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = mesh->vertex[vertex][k];
}

bool ost_train_mesh_copy(const struct ost_mesh *mesh, struct ost_mesh **out, struct ost_err *err)
{
    if (!ost_mesh_create(out, mesh->vertex_count, mesh->triangle_count, err))
        return false;
    memcpy((*out)->vertex, mesh->vertex, mesh->vertex_count * sizeof *mesh->vertex);
    memcpy((*out)->triangle, mesh->triangle, mesh->triangle_count * sizeof *mesh->triangle);
    return true;
}

void ost_train_mesh_scale(struct ost_mesh *mesh, double scale)
{
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        for (int k = 0; k < 3; k++)
            mesh->vertex[v][k] = (float)(scale * (double)mesh->vertex[v][k]);
    }
}

void ost_train_mesh_mirror(struct ost_mesh *mesh)
{
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        mesh->vertex[v][0] = -mesh->vertex[v][0];
    ost_mesh_flip(mesh);
}

double ost_train_mesh_lowest(const struct ost_mesh *mesh)
{
    double z = DBL_MAX;
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        z = fmin(z, mesh->vertex[v][2]);
    return z;
}

double ost_train_mesh_length(const struct ost_mesh *mesh)
{
    double high = -DBL_MAX;
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        high = fmax(high, mesh->vertex[v][2]);
    return high - ost_train_mesh_lowest(mesh);
}

/* Counts centre `c` in: the vertex now farthest from all centres. */
static uint32_t count_in(const struct ost_mesh *mesh, const double *stretch, uint32_t centre,
                         double *distance, uint32_t *nearer)
{
    double p[3], q[3], most = -1.0;
    uint32_t far = 0;
    ost_train_vertex_at(mesh, centre, p);
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        ost_train_vertex_at(mesh, v, q);
        double d = ost_distance(p, q) * (stretch != NULL ? stretch[v] : 1.0);
        nearer[v] = d < distance[v];
        distance[v] = fmin(d, distance[v]);
        if (distance[v] > most) {
            most = distance[v];
            far = v;
        }
    }
    return far;
}

bool ost_train_spread(const struct ost_mesh *mesh, const double *stretch, uint32_t *out,
                      uint32_t most, uint32_t *owner)
{
    uint32_t n = mesh->vertex_count, next = 0;
    double *distance = calloc((size_t)n + 1, sizeof *distance);
    uint32_t *nearer = calloc((size_t)n + 1, sizeof *nearer);
    bool ok = distance != NULL && nearer != NULL && most <= n;
    for (uint32_t v = 0; ok && v < n; v++)
        distance[v] = DBL_MAX;
    for (uint32_t c = 0; ok && c < most; c++) {
        out[c] = next;
        next = count_in(mesh, stretch, out[c], distance, nearer);
        for (uint32_t v = 0; owner != NULL && v < n; v++)
            owner[v] = nearer[v] != 0 ? c : owner[v];
    }
    free(distance);
    free(nearer);
    return ok;
}

double ost_train_smooth_step(double from, double to, double x)
{
    double t = (x - from) / (to - from);
    t = t < 0.0 ? 0.0 : t > 1.0 ? 1.0 : t;
    return t * t * (3.0 - 2.0 * t);
}

/* Where the plane z crosses a triangle: from where the triangle enters to where it leaves. */
static bool cross_triangle(const struct ost_mesh *mesh, const uint32_t t[3], double z,
                           double segment[2][2])
{
    bool found[2] = {false, false};
    for (int k = 0; k < 3; k++) {
        const float *a = mesh->vertex[t[k]], *b = mesh->vertex[t[(k + 1) % 3]];
        bool below = (double)a[2] < z, above = (double)b[2] < z;
        if (below == above)
            continue;
        double part = (z - (double)a[2]) / ((double)b[2] - (double)a[2]);
        int end = below ? 0 : 1;
        for (int c = 0; c < 2; c++)
            segment[end][c] = (double)a[c] + part * ((double)b[c] - (double)a[c]);
        found[end] = true;
    }
    return found[0] && found[1];
}

bool ost_train_section_middle(const struct ost_mesh *mesh, double z, double out[3])
{
    double area = 0.0, sum[2] = {0.0, 0.0};
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        double s[2][2];
        if (!cross_triangle(mesh, mesh->triangle[i], z, s))
            continue;
        double cross = s[0][0] * s[1][1] - s[0][1] * s[1][0];
        area += cross;
        for (int c = 0; c < 2; c++)
            sum[c] += cross * (s[0][c] + s[1][c]);
    }
    if (!(fabs(area) > 1.0))
        return false;
    out[0] = sum[0] / (3.0 * area);
    out[1] = sum[1] / (3.0 * area);
    out[2] = z;
    return true;
}

double ost_train_section_radius(const struct ost_mesh *mesh, double z)
{
    double area = 0.0;
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        double s[2][2];
        if (cross_triangle(mesh, mesh->triangle[i], z, s))
            area += 0.5 * (s[0][0] * s[1][1] - s[0][1] * s[1][0]);
    }
    return sqrt(fabs(area) / OST_PI);
}

/* Slopes dx/dz and dy/dz of the line through the section middles between two heights. */
static bool fit_line(const struct ost_mesh *mesh, double low, double high, double slope[2],
                     double middle[3])
{
    enum { SECTIONS = 12 };
    double n = 0.0, sz = 0.0, szz = 0.0, sp[2] = {0}, szp[2] = {0}, p[3];
    for (int i = 0; i < SECTIONS; i++) {
        if (!ost_train_section_middle(mesh, low + (high - low) * i / (SECTIONS - 1), p))
            continue;
        n += 1.0;
        sz += p[2];
        szz += p[2] * p[2];
        for (int c = 0; c < 2; c++) {
            sp[c] += p[c];
            szp[c] += p[2] * p[c];
        }
    }
    double below = n * szz - sz * sz;
    if (n < 3.0 || !(below > 0.0))
        return false;
    for (int c = 0; c < 2; c++) {
        slope[c] = (n * szp[c] - sz * sp[c]) / below;
        middle[c] = sp[c] / n;
    }
    middle[2] = sz / n;
    return true;
}

static void move_both(struct ost_mesh *mesh, const struct ost_rigid *step, struct ost_rigid *moved)
{
    ost_mesh_move(mesh, step);
    *moved = ost_rigid_then(moved, step);
}

/* Turns the line of the shaft upright about its middle. */
static bool stand_up(struct ost_mesh *mesh, double low, double high, struct ost_rigid *moved,
                     struct ost_err *err)
{
    double slope[2], middle[3], w[3];
    if (!fit_line(mesh, low, high, slope, middle))
        return ost_fail(err, OST_INVALID, "training: a bone has no shaft");
    double line[3] = {slope[0], slope[1], 1.0};
    static const double up[3] = {0.0, 0.0, 1.0}, none[3];
    (void)ost_unit(line);
    ost_cross(line, up, w);
    double sine = ost_unit(w), angle = asin(sine > 1.0 ? 1.0 : sine);
    for (int k = 0; k < 3; k++)
        w[k] *= angle;
    struct ost_rigid step = ost_rigid_about(middle, w, none);
    move_both(mesh, &step, moved);
    return true;
}

/* Turns about z so that `from` lies at `angle` from the x axis as seen from `about`. */
static void turn_to(struct ost_mesh *mesh, const double about[3], const double from[3],
                    double angle, struct ost_rigid *moved)
{
    static const double none[3];
    double now = atan2(from[1] - about[1], from[0] - about[0]);
    double w[3] = {0.0, 0.0, angle - now};
    struct ost_rigid step = ost_rigid_about(about, w, none);
    move_both(mesh, &step, moved);
}

bool ost_train_frame_radius(struct ost_mesh *mesh, struct ost_rigid *moved, struct ost_err *err)
{
    enum { ROUNDS = 5 };
    *moved = ost_rigid_identity();
    for (int i = 0; i < ROUNDS; i++) {
        struct marks marks;
        double s[3], u[3], v[3], d[3];
        ost_train_mark_radius(mesh, &marks);
        ost_train_mark_border(mesh, &marks, u);
        if (!stand_up(mesh, u[2] + OST_SHAFT_LOW, u[2] + OST_SHAFT_HIGH, moved, err))
            return false;
        ost_train_mark_radius(mesh, &marks);
        ost_train_mark_border(mesh, &marks, u);
        ost_train_mark_point(mesh, &marks, OST_STYLOID, s);
        turn_to(mesh, u, s, OST_PI, moved);

        ost_train_mark_border(mesh, &marks, u);
        ost_train_mark_point(mesh, &marks, OST_STYLOID, s);
        ost_train_mark_point(mesh, &marks, OST_LIP_VOLAR, v);
        ost_train_mark_point(mesh, &marks, OST_LIP_DORSAL, d);
        struct ost_rigid step = ost_rigid_identity();
        for (int k = 0; k < 3; k++)
            step.t[k] = -0.25 * (s[k] + u[k] + v[k] + d[k]);
        move_both(mesh, &step, moved);
    }
    return true;
}

bool ost_train_frame_ulna(struct ost_mesh *mesh, struct ost_rigid *moved, struct ost_err *err)
{
    enum { ROUNDS = 4, HEAD = 6, DORSAL_DEG = 20 };
    *moved = ost_rigid_identity();
    for (int i = 0; i < ROUNDS; i++) {
        double z = ost_train_mesh_lowest(mesh), head[3] = {0}, tip[3];
        struct marks marks;
        if (!stand_up(mesh, z + 18.0, z + 60.0, moved, err))
            return false;
        z = ost_train_mesh_lowest(mesh);
        if (!ost_train_section_middle(mesh, z + 4.0 + HEAD, head))
            return ost_fail(err, OST_INVALID, "training: an ulna has no head");
        struct ost_rigid step = ost_rigid_identity();
        for (int k = 0; k < 3; k++)
            step.t[k] = -head[k];
        move_both(mesh, &step, moved);
        ost_train_mark_ulna(mesh, &marks);
        ost_train_mark_point(mesh, &marks, OST_ULNAR_STYLOID, tip);
        turn_to(mesh, (double[]){0.0, 0.0, 0.0}, tip, ost_radians(DORSAL_DEG), moved);
    }
    return true;
}
