#include "recon/math/dense.h"
#include "recon/math/vec.h"
#include "recon/shape/shaft.h"
#include "recon/shape/train_impl.h"

#include <stdlib.h>
#include <string.h>

struct at {
    const struct field_place *place;
    const double *p, *n; /* point and normal */
};

static double fade(double from, double to, double x)
{
    return 1.0 - ost_train_smooth_step(from, to, x);
}

/* A turn of `degrees` about `axis` through (0, 0, height) of what lies distal. */
static void turn(const struct at *at, int axis, double degrees, double out[3])
{
    double w[3] = {0}, arm[3] = {at->p[0], at->p[1], at->p[2] - 8.0};
    w[axis] = ost_radians(degrees) * fade(4.0, 26.0, at->p[2]);
    ost_cross(w, arm, out);
}

static double bump(const struct at *at, enum ost_landmark mark, double reach)
{
    double d = ost_distance(at->p, at->place->mark[mark]) / reach;
    return exp(-0.5 * d * d);
}

static void along_normal(const struct at *at, double mm, double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = mm * at->n[k];
}

static void tilt(const struct at *at, double out[3])
{
    turn(at, 0, 3.5, out);
}

static void inclination(const struct at *at, double out[3])
{
    turn(at, 1, 2.5, out);
}

static void styloid_length(const struct at *at, double out[3])
{
    out[2] = -1.0 * bump(at, OST_STYLOID, 8.0);
}

static void version(const struct at *at, double out[3])
{
    turn(at, 2, 4.0, out);
}

static void width_across(const struct at *at, double out[3])
{
    out[0] = 0.045 * at->p[0] * fade(10.0, 45.0, at->p[2]);
}

static void width_deep(const struct at *at, double out[3])
{
    out[1] = 0.055 * at->p[1] * fade(10.0, 45.0, at->p[2]);
}

/* 0 at both ends, 1 in the middle. */
static double belly(const struct at *at, double middle)
{
    double t = at->p[2] / at->place->length;
    t = t < 0.0 ? 0.0 : t > 1.0 ? 1.0 : t;
    double s = t < middle ? 0.5 * t / middle : 0.5 + 0.5 * (t - middle) / (1.0 - middle);
    return sin(OST_PI * s) * sin(OST_PI * s);
}

static void bow_across(const struct at *at, double out[3])
{
    out[0] = 1.6 * belly(at, 0.42);
}

static void bow_deep(const struct at *at, double out[3])
{
    out[1] = 1.6 * belly(at, 0.5);
}

static void shaft_girth(const struct at *at, double out[3])
{
    along_normal(at, 0.45 * ost_train_smooth_step(20.0, 50.0, at->p[2]), out);
}

static void length(const struct at *at, double out[3])
{
    out[2] = 0.03 * fmax(at->p[2] - 60.0, 0.0);
}

static void notch_depth(const struct at *at, double out[3])
{
    along_normal(at, 0.5 * bump(at, OST_SIGMOID_NOTCH, 6.0), out);
}

static void tubercle(const struct at *at, double out[3])
{
    along_normal(at, 0.5 * bump(at, OST_LISTER, 5.0), out);
}

static void head_width(const struct at *at, double out[3])
{
    double w = 0.07 * fade(4.0, 18.0, at->p[2]);
    for (int k = 0; k < 3; k++)
        out[k] = w * at->p[k];
}

static void tip_length(const struct at *at, double out[3])
{
    out[2] = -1.2 * bump(at, OST_ULNAR_STYLOID, 4.0);
}

static void tip_way(const struct at *at, double out[3])
{
    double w = ost_radians(8.0) * fade(0.0, 16.0, at->p[2]);
    out[0] = -w * at->p[1];
    out[1] = w * at->p[0];
}

static void head_across(const struct at *at, double out[3])
{
    out[0] = 0.8 * fade(5.0, 45.0, at->p[2]);
}

static void head_deep(const struct at *at, double out[3])
{
    out[1] = 0.8 * fade(5.0, 45.0, at->p[2]);
}

static void ulna_bow_across(const struct at *at, double out[3])
{
    out[0] = 2.0 * belly(at, 0.5);
}

static void ulna_bow_deep(const struct at *at, double out[3])
{
    out[1] = 2.0 * belly(at, 0.5);
}

static void dome(const struct at *at, double out[3])
{
    out[2] = -0.6 * bump(at, OST_ULNAR_HEAD, 6.0);
}

typedef void field_function(const struct at *at, double out[3]);
static field_function *const radius_field[FIELDS_RADIUS] = {
    tilt,     inclination, styloid_length, version, width_across, width_deep,
    bow_deep, bow_across,  shaft_girth,    length,  notch_depth,  tubercle};
static field_function *const ulna_field[FIELDS_ULNA] = {
    head_width, tip_length,      tip_way,       head_across, head_deep,
    dome,       ulna_bow_across, ulna_bow_deep, shaft_girth, length};

struct field_place ost_train_field_place_of(const struct ost_mesh *mesh, const struct marks *marks,
                                            enum ost_bone bone)
{
    struct field_place place = {.bone = bone, .length = ost_train_mesh_length(mesh)};
    for (int i = 0; i < OST_LANDMARKS; i++) {
        if (ost_landmark_bone((enum ost_landmark)i) == bone)
            ost_train_mark_point(mesh, marks, (enum ost_landmark)i, place.mark[i]);
    }
    return place;
}

uint32_t ost_train_field_count(enum ost_bone bone)
{
    return bone == OST_RADIUS ? FIELDS_RADIUS : FIELDS_ULNA;
}

void ost_train_field_at(const struct field_place *place, uint32_t field, const double point[3],
                        const double normal[3], double out[3])
{
    struct at at = {.place = place, .p = point, .n = normal};
    memset(out, 0, 3 * sizeof *out);
    (place->bone == OST_RADIUS ? radius_field : ulna_field)[field](&at, out);
}

void ost_train_field_numbers(const struct ost_mesh *mean, const float (*moved)[3],
                             const struct marks *marks, double out[3])
{
    double p[OST_LANDMARKS][3], u[3], height[3], across[3], lips[3], axis[3], volar[3];
    for (int i = 0; i <= OST_LISTER; i++) {
        for (int k = 0; k < 3; k++)
            p[i][k] = moved[marks->vertex[i]][k];
    }
    for (int k = 0; k < 3; k++)
        u[k] = 0.5 * (p[OST_ULNAR_CORNER_VOLAR][k] + p[OST_ULNAR_CORNER_DORSAL][k]);
    ost_shaft_axis((const float(*)[3])mean->vertex, moved, mean->vertex_count, axis);
    ost_sub(p[OST_STYLOID], u, height);
    ost_sub(p[OST_LIP_DORSAL], p[OST_LIP_VOLAR], lips);
    ost_along(height, -ost_dot(height, axis), axis, across);
    double width = ost_unit(across);
    ost_cross(across, axis, volar);
    out[0] = atan2(ost_dot(lips, axis), fabs(ost_dot(lips, volar)));
    out[1] = atan2(ost_dot(height, axis), width);
    out[2] = ost_dot(height, axis);
}

/* What the means are set by: the third widens, so that no styloid is drawn out. */
static const uint32_t settler[3] = {FIELD_TILT, FIELD_INCLINATION, FIELD_WIDTH};

/* Vertices moved by `amount` of each of the three. */
static void apply(const struct ost_mesh *mesh, const struct field_place *place,
                  const double amount[3], float (*out)[3])
{
    static const double none[3];
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        double p[3], d[3], sum[3];
        ost_train_vertex_at(mesh, v, p);
        memcpy(sum, p, sizeof sum);
        for (uint32_t f = 0; f < 3; f++) {
            ost_train_field_at(place, settler[f], p, none, d);
            ost_along(sum, amount[f], d, sum);
        }
        for (int k = 0; k < 3; k++)
            out[v][k] = (float)sum[k];
    }
}

bool ost_train_solve3(double a[3][3], const double b[3], double x[3])
{
    double c[3];
    ost_cross(a[1], a[2], c);
    double det = ost_dot(a[0], c);
    if (fabs(det) < 1e-12)
        return false;
    x[0] = ost_dot(b, c) / det;
    ost_cross(a[2], a[0], c);
    x[1] = ost_dot(b, c) / det;
    ost_cross(a[0], a[1], c);
    x[2] = ost_dot(b, c) / det;
    return true;
}

/*
 * 3D CT of 37 pairs of men: tilt 10.74, inclination 24.05 degrees, height 12.81 mm;
 * the mean arm is of both sexes, 2.5 % smaller.
 */
void ost_train_field_settle(struct ost_mesh *radius, const struct marks *marks)
{
    enum { STEPS = 6 };
    const double want[3] = {ost_radians(10.74), ost_radians(24.05), 12.81 * 0.975};
    struct field_place place = ost_train_field_place_of(radius, marks, OST_RADIUS);
    float(*moved)[3] = calloc(radius->vertex_count, sizeof *moved);
    double amount[3] = {0};
    for (int step = 0; moved != NULL && step < STEPS; step++) {
        double now[3], column[3][3], gap[3], change[3];
        apply(radius, &place, amount, moved);
        ost_train_field_numbers(radius, (const float(*)[3])moved, marks, now);
        ost_sub(want, now, gap);
        for (int f = 0; f < 3; f++) {
            double more[3] = {amount[0], amount[1], amount[2]}, then[3];
            more[f] += 0.1;
            apply(radius, &place, more, moved);
            ost_train_field_numbers(radius, (const float(*)[3])moved, marks, then);
            for (int k = 0; k < 3; k++)
                column[f][k] = (then[k] - now[k]) / 0.1;
        }
        if (!ost_train_solve3(column, gap, change))
            break;
        ost_add(amount, change, amount);
    }
    if (moved != NULL) {
        apply(radius, &place, amount, moved);
        memcpy(radius->vertex, moved, radius->vertex_count * sizeof *moved);
    }
    free(moved);
}
