#include "fem/mesh/tet.h"

#include <stdlib.h>
#include <string.h>

/* Edges by their ends, lower first; an open hash table that holds the nodes amid them. */
struct edges {
    uint64_t *key; /* 0: an empty place; no edge has it, its ends differ */
    uint32_t *node;
    uint64_t mask;
    uint32_t count; /* nodes so far, corners with them */
};

static uint32_t find_or_add(struct edges *e, uint32_t a, uint32_t b)
{
    uint64_t key = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
    uint64_t at = (key * UINT64_C(0x9e3779b97f4a7c15)) >> 24 & e->mask;
    while (e->key[at] != 0 && e->key[at] != key)
        at = (at + 1) & e->mask;
    if (e->key[at] == 0) {
        e->key[at] = key;
        e->node[at] = e->count++;
    }
    return e->node[at];
}

/* Room for six edges of every element, though neighbours share most of theirs. */
static bool open_table(struct edges *e, uint32_t tets)
{
    uint64_t size = 64;
    while (size < (uint64_t)tets * 7)
        size *= 2;
    e->mask = size - 1;
    e->key = calloc(size, sizeof *e->key);
    e->node = malloc(size * sizeof *e->node);
    return e->key != NULL && e->node != NULL;
}

static void number_edges(const struct ost_tet_mesh *mesh, struct edges *e, uint32_t (*middle)[6])
{
    e->count = mesh->node_count;
    for (uint32_t t = 0; t < mesh->tet_count; t++) {
        for (int k = 0; k < 6; k++) {
            middle[t][k] =
                find_or_add(e, mesh->tet[t][ost_tet_edge[k][0]], mesh->tet[t][ost_tet_edge[k][1]]);
        }
    }
}

static void place_nodes(const struct ost_tet_mesh *from, struct ost_tet_mesh *to)
{
    memcpy(to->node, from->node, (size_t)from->node_count * sizeof *to->node);
    memcpy(to->tet, from->tet, (size_t)from->tet_count * sizeof *to->tet);
    for (uint32_t t = 0; t < to->tet_count; t++) {
        for (int k = 0; k < 6; k++) {
            const double *p = to->node[to->tet[t][ost_tet_edge[k][0]]];
            const double *q = to->node[to->tet[t][ost_tet_edge[k][1]]];
            for (int axis = 0; axis < 3; axis++)
                to->node[to->middle[t][k]][axis] = 0.5 * (p[axis] + q[axis]);
        }
    }
}

bool ost_tet_mesh_quadratic(const struct ost_tet_mesh *mesh, struct ost_tet_mesh **out,
                            struct ost_err *err)
{
    *out = NULL;
    if (mesh->middle != NULL)
        return ost_fail(err, OST_INVALID, "tetrahedra: these have ten nodes already");
    struct edges e = {0};
    uint32_t(*middle)[6] = malloc((size_t)mesh->tet_count * sizeof *middle);
    bool ok = open_table(&e, mesh->tet_count) && middle != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "tetrahedra: no room for the edges of %u elements",
                       mesh->tet_count);
    if (ok)
        number_edges(mesh, &e, middle);
    free(e.key);
    free(e.node);
    if (!ok || !ost_tet_mesh_create(out, e.count, mesh->tet_count, err)) {
        free(middle);
        return false;
    }
    (*out)->middle = middle;
    place_nodes(mesh, *out);
    return true;
}
