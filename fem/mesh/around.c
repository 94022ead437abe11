#include "fem/mesh/around_impl.h"

#include <string.h>

void fill_around(const struct ost_tet_mesh *mesh, const unsigned char *of, uint32_t *first,
                 uint32_t *around)
{
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        for (int k = 0; k < 4; k++)
            first[mesh->tet[e][k] + 1] += of == NULL || of[mesh->tet[e][k]];
    }
    for (uint32_t n = 0; n < mesh->node_count; n++)
        first[n + 1] += first[n];
    const uint32_t total = first[mesh->node_count];
    for (uint32_t e = mesh->tet_count; e-- > 0;) {
        for (int k = 0; k < 4; k++) {
            if (of == NULL || of[mesh->tet[e][k]])
                around[--first[mesh->tet[e][k] + 1]] = e;
        }
    }
    memmove(first, first + 1, mesh->node_count * sizeof *first);
    first[mesh->node_count] = total;
}
