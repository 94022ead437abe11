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

/* Which faces of which elements have no neighbour yet; where it is wanted, who is across. */
struct pairing {
    unsigned char *open; /* per element, a bit a face; faces not looked at are none */
    uint32_t (*across)[4];
};

/* Where the faces of every lowest node begin, once those of lower ones are counted. */
static void count_faces(const struct ost_tet_mesh *mesh, const unsigned char *open, uint32_t *first)
{
    for (uint32_t e = 0; e < mesh->tet_count; e++)
        for (int k = 0; k < 4 && open[e] != 0; k++)
            if (open[e] >> k & 1)
                first[side_of(mesh, e, k).low + 1]++;
    for (uint32_t n = 0; n < mesh->node_count; n++)
        first[n + 1] += first[n];
}

/* Faces are gathered by their lowest node: `first[n]` is where those of node n begin. */
static bool gather(const struct ost_tet_mesh *mesh, const unsigned char *open, uint32_t *first,
                   struct side **side)
{
    count_faces(mesh, open, first);
    uint32_t total = first[mesh->node_count];
    *side = calloc((size_t)total + 1, sizeof **side);
    if (*side == NULL)
        return false;
    for (uint32_t e = mesh->tet_count; e-- > 0;)
        for (int k = 4; k-- > 0 && open[e] != 0;)
            if (open[e] >> k & 1) {
                struct side s = side_of(mesh, e, k);
                (*side)[--first[s.low + 1]] = s;
            }
    /* Filling from the end moved every beginning one place down. */
    memmove(first, first + 1, mesh->node_count * sizeof *first);
    first[mesh->node_count] = total;
    return true;
}

/* Makes two elements neighbours; false where one has a neighbour there already. */
static bool make_neighbours(const struct side *a, const struct side *b, const struct pairing *p)
{
    if ((p->open[a->tet] >> a->face & 1) == 0 || (p->open[b->tet] >> b->face & 1) == 0)
        return false;
    p->open[a->tet] = (unsigned char)(p->open[a->tet] & ~(1U << a->face));
    p->open[b->tet] = (unsigned char)(p->open[b->tet] & ~(1U << b->face));
    if (p->across != NULL) {
        p->across[a->tet][a->face] = b->tet;
        p->across[b->tet][b->face] = a->tet;
    }
    return true;
}

/* Pairs the faces that share their lowest node. */
static bool pair_up(const struct side *side, uint32_t count, const struct pairing *pairing,
                    struct ost_err *err)
{
    bool ok = true;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = i + 1; j < count; j++) {
            bool same = side[i].middle == side[j].middle && side[i].high == side[j].high;
            ok = ok && (!same || make_neighbours(&side[i], &side[j], pairing));
        }
    }
    return ok ||
           ost_fail(err, OST_CORRUPT, "a face at node %u belongs to three elements", side[0].low);
}

/* Leaves open what has no neighbour, of the faces whose nodes are all flagged. */
static bool pair_faces(const struct ost_tet_mesh *mesh, const unsigned char *outer,
                       const struct pairing *pairing, struct ost_err *err)
{
    uint32_t *first = calloc((size_t)mesh->node_count + 1, sizeof *first);
    struct side *side = NULL;
    for (uint32_t e = 0; e < mesh->tet_count; e++)
        pairing->open[e] = (unsigned char)faces_among(mesh, e, outer);
    bool ok = first != NULL && gather(mesh, pairing->open, first, &side);
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "no room for the faces of %u elements", mesh->tet_count);
    for (uint32_t n = 0; n < mesh->node_count && ok; n++)
        ok = pair_up(side + first[n], first[n + 1] - first[n], pairing, err);
    free(first);
    free(side);
    return ok;
}

bool ost_tet_neighbours(const struct ost_tet_mesh *mesh, uint32_t (*across)[4], struct ost_err *err)
{
    const struct pairing pairing = {malloc((size_t)mesh->tet_count + 1), across};
    bool ok = pairing.open != NULL ||
              ost_fail(err, OST_NOMEM, "no room for the faces of %u elements", mesh->tet_count);
    for (uint32_t e = 0; e < mesh->tet_count && ok; e++) {
        for (int k = 0; k < 4; k++)
            across[e][k] = OST_TET_OUTSIDE;
    }
    ok = ok && pair_faces(mesh, NULL, &pairing, err);
    free(pairing.open);
    return ok;
}

void ost_boundary_destroy(struct ost_boundary *boundary)
{
    if (boundary == NULL)
        return;
    free(boundary->face);
    free(boundary->tet);
    free(boundary);
}

static bool collect(struct ost_boundary *b, const struct ost_tet_mesh *mesh,
                    const unsigned char *open, struct ost_err *err)
{
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        for (int k = 0; k < 4; k++)
            b->face_count += open[e] >> k & 1;
    }
    b->face = malloc(((size_t)b->face_count + 1) * sizeof *b->face);
    b->tet = malloc(((size_t)b->face_count + 1) * sizeof *b->tet);
    if (b->face == NULL || b->tet == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %u boundary faces", b->face_count);
    uint32_t at = 0;
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        for (int k = 0; k < 4 && open[e] != 0; k++) {
            if (!(open[e] >> k & 1))
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
    const struct pairing pairing = {malloc((size_t)mesh->tet_count + 1), NULL};
    bool ok = boundary != NULL && pairing.open != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "no room for the boundary of %u elements", mesh->tet_count);
    ok = ok && pair_faces(mesh, outer, &pairing, err) && collect(boundary, mesh, pairing.open, err);
    free(pairing.open);
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
    struct rim *rim = calloc(count + 1, sizeof *rim);
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
