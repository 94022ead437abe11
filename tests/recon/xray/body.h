/* Surfaces with closed forms, for the renderers' tests. */
#ifndef OST_TESTS_XRAY_BODY_H
#define OST_TESTS_XRAY_BODY_H

#include "recon/math/vec.h"
#include "recon/mesh/mesh.h"
#include "recon/xray/camera.h"
#include "tests/check.h"

#include <string.h>

enum { BODY_RINGS = 160, BODY_SECTORS = 320 };

/* An ellipsoid of rings and sectors about the z axis. */
static inline struct ost_mesh *body_ellipsoid(const double centre[3], const double half[3])
{
    enum { VERTICES = (BODY_RINGS - 1) * BODY_SECTORS + 2 };
    enum { TRIANGLES = 2 * (BODY_RINGS - 1) * BODY_SECTORS };
    struct ost_mesh *mesh = NULL;
    assert_true(ost_mesh_create(&mesh, VERTICES, TRIANGLES, NULL));
    uint32_t v = 0, t = 0;
    for (int r = 1; r < BODY_RINGS; r++)
        for (int s = 0; s < BODY_SECTORS; s++, v++) {
            double theta = OST_PI * r / BODY_RINGS, phi = 2.0 * OST_PI * s / BODY_SECTORS;
            const double unit[3] = {sin(theta) * cos(phi), sin(theta) * sin(phi), cos(theta)};
            for (int k = 0; k < 3; k++)
                mesh->vertex[v][k] = (float)(centre[k] + half[k] * unit[k]);
        }
    for (int end = 0; end < 2; end++, v++) {
        for (int k = 0; k < 3; k++)
            mesh->vertex[v][k] = (float)centre[k];
        mesh->vertex[v][2] = (float)(centre[2] + (end == 0 ? half[2] : -half[2]));
    }
    for (uint32_t s = 0; s < BODY_SECTORS; s++) {
        uint32_t next = (s + 1) % BODY_SECTORS, last = (BODY_RINGS - 2) * BODY_SECTORS;
        const uint32_t cap[2][3] = {{VERTICES - 2, s, next}, {VERTICES - 1, last + next, last + s}};
        memcpy(mesh->triangle[t++], cap[0], sizeof cap[0]);
        memcpy(mesh->triangle[t++], cap[1], sizeof cap[1]);
        for (uint32_t r = 0; r + 2 < BODY_RINGS; r++) {
            uint32_t a = r * BODY_SECTORS, b = a + BODY_SECTORS;
            const uint32_t pair[2][3] = {{a + s, b + s, b + next}, {a + s, b + next, a + next}};
            memcpy(mesh->triangle[t++], pair[0], sizeof pair[0]);
            memcpy(mesh->triangle[t++], pair[1], sizeof pair[1]);
        }
    }
    assert_int_equal(t, TRIANGLES);
    return mesh;
}

static inline struct ost_mesh *body_box(const double low[3], const double high[3])
{
    static const uint32_t face[12][3] = {{0, 2, 1}, {1, 2, 3}, {4, 5, 6}, {5, 7, 6},
                                         {0, 1, 4}, {1, 5, 4}, {2, 6, 3}, {3, 6, 7},
                                         {0, 4, 2}, {2, 4, 6}, {1, 3, 5}, {3, 7, 5}};
    struct ost_mesh *mesh = NULL;
    assert_true(ost_mesh_create(&mesh, 8, 12, NULL));
    for (int v = 0; v < 8; v++)
        for (int k = 0; k < 3; k++)
            mesh->vertex[v][k] = (float)((v >> k & 1) != 0 ? high[k] : low[k]);
    memcpy(mesh->triangle, face, sizeof face);
    return mesh;
}

/* Looks along +z from z = -1000, 5 pixels per mm at the origin, turned about z by `turn`. */
static inline struct ost_camera body_camera(double turn)
{
    struct ost_camera camera = {
        .width = 401, .height = 301, .focal = {5000.0, 5000.0}, .principal = {200.0, 150.0}};
    const double w[3] = {0.0, 0.0, turn};
    ost_rotation_of_vector(w, camera.world_to_camera.r);
    camera.world_to_camera.t[2] = 1000.0;
    return camera;
}

/* The path of a ray inside an ellipsoid. */
static inline double body_chord(const double source[3], const double direction[3],
                                const double centre[3], const double half[3])
{
    double a = 0.0, b = 0.0, c = -1.0;
    for (int k = 0; k < 3; k++) {
        double o = (source[k] - centre[k]) / half[k], d = direction[k] / half[k];
        a += d * d;
        b += 2.0 * o * d;
        c += o * o;
    }
    double root = b * b - 4.0 * a * c;
    return root > 0.0 ? sqrt(root) / a : 0.0;
}

#endif
