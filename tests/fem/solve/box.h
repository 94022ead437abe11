/* A box of cubes, each split into six tetrahedra (Kuhn), with room for holds and loads. */
#ifndef OST_TESTS_FEM_SOLVE_BOX_H
#define OST_TESTS_FEM_SOLVE_BOX_H

#include "fem/solve/problem.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

struct box {
    struct ost_tet_mesh *mesh;
    uint32_t cells[3];
    double size[3];
    double *modulus;
    uint8_t *held;
    double (*place)[3], (*force)[3];
};

static inline uint32_t box_node(const struct box *b, uint32_t i, uint32_t j, uint32_t k)
{
    return (k * (b->cells[1] + 1) + j) * (b->cells[0] + 1) + i;
}

/* The six paths from a cube's first corner to its last, one axis at a time. */
static inline void box_fill_cell(struct box *b, const uint32_t cell[3], uint32_t (*tet)[4])
{
    static const int path[6][3] = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1},
                                   {0, 2, 1}, {2, 1, 0}, {1, 0, 2}};
    for (int p = 0; p < 6; p++) {
        uint32_t at[3] = {cell[0], cell[1], cell[2]}, node[4];
        node[0] = box_node(b, at[0], at[1], at[2]);
        for (int step = 0; step < 3; step++) {
            at[path[p][step]]++;
            node[step + 1] = box_node(b, at[0], at[1], at[2]);
        }
        bool even = p < 3;
        const uint32_t turned[4] = {node[0], node[even ? 1 : 2], node[even ? 2 : 1], node[3]};
        memcpy(tet[p], turned, sizeof turned);
    }
}

static inline struct box box_make(const double size[3], const uint32_t cells[3], double modulus)
{
    struct box b = {0};
    memcpy(b.cells, cells, sizeof b.cells);
    memcpy(b.size, size, sizeof b.size);
    uint32_t nodes = (cells[0] + 1) * (cells[1] + 1) * (cells[2] + 1);
    uint32_t cubes = cells[0] * cells[1] * cells[2];
    assert_true(ost_tet_mesh_create(&b.mesh, nodes, 6 * cubes, NULL));
    for (uint32_t n = 0; n < nodes; n++) {
        uint32_t i = n % (cells[0] + 1), row = n / (cells[0] + 1);
        b.mesh->node[n][0] = size[0] * i / cells[0];
        b.mesh->node[n][1] = size[1] * (row % (cells[1] + 1)) / cells[1];
        b.mesh->node[n][2] = size[2] * (row / (cells[1] + 1)) / cells[2];
    }
    for (uint32_t c = 0; c < cubes; c++) {
        const uint32_t cell[3] = {c % cells[0], c / cells[0] % cells[1], c / cells[0] / cells[1]};
        box_fill_cell(&b, cell, b.mesh->tet + (size_t)6 * c);
    }
    b.modulus = malloc(6 * cubes * sizeof *b.modulus);
    b.held = calloc(nodes, 1);
    b.place = calloc(nodes, sizeof *b.place);
    b.force = calloc(nodes, sizeof *b.force);
    for (uint32_t e = 0; e < 6 * cubes; e++)
        b.modulus[e] = modulus;
    return b;
}

static inline void box_free(struct box *b)
{
    ost_tet_mesh_destroy(b->mesh);
    free(b->modulus);
    free(b->held);
    free(b->place);
    free(b->force);
}

static inline struct ost_fem_problem box_problem(const struct box *b, double poisson)
{
    return (struct ost_fem_problem){.mesh = b->mesh,
                                    .modulus = b->modulus,
                                    .poisson = poisson,
                                    .held = b->held,
                                    .place = (const double(*)[3])b->place,
                                    .force = (const double(*)[3])b->force};
}

/* The same box of ten-node elements; before anything is held or loaded. */
static inline void box_quadratic(struct box *b)
{
    struct ost_tet_mesh *mesh = NULL;
    assert_true(ost_tet_mesh_quadratic(b->mesh, &mesh, NULL));
    ost_tet_mesh_destroy(b->mesh);
    b->mesh = mesh;
    free(b->held);
    free(b->place);
    free(b->force);
    b->held = calloc(mesh->node_count, 1);
    b->place = calloc(mesh->node_count, sizeof *b->place);
    b->force = calloc(mesh->node_count, sizeof *b->force);
}

/*
 * A load of `total` on the face x = size[0], as constant traction gives it: a third of each
 * triangle's to its corners, or, with ten nodes, to the middles of its edges.
 */
static inline void box_load_end(struct box *b, const double total[3])
{
    const double *s = b->size;
    for (uint32_t e = 0; e < b->mesh->tet_count; e++) {
        for (int f = 0; f < 4; f++) {
            uint32_t corner[3], count = 0;
            for (int k = 0; k < 4; k++) {
                uint32_t n = b->mesh->tet[e][k];
                if (k != f && b->mesh->node[n][0] > s[0] * (1.0 - 1e-9))
                    corner[count++] = n;
            }
            if (count < 3 || b->mesh->node[b->mesh->tet[e][f]][0] > s[0] * (1.0 - 1e-9))
                continue;
            double share = 0.5 / b->cells[1] / b->cells[2] / 3.0;
            for (int edge = 0; edge < 6 && b->mesh->middle != NULL; edge++) {
                /* Edge by edge: those that do not touch the corner opposite the face. */
                if (ost_tet_edge[edge][0] != f && ost_tet_edge[edge][1] != f)
                    corner[--count] = b->mesh->middle[e][edge];
            }
            for (int c = 0; c < 3; c++)
                for (int k = 0; k < 3; k++)
                    b->force[corner[c]][k] += share * total[k];
        }
    }
}

#endif
