#include "fem/mesh/quality.h"

#include "recon/math/vec.h"

void ost_dihedral_cosines(const double *const corner[4], double cosine[6])
{
    /* Face k lies opposite corner k; its normal points inwards or outwards alike for
     * all four, so the angle along the edge of two faces has cosine -n.m. */
    static const int face[4][3] = {{1, 3, 2}, {0, 2, 3}, {0, 3, 1}, {0, 1, 2}};
    static const int pair[6][2] = {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}};
    double normal[4][3];
    for (int k = 0; k < 4; k++) {
        double u[3], v[3];
        ost_sub(corner[face[k][1]], corner[face[k][0]], u);
        ost_sub(corner[face[k][2]], corner[face[k][0]], v);
        ost_cross(u, v, normal[k]);
        (void)ost_unit(normal[k]);
    }
    for (int k = 0; k < 6; k++)
        cosine[k] = -ost_dot(normal[pair[k][0]], normal[pair[k][1]]);
}

static double angle_deg(double cosine)
{
    return ost_degrees(acos(fmin(1.0, fmax(-1.0, cosine))));
}

struct ost_tet_quality ost_tet_mesh_quality(const struct ost_tet_mesh *mesh)
{
    static const int edge[6][2] = {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}};
    struct ost_tet_quality quality = {0};
    double most = -1.0, least = 1.0, sum = 0.0;
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        const double *corner[4];
        double cosine[6];
        for (int k = 0; k < 4; k++)
            corner[k] = mesh->node[mesh->tet[e][k]];
        ost_dihedral_cosines(corner, cosine);
        for (int k = 0; k < 6; k++) {
            double length = ost_distance(corner[edge[k][0]], corner[edge[k][1]]);
            most = fmax(most, cosine[k]);
            least = fmin(least, cosine[k]);
            sum += length;
            quality.max_edge = fmax(quality.max_edge, length);
        }
        quality.volume += ost_tet_volume(mesh, e);
    }
    quality.min_dihedral_deg = angle_deg(most);
    quality.max_dihedral_deg = angle_deg(least);
    quality.mean_edge = mesh->tet_count > 0 ? sum / (6.0 * mesh->tet_count) : 0.0;
    return quality;
}
