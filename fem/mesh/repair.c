#include "fem/mesh/around_impl.h"
#include "fem/mesh/boundary_impl.h"
#include "fem/mesh/repair_impl.h"
#include "fem/mesh/sets.h"

#include <stdlib.h>
#include <string.h>

/*
 * Takes the flagged elements out and renumbers the nodes that are left, in order; whose
 * neighbours are gone stands on the outer surface now.
 */
static bool compact(struct ost_tet_mesh *mesh, const unsigned char *gone, unsigned char *outer,
                    struct ost_err *err)
{
    uint32_t *number = malloc((size_t)mesh->node_count * sizeof *number);
    if (number == NULL)
        return ost_fail(err, OST_NOMEM, "no room to renumber %u nodes", mesh->node_count);
    memset(number, 0xff, (size_t)mesh->node_count * sizeof *number);
    uint32_t tets = 0, nodes = 0;
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        for (int k = 0; k < 4 && gone[e]; k++)
            outer[mesh->tet[e][k]] = 1;
        if (gone[e])
            continue;
        memmove(mesh->tet[tets], mesh->tet[e], sizeof *mesh->tet);
        for (int k = 0; k < 4; k++)
            number[mesh->tet[tets][k]] = 0;
        tets++;
    }
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        if (number[n] != 0)
            continue;
        memmove(mesh->node[nodes], mesh->node[n], sizeof *mesh->node);
        outer[nodes] = outer[n];
        number[n] = nodes++;
    }
    for (uint32_t e = 0; e < tets; e++) {
        for (int k = 0; k < 4; k++)
            mesh->tet[e][k] = number[mesh->tet[e][k]];
    }
    mesh->tet_count = tets;
    mesh->node_count = nodes;
    free(number);
    return true;
}

/* What a round of mending knows. */
struct ward {
    const struct ost_tet_mesh *mesh;
    uint32_t (*across)[4];
    uint32_t *first, *around; /* elements round node n: around[first[n] .. first[n + 1]) */
    unsigned char *gone;
};

static bool has_node(const struct ost_tet_mesh *mesh, uint32_t tet, uint32_t node)
{
    const uint32_t *t = mesh->tet[tet];
    return t[0] == node || t[1] == node || t[2] == node || t[3] == node;
}

static bool touch(const struct ward *w, uint32_t a, uint32_t b)
{
    const uint32_t *across = w->across[a];
    return across[0] == b || across[1] == b || across[2] == b || across[3] == b;
}

/* Joins those of `list` that lie across a face from one another. */
static void group(const struct ward *w, const uint32_t *list, uint32_t count, uint32_t *parent)
{
    ost_sets_begin(parent, count);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = i + 1; j < count; j++) {
            if (touch(w, list[i], list[j]))
                (void)ost_sets_join(parent, i, j);
        }
    }
}

/*
 * Flags all but the largest group of the elements that touch node `a` and, where it is
 * another node, `b`.
 */
static uint32_t cut_apart(struct ward *w, uint32_t a, uint32_t b)
{
    enum { OST_MOST = 256 };
    uint32_t list[OST_MOST], parent[OST_MOST], count = 0, cut = 0;
    double volume[OST_MOST] = {0};
    for (uint32_t i = w->first[a]; i < w->first[a + 1] && count < OST_MOST; i++) {
        if (!w->gone[w->around[i]] && has_node(w->mesh, w->around[i], b))
            list[count++] = w->around[i];
    }
    group(w, list, count, parent);
    uint32_t best = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t root = ost_sets_root(parent, i);
        volume[root] += ost_tet_volume(w->mesh, list[i]);
        best = volume[root] > volume[best] ? root : best;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (ost_sets_root(parent, i) != best) {
            w->gone[list[i]] = 1;
            cut++;
        }
    }
    return cut;
}

static uint32_t cut_edges(struct ward *w, const struct rim *rim, uint32_t count)
{
    uint32_t cut = 0;
    for (uint32_t i = 0, run; i < count; i += run) {
        run = boundary_run(rim, count, i);
        if (run != 2)
            cut += cut_apart(w, rim[i].low, rim[i].high);
    }
    return cut;
}

/* Vertices with more than one fan of faces round them; `seen` is 0 for every node. */
static uint32_t cut_vertices(struct ward *w, const struct ost_boundary *boundary, uint32_t *fan,
                             unsigned char *seen)
{
    uint32_t cut = 0;
    for (uint32_t i = 0; i < 3 * boundary->face_count; i++) {
        uint32_t node = boundary->face[i / 3][i % 3];
        if (ost_sets_root(fan, i) != i)
            continue;
        if (seen[node]++ == 1)
            cut += cut_apart(w, node, node);
    }
    return cut;
}

static bool mend(struct ward *w, const struct ost_boundary *boundary, uint32_t *cut,
                 struct ost_err *err)
{
    uint32_t count = 3 * boundary->face_count;
    struct rim *rim = boundary_rims(boundary);
    uint32_t *fan = malloc(((size_t)count + 1) * sizeof *fan);
    unsigned char *seen = calloc((size_t)w->mesh->node_count + 1, 1);
    bool ok = rim != NULL && fan != NULL && seen != NULL;
    if (ok) {
        fill_around(w->mesh, NULL, w->first, w->around);
        *cut = cut_edges(w, rim, count);
        boundary_fans(rim, count, fan);
        if (*cut == 0)
            *cut = cut_vertices(w, boundary, fan, seen);
    }
    free(rim);
    free(fan);
    free(seen);
    return ok || ost_fail(err, OST_NOMEM, "no room for %u boundary edges", count);
}

static bool round_of_mending(struct ost_tet_mesh *mesh, unsigned char *outer,
                             const struct ost_boundary *boundary, uint32_t *cut,
                             struct ost_err *err)
{
    struct ward w = {.mesh = mesh,
                     .across = malloc(((size_t)mesh->tet_count + 1) * sizeof *w.across),
                     .first = calloc((size_t)mesh->node_count + 1, sizeof *w.first),
                     .around = malloc(((size_t)mesh->tet_count + 1) * 4 * sizeof *w.around),
                     .gone = calloc((size_t)mesh->tet_count + 1, 1)};
    bool ok = w.across != NULL && w.first != NULL && w.around != NULL && w.gone != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "no room to mend %u elements", mesh->tet_count);
    ok = ok && ost_tet_neighbours(mesh, w.across, err) && mend(&w, boundary, cut, err);
    if (ok && *cut > 0)
        ok = compact(mesh, w.gone, outer, err);
    free(w.across);
    free(w.first);
    free(w.around);
    free(w.gone);
    return ok;
}

bool repair_pinches(struct ost_tet_mesh *mesh, unsigned char *outer, uint32_t *removed,
                    struct ost_boundary **boundary, uint32_t *parts, struct ost_err *err)
{
    const int rounds = 20;
    *removed = *parts = 0;
    *boundary = NULL;
    for (int round = 0;; round++) {
        OST_AUTO(ost_boundary) now = NULL;
        struct ost_topology topology;
        uint32_t cut = 0;
        if (!boundary_among(&now, mesh, outer, err) ||
            !ost_boundary_topology(now, mesh->node_count, &topology, err))
            return false;
        bool sound = topology.bad_edges == 0 && topology.pinched == 0;
        if (!sound && round < rounds && !round_of_mending(mesh, outer, now, &cut, err))
            return false;
        *removed += cut;
        if (cut > 0)
            continue;
        *boundary = ost_steal(&now);
        *parts = topology.components;
        return true;
    }
}

/* The largest set by volume keeps its elements. */
static uint32_t flag_islands(const struct ost_tet_mesh *mesh, uint32_t *parent, double *volume,
                             unsigned char *gone)
{
    uint32_t best = 0, count = 0;
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        uint32_t root = ost_sets_root(parent, mesh->tet[e][0]);
        volume[root] += ost_tet_volume(mesh, e);
        best = volume[root] > volume[best] ? root : best;
    }
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        gone[e] = ost_sets_root(parent, mesh->tet[e][0]) != best;
        count += gone[e];
    }
    return count;
}

bool repair_largest(struct ost_tet_mesh *mesh, unsigned char *outer, uint32_t *removed,
                    struct ost_err *err)
{
    uint32_t *parent = malloc((size_t)mesh->node_count * sizeof *parent), pieces = mesh->node_count;
    double *volume = calloc(mesh->node_count, sizeof *volume);
    unsigned char *gone = calloc(mesh->tet_count, 1);
    bool ok = parent != NULL && volume != NULL && gone != NULL;
    *removed = 0;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "no room to join %u elements", mesh->tet_count);
    if (ok)
        ost_sets_begin(parent, mesh->node_count);
    for (uint32_t e = 0; e < mesh->tet_count && ok; e++) {
        for (int k = 1; k < 4; k++)
            pieces -= ost_sets_join(parent, mesh->tet[e][0], mesh->tet[e][k]);
    }
    if (ok && pieces > 1) {
        *removed = flag_islands(mesh, parent, volume, gone);
        ok = *removed == 0 || compact(mesh, gone, outer, err);
    }
    free(parent);
    free(volume);
    free(gone);
    return ok;
}
