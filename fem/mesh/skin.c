#include "fem/mesh/skin.h"

#include <stdlib.h>
#include <string.h>

/* number[node] becomes its vertex; returns how many there are. */
static uint32_t number_vertices(const struct ost_boundary *boundary, uint32_t node_count,
                                uint32_t *number, uint32_t *node_of_vertex)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < 3 * boundary->face_count; i++)
        number[boundary->face[i / 3][i % 3]] = 1;
    for (uint32_t n = 0; n < node_count; n++) {
        if (number[n] == 0)
            continue;
        node_of_vertex[count] = n;
        number[n] = count++;
    }
    return count;
}

bool ost_skin_create(const struct ost_boundary *boundary, const struct ost_tet_mesh *mesh,
                     struct ost_mesh **out, uint32_t **node_of_vertex, struct ost_err *err)
{
    *out = NULL;
    uint32_t *number = calloc((size_t)mesh->node_count + 1, sizeof *number);
    uint32_t *node = calloc((size_t)mesh->node_count + 1, sizeof *node);
    OST_AUTO(ost_mesh) skin = NULL;
    bool ok = number != NULL && node != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "no room for the skin of %u nodes", mesh->node_count);
    uint32_t count = ok ? number_vertices(boundary, mesh->node_count, number, node) : 0;
    ok = ok && ost_mesh_create(&skin, count, boundary->face_count, err) && skin != NULL;
    for (uint32_t i = 0; i < 3 * count && ok; i++)
        skin->vertex[i / 3][i % 3] = (float)mesh->node[node[i / 3]][i % 3];
    for (uint32_t i = 0; i < 3 * boundary->face_count && ok; i++)
        skin->triangle[i / 3][i % 3] = number[boundary->face[i / 3][i % 3]];
    free(number);
    *node_of_vertex = ok ? node : NULL;
    if (!ok)
        free(node);
    if (ok)
        *out = ost_steal(&skin);
    return ok;
}
