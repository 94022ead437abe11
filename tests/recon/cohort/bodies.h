/* Closed bodies whose measures are known: rings of points, one over the other, with lids. */
#ifndef OST_TESTS_COHORT_BODIES_H
#define OST_TESTS_COHORT_BODIES_H

#include "recon/math/vec.h"
#include "recon/mesh/mesh.h"
#include "tests/check.h"

/* Point `j` of ring `i`, counter-clockwise seen from +z; rings rise along z. */
struct body_plan {
    uint32_t rings, around;
    void (*point)(const void *user, uint32_t ring, uint32_t j, double out[3]);
    const void *user;
};

static inline void lid(struct ost_mesh *mesh, const struct body_plan *plan, bool top)
{
    const uint32_t n = plan->around, centre = plan->rings * n + (top ? 1 : 0);
    const uint32_t first = top ? (plan->rings - 1) * n : 0;
    uint32_t at = 2 * n * (plan->rings - 1) + (top ? n : 0);
    for (uint32_t j = 0; j < n; j++) {
        for (int k = 0; k < 3; k++)
            mesh->vertex[centre][k] += mesh->vertex[first + j][k] / (float)n;
        uint32_t *t = mesh->triangle[at++];
        t[0] = centre;
        t[1] = first + (top ? j : (j + 1) % n);
        t[2] = first + (top ? (j + 1) % n : j);
    }
}

static inline struct ost_mesh *body_of(const struct body_plan *plan)
{
    struct ost_mesh *mesh = NULL;
    const uint32_t n = plan->around;
    assert_true(ost_mesh_create(&mesh, plan->rings * n + 2, 2 * n * plan->rings, NULL));
    uint32_t at = 0;
    for (uint32_t i = 0; i < plan->rings; i++) {
        for (uint32_t j = 0; j < n; j++) {
            double p[3];
            plan->point(plan->user, i, j, p);
            for (int k = 0; k < 3; k++)
                mesh->vertex[i * n + j][k] = (float)p[k];
            if (i + 1 == plan->rings)
                continue;
            const uint32_t a = i * n + j, b = i * n + (j + 1) % n;
            const uint32_t two[2][3] = {{a, b, b + n}, {a, b + n, a + n}};
            for (int t = 0; t < 2; t++, at++)
                for (int c = 0; c < 3; c++)
                    mesh->triangle[at][c] = two[t][c];
        }
    }
    lid(mesh, plan, false);
    lid(mesh, plan, true);
    assert_true(ost_mesh_volume(mesh) > 0.0);
    return mesh;
}

#endif
