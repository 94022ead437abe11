#include "recon/mesh/cap.h"

#include "recon/math/vec.h"
#include "recon/mesh/cut.h"
#include "recon/mesh/edge.h"

#include <stdlib.h>
#include <string.h>

/* One hole, gathered over its rim. */
struct hole {
    double middle[3], length;
    double area[3]; /* Newell's vector area of the fan, out of the body */
    uint32_t edges;
    uint32_t lid; /* the vertex in its middle; 0: not made yet */
};

struct cap {
    const struct ost_mesh *mesh;
    const struct ost_edges *edges;
    uint32_t *label;   /* owned; per vertex, 1 + the least vertex of its rim; 0: on none */
    struct hole *hole; /* owned; by label - 1 */
    uint32_t rim_edges, holes;
};

static const struct ost_edge *rim_edge(const struct cap *c, size_t at, size_t run)
{
    return run == 1 ? &c->edges->edge[at] : NULL;
}

/* Spreads the least vertex along each rim until nothing changes. */
static void label_rims(struct cap *c)
{
    bool changed = true;
    for (size_t at = 0, run; (run = ost_edges_run(c->edges, at)) > 0; at += run) {
        const struct ost_edge *e = rim_edge(c, at, run);
        if (e == NULL)
            continue;
        c->label[e->low] = e->low + 1;
        c->label[e->high] = e->high + 1;
        c->rim_edges++;
    }
    while (changed) {
        changed = false;
        for (size_t at = 0, run; (run = ost_edges_run(c->edges, at)) > 0; at += run) {
            const struct ost_edge *e = rim_edge(c, at, run);
            if (e == NULL || c->label[e->low] == c->label[e->high])
                continue;
            uint32_t least =
                c->label[e->low] < c->label[e->high] ? c->label[e->low] : c->label[e->high];
            c->label[e->low] = c->label[e->high] = least;
            changed = true;
        }
    }
}

/* From and to of a rim edge as a lid must run along it: against the triangle there. */
static void ends_of(const struct ost_edge *e, uint32_t *from, uint32_t *to)
{
    *from = e->forward ? e->high : e->low;
    *to = e->forward ? e->low : e->high;
}

static void measure_holes(struct cap *c)
{
    for (size_t at = 0, run; (run = ost_edges_run(c->edges, at)) > 0; at += run) {
        const struct ost_edge *e = rim_edge(c, at, run);
        if (e == NULL)
            continue;
        struct hole *h = &c->hole[c->label[e->low] - 1];
        uint32_t from, to;
        ends_of(e, &from, &to);
        double p[3], q[3], cross[3];
        for (int k = 0; k < 3; k++) {
            p[k] = c->mesh->vertex[from][k];
            q[k] = c->mesh->vertex[to][k];
        }
        double length = ost_distance(p, q);
        ost_cross(p, q, cross);
        for (int k = 0; k < 3; k++) {
            h->middle[k] += 0.5 * length * (p[k] + q[k]);
            h->area[k] += 0.5 * cross[k];
        }
        h->length += length;
        h->edges++;
    }
    for (uint32_t v = 0; v < c->mesh->vertex_count; v++) {
        struct hole *h = &c->hole[v];
        c->holes += h->edges > 0 ? 1 : 0;
        for (int k = 0; k < 3 && h->length > 0.0; k++)
            h->middle[k] /= h->length;
    }
}

static void fan(const struct cap *c, struct ost_mesh *out)
{
    uint32_t vertex = c->mesh->vertex_count, triangle = c->mesh->triangle_count;
    memcpy(out->vertex, c->mesh->vertex, vertex * sizeof *out->vertex);
    memcpy(out->triangle, c->mesh->triangle, triangle * sizeof *out->triangle);
    for (size_t at = 0, run; (run = ost_edges_run(c->edges, at)) > 0; at += run) {
        const struct ost_edge *e = rim_edge(c, at, run);
        if (e == NULL)
            continue;
        struct hole *h = &c->hole[c->label[e->low] - 1];
        uint32_t from, to;
        if (h->lid == 0) {
            for (int k = 0; k < 3; k++)
                out->vertex[vertex][k] = (float)h->middle[k];
            h->lid = vertex++;
        }
        ends_of(e, &from, &to);
        out->triangle[triangle][0] = from;
        out->triangle[triangle][1] = to;
        out->triangle[triangle++][2] = h->lid;
    }
}

static void end_of(const struct cap *c, struct ost_compare_cut *end)
{
    const struct hole *longest = &c->hole[0];
    for (uint32_t v = 0; v < c->mesh->vertex_count; v++)
        longest = c->hole[v].length > longest->length ? &c->hole[v] : longest;
    memcpy(end->point, longest->middle, sizeof end->point);
    memcpy(end->normal, longest->area, sizeof end->normal);
    (void)ost_unit(end->normal);
}

static bool close_all(struct cap *c, struct ost_mesh **out, struct ost_compare_cut *end,
                      bool *has_end, struct ost_err *err)
{
    size_t cuts = 0;
    label_rims(c);
    measure_holes(c);
    *has_end = c->holes > 0;
    if (*has_end)
        end_of(c, end);
    else if (!ost_cut_find(c->mesh, end, 1, &cuts, err))
        return false;
    *has_end = *has_end || cuts > 0;
    if (!ost_mesh_create(out, c->mesh->vertex_count + c->holes,
                         c->mesh->triangle_count + c->rim_edges, err))
        return false;
    fan(c, *out);
    return true;
}

bool ost_mesh_cap(const struct ost_mesh *mesh, struct ost_mesh **out, struct ost_compare_cut *end,
                  bool *has_end, struct ost_err *err)
{
    OST_AUTO(ost_edges) edges = NULL;
    *out = NULL;
    *has_end = false;
    if (!ost_mesh_check(mesh, err) || !ost_edges_create(&edges, mesh, err))
        return false;
    struct cap c = {.mesh = mesh,
                    .edges = edges,
                    .label = calloc((size_t)mesh->vertex_count + 1, sizeof *c.label),
                    .hole = calloc((size_t)mesh->vertex_count + 1, sizeof *c.hole)};
    bool ok = c.label != NULL && c.hole != NULL;
    ok = ok ? close_all(&c, out, end, has_end, err)
            : ost_fail(err, OST_NOMEM, "cap: no room for %u vertices", mesh->vertex_count);
    free(c.label);
    free(c.hole);
    return ok;
}
