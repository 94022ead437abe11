#include "fem/solve/membrane.h"

#include "recon/math/vec.h"

struct ost_membrane ost_membrane_of(const double (*node)[3], const uint32_t face[3],
                                    double stiffness, double poisson)
{
    struct ost_membrane m = {0};
    double edge[2][3], twice_area = 0.0;
    ost_sub(node[face[1]], node[face[0]], edge[0]);
    ost_sub(node[face[2]], node[face[0]], edge[1]);
    ost_cross(edge[0], edge[1], m.normal);
    twice_area = ost_unit(m.normal);
    if (!(twice_area > 0.0))
        return (struct ost_membrane){0};
    ost_cross(edge[1], m.normal, m.gradient[1]);
    ost_cross(m.normal, edge[0], m.gradient[2]);
    for (int axis = 0; axis < 3; axis++) {
        m.gradient[1][axis] /= twice_area;
        m.gradient[2][axis] /= twice_area;
        m.gradient[0][axis] = -m.gradient[1][axis] - m.gradient[2][axis];
    }
    m.lame[0] = 0.5 * twice_area * stiffness * poisson / (1.0 - poisson * poisson);
    m.lame[1] = 0.5 * twice_area * stiffness / (2.0 * (1.0 + poisson));
    return m;
}

/*
 * The strain is what of the slope lies in the plane: where a solid's block has the unit matrix,
 * this has the projection onto the plane.
 */
void ost_membrane_block(const struct ost_membrane *membrane, int a, int b, double block[9])
{
    const double *ga = membrane->gradient[a], *gb = membrane->gradient[b], *n = membrane->normal;
    double shear = membrane->lame[1] * ost_dot(ga, gb);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            block[3 * i + j] = membrane->lame[0] * ga[i] * gb[j] +
                               membrane->lame[1] * ga[j] * gb[i] +
                               shear * ((i == j ? 1.0 : 0.0) - n[i] * n[j]);
    }
}
