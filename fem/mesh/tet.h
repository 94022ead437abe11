/*
 * A mesh of four-node tetrahedra: plain arrays, millimetres, patient axes (LPS).
 * Corners (a, b, c, d) are ordered so that (b-a) x (c-a) . (d-a) > 0, the order
 * VTK and most solvers use. The arrays are the interface.
 */
#ifndef OST_FEM_MESH_TET_H
#define OST_FEM_MESH_TET_H

#include "recon/base/err.h"

#include <stdint.h>

OST_C_BEGIN

enum { OST_TETS_MOST = 40000000, OST_TET_NODES_MOST = 20000000 };

struct ost_tet_mesh {
    uint32_t node_count, tet_count;
    double (*node)[3];  /* owned; mm */
    uint32_t (*tet)[4]; /* owned; indices into `node` */
};

OST_MUST_CHECK
bool ost_tet_mesh_create(struct ost_tet_mesh **out, uint32_t node_count, uint32_t tet_count,
                         struct ost_err *err);
void ost_tet_mesh_destroy(struct ost_tet_mesh *mesh); /* NULL is fine */
OST_AUTO_DEFINE(ost_tet_mesh);

/* Every index in range, every coordinate finite, every volume above zero. */
OST_MUST_CHECK bool ost_tet_mesh_check(const struct ost_tet_mesh *mesh, struct ost_err *err);

/* mm3, signed. */
double ost_tet_volume(const struct ost_tet_mesh *mesh, uint32_t tet);
double ost_tet_mesh_volume(const struct ost_tet_mesh *mesh);

OST_C_END

#endif
