/*
 * A rigid motion x -> R x + t: proper rotation, millimetres, column-major R
 * (r[3 * column + row]). Frames are in the names: `world_to_camera` takes a
 * point of the world and gives the same point in the camera's axes.
 */
#ifndef OST_MATH_RIGID_H
#define OST_MATH_RIGID_H

#include "recon/base/attr.h"

#include <stdbool.h>
#include <stddef.h>

OST_C_BEGIN

struct ost_rigid {
    double r[9]; /* column-major, orthonormal, determinant +1 */
    double t[3]; /* mm */
};

struct ost_rigid ost_rigid_identity(void);

void ost_rigid_point(const struct ost_rigid *m, const double p[3], double out[3]);
void ost_rigid_direction(const struct ost_rigid *m, const double d[3], double out[3]);

/* The motion that does `first`, then `then`. */
struct ost_rigid ost_rigid_then(const struct ost_rigid *first, const struct ost_rigid *then);
struct ost_rigid ost_rigid_inverse(const struct ost_rigid *m);

/* Rotation by |w| radians about w (Rodrigues 1840); the inverse gives |w| in [0, pi]. */
void ost_rotation_of_vector(const double w[3], double r[9]);
void ost_vector_of_rotation(const double r[9], double w[3]);

/* The motion R(w) about the point `centre`, followed by the translation `t`. */
struct ost_rigid ost_rigid_about(const double centre[3], const double w[3], const double t[3]);

/* Unit quaternion (w, x, y, z), w >= 0, and back. */
void ost_quaternion_of_rotation(const double r[9], double q[4]);
void ost_rotation_of_quaternion(const double q[4], double r[9]);

/* Orthonormal to `tolerance`, determinant +1, all finite. */
bool ost_rigid_is_proper(const struct ost_rigid *m, double tolerance);

/*
 * A motion as a screw (Chasles 1830): turn `angle` radians about the line through
 * `point` along the unit `axis`, and slide by `slide` mm along it. Below half a
 * degree the axis is ill-conditioned: then angle is kept, axis is the translation's
 * direction and point the origin.
 */
struct ost_screw {
    double axis[3], point[3];
    double angle, slide;
};
struct ost_screw ost_screw_of_rigid(const struct ost_rigid *m);
struct ost_rigid ost_rigid_of_screw(const struct ost_screw *screw);

/*
 * The rigid motion that brings `from` nearest to `to`, weighted least squares
 * (Horn 1987 by quaternion). `weight` may be NULL. False where the points are
 * fewer than three or all weights are zero.
 */
bool ost_rigid_fit(const double (*from)[3], const double (*to)[3], const double *weight,
                   size_t count, struct ost_rigid *out);

OST_C_END

#endif
