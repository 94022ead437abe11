/* Places of the distal radius: sigmoid notch, joint surface, volar surface. */
#include "recon/cohort/morphometry_impl.h"
#include "recon/math/dense.h"
#include "recon/math/vec.h"
#include "recon/mesh/measure.h"

enum { OST_FACE_MOST = 512 };

bool ost_morph_support(const struct ost_section *section, const double way[2], double out[2])
{
    double most = -INFINITY;
    for (size_t n = 0; n < section->count; n++) {
        const double *p = section->piece[n][0];
        double at = p[0] * way[0] + p[1] * way[1];
        if (at > most) {
            most = at;
            out[0] = p[0];
            out[1] = p[1];
        }
    }
    return section->count > 0;
}

bool ost_morph_thickness(const struct ost_section *section, double at, double out[2])
{
    out[0] = INFINITY;
    out[1] = -INFINITY;
    for (size_t n = 0; n < section->count; n++) {
        const double *a = section->piece[n][0], *b = section->piece[n][1];
        if ((a[0] <= at) == (b[0] <= at))
            continue;
        double v = a[1] + (at - a[0]) / (b[0] - a[0]) * (b[1] - a[1]);
        out[0] = fmin(out[0], v);
        out[1] = fmax(out[1], v);
    }
    return out[1] > out[0];
}

/* x^2 + y^2 = 2 a x + 2 b y + c by least squares, about the points' own middle. */
bool ost_morph_circle_fit(const double (*point)[2], size_t count, struct ost_morph_circle *out)
{
    double middle[2] = {0.0, 0.0}, xx = 0.0, xy = 0.0, yy = 0.0, xz = 0.0, yz = 0.0, z = 0.0;
    for (size_t n = 0; n < count; n++) {
        middle[0] += point[n][0] / (double)count;
        middle[1] += point[n][1] / (double)count;
    }
    for (size_t n = 0; n < count; n++) {
        double x = point[n][0] - middle[0], y = point[n][1] - middle[1], w = x * x + y * y;
        xx += x * x;
        xy += x * y;
        yy += y * y;
        xz += x * w;
        yz += y * w;
        z += w;
    }
    double det = xx * yy - xy * xy;
    if (count < 3 || !(det > 1e-9 * z * z))
        return false;
    double a = 0.5 * (xz * yy - yz * xy) / det, b = 0.5 * (yz * xx - xz * xy) / det;
    *out = (struct ost_morph_circle){.centre = {middle[0] + a, middle[1] + b},
                                     .radius = sqrt(a * a + b * b + z / (double)count)};
    return true;
}

/* The face between two lips: points that look ulnarly, and the deepest under their line. */
static size_t face_of(const struct ost_section *section, const double lip[2][2], double (*face)[2],
                      double *depth)
{
    double line[2] = {lip[1][0] - lip[0][0], lip[1][1] - lip[0][1]};
    double length = hypot(line[0], line[1]);
    size_t count = 0;
    *depth = 0.0;
    for (size_t n = 0; n < section->count && count < OST_FACE_MOST; n++) {
        const double *p = section->piece[n][0];
        double d[2] = {p[0] - lip[0][0], p[1] - lip[0][1]};
        double along = (d[0] * line[0] + d[1] * line[1]) / length;
        double under = (line[1] * d[0] - line[0] * d[1]) / length;
        double normal[2];
        (void)ost_section_normal(section, n, normal);
        if (along < 0.0 || along > length || fabs(under) > 5.0 || normal[0] > -0.3)
            continue;
        *depth = fmax(*depth, under);
        face[count][0] = p[0];
        face[count][1] = p[1];
        count++;
    }
    return count;
}

/* The most ulnar point of a coronal contour at a height; NAN where there is none. */
static double side_at(const struct ost_section *section, double sign, double height)
{
    double most = -INFINITY;
    for (size_t n = 0; n < section->count; n++) {
        const double *a = section->piece[n][0], *b = section->piece[n][1];
        if ((a[1] <= -height) == (b[1] <= -height))
            continue;
        double u = a[0] + (-height - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
        most = fmax(most, sign * u);
    }
    return isfinite(most) ? most : NAN;
}

/* Along the shaft the face runs from the rim to where it has drawn back by 1 mm. */
static bool notch_length(const struct ost_mesh *radius, const struct ost_anatomy *frame, double rim,
                         double volar, double *out, struct ost_err *err)
{
    const double back = 1.0, step = 0.25, most = 20.0;
    struct ost_section_plane plane;
    OST_AUTO(ost_section) section = NULL;
    ost_morph_at(frame, (const double[]){0.0, volar, 0.0}, plane.origin);
    for (int k = 0; k < 3; k++) {
        plane.u[k] = frame->radial[k];
        plane.v[k] = frame->axis[k];
    }
    if (!ost_section_create(radius, &plane, &section, err))
        return false;
    double face = 0.0, length = 5.0;
    for (int n = 1; n <= 5; n++)
        face += side_at(section, -1.0, rim + n) / 5.0;
    while (length < most && side_at(section, -1.0, rim + length) > face - back)
        length += step;
    *out = length;
    return isfinite(face) || ost_fail(err, OST_INVALID, "morphometry: no notch along the shaft");
}

bool ost_morph_notch_of(const struct ost_mesh *radius, const struct ost_anatomy *frame, double rim,
                        struct ost_morph_notch *out, struct ost_err *err)
{
    OST_AUTO(ost_section) section = NULL;
    const double c = cos(ost_radians(30.0)), s = sin(ost_radians(30.0));
    double lip[2][2] = {{0.0}}, face[OST_FACE_MOST][2];
    struct ost_morph_circle circle;
    if (!ost_morph_across(radius, frame, rim + 3.5, &section, err))
        return false;
    /* Each lip is farthest between the face's direction and its own side's. */
    (void)ost_morph_support(section, (const double[]){-c, -s}, lip[0]);
    (void)ost_morph_support(section, (const double[]){-c, s}, lip[1]);
    *out = (struct ost_morph_notch){
        .ap = hypot(lip[1][0] - lip[0][0], lip[1][1] - lip[0][1]),
        .version = atan2(lip[0][0] - lip[1][0], lip[1][1] - lip[0][1]),
        .middle = 0.5 * (lip[0][1] + lip[1][1]),
        .radius = INFINITY,
    };
    if (!(out->ap > 1.0))
        return ost_fail(err, OST_INVALID, "morphometry: the radius has no sigmoid notch");
    size_t count = face_of(section, (const double(*)[2])lip, face, &out->depth);
    if (out->depth > 0.05 && ost_morph_circle_fit((const double(*)[2])face, count, &circle))
        out->radius = circle.radius;
    return notch_length(radius, frame, rim, out->middle, &out->pd, err);
}

/* Whether a point lies within a closed line of corners (crossing number). */
static bool within(const double (*rim)[2], size_t corners, const double p[2])
{
    bool inside = false;
    for (size_t n = 0, last = corners - 1; n < corners; last = n++) {
        const double *a = rim[n], *b = rim[last];
        if ((a[1] > p[1]) != (b[1] > p[1]) &&
            p[0] < a[0] + (p[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
            inside = !inside;
    }
    return inside;
}

/* A triangle's middle in the frame: radial, volar, distal; false where it is none of the joint. */
static bool joint_facet(const struct ost_mesh *radius, const struct ost_anatomy *frame,
                        uint32_t triangle, double middle[3], double *weight)
{
    double normal[3], d[3] = {0.0, 0.0, 0.0};
    for (int c = 0; c < 3; c++) {
        const float *p = radius->vertex[radius->triangle[triangle][c]];
        for (int k = 0; k < 3; k++)
            d[k] += ((double)p[k] - frame->origin[k]) / 3.0;
    }
    middle[0] = ost_dot(d, frame->radial);
    middle[1] = ost_dot(d, frame->volar);
    middle[2] = ost_dot(d, frame->axis);
    if (middle[2] < -14.0)
        return false;
    *weight = ost_triangle_area(radius, triangle, normal) * ost_dot(normal, frame->axis);
    return ost_dot(normal, frame->axis) > 0.2;
}

/* The plane distal = a radial + b volar + c through the joint surface, by projected area. */
bool ost_morph_joint_normal(const struct ost_mesh *radius, const struct ost_anatomy *frame,
                            const double (*rim)[2], size_t corners, double out[3])
{
    double matrix[9] = {0.0}, right[3] = {0.0};
    for (uint32_t t = 0; t < radius->triangle_count; t++) {
        double p[3], weight;
        if (!joint_facet(radius, frame, t, p, &weight) || !within(rim, corners, p))
            continue;
        const double row[3] = {p[0], p[1], 1.0};
        for (int i = 0; i < 3; i++) {
            right[i] += weight * row[i] * p[2];
            for (int k = 0; k < 3; k++)
                matrix[3 * i + k] += weight * row[i] * row[k];
        }
    }
    if (!ost_cholesky(matrix, 3))
        return false;
    ost_cholesky_solve(matrix, 3, right);
    out[0] = -right[0];
    out[1] = -right[1];
    out[2] = 1.0;
    (void)ost_unit(out);
    return true;
}

/*
 * The shaft's line is the axis; the surface rises from it to the watershed, its most
 * volar point. Whole: to it from the shaft's volar outline 14 mm proximal. Steepest: over 5 mm.
 */
bool ost_morph_volar(const struct ost_mesh *radius, const struct ost_anatomy *frame, double radial,
                     double *whole, double *steepest, struct ost_err *err)
{
    enum { STEPS = 24 };
    struct ost_section_plane plane;
    OST_AUTO(ost_section) section = NULL;
    double top = -INFINITY, watershed = 0.0;
    ost_morph_at(frame, (const double[]){radial, 0.0, 0.0}, plane.origin);
    for (int k = 0; k < 3; k++) {
        plane.u[k] = frame->volar[k];
        plane.v[k] = frame->axis[k];
    }
    if (!ost_section_create(radius, &plane, &section, err))
        return false;
    for (int n = 0; n < STEPS; n++) {
        double volar = side_at(section, 1.0, 0.5 * n);
        if (volar > top) {
            top = volar;
            watershed = 0.5 * n;
        }
    }
    double base[2];
    OST_AUTO(ost_section) shaft = NULL;
    if (!ost_morph_across(radius, frame, watershed + 14.0, &shaft, err))
        return false;
    if (!isfinite(top) || !ost_section_extent(shaft, 0.5 * OST_PI, base))
        return ost_fail(err, OST_INVALID, "morphometry: the radius has no volar surface");
    *whole = atan2(top - base[1], 14.0);
    *steepest = 0.0;
    for (int n = 0; n < 2 * 9; n++) {
        double from = watershed + 0.5 * n;
        double rise = side_at(section, 1.0, from) - side_at(section, 1.0, from + 5.0);
        *steepest = fmax(*steepest, atan2(rise, 5.0));
    }
    return true;
}
