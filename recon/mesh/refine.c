#include "recon/mesh/refine.h"

#include "recon/mesh/edge.h"

#include <stdlib.h>
#include <string.h>

/* The number of the vertex in the middle of each side, by 3 * triangle + corner. */
static uint32_t number_sides(const struct ost_edges *edges, uint32_t first, uint32_t *side)
{
    uint32_t next = first;
    for (size_t at = 0; at < edges->count;) {
        size_t run = ost_edges_run(edges, at);
        for (size_t k = at; k < at + run; k++) {
            side[3 * (size_t)edges->edge[k].triangle + edges->edge[k].corner] = next;
        }
        next++;
        at += run;
    }
    return next;
}

static void middle(const float a[3], const float b[3], float out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = 0.5F * (a[k] + b[k]);
}

static void fill(const struct ost_mesh *in, const uint32_t *side, struct ost_mesh *out)
{
    memcpy(out->vertex, in->vertex, in->vertex_count * sizeof *in->vertex);
    for (uint32_t t = 0; t < in->triangle_count; t++) {
        const uint32_t *v = in->triangle[t], *m = side + 3 * (size_t)t;
        for (int c = 0; c < 3; c++)
            middle(in->vertex[v[c]], in->vertex[v[(c + 1) % 3]], out->vertex[m[c]]);
        const uint32_t four[4][3] = {
            {v[0], m[0], m[2]}, {m[0], v[1], m[1]}, {m[2], m[1], v[2]}, {m[0], m[1], m[2]}};
        memcpy(out->triangle[4 * (size_t)t], four, sizeof four);
    }
}

bool ost_mesh_refine(const struct ost_mesh *in, struct ost_mesh **out, struct ost_err *err)
{
    OST_AUTO(ost_edges) edges = NULL;
    if (!ost_edges_create(&edges, in, err)) {
        return false;
    }
    uint32_t *side = calloc(3 * (size_t)in->triangle_count + 1, sizeof *side);
    if (side == NULL) {
        return ost_fail(err, OST_NOMEM, "refine: %u triangles", in->triangle_count);
    }
    uint32_t count = number_sides(edges, in->vertex_count, side);
    bool ok = ost_mesh_create(out, count, 4 * in->triangle_count, err);
    if (ok) {
        fill(in, side, *out);
    }
    free(side);
    return ok;
}
