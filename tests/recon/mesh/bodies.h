/* Bodies whose area, volume and distances have closed forms. */
#ifndef OST_TESTS_BODIES_H
#define OST_TESTS_BODIES_H

#include "recon/math/vec.h"
#include "recon/mesh/mesh.h"
#include "tests/check.h"

#include <string.h>

/* A sphere about `centre` in `rings` rings of 2 * rings corners, which lie on it. */
static inline struct ost_mesh *ball(double radius, const double centre[3], uint32_t rings)
{
    uint32_t across = 2 * rings, inner = rings - 1;
    struct ost_mesh *mesh = NULL;
    assert_true(ost_mesh_create(&mesh, inner * across + 2, 2 * inner * across, NULL));
    for (uint32_t i = 0; i < inner; i++)
        for (uint32_t j = 0; j < across; j++) {
            double theta = OST_PI * (i + 1) / rings, phi = 2.0 * OST_PI * j / across;
            float *p = mesh->vertex[i * across + j];
            p[0] = (float)(centre[0] + radius * sin(theta) * cos(phi));
            p[1] = (float)(centre[1] + radius * sin(theta) * sin(phi));
            p[2] = (float)(centre[2] + radius * cos(theta));
        }
    uint32_t top = inner * across, bottom = top + 1, n = 0;
    for (int k = 0; k < 3; k++)
        mesh->vertex[top][k] = mesh->vertex[bottom][k] = (float)centre[k];
    mesh->vertex[top][2] += (float)radius;
    mesh->vertex[bottom][2] -= (float)radius;
    for (uint32_t j = 0; j < across; j++) {
        uint32_t next = (j + 1) % across, last = (inner - 1) * across;
        memcpy(mesh->triangle[n++], (uint32_t[]){top, j, next}, 12);
        memcpy(mesh->triangle[n++], (uint32_t[]){bottom, last + next, last + j}, 12);
        for (uint32_t i = 0; i + 1 < inner; i++) {
            uint32_t a = i * across + j, b = i * across + next;
            memcpy(mesh->triangle[n++], (uint32_t[]){a, a + across, b}, 12);
            memcpy(mesh->triangle[n++], (uint32_t[]){b, a + across, b + across}, 12);
        }
    }
    return mesh;
}

/* The box from `low` to `high`: 8 corners, 12 triangles. */
static inline struct ost_mesh *box(const double low[3], const double high[3])
{
    static const uint32_t triangle[12][3] = {{0, 2, 1}, {1, 2, 3}, {4, 5, 6}, {5, 7, 6},
                                             {0, 1, 4}, {1, 5, 4}, {2, 6, 3}, {3, 6, 7},
                                             {0, 4, 2}, {2, 4, 6}, {1, 3, 5}, {3, 7, 5}};
    struct ost_mesh *mesh = NULL;
    assert_true(ost_mesh_create(&mesh, 8, 12, NULL));
    for (uint32_t i = 0; i < 8; i++)
        for (uint32_t k = 0; k < 3; k++)
            mesh->vertex[i][k] = (float)((i >> k & 1U) != 0 ? high[k] : low[k]);
    memcpy(mesh->triangle, triangle, sizeof triangle);
    return mesh;
}

#endif
