#include "recon/math/vec.h"
#include "services/station/recon_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double within_95 = 1.959964; /* standard deviations */

struct ost_number ost_recon_number(double value, double sd, const char *unit, const char *how)
{
    struct ost_number n = {.value = value,
                           .low = value - within_95 * sd,
                           .high = value + within_95 * sd,
                           .level = 0.95};
    (void)snprintf(n.unit, sizeof n.unit, "%s", unit);
    (void)snprintf(n.how, sizeof n.how, "%s", how);
    return n;
}

void ost_recon_frame_of(const struct ost_arm *arm, struct ost_recon_frame *out)
{
    double sign = arm->mirrored ? -1.0 : 1.0;
    ost_rigid_direction(&arm->place, (const double[]){0, 0, -1}, out->axis);
    ost_rigid_direction(&arm->place, (const double[]){-sign, 0, 0}, out->radial);
    ost_rigid_direction(&arm->place, (const double[]){0, -1, 0}, out->volar);
    memcpy(out->origin, arm->place.t, sizeof out->origin);
}

struct points {
    const struct ost_prior *prior;
    const struct ost_mesh *const *bone;
};

static void point_of(const struct points *from, enum ost_landmark which, double out[3])
{
    const float *p =
        from->bone[ost_landmark_bone(which)]->vertex[ost_prior_landmark(from->prior, which)];
    for (int k = 0; k < 3; k++)
        out[k] = (double)p[k];
}

static double length_along(const struct ost_mesh *mesh, const double axis[3])
{
    double low = 1e30, high = -1e30;
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        const double p[3] = {(double)mesh->vertex[v][0], (double)mesh->vertex[v][1],
                             (double)mesh->vertex[v][2]};
        low = fmin(low, ost_dot(p, axis));
        high = fmax(high, ost_dot(p, axis));
    }
    return high - low;
}

/* Section 1.3 of the clinical definitions; see recon/plan/measures.h for the formulas. */
void ost_recon_measure(const struct ost_prior *prior, const struct ost_arm *arm,
                       const struct ost_mesh *const bone[OST_BONES], const double sd[OST_MEASURES],
                       struct ost_number out[OST_MEASURES])
{
    const struct points points = {prior, bone};
    struct ost_recon_frame f;
    double corner[2][3], lip[2][3], u[3], s[3], h[3], d[3];
    ost_recon_frame_of(arm, &f);
    point_of(&points, OST_ULNAR_CORNER_VOLAR, corner[0]);
    point_of(&points, OST_ULNAR_CORNER_DORSAL, corner[1]);
    point_of(&points, OST_LIP_VOLAR, lip[0]);
    point_of(&points, OST_LIP_DORSAL, lip[1]);
    point_of(&points, OST_STYLOID, s);
    point_of(&points, OST_ULNAR_HEAD, h);
    for (int k = 0; k < 3; k++)
        u[k] = 0.5 * (corner[0][k] + corner[1][k]);
    ost_sub(s, u, s);
    ost_sub(h, u, h);
    ost_sub(lip[1], lip[0], d);
    double tilt = ost_degrees(atan2(ost_dot(d, f.axis), fabs(ost_dot(d, f.volar))));
    double inclination = ost_degrees(atan2(ost_dot(s, f.axis), ost_dot(s, f.radial)));
    out[OST_VOLAR_TILT] = ost_recon_number(tilt, sd[OST_VOLAR_TILT], "deg", "fit");
    out[OST_RADIAL_INCLINATION] =
        ost_recon_number(inclination, sd[OST_RADIAL_INCLINATION], "deg", "fit");
    out[OST_RADIAL_HEIGHT] =
        ost_recon_number(ost_dot(s, f.axis), sd[OST_RADIAL_HEIGHT], "mm", "fit");
    out[OST_ULNAR_VARIANCE] =
        ost_recon_number(ost_dot(h, f.axis), sd[OST_ULNAR_VARIANCE], "mm", "fit");
    out[OST_RADIUS_LENGTH] = ost_recon_number(length_along(bone[OST_RADIUS], f.axis),
                                              sd[OST_RADIUS_LENGTH], "mm", "prior");
}
