/*
 * A bone with closed forms: an elliptic rod 26 x 18 mm, 60 mm long, with a hard shell and
 * a soft core, its flat end the joint. Landmarks stand where a radius has them. `mirror`
 * gives the other arm's.
 */
#ifndef OST_TESTS_FEM_STUDY_PADDLE_H
#define OST_TESTS_FEM_STUDY_PADDLE_H

#include "fem/study/solve.h"
#include "recon/math/vec.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

enum { PADDLE_ROUND = 96, PADDLE_RINGS = 40 };

struct paddle {
    struct ost_mesh *surface;
    struct ost_grid *density;
    struct ost_study_bone bone;
};

static const double paddle_half[2] = {13.0, 9.0};
static const double paddle_length = 60.0;

/* Rings of vertices from the joint down, a middle vertex at both ends. */
static inline struct ost_mesh *paddle_surface(double side)
{
    struct ost_mesh *mesh = NULL;
    uint32_t rings = PADDLE_RINGS, round = PADDLE_ROUND, at = 0;
    assert_true(ost_mesh_create(&mesh, rings * round + 2, 2 * rings * round, NULL));
    for (uint32_t i = 0; i < rings * round; i++) {
        double angle = 2.0 * OST_PI * (i % round) / round;
        mesh->vertex[i][0] = (float)(side * paddle_half[0] * cos(angle));
        mesh->vertex[i][1] = (float)(paddle_half[1] * sin(angle));
        mesh->vertex[i][2] = (float)(-paddle_length * (i / round) / (rings - 1));
    }
    uint32_t top = rings * round, bottom = top + 1;
    mesh->vertex[bottom][2] = (float)-paddle_length;
    for (uint32_t i = 0; i < (rings - 1) * round; i++) {
        uint32_t next = i / round * round + (i + 1) % round;
        const uint32_t two[2][3] = {{i, i + round, next}, {next, i + round, next + round}};
        memcpy(mesh->triangle[at++], two[0], sizeof two[0]);
        memcpy(mesh->triangle[at++], two[1], sizeof two[1]);
    }
    for (uint32_t i = 0; i < round; i++) {
        uint32_t low = (rings - 1) * round, next = (i + 1) % round;
        const uint32_t two[2][3] = {{top, i, next}, {bottom, low + next, low + i}};
        memcpy(mesh->triangle[at++], two[0], sizeof two[0]);
        memcpy(mesh->triangle[at++], two[1], sizeof two[1]);
    }
    for (uint32_t i = 0; i < mesh->triangle_count && side < 0.0; i++) {
        uint32_t swap = mesh->triangle[i][1];
        mesh->triangle[i][1] = mesh->triangle[i][2];
        mesh->triangle[i][2] = swap;
    }
    return mesh;
}

static inline struct ost_grid *paddle_density(double shell, double core)
{
    const uint32_t size[3] = {61, 45, 141};
    const double origin[3] = {-15.0, -11.0, -65.0}, spacing[3] = {0.5, 0.5, 0.5};
    struct ost_grid *grid = NULL;
    assert_true(ost_grid_create(&grid, size, origin, spacing, NULL));
    for (uint32_t at = 0; at < 61 * 45 * 141; at++) {
        double x = (-15.0 + 0.5 * (at % 61)) / paddle_half[0];
        double y = (-11.0 + 0.5 * (at / 61 % 45)) / paddle_half[1];
        double z = -65.0 + 0.5 * (at / 61 / 45), r = hypot(x, y);
        bool inside = r <= 1.0 && z <= 0.0 && z >= -paddle_length;
        grid->value[at] = inside ? (float)(r > 0.8 || z > -2.0 ? shell : core) : 0.0F;
    }
    return grid;
}

static inline void paddle_place(double out[3], double x, double y, double z)
{
    out[0] = x;
    out[1] = y;
    out[2] = z;
}

/* side 1: radial is +x; -1: the mirror image. */
static inline struct paddle paddle_make(double side, double shell, double core)
{
    struct paddle p = {paddle_surface(side), paddle_density(shell, core), {0}};
    struct ost_study_anatomy *a = &p.bone.anatomy;
    p.bone.surface = p.surface;
    p.bone.density = p.density;
    paddle_place(a->axis, 0, 0, 1);
    paddle_place(a->radial, side, 0, 0);
    paddle_place(a->volar, 0, -1, 0);
    paddle_place(a->styloid, side * 12.5, 0, 0);
    paddle_place(a->corner_volar, side * -11, -4, 0);
    paddle_place(a->corner_dorsal, side * -11, 4, 0);
    paddle_place(a->lip_volar, side * -5.5, -8, 0);
    paddle_place(a->lip_dorsal, side * -5.5, 8, 0);
    return p;
}

static inline void paddle_free(struct paddle *p)
{
    ost_mesh_destroy(p->surface);
    ost_grid_destroy(p->density);
}

#endif
