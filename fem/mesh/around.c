#include "fem/mesh/around_impl.h"

#include <string.h>

void fill_around(const struct ost_tet_mesh *mesh, uint32_t *first, uint32_t *around)
{
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        for (int k = 0; k < 4; k++)
            first[mesh->tet[e][k] + 1]++;
    }
    for (uint32_t n = 0; n < mesh->node_count; n++)
        first[n + 1] += first[n];
    for (uint32_t e = mesh->tet_count; e-- > 0;) {
        for (int k = 0; k < 4; k++)
            around[--first[mesh->tet[e][k] + 1]] = e;
    }
    memmove(first, first + 1, mesh->node_count * sizeof *first);
    first[mesh->node_count] = 4 * mesh->tet_count;
}
