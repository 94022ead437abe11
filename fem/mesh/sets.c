#include "fem/mesh/sets.h"

void ost_sets_begin(uint32_t *parent, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        parent[i] = i;
}

uint32_t ost_sets_root(uint32_t *parent, uint32_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

uint32_t ost_sets_join(uint32_t *parent, uint32_t i, uint32_t j)
{
    uint32_t a = ost_sets_root(parent, i), b = ost_sets_root(parent, j);
    parent[a > b ? a : b] = a > b ? b : a;
    return a != b;
}
