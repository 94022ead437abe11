/*
 * A mesh of tetrahedra of four nodes, or of ten with straight edges: plain arrays,
 * millimetres, patient axes (LPS). Corners (a, b, c, d) are ordered so that
 * (b-a) x (c-a) . (d-a) > 0, the order VTK and most solvers use; the nodes amid the
 * edges come as ost_tet_edge says, VTK's and CalculiX' order. The arrays are the interface.
 */
#ifndef OST_FEM_MESH_TET_H
#define OST_FEM_MESH_TET_H

#include "recon/base/err.h"

#include <stdint.h>

OST_C_BEGIN

enum { OST_TETS_MOST = 40000000, OST_TET_NODES_MOST = 20000000 };

struct ost_tet_mesh {
    uint32_t node_count, tet_count;
    double (*node)[3];     /* owned; mm */
    uint32_t (*tet)[4];    /* owned; indices into `node` */
    uint32_t (*middle)[6]; /* owned; of the nodes amid the edges, NULL for four-node elements */
};

/* The corners at the ends of each edge. */
extern const int ost_tet_edge[6][2];

OST_MUST_CHECK
bool ost_tet_mesh_create(struct ost_tet_mesh **out, uint32_t node_count, uint32_t tet_count,
                         struct ost_err *err);
/* Of arrays from malloc() with room for more: they are the mesh's from now on, also where it fails.
 */
OST_MUST_CHECK
bool ost_tet_mesh_take(struct ost_tet_mesh **out, double (*node)[3], uint32_t node_count,
                       uint32_t (*tet)[4], uint32_t tet_count, struct ost_err *err);
void ost_tet_mesh_destroy(struct ost_tet_mesh *mesh); /* NULL is fine */
OST_AUTO_DEFINE(ost_tet_mesh);

/*
 * The same elements with ten nodes: those of `mesh` in their order, then one amid each
 * edge. Fails with OST_INVALID where there are ten already, OST_LIMIT or OST_NOMEM
 * where they are too many.
 */
OST_MUST_CHECK
bool ost_tet_mesh_quadratic(const struct ost_tet_mesh *mesh, struct ost_tet_mesh **out,
                            struct ost_err *err);

/*
 * Two bodies of four-node elements in one mesh, `a` first, sharing nothing: bones that stand
 * nearer to each other than an edge are meshed each alone, where one field would join them.
 */
OST_MUST_CHECK
bool ost_tet_mesh_join(const struct ost_tet_mesh *a, const struct ost_tet_mesh *b,
                       struct ost_tet_mesh **out, struct ost_err *err);

/* The element's nodes, corners first; returns 4 or 10. */
static inline uint32_t ost_tet_nodes(const struct ost_tet_mesh *mesh, uint32_t tet,
                                     uint32_t node[10])
{
    for (int k = 0; k < 4; k++)
        node[k] = mesh->tet[tet][k];
    for (int k = 0; k < 6 && mesh->middle != NULL; k++)
        node[4 + k] = mesh->middle[tet][k];
    return mesh->middle != NULL ? 10 : 4;
}

/*
 * Every index in range, every coordinate finite, every volume above zero, every node
 * amid an edge in its middle.
 */
OST_MUST_CHECK bool ost_tet_mesh_check(const struct ost_tet_mesh *mesh, struct ost_err *err);

/* mm3, signed. */
double ost_tet_volume(const struct ost_tet_mesh *mesh, uint32_t tet);
double ost_tet_mesh_volume(const struct ost_tet_mesh *mesh);

OST_C_END

#endif
