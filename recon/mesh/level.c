#include "recon/mesh/level.h"

#include <stdlib.h>
#include <string.h>

/* Lattice edges leave a sample in seven directions, a bit for each axis: 1..7. */
enum { WAYS = 8, TRIANGLES_AT_MOST = 12, GROWTH = 4096 };

struct marching {
    const struct ost_lattice *lattice;
    uint32_t *cut; /* [sample * WAYS + way]: vertex + 1 */
    struct ost_mesh *mesh;
    uint32_t vertices, triangles, vertex_room, triangle_room, limit;
};

struct corner {
    size_t sample;
    uint32_t bits; /* of the cube's corner */
};

static bool grow(struct marching *m)
{
    if (m->vertices + TRIANGLES_AT_MOST * 3 > m->vertex_room) {
        m->vertex_room = m->vertex_room * 2 + GROWTH;
        float(*v)[3] = realloc(m->mesh->vertex, m->vertex_room * sizeof *v);
        if (v == NULL)
            return false;
        m->mesh->vertex = v;
    }
    if (m->triangles + TRIANGLES_AT_MOST > m->triangle_room) {
        m->triangle_room = m->triangle_room * 2 + GROWTH;
        uint32_t(*t)[3] = realloc(m->mesh->triangle, m->triangle_room * sizeof *t);
        if (t == NULL)
            return false;
        m->mesh->triangle = t;
    }
    return true;
}

static void place(const struct ost_lattice *l, size_t sample, double out[3])
{
    size_t row = l->size[0], column = l->size[1];
    const size_t at[3] = {sample % row, sample / row % column, sample / (row * column)};
    for (int k = 0; k < 3; k++)
        out[k] = l->low[k] + l->spacing * (double)at[k];
}

/* The vertex between two corners of a cube, made at its first use. */
static uint32_t cut_edge(struct marching *m, const struct corner *a, const struct corner *b)
{
    const struct corner *low = a->bits < b->bits ? a : b, *high = a->bits < b->bits ? b : a;
    uint32_t *cut = &m->cut[low->sample * WAYS + (low->bits ^ high->bits)];
    if (*cut != 0)
        return *cut - 1;
    double from = m->lattice->value[low->sample], to = m->lattice->value[high->sample];
    double part = from / (from - to), p[3], q[3];
    part = part < 0.01 ? 0.01 : part;
    part = part > 0.99 ? 0.99 : part; /* no two vertices in one place */
    place(m->lattice, low->sample, p);
    place(m->lattice, high->sample, q);
    for (int k = 0; k < 3; k++)
        m->mesh->vertex[m->vertices][k] = (float)(p[k] + part * (q[k] - p[k]));
    *cut = ++m->vertices;
    return *cut - 1;
}

static void put(struct marching *m, uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t *t = m->mesh->triangle[m->triangles++];
    t[0] = a;
    t[1] = b;
    t[2] = c;
}

/* One corner apart from the other three; `turn` where it is the one outside. */
static void put_single(struct marching *m, const struct corner tet[4], const uint8_t order[4],
                       bool turn)
{
    uint32_t a = cut_edge(m, &tet[order[0]], &tet[order[1]]);
    uint32_t b = cut_edge(m, &tet[order[0]], &tet[order[2]]);
    uint32_t c = cut_edge(m, &tet[order[0]], &tet[order[3]]);
    put(m, a, turn ? c : b, turn ? b : c);
}

static void put_pair(struct marching *m, const struct corner tet[4], const uint8_t order[4])
{
    uint32_t a = cut_edge(m, &tet[order[0]], &tet[order[2]]);
    uint32_t b = cut_edge(m, &tet[order[0]], &tet[order[3]]);
    uint32_t c = cut_edge(m, &tet[order[1]], &tet[order[3]]);
    uint32_t d = cut_edge(m, &tet[order[1]], &tet[order[2]]);
    put(m, a, b, c);
    put(m, a, c, d);
}

/* A tetrahedron of positive volume. Orders are even permutations, inside first. */
static void march_tetrahedron(struct marching *m, const struct corner tet[4])
{
    static const uint8_t single[4][4] = {{0, 1, 2, 3}, {1, 0, 3, 2}, {2, 3, 0, 1}, {3, 2, 1, 0}};
    static const uint8_t pair[16][4] = {
        [3] = {0, 1, 2, 3}, [5] = {0, 2, 3, 1},  [9] = {0, 3, 1, 2},
        [6] = {1, 2, 0, 3}, [10] = {1, 3, 2, 0}, [12] = {2, 3, 0, 1}};
    unsigned inside = 0;
    for (unsigned i = 0; i < 4; i++)
        inside |= m->lattice->value[tet[i].sample] < 0.0F ? 1U << i : 0U;
    for (unsigned i = 0; i < 4; i++) {
        if (inside == 1U << i) {
            put_single(m, tet, single[i], false);
        } else if (inside == (15U ^ 1U << i)) {
            put_single(m, tet, single[i], true);
        }
    }
    if (pair[inside][0] != pair[inside][1])
        put_pair(m, tet, pair[inside]);
}

static void march_cube(struct marching *m, size_t sample)
{
    /* Axes in the order a path takes them from corner 0 to corner 7; odd ones are turned. */
    static const uint8_t path[6][3] = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1},
                                       {0, 2, 1}, {2, 1, 0}, {1, 0, 2}};
    const size_t step[3] = {1, m->lattice->size[0],
                            (size_t)m->lattice->size[0] * m->lattice->size[1]};
    for (int i = 0; i < 6; i++) {
        struct corner tet[4] = {{.sample = sample}};
        for (int k = 0; k < 3; k++) {
            tet[k + 1] = (struct corner){.sample = tet[k].sample + step[path[i][k]],
                                         .bits = tet[k].bits | 1U << path[i][k]};
        }
        if (i >= 3) {
            struct corner kept = tet[1];
            tet[1] = tet[2];
            tet[2] = kept;
        }
        march_tetrahedron(m, tet);
    }
}

/* Samples on the far faces of the lattice are no cube's first corner. */
static bool starts_cube(const uint32_t size[3], size_t sample)
{
    size_t slab = (size_t)size[0] * size[1];
    return sample % size[0] + 1 < size[0] && sample / size[0] % size[1] + 1 < size[1] &&
           sample / slab + 1 < size[2];
}

static bool march(struct marching *m, struct ost_err *err)
{
    const uint32_t *size = m->lattice->size;
    size_t count = (size_t)size[0] * size[1] * size[2];
    for (size_t sample = 0; sample < count; sample++) {
        if (!starts_cube(size, sample))
            continue;
        if (!grow(m))
            return ost_fail(err, OST_NOMEM, "level: no room");
        march_cube(m, sample);
        if (m->triangles > m->limit)
            return ost_fail(err, OST_LIMIT, "level: over %u triangles", m->limit);
    }
    return true;
}

bool ost_level_surface(const struct ost_lattice *lattice, uint32_t limit, struct ost_mesh **out,
                       struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_mesh) mesh = NULL;
    size_t count = (size_t)lattice->size[0] * lattice->size[1] * lattice->size[2];
    if (lattice->size[0] < 2 || lattice->size[1] < 2 || lattice->size[2] < 2 ||
        limit > UINT32_MAX / 8)
        return ost_fail(err, OST_INVALID, "level: %zu samples", count);
    if (!ost_mesh_create(&mesh, 0, 0, err))
        return false;
    struct marching m = {.lattice = lattice, .mesh = mesh, .limit = limit};
    m.cut = calloc(count * WAYS, sizeof *m.cut);
    bool ok = m.cut != NULL ? march(&m, err) : ost_fail(err, OST_NOMEM, "level: no room");
    free(m.cut);
    if (!ok)
        return false;
    mesh->vertex_count = m.vertices;
    mesh->triangle_count = m.triangles;
    *out = ost_steal(&mesh);
    return true;
}
