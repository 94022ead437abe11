/* Points and directions: double[3], millimetres, patient axes (LPS). */
#ifndef OST_MATH_VEC_H
#define OST_MATH_VEC_H

#include "recon/base/attr.h"

#include <math.h>

OST_C_BEGIN

#define OST_PI 3.14159265358979323846

static inline double ost_dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static inline void ost_cross(const double a[3], const double b[3], double out[3])
{
    double x = a[1] * b[2] - a[2] * b[1];
    double y = a[2] * b[0] - a[0] * b[2];
    double z = a[0] * b[1] - a[1] * b[0];
    out[0] = x;
    out[1] = y;
    out[2] = z;
}

static inline void ost_sub(const double a[3], const double b[3], double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = a[k] - b[k];
}

static inline void ost_add(const double a[3], const double b[3], double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = a[k] + b[k];
}

/* out = a + s b */
static inline void ost_along(const double a[3], double s, const double b[3], double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = a[k] + s * b[k];
}

static inline double ost_length(const double a[3])
{
    return sqrt(ost_dot(a, a));
}

static inline double ost_distance(const double a[3], const double b[3])
{
    double d[3];
    ost_sub(a, b, d);
    return ost_length(d);
}

/* Scales `a` to length 1 and returns its former length; a zero vector stays zero. */
static inline double ost_unit(double a[3])
{
    double length = ost_length(a);
    for (int k = 0; k < 3 && length > 0.0; k++)
        a[k] /= length;
    return length;
}

/* Some unit vector perpendicular to the unit vector `a`. */
static inline void ost_perpendicular(const double a[3], double out[3])
{
    double axis[3] = {0.0, 0.0, 0.0};
    int least = fabs(a[0]) < fabs(a[1]) ? 0 : 1;
    if (fabs(a[2]) < fabs(a[least]))
        least = 2;
    axis[least] = 1.0;
    ost_cross(a, axis, out);
    (void)ost_unit(out);
}

static inline double ost_degrees(double radians)
{
    return radians * (180.0 / OST_PI);
}

static inline double ost_radians(double degrees)
{
    return degrees * (OST_PI / 180.0);
}

OST_C_END

#endif
