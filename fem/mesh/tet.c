#include "fem/mesh/tet.h"

#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

const int ost_tet_edge[6][2] = {{0, 1}, {1, 2}, {0, 2}, {0, 3}, {1, 3}, {2, 3}};

/* A mesh of so many, whose arrays are yet to come. */
static bool begin(struct ost_tet_mesh **out, uint32_t node_count, uint32_t tet_count,
                  struct ost_err *err)
{
    *out = NULL;
    if (node_count == 0 || tet_count == 0 || node_count > OST_TET_NODES_MOST ||
        tet_count > OST_TETS_MOST) {
        return ost_fail(err, OST_LIMIT, "tetrahedra: %u nodes and %u elements, limit %d and %d",
                        node_count, tet_count, OST_TET_NODES_MOST, OST_TETS_MOST);
    }
    struct ost_tet_mesh *mesh = calloc(1, sizeof *mesh);
    if (mesh == NULL)
        return ost_fail(err, OST_NOMEM, "tetrahedra: out of memory");
    mesh->node_count = node_count;
    mesh->tet_count = tet_count;
    *out = mesh;
    return true;
}

bool ost_tet_mesh_take(struct ost_tet_mesh **out, double (*node)[3], uint32_t node_count,
                       uint32_t (*tet)[4], uint32_t tet_count, struct ost_err *err)
{
    if (!begin(out, node_count, tet_count, err)) {
        free(node);
        free(tet);
        return false;
    }
    /* What shrinks may stay where it is, and if it cannot it is only too large. */
    double(*less_node)[3] = realloc(node, (size_t)node_count * sizeof *node);
    uint32_t(*less_tet)[4] = realloc(tet, (size_t)tet_count * sizeof *tet);
    (*out)->node = less_node != NULL ? less_node : node;
    (*out)->tet = less_tet != NULL ? less_tet : tet;
    return true;
}

bool ost_tet_mesh_create(struct ost_tet_mesh **out, uint32_t node_count, uint32_t tet_count,
                         struct ost_err *err)
{
    OST_AUTO(ost_tet_mesh) mesh = NULL;
    *out = NULL;
    if (!begin(&mesh, node_count, tet_count, err))
        return false;
    mesh->node = calloc(node_count, sizeof *mesh->node);
    mesh->tet = calloc(tet_count, sizeof *mesh->tet);
    if (mesh->node == NULL || mesh->tet == NULL)
        return ost_fail(err, OST_NOMEM, "tetrahedra: no room for %u elements", tet_count);
    *out = ost_steal(&mesh);
    return true;
}

void ost_tet_mesh_destroy(struct ost_tet_mesh *mesh)
{
    if (mesh == NULL)
        return;
    free(mesh->node);
    free(mesh->tet);
    free(mesh->middle);
    free(mesh);
}

double ost_tet_volume(const struct ost_tet_mesh *mesh, uint32_t tet)
{
    const uint32_t *t = mesh->tet[tet];
    double u[3], v[3], w[3], n[3];
    ost_sub(mesh->node[t[1]], mesh->node[t[0]], u);
    ost_sub(mesh->node[t[2]], mesh->node[t[0]], v);
    ost_sub(mesh->node[t[3]], mesh->node[t[0]], w);
    ost_cross(u, v, n);
    return ost_dot(n, w) / 6.0;
}

double ost_tet_mesh_volume(const struct ost_tet_mesh *mesh)
{
    double sum = 0.0;
    for (uint32_t e = 0; e < mesh->tet_count; e++)
        sum += ost_tet_volume(mesh, e);
    return sum;
}

static bool check_tet(const struct ost_tet_mesh *mesh, uint32_t tet, struct ost_err *err)
{
    for (int k = 0; k < 4; k++) {
        if (mesh->tet[tet][k] >= mesh->node_count) {
            return ost_fail(err, OST_CORRUPT, "tetrahedron %u uses node %u of %u", tet,
                            mesh->tet[tet][k], mesh->node_count);
        }
    }
    if (!(ost_tet_volume(mesh, tet) > 0.0))
        return ost_fail(err, OST_CORRUPT, "tetrahedron %u has no volume", tet);
    return true;
}

/* Nothing here can follow a bent edge: a node off the middle would be taken for one on it. */
static bool check_middle(const struct ost_tet_mesh *mesh, uint32_t tet, struct ost_err *err)
{
    for (int k = 0; k < 6; k++) {
        uint32_t n = mesh->middle[tet][k];
        if (n >= mesh->node_count) {
            return ost_fail(err, OST_CORRUPT, "tetrahedron %u uses node %u of %u", tet, n,
                            mesh->node_count);
        }
        const double *p = mesh->node[mesh->tet[tet][ost_tet_edge[k][0]]];
        const double *q = mesh->node[mesh->tet[tet][ost_tet_edge[k][1]]];
        double off[3];
        for (int axis = 0; axis < 3; axis++)
            off[axis] = mesh->node[n][axis] - 0.5 * (p[axis] + q[axis]);
        if (!(ost_length(off) <= 1e-6 * ost_distance(p, q))) {
            return ost_fail(err, OST_UNSUPPORTED,
                            "tetrahedron %u has a bent edge; put node %u in its middle", tet, n);
        }
    }
    return true;
}

bool ost_tet_mesh_check(const struct ost_tet_mesh *mesh, struct ost_err *err)
{
    for (uint32_t i = 0; i < mesh->node_count; i++) {
        const double *p = mesh->node[i];
        if (!isfinite(p[0]) || !isfinite(p[1]) || !isfinite(p[2]))
            return ost_fail(err, OST_CORRUPT, "node %u is not finite", i);
    }
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        if (!check_tet(mesh, e, err) || (mesh->middle != NULL && !check_middle(mesh, e, err)))
            return false;
    }
    return true;
}

bool ost_tet_mesh_join(const struct ost_tet_mesh *a, const struct ost_tet_mesh *b,
                       struct ost_tet_mesh **out, struct ost_err *err)
{
    *out = NULL;
    if (a->middle != NULL || b->middle != NULL)
        return ost_fail(err, OST_INVALID, "only meshes of four-node elements are joined");
    uint64_t nodes = (uint64_t)a->node_count + b->node_count;
    uint64_t tets = (uint64_t)a->tet_count + b->tet_count;
    OST_AUTO(ost_tet_mesh) mesh = NULL;
    if (nodes > OST_TET_NODES_MOST || tets > OST_TETS_MOST)
        return ost_fail(err, OST_LIMIT, "two meshes of %llu elements together",
                        (unsigned long long)tets);
    if (!ost_tet_mesh_create(&mesh, (uint32_t)nodes, (uint32_t)tets, err) || mesh == NULL)
        return false;
    memcpy(mesh->node, a->node, a->node_count * sizeof *a->node);
    memcpy(mesh->node + a->node_count, b->node, b->node_count * sizeof *b->node);
    memcpy(mesh->tet, a->tet, a->tet_count * sizeof *a->tet);
    for (uint32_t e = 0; e < b->tet_count; e++) {
        for (int k = 0; k < 4; k++)
            mesh->tet[a->tet_count + e][k] = a->node_count + b->tet[e][k];
    }
    *out = ost_steal(&mesh);
    return true;
}
