/* The cortex as a membrane: how stiff it is at each face of the outer surface. */
#include "fem/study/solve_impl.h"
#include "recon/math/vec.h"

static const double deep_mm = 2.0, step_mm = 0.5;

/* The largest modulus below a face: at the surface itself a voxel is part bone, part nothing. */
static double stiffest(const struct ost_grid *modulus, const struct ost_tet_mesh *mesh,
                       const uint32_t face[3])
{
    const double *a = mesh->node[face[0]], *b = mesh->node[face[1]], *c = mesh->node[face[2]];
    double edge[2][3], out[3], middle[3], most = 0.0;
    ost_sub(b, a, edge[0]);
    ost_sub(c, a, edge[1]);
    ost_cross(edge[0], edge[1], out);
    (void)ost_unit(out);
    for (int k = 0; k < 3; k++)
        middle[k] = (a[k] + b[k] + c[k]) / 3.0;
    for (double deep = 0.0; deep <= deep_mm; deep += step_mm) {
        double p[3];
        ost_along(middle, -deep, out, p);
        most = fmax(most, ost_grid_at(modulus, p, 0.0));
    }
    return most;
}

void study_cortex(const struct ost_study_case *c, const struct ost_grid *modulus, double *stiffness)
{
    const struct ost_boundary *boundary = c->model->boundary;
    for (uint32_t i = 0; i < boundary->face_count; i++)
        stiffness[i] = c->study->membrane_mm * stiffest(modulus, c->model->mesh, boundary->face[i]);
}
