#include "recon/math/rigid.h"

#include "recon/math/dense.h"
#include "recon/math/vec.h"

#include <math.h>
#include <string.h>

struct ost_rigid ost_rigid_identity(void)
{
    return (struct ost_rigid){.r = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
}

void ost_rigid_direction(const struct ost_rigid *m, const double d[3], double out[3])
{
    double x[3];
    for (int k = 0; k < 3; k++)
        x[k] = m->r[k] * d[0] + m->r[3 + k] * d[1] + m->r[6 + k] * d[2];
    memcpy(out, x, sizeof x);
}

void ost_rigid_point(const struct ost_rigid *m, const double p[3], double out[3])
{
    ost_rigid_direction(m, p, out);
    ost_add(out, m->t, out);
}

struct ost_rigid ost_rigid_then(const struct ost_rigid *first, const struct ost_rigid *then)
{
    struct ost_rigid m;
    for (int c = 0; c < 3; c++)
        ost_rigid_direction(then, first->r + 3 * c, m.r + 3 * c);
    ost_rigid_point(then, first->t, m.t);
    return m;
}

struct ost_rigid ost_rigid_inverse(const struct ost_rigid *m)
{
    struct ost_rigid inverse = {.t = {0}};
    for (int c = 0; c < 3; c++)
        for (int k = 0; k < 3; k++)
            inverse.r[3 * c + k] = m->r[3 * k + c];
    double t[3];
    ost_rigid_direction(&inverse, m->t, t);
    for (int k = 0; k < 3; k++)
        inverse.t[k] = -t[k];
    return inverse;
}

void ost_rotation_of_vector(const double w[3], double r[9])
{
    double angle = ost_length(w), n[3] = {w[0], w[1], w[2]};
    (void)ost_unit(n);
    double c = cos(angle), s = sin(angle);
    for (int j = 0; j < 3; j++)
        for (int i = 0; i < 3; i++)
            r[3 * j + i] = (1.0 - c) * n[i] * n[j] + (i == j ? c : 0.0);
    r[1] += s * n[2];
    r[2] -= s * n[1];
    r[3] -= s * n[2];
    r[5] += s * n[0];
    r[6] += s * n[1];
    r[7] -= s * n[0];
}

void ost_quaternion_of_rotation(const double r[9], double q[4])
{
    /* Shepperd 1978: the largest of the four is taken first, so nothing cancels. */
    double trace = r[0] + r[4] + r[8];
    double four[4] = {1.0 + trace, 1.0 + 2.0 * r[0] - trace, 1.0 + 2.0 * r[4] - trace,
                      1.0 + 2.0 * r[8] - trace};
    int best = 0;
    for (int k = 1; k < 4; k++)
        if (four[k] > four[best])
            best = k;
    double product[4][4] = {
        {four[0], r[5] - r[7], r[6] - r[2], r[1] - r[3]},
        {r[5] - r[7], four[1], r[1] + r[3], r[6] + r[2]},
        {r[6] - r[2], r[1] + r[3], four[2], r[5] + r[7]},
        {r[1] - r[3], r[6] + r[2], r[5] + r[7], four[3]},
    };
    double scale = 0.5 / sqrt(four[best]);
    double sign = product[best][0] < 0.0 ? -1.0 : 1.0;
    for (int k = 0; k < 4; k++)
        q[k] = sign * scale * product[best][k];
}

void ost_rotation_of_quaternion(const double q[4], double r[9])
{
    double w = q[0], x = q[1], y = q[2], z = q[3];
    r[0] = 1.0 - 2.0 * (y * y + z * z);
    r[1] = 2.0 * (x * y + w * z);
    r[2] = 2.0 * (x * z - w * y);
    r[3] = 2.0 * (x * y - w * z);
    r[4] = 1.0 - 2.0 * (x * x + z * z);
    r[5] = 2.0 * (y * z + w * x);
    r[6] = 2.0 * (x * z + w * y);
    r[7] = 2.0 * (y * z - w * x);
    r[8] = 1.0 - 2.0 * (x * x + y * y);
}

void ost_vector_of_rotation(const double r[9], double w[3])
{
    double q[4];
    ost_quaternion_of_rotation(r, q);
    double s = ost_length(q + 1);
    double factor = s > 1e-12 ? 2.0 * atan2(s, q[0]) / s : 2.0;
    for (int k = 0; k < 3; k++)
        w[k] = factor * q[1 + k];
}

struct ost_rigid ost_rigid_about(const double centre[3], const double w[3], const double t[3])
{
    struct ost_rigid m = {.t = {0}};
    ost_rotation_of_vector(w, m.r);
    double moved[3];
    ost_rigid_direction(&m, centre, moved);
    for (int k = 0; k < 3; k++)
        m.t[k] = centre[k] - moved[k] + t[k];
    return m;
}

bool ost_rigid_is_proper(const struct ost_rigid *m, double tolerance)
{
    for (int i = 0; i < 3; i++) {
        if (!isfinite(m->t[i]))
            return false;
        for (int j = 0; j < 3; j++)
            if (!(fabs(ost_dot(m->r + 3 * i, m->r + 3 * j) - (i == j ? 1.0 : 0.0)) <= tolerance))
                return false;
    }
    double z[3];
    ost_cross(m->r, m->r + 3, z);
    return ost_dot(z, m->r + 6) > 0.0;
}

struct ost_screw ost_screw_of_rigid(const struct ost_rigid *m)
{
    const double least = ost_radians(0.5);
    struct ost_screw screw = {.axis = {0}};
    ost_vector_of_rotation(m->r, screw.axis);
    screw.angle = ost_unit(screw.axis);
    if (screw.angle < least) {
        memcpy(screw.axis, m->t, sizeof screw.axis);
        screw.slide = ost_unit(screw.axis);
        return screw;
    }
    screw.slide = ost_dot(screw.axis, m->t);
    double across[3], turned[3];
    ost_along(m->t, -screw.slide, screw.axis, across);
    ost_cross(screw.axis, across, turned);
    double cot = 1.0 / tan(0.5 * screw.angle);
    for (int k = 0; k < 3; k++)
        screw.point[k] = 0.5 * (across[k] + cot * turned[k]);
    return screw;
}

struct ost_rigid ost_rigid_of_screw(const struct ost_screw *screw)
{
    double w[3], t[3];
    for (int k = 0; k < 3; k++) {
        w[k] = screw->angle * screw->axis[k];
        t[k] = screw->slide * screw->axis[k];
    }
    return ost_rigid_about(screw->point, w, t);
}

static double weight_of(const double *weight, size_t i)
{
    return weight == NULL ? 1.0 : weight[i];
}

static double centroid(const double (*p)[3], const double *weight, size_t count, double c[3])
{
    double sum = 0.0;
    memset(c, 0, 3 * sizeof *c);
    for (size_t i = 0; i < count; i++) {
        ost_along(c, weight_of(weight, i), p[i], c);
        sum += weight_of(weight, i);
    }
    for (int k = 0; k < 3 && sum > 0.0; k++)
        c[k] /= sum;
    return sum;
}

bool ost_rigid_fit(const double (*from)[3], const double (*to)[3], const double *weight,
                   size_t count, struct ost_rigid *out)
{
    double a[3], b[3], s[3][3] = {{0}};
    if (count < 3 || !(centroid(from, weight, count, a) > 0.0))
        return false;
    (void)centroid(to, weight, count, b);
    for (size_t n = 0; n < count; n++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                s[i][j] += weight_of(weight, n) * (from[n][i] - a[i]) * (to[n][j] - b[j]);

    double matrix[16] = {s[0][0] + s[1][1] + s[2][2],
                         s[1][2] - s[2][1],
                         s[2][0] - s[0][2],
                         s[0][1] - s[1][0],
                         s[1][2] - s[2][1],
                         s[0][0] - s[1][1] - s[2][2],
                         s[0][1] + s[1][0],
                         s[2][0] + s[0][2],
                         s[2][0] - s[0][2],
                         s[0][1] + s[1][0],
                         -s[0][0] + s[1][1] - s[2][2],
                         s[1][2] + s[2][1],
                         s[0][1] - s[1][0],
                         s[2][0] + s[0][2],
                         s[1][2] + s[2][1],
                         -s[0][0] - s[1][1] + s[2][2]};
    double value[4], vector[16], moved[3];
    ost_eigen_symmetric(matrix, 4, value, vector);
    ost_rotation_of_quaternion(vector, out->r);
    ost_rigid_direction(out, a, moved);
    ost_sub(b, moved, out->t);
    return true;
}
