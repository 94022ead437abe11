#include "fem/mesh/boundary_impl.h"
#include "fem/mesh/sets.h"

#include <stdlib.h>
#include <string.h>

const int ost_tet_face[4][3] = {{1, 2, 3}, {0, 3, 2}, {0, 1, 3}, {0, 2, 1}};

/* A face by its corners in rising order, and whose it is. */
struct side {
    uint32_t low, middle, high;
    uint32_t tet;
    int face;
};

static void order(uint32_t *a, uint32_t *b)
{
    uint32_t low = *a < *b ? *a : *b, high = *a < *b ? *b : *a;
    *a = low;
    *b = high;
}

static struct side side_of(const struct ost_tet_mesh *mesh, uint32_t tet, int face)
{
    uint32_t v[3];
    for (int k = 0; k < 3; k++)
        v[k] = mesh->tet[tet][ost_tet_face[face][k]];
    order(&v[0], &v[1]);
    order(&v[1], &v[2]);
    order(&v[0], &v[1]);
    return (struct side){v[0], v[1], v[2], tet, face};
}

/* Bits 1, 2, 4, 8 for the faces with all nodes flagged; all of them where nobody flags. */
static unsigned faces_among(const struct ost_tet_mesh *mesh, uint32_t tet,
                            const unsigned char *outer)
{
    const uint32_t *t = mesh->tet[tet];
    if (outer == NULL)
        return 15;
    unsigned inner = 0;
    for (unsigned k = 0; k < 4; k++)
        inner |= outer[t[k]] ? 0 : 1U << k;
    /* With one inner node there is the face opposite it, with more none. */
    return inner == 0 ? 15 : (inner & (inner - 1)) == 0 ? inner : 0;
}

/* Faces are gathered by their lowest node: `first[n]` is where those of node n begin. */
static bool gather(const struct ost_tet_mesh *mesh, const unsigned char *outer, uint32_t *first,
                   struct side **side)
{
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        unsigned faces = faces_among(mesh, e, outer);
        for (int k = 0; k < 4 && faces != 0; k++) {
            if (faces >> k & 1)
                first[side_of(mesh, e, k).low + 1]++;
        }
    }
    for (uint32_t n = 0; n < mesh->node_count; n++)
        first[n + 1] += first[n];
    uint32_t total = first[mesh->node_count];
    *side = malloc(((size_t)total + 1) * sizeof **side);
    for (uint32_t e = mesh->tet_count; e-- > 0 && *side != NULL;) {
        unsigned faces = faces_among(mesh, e, outer);
        for (int k = 4; k-- > 0 && faces != 0;) {
            if (!(faces >> k & 1))
                continue;
            struct side s = side_of(mesh, e, k);
            (*side)[--first[s.low + 1]] = s;
        }
    }
    /* Filling from the end moved every beginning one place down. */
    memmove(first, first + 1, mesh->node_count * sizeof *first);
    first[mesh->node_count] = total;
    return *side != NULL;
}

/* Makes two elements neighbours; false where one has a neighbour there already. */
static bool make_neighbours(const struct side *a, const struct side *b, uint32_t (*across)[4])
{
    if (across[a->tet][a->face] != OST_TET_OUTSIDE || across[b->tet][b->face] != OST_TET_OUTSIDE) {
        return false;
    }
    across[a->tet][a->face] = b->tet;
    across[b->tet][b->face] = a->tet;
    return true;
}

/* Pairs the faces that share their lowest node. */
static bool pair_up(const struct side *side, uint32_t count, uint32_t (*across)[4],
                    struct ost_err *err)
{
    bool ok = true;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = i + 1; j < count; j++) {
            bool same = side[i].middle == side[j].middle && side[i].high == side[j].high;
            ok = ok && (!same || make_neighbours(&side[i], &side[j], across));
        }
    }
    return ok ||
           ost_fail(err, OST_CORRUPT, "a face at node %u belongs to three elements", side[0].low);
}

/* The faces not looked at have a neighbour for all we know: element 0. */
static bool pair_faces(const struct ost_tet_mesh *mesh, const unsigned char *outer,
                       uint32_t (*across)[4], struct ost_err *err)
{
    uint32_t *first = calloc((size_t)mesh->node_count + 1, sizeof *first);
    struct side *side = NULL;
    bool ok = first != NULL && gather(mesh, outer, first, &side);
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "no room for the faces of %u elements", mesh->tet_count);
    for (uint32_t e = 0; e < mesh->tet_count && ok; e++) {
        unsigned faces = faces_among(mesh, e, outer);
        for (int k = 0; k < 4; k++)
            across[e][k] = faces >> k & 1 ? OST_TET_OUTSIDE : 0;
    }
    for (uint32_t n = 0; n < mesh->node_count && ok; n++)
        ok = pair_up(side + first[n], first[n + 1] - first[n], across, err);
    free(first);
    free(side);
    return ok;
}

bool ost_tet_neighbours(const struct ost_tet_mesh *mesh, uint32_t (*across)[4], struct ost_err *err)
{
    return pair_faces(mesh, NULL, across, err);
}

void ost_boundary_destroy(struct ost_boundary *boundary)
{
    if (boundary == NULL)
        return;
    free(boundary->face);
    free(boundary->tet);
    free(boundary);
}

static bool collect(struct ost_boundary *b, const struct ost_tet_mesh *mesh, uint32_t (*across)[4],
                    struct ost_err *err)
{
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        for (int k = 0; k < 4; k++)
            b->face_count += across[e][k] == OST_TET_OUTSIDE;
    }
    b->face = malloc((size_t)b->face_count * sizeof *b->face);
    b->tet = malloc((size_t)b->face_count * sizeof *b->tet);
    if (b->face == NULL || b->tet == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %u boundary faces", b->face_count);
    uint32_t at = 0;
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        for (int k = 0; k < 4; k++) {
            if (across[e][k] != OST_TET_OUTSIDE)
                continue;
            for (int c = 0; c < 3; c++)
                b->face[at][c] = mesh->tet[e][ost_tet_face[k][c]];
            b->tet[at++] = e;
        }
    }
    return true;
}

bool boundary_among(struct ost_boundary **out, const struct ost_tet_mesh *mesh,
                    const unsigned char *outer, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_boundary) boundary = calloc(1, sizeof *boundary);
    uint32_t(*across)[4] = malloc((size_t)mesh->tet_count * sizeof *across);
    bool ok = boundary != NULL && across != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "no room for the boundary of %u elements", mesh->tet_count);
    ok = ok && pair_faces(mesh, outer, across, err) && collect(boundary, mesh, across, err);
    free(across);
    if (ok)
        *out = ost_steal(&boundary);
    return ok;
}

bool ost_boundary_create(struct ost_boundary **out, const struct ost_tet_mesh *mesh,
                         struct ost_err *err)
{
    return boundary_among(out, mesh, NULL, err);
}

static struct rim rim_of(const struct ost_boundary *boundary, uint32_t face, uint32_t corner)
{
    uint32_t next = (corner + 1) % 3;
    const uint32_t *f = boundary->face[face];
    bool rising = f[corner] < f[next];
    return (struct rim){f[rising ? corner : next], f[rising ? next : corner], face,
                        rising ? corner : next, rising ? next : corner};
}

/* Those of one lower node, in the order of their faces, by the higher one. */
static void sort_rims(struct rim *rim, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct rim now = rim[i];
        uint32_t at = i;
        for (; at > 0 && rim[at - 1].high > now.high; at--)
            rim[at] = rim[at - 1];
        rim[at] = now;
    }
}

struct rim *boundary_rims(const struct ost_boundary *boundary)
{
    size_t count = (size_t)boundary->face_count * 3;
    uint32_t nodes = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t node = boundary->face[i / 3][i % 3];
        nodes = node >= nodes ? node + 1 : nodes;
    }
    struct rim *rim = malloc((count + 1) * sizeof *rim);
    uint32_t *next = calloc((size_t)nodes + 1, sizeof *next);
    if (rim == NULL || next == NULL) {
        free(rim);
        free(next);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        next[rim_of(boundary, (uint32_t)(i / 3), (uint32_t)(i % 3)).low + 1]++;
    for (uint32_t n = 0; n < nodes; n++)
        next[n + 1] += next[n];
    for (size_t i = 0; i < count; i++) {
        struct rim r = rim_of(boundary, (uint32_t)(i / 3), (uint32_t)(i % 3));
        rim[next[r.low]++] = r;
    }
    /* Filling moved every beginning to its end. */
    for (uint32_t n = 0; n < nodes; n++) {
        uint32_t from = n > 0 ? next[n - 1] : 0;
        sort_rims(rim + from, next[n] - from);
    }
    free(next);
    return rim;
}

uint32_t boundary_run(const struct rim *rim, uint32_t count, uint32_t at)
{
    uint32_t next = at + 1;
    while (next < count && rim[next].low == rim[at].low && rim[next].high == rim[at].high)
        next++;
    return next - at;
}

void boundary_fans(const struct rim *rim, uint32_t count, uint32_t *fan)
{
    ost_sets_begin(fan, count);
    for (uint32_t i = 0, run; i < count; i += run) {
        run = boundary_run(rim, count, i);
        if (run != 2)
            continue;
        const struct rim *p = &rim[i], *q = &rim[i + 1];
        (void)ost_sets_join(fan, 3 * p->face + p->low_corner, 3 * q->face + q->low_corner);
        (void)ost_sets_join(fan, 3 * p->face + p->high_corner, 3 * q->face + q->high_corner);
    }
}

/* Counts edges, and the components that remain when faces are joined across them. */
static void walk_edges(const struct rim *rim, uint32_t count, uint32_t *parent,
                       struct ost_topology *t)
{
    for (uint32_t i = 0, run; i < count; i += run) {
        run = boundary_run(rim, count, i);
        t->edges++;
        t->bad_edges += run != 2;
        if (run == 2)
            t->components -= ost_sets_join(parent, rim[i].face, rim[i + 1].face);
    }
}

bool ost_boundary_topology(const struct ost_boundary *boundary, uint32_t node_count,
                           struct ost_topology *out, struct ost_err *err)
{
    uint32_t count = 3 * boundary->face_count;
    struct rim *rim = boundary_rims(boundary);
    uint32_t *parent = malloc(((size_t)boundary->face_count + 1) * sizeof *parent);
    uint32_t *fan = malloc(((size_t)count + 1) * sizeof *fan);
    unsigned char *used = calloc((size_t)node_count + 1, 1);
    bool ok = rim != NULL && parent != NULL && fan != NULL && used != NULL;
    if (ok) {
        *out = (struct ost_topology){.faces = boundary->face_count,
                                     .components = boundary->face_count};
        ost_sets_begin(parent, boundary->face_count);
        boundary_fans(rim, count, fan);
        for (uint32_t i = 0; i < count; i++) {
            used[boundary->face[i / 3][i % 3]] = 1;
            out->pinched += ost_sets_root(fan, i) == i;
        }
        for (uint32_t n = 0; n < node_count; n++)
            out->vertices += used[n];
        out->pinched -= out->vertices;
        walk_edges(rim, count, parent, out);
        out->euler = (int)out->vertices - (int)out->edges + (int)out->faces;
    }
    free(rim);
    free(parent);
    free(fan);
    free(used);
    return ok || ost_fail(err, OST_NOMEM, "no room for %u boundary edges", count);
}
