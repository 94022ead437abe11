#include "recon/mesh/edge.h"

#include "recon/base/array.h"

#include <stdlib.h>

static int compare_u32(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int by_vertices(const void *left, const void *right)
{
    const struct ost_edge *a = left, *b = right;
    int order = compare_u32(a->low, b->low);
    if (order == 0)
        order = compare_u32(a->high, b->high);
    if (order == 0)
        order = compare_u32(a->triangle, b->triangle);
    return order != 0 ? order : (int)a->corner - (int)b->corner;
}

bool ost_edges_create(struct ost_edges **out, const struct ost_mesh *mesh, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_edges) edges = calloc(1, sizeof *edges);
    size_t count = (size_t)mesh->triangle_count * 3;
    if (edges == NULL)
        return ost_fail(err, OST_NOMEM, "edges: out of memory");
    edges->edge = calloc(count + 1, sizeof *edges->edge);
    if (edges->edge == NULL)
        return ost_fail(err, OST_NOMEM, "edges: no room for %zu", count);

    for (size_t i = 0; i < count; i++) {
        uint32_t triangle = (uint32_t)(i / 3);
        uint8_t corner = (uint8_t)(i % 3);
        uint32_t a = mesh->triangle[triangle][corner];
        uint32_t b = mesh->triangle[triangle][(corner + 1) % 3];
        edges->edge[i] = (struct ost_edge){.low = a < b ? a : b,
                                           .high = a < b ? b : a,
                                           .triangle = triangle,
                                           .corner = corner,
                                           .forward = a < b};
    }
    qsort(edges->edge, count, sizeof *edges->edge, by_vertices);
    edges->count = count;
    *out = ost_steal(&edges);
    return true;
}

void ost_edges_destroy(struct ost_edges *edges)
{
    if (edges == NULL)
        return;
    free(edges->edge);
    free(edges);
}

size_t ost_edges_run(const struct ost_edges *edges, size_t at)
{
    size_t end = at;
    while (end < edges->count && edges->edge[end].low == edges->edge[at].low &&
           edges->edge[end].high == edges->edge[at].high)
        end++;
    return end - at;
}
