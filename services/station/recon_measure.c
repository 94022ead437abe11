#include "recon/math/vec.h"
#include "recon/shape/anatomy.h"
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

double ost_recon_judge(double mean_mm, double share)
{
    if (share >= ost_recon_share || mean_mm > ost_recon_limit_mm)
        return mean_mm;
    return ost_recon_limit_mm * ost_recon_share / fmax(share, 0.01);
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

void ost_recon_measure(const struct ost_prior *prior, bool left,
                       const struct ost_mesh *const bone[OST_BONES], const double sd[OST_MEASURES],
                       struct ost_number out[OST_MEASURES])
{
    const float(*radius)[3] = (const float(*)[3])bone[OST_RADIUS]->vertex;
    const float(*ulna)[3] = (const float(*)[3])bone[OST_ULNA]->vertex;
    struct ost_anatomy frame;
    struct ost_anatomy_numbers n;
    double landmark[OST_LANDMARKS][3];
    ost_anatomy_of_arm(prior, radius, left, &frame);
    ost_anatomy_landmarks(prior, radius, ulna, landmark);
    ost_anatomy_measure(&frame, (const double(*)[3])landmark, &n);
    out[OST_VOLAR_TILT] =
        ost_recon_number(ost_degrees(n.volar_tilt), sd[OST_VOLAR_TILT], "deg", "fit");
    out[OST_RADIAL_INCLINATION] = ost_recon_number(ost_degrees(n.radial_inclination),
                                                   sd[OST_RADIAL_INCLINATION], "deg", "fit");
    out[OST_RADIAL_HEIGHT] = ost_recon_number(n.radial_height, sd[OST_RADIAL_HEIGHT], "mm", "fit");
    out[OST_ULNAR_VARIANCE] =
        ost_recon_number(n.ulnar_variance, sd[OST_ULNAR_VARIANCE], "mm", "fit");
    out[OST_RADIUS_LENGTH] = ost_recon_number(length_along(bone[OST_RADIUS], frame.axis),
                                              sd[OST_RADIUS_LENGTH], "mm", "prior");
}
