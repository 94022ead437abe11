/* Simple closed bodies. */
#include "recon/learn/scene_impl.h"
#include "recon/math/vec.h"

#include <math.h>

enum { BALL_RINGS = 9, BALL_AROUND = 14 };

/* Vertices: a pole, `sections` rings, the other pole; wound outwards for rings that rise in z. */
bool scene_tube(uint32_t sections, uint32_t around, struct ost_mesh **out, struct ost_err *err)
{
    uint32_t vertices = sections * around + 2, count = 0;
    if (!ost_mesh_create(out, vertices, 2 * sections * around, err))
        return false;
    uint32_t(*t)[3] = (*out)->triangle;
    for (uint32_t i = 0; i < around; i++) {
        uint32_t j = (i + 1) % around, top = 1 + (sections - 1) * around;
        const uint32_t low[3] = {0, 1 + j, 1 + i}, high[3] = {vertices - 1, top + i, top + j};
        for (int k = 0; k < 3; k++) {
            t[count][k] = low[k];
            t[count + 1][k] = high[k];
        }
        count += 2;
    }
    for (uint32_t s = 0; s + 1 < sections; s++)
        for (uint32_t i = 0; i < around; i++) {
            uint32_t j = (i + 1) % around, a = 1 + s * around, b = a + around;
            const uint32_t one[3] = {a + i, a + j, b + j}, two[3] = {a + i, b + j, b + i};
            for (int k = 0; k < 3; k++) {
                t[count][k] = one[k];
                t[count + 1][k] = two[k];
            }
            count += 2;
        }
    return true;
}

static double bulged(double x, double exponent)
{
    return copysign(pow(fabs(x), 2.0 / exponent), x);
}

bool scene_ball(const double from[3], const double to[3], const double half[2], double exponent,
                struct ost_mesh **out, struct ost_err *err)
{
    double axis[3], side[3], other[3];
    if (!scene_tube(BALL_RINGS, BALL_AROUND, out, err))
        return false;
    ost_sub(to, from, axis);
    double length = ost_unit(axis);
    ost_perpendicular(axis, side);
    ost_cross(axis, side, other);
    for (uint32_t v = 0; v < (*out)->vertex_count; v++) {
        uint32_t ring = v == 0 ? 0 : (v - 1) / BALL_AROUND + 1,
                 step = v == 0 ? 0 : (v - 1) % BALL_AROUND;
        double latitude = OST_PI * ((double)ring / (BALL_RINGS + 1) - 0.5);
        double angle = 2.0 * OST_PI * step / BALL_AROUND;
        double r = bulged(cos(latitude), exponent);
        double along = 0.5 * length * (1.0 + bulged(sin(latitude), exponent));
        for (int k = 0; k < 3; k++)
            (*out)->vertex[v][k] = (float)(from[k] + along * axis[k] +
                                           r * half[0] * bulged(cos(angle), exponent) * side[k] +
                                           r * half[1] * bulged(sin(angle), exponent) * other[k]);
    }
    return true;
}
