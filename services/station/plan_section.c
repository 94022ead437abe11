#include "services/station/plan_section.h"

#include "recon/math/vec.h"

#include <math.h>
#include <string.h>

struct plane {
    double point[3], normal[3], side[3], across[3];
    double low[2], high[2]; /* of the section along side and across */
};

static void corner_of(const struct ost_mesh *mesh, uint32_t vertex, double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = (double)mesh->vertex[vertex][k];
}

static double height(const struct plane *plane, const double p[3])
{
    double from[3];
    ost_sub(p, plane->point, from);
    return ost_dot(from, plane->normal);
}

/* The point where an edge passes through the plane, if it does. */
static void take_edge(struct plane *plane, const double a[3], const double b[3])
{
    double ha = height(plane, a), hb = height(plane, b);
    double along[3], at[3], from[3];
    if ((ha < 0.0) == (hb < 0.0))
        return;
    ost_sub(b, a, along);
    ost_along(a, ha / (ha - hb), along, at);
    ost_sub(at, plane->point, from);
    const double place[2] = {ost_dot(from, plane->side), ost_dot(from, plane->across)};
    for (int k = 0; k < 2; k++) {
        plane->low[k] = fmin(plane->low[k], place[k]);
        plane->high[k] = fmax(plane->high[k], place[k]);
    }
}

void ost_station_plan_section(const struct ost_mesh *bone, struct ost_seed *seed)
{
    struct plane plane = {.low = {INFINITY, INFINITY}, .high = {-INFINITY, -INFINITY}};
    memcpy(plane.point, seed->cut_point, sizeof plane.point);
    memcpy(plane.normal, seed->cut_normal, sizeof plane.normal);
    ost_along(seed->radial, -ost_dot(seed->radial, plane.normal), plane.normal, plane.side);
    if (!(ost_unit(plane.side) > 0.0))
        return;
    ost_cross(plane.normal, plane.side, plane.across);
    for (uint32_t t = 0; t < bone->triangle_count; t++) {
        double corner[3][3];
        for (int k = 0; k < 3; k++)
            corner_of(bone, bone->triangle[t][k], corner[k]);
        for (int k = 0; k < 3; k++)
            take_edge(&plane, corner[k], corner[(k + 1) % 3]);
    }
    if (!(plane.high[0] > plane.low[0]) || !(plane.high[1] > plane.low[1]))
        return;
    double half[2], middle[2];
    for (int k = 0; k < 2; k++) {
        half[k] = 0.5 * (plane.high[k] - plane.low[k]);
        middle[k] = 0.5 * (plane.high[k] + plane.low[k]);
    }
    if (half[0] < 1.0 || half[0] > 40.0 || half[1] < 1.0 || half[1] > 40.0)
        return; /* no section of a forearm bone */
    seed->half_radial_mm = half[0];
    seed->half_volar_mm = half[1];
    ost_along(seed->cut_point, middle[0], plane.side, seed->cut_point);
    ost_along(seed->cut_point, middle[1], plane.across, seed->cut_point);
}
