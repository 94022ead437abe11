#include "recon/mesh/remesh.h"

#include "recon/math/vec.h"
#include "recon/mesh/edge.h"
#include "recon/mesh/measure.h"

#include <stdlib.h>
#include <string.h>

enum { RING = 64, ROUNDS = 24 };

/* One round of changes: each vertex and triangle is touched once at most. */
struct round {
    struct ost_mesh *mesh;
    const struct ost_remesh *options;
    struct ost_edges *edges;
    uint32_t *first, *star; /* triangles around vertex v: star[first[v]] .. */
    bool *touched;          /* per vertex */
    uint32_t changes;
};

/* The triangles on both sides of an edge a -> b: (a, b, c) and (b, a, d). */
struct hinge {
    uint32_t a, b, c, d, left, right;
};

static void load(const struct ost_mesh *mesh, uint32_t v, double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = mesh->vertex[v][k];
}

static double length_between(const struct ost_mesh *mesh, uint32_t a, uint32_t b)
{
    double p[3], q[3];
    load(mesh, a, p);
    load(mesh, b, q);
    return ost_distance(p, q);
}

static void middle_of(const struct ost_mesh *mesh, uint32_t a, uint32_t b, double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = 0.5 * ((double)mesh->vertex[a][k] + (double)mesh->vertex[b][k]);
}

static double wanted(const struct round *r, uint32_t a, uint32_t b)
{
    double middle[3];
    middle_of(r->mesh, a, b, middle);
    return r->options->edge(r->options->user, middle);
}

static void normal_of(const double p[3], const double q[3], const double s[3], double out[3])
{
    double u[3], v[3];
    ost_sub(q, p, u);
    ost_sub(s, p, v);
    ost_cross(u, v, out);
    (void)ost_unit(out);
}

static void face_normal(const struct ost_mesh *mesh, const uint32_t t[3], double out[3])
{
    double p[3], q[3], s[3];
    load(mesh, t[0], p);
    load(mesh, t[1], q);
    load(mesh, t[2], s);
    normal_of(p, q, s, out);
}

static void round_fini(struct round *r)
{
    ost_edges_destroy(r->edges);
    free(r->first);
    free(r->star);
    free(r->touched);
}

static bool round_init(struct round *r, struct ost_mesh *mesh, const struct ost_remesh *options,
                       struct ost_err *err)
{
    *r = (struct round){.mesh = mesh, .options = options};
    if (!ost_edges_create(&r->edges, mesh, err))
        return false;
    r->first = calloc((size_t)mesh->vertex_count + 2, sizeof *r->first);
    r->star = calloc((size_t)mesh->triangle_count * 3 + 1, sizeof *r->star);
    r->touched = calloc((size_t)mesh->vertex_count + 1, sizeof *r->touched);
    if (r->first == NULL || r->star == NULL || r->touched == NULL)
        return ost_fail(err, OST_NOMEM, "remesh: no room");
    for (size_t i = 0; i < (size_t)mesh->triangle_count * 3; i++)
        r->first[mesh->triangle[i / 3][i % 3] + 2]++;
    for (uint32_t v = 2; v < mesh->vertex_count + 2; v++)
        r->first[v] += r->first[v - 1];
    for (size_t i = 0; i < (size_t)mesh->triangle_count * 3; i++)
        r->star[r->first[mesh->triangle[i / 3][i % 3] + 1]++] = (uint32_t)(i / 3);
    return true;
}

static uint32_t third(const uint32_t t[3], uint32_t a, uint32_t b)
{
    uint32_t k = 0;
    while (t[k] == a || t[k] == b)
        k++;
    return t[k];
}

/* False where the edge at `at` is not between exactly two triangles. */
static bool hinge_at(const struct round *r, size_t at, size_t run, struct hinge *out)
{
    if (run != 2 || r->edges->edge[at].forward == r->edges->edge[at + 1].forward)
        return false;
    const struct ost_edge *left = &r->edges->edge[at], *right = left + 1;
    if (!left->forward) {
        right = left;
        left = left + 1;
    }
    *out = (struct hinge){
        .a = left->low, .b = left->high, .left = left->triangle, .right = right->triangle};
    out->c = third(r->mesh->triangle[out->left], out->a, out->b);
    out->d = third(r->mesh->triangle[out->right], out->a, out->b);
    return out->c != out->d;
}

static bool hinge_touched(const struct round *r, const struct hinge *h)
{
    return r->touched[h->a] || r->touched[h->b] || r->touched[h->c] || r->touched[h->d];
}

static void hinge_touch(struct round *r, const struct hinge *h)
{
    r->touched[h->a] = r->touched[h->b] = r->touched[h->c] = r->touched[h->d] = true;
    r->changes++;
}

static void set(uint32_t t[3], uint32_t a, uint32_t b, uint32_t c)
{
    t[0] = a;
    t[1] = b;
    t[2] = c;
}

/* The mesh has room for one vertex and two triangles for every edge. */
static void split(struct round *r, const struct hinge *h)
{
    struct ost_mesh *mesh = r->mesh;
    double middle[3];
    middle_of(mesh, h->a, h->b, middle);
    r->options->project(r->options->user, middle);
    uint32_t m = mesh->vertex_count++;
    for (int k = 0; k < 3; k++)
        mesh->vertex[m][k] = (float)middle[k];
    set(mesh->triangle[h->left], h->a, m, h->c);
    set(mesh->triangle[h->right], m, h->a, h->d);
    set(mesh->triangle[mesh->triangle_count++], m, h->b, h->c);
    set(mesh->triangle[mesh->triangle_count++], h->b, m, h->d);
}

static bool split_long(struct ost_mesh *mesh, const struct ost_remesh *options, uint32_t *changes,
                       struct ost_err *err)
{
    struct round r;
    bool ok = round_init(&r, mesh, options, err);
    size_t edges = ok ? r.edges->count / 2 : 0;
    if (ok) {
        float(*v)[3] = realloc(mesh->vertex, (mesh->vertex_count + edges) * sizeof *v);
        mesh->vertex = v != NULL ? v : mesh->vertex;
        uint32_t(*t)[3] = realloc(mesh->triangle, (mesh->triangle_count + 2 * edges) * sizeof *t);
        mesh->triangle = t != NULL ? t : mesh->triangle;
        ok = (v != NULL && t != NULL) || ost_fail(err, OST_NOMEM, "remesh: no room");
    }
    for (size_t at = 0, run; ok && (run = ost_edges_run(r.edges, at)) > 0; at += run) {
        struct hinge h;
        if (hinge_at(&r, at, run, &h) && !hinge_touched(&r, &h) &&
            length_between(mesh, h.a, h.b) > 4.0 / 3.0 * wanted(&r, h.a, h.b)) {
            hinge_touch(&r, &h);
            split(&r, &h);
        }
    }
    *changes = r.changes;
    round_fini(&r);
    return ok;
}

/* The neighbours of v, without repeats; RING + 1 where there are more than RING. */
static uint32_t ring_of(const struct round *r, uint32_t v, uint32_t ring[RING])
{
    uint32_t count = 0;
    for (uint32_t i = r->first[v]; i < r->first[v + 1]; i++) {
        for (int k = 0; k < 3; k++) {
            uint32_t w = r->mesh->triangle[r->star[i]][k], at = 0;
            while (at < count && ring[at] != w)
                at++;
            if (w == v || at < count)
                continue;
            if (count == RING)
                return RING + 1;
            ring[count++] = w;
        }
    }
    return count;
}

/* The unit sum of the areas round v: sound even where one triangle has turned over. */
static void star_normal(const struct round *r, uint32_t v, double out[3])
{
    memset(out, 0, 3 * sizeof *out);
    for (uint32_t i = r->first[v]; i < r->first[v + 1]; i++) {
        double normal[3];
        double area = ost_triangle_area(r->mesh, r->star[i], normal);
        ost_along(out, area, normal, out);
    }
    (void)ost_unit(out);
}

/* Would triangle `t`, with its corner v moved to `to`, face along `out` and not be too long? */
static bool face_keeps(const struct round *r, const uint32_t t[3], uint32_t v, const double to[3],
                       const double out[3])
{
    double p[3][3], after[3], most = 4.0 / 3.0 * r->options->edge(r->options->user, to);
    for (int k = 0; k < 3; k++) {
        load(r->mesh, t[k], p[k]);
        if (t[k] == v) {
            memcpy(p[k], to, sizeof p[k]);
        } else if (ost_distance(p[k], to) > most) {
            return false;
        }
    }
    normal_of(p[0], p[1], p[2], after);
    return ost_dot(out, after) >= 0.3;
}

/* The triangles round `v`, but those that hold `gone`. */
static bool star_keeps(const struct round *r, uint32_t v, uint32_t gone, const double to[3])
{
    double out[3];
    star_normal(r, v, out);
    for (uint32_t i = r->first[v]; i < r->first[v + 1]; i++) {
        const uint32_t *t = r->mesh->triangle[r->star[i]];
        bool holds = t[0] == gone || t[1] == gone || t[2] == gone;
        if (!holds && !face_keeps(r, t, v, to, out))
            return false;
    }
    return true;
}

static uint32_t valence(const struct round *r, uint32_t v)
{
    return r->first[v + 1] - r->first[v];
}

static bool may_collapse(const struct round *r, const struct hinge *h, const double to[3])
{
    uint32_t a[RING], b[RING], shared = 0;
    uint32_t na = ring_of(r, h->a, a), nb = ring_of(r, h->b, b);
    if (na > RING || nb > RING || valence(r, h->c) < 4 || valence(r, h->d) < 4)
        return false; /* c and d lose a neighbour and must keep three */
    for (uint32_t i = 0; i < na; i++) {
        if (r->touched[a[i]])
            return false;
        for (uint32_t j = 0; j < nb; j++)
            shared += a[i] == b[j];
    }
    for (uint32_t j = 0; j < nb; j++) {
        if (r->touched[b[j]])
            return false;
    }
    return shared == 2 && star_keeps(r, h->a, h->b, to) && star_keeps(r, h->b, h->a, to);
}

static void collapse(struct round *r, const struct hinge *h, const double to[3])
{
    uint32_t ring[RING], ends[2] = {h->a, h->b};
    for (int e = 0; e < 2; e++) {
        uint32_t count = ring_of(r, ends[e], ring);
        for (uint32_t i = 0; i < count; i++)
            r->touched[ring[i]] = true;
    }
    for (int k = 0; k < 3; k++)
        r->mesh->vertex[h->a][k] = (float)to[k];
    for (uint32_t i = r->first[h->b]; i < r->first[h->b + 1]; i++) {
        for (int k = 0; k < 3; k++) {
            if (r->mesh->triangle[r->star[i]][k] == h->b)
                r->mesh->triangle[r->star[i]][k] = h->a;
        }
    }
    r->changes++;
}

/* Drops triangles that repeat a corner, then vertices nobody uses. */
static bool compact(struct ost_mesh *mesh, struct ost_err *err)
{
    uint32_t *place = calloc((size_t)mesh->vertex_count + 1, sizeof *place);
    if (place == NULL)
        return ost_fail(err, OST_NOMEM, "remesh: no room");
    uint32_t triangles = 0, vertices = 0;
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        uint32_t t[3];
        memcpy(t, mesh->triangle[i], sizeof t);
        if (t[0] == t[1] || t[1] == t[2] || t[2] == t[0])
            continue;
        place[t[0]] = place[t[1]] = place[t[2]] = 1;
        memcpy(mesh->triangle[triangles++], t, sizeof t);
    }
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        if (place[v] != 0) {
            memcpy(mesh->vertex[vertices], mesh->vertex[v], sizeof *mesh->vertex);
            place[v] = vertices++;
        }
    }
    mesh->triangle_count = triangles;
    mesh->vertex_count = vertices;
    for (size_t i = 0; i < (size_t)triangles * 3; i++)
        mesh->triangle[i / 3][i % 3] = place[mesh->triangle[i / 3][i % 3]];
    free(place);
    return true;
}

static bool collapse_short(struct ost_mesh *mesh, const struct ost_remesh *options,
                           uint32_t *changes, struct ost_err *err)
{
    struct round r;
    bool ok = round_init(&r, mesh, options, err);
    for (size_t at = 0, run; ok && (run = ost_edges_run(r.edges, at)) > 0; at += run) {
        struct hinge h;
        if (!hinge_at(&r, at, run, &h) || hinge_touched(&r, &h) ||
            length_between(mesh, h.a, h.b) > 0.8 * wanted(&r, h.a, h.b))
            continue;
        double to[3];
        middle_of(mesh, h.a, h.b, to);
        if (may_collapse(&r, &h, to))
            collapse(&r, &h, to);
    }
    *changes = r.changes;
    round_fini(&r);
    return ok && compact(mesh, err);
}

/* How far the four valences lie from six, with the edge and with it flipped. */
static bool flip_evens_out(const struct round *r, const struct hinge *h)
{
    const uint32_t v[4] = {h->a, h->b, h->c, h->d};
    int gain = 0;
    for (int i = 0; i < 4; i++) {
        int change = i < 2 ? -1 : 1;
        int before = (int)valence(r, v[i]) - 6, after = before + change;
        gain += before * before - after * after;
        if (after < -2)
            return false;
    }
    return gain > 0;
}

static bool may_flip(const struct round *r, const struct hinge *h)
{
    const uint32_t now[2][3] = {{h->a, h->b, h->c}, {h->b, h->a, h->d}};
    const uint32_t then[2][3] = {{h->a, h->d, h->c}, {h->d, h->b, h->c}};
    double n[2][3];
    if (!flip_evens_out(r, h))
        return false;
    face_normal(r->mesh, now[0], n[0]);
    face_normal(r->mesh, now[1], n[1]);
    if (ost_dot(n[0], n[1]) < 0.8)
        return false;
    for (int i = 0; i < 2; i++) {
        double after[3];
        face_normal(r->mesh, then[i], after);
        if (ost_dot(after, n[0]) < 0.7 || ost_dot(after, n[1]) < 0.7)
            return false;
    }
    uint32_t ring[RING], count = ring_of(r, h->c, ring);
    for (uint32_t i = 0; i < count && i < RING; i++) {
        if (ring[i] == h->d)
            return false;
    }
    return count <= RING;
}

static bool flip_edges(struct ost_mesh *mesh, const struct ost_remesh *options, uint32_t *changes,
                       struct ost_err *err)
{
    struct round r;
    bool ok = round_init(&r, mesh, options, err);
    for (size_t at = 0, run; ok && (run = ost_edges_run(r.edges, at)) > 0; at += run) {
        struct hinge h;
        if (!hinge_at(&r, at, run, &h) || hinge_touched(&r, &h) || !may_flip(&r, &h))
            continue;
        hinge_touch(&r, &h);
        set(mesh->triangle[h.left], h.a, h.d, h.c);
        set(mesh->triangle[h.right], h.d, h.b, h.c);
    }
    *changes = r.changes;
    round_fini(&r);
    return ok;
}

/* Half a step towards the middle of the neighbours, along the surface. */
static void relax(const struct round *r, uint32_t v, const float normal[3], float out[3])
{
    uint32_t ring[RING], count = ring_of(r, v, ring);
    double p[3], step[3] = {0}, n[3] = {normal[0], normal[1], normal[2]};
    load(r->mesh, v, p);
    count = count > RING ? RING : count;
    for (uint32_t i = 0; i < count; i++) {
        for (int k = 0; k < 3; k++)
            step[k] += ((double)r->mesh->vertex[ring[i]][k] - p[k]) / (double)count;
    }
    ost_along(step, -ost_dot(step, n), n, step);
    ost_along(p, 0.5, step, p);
    r->options->project(r->options->user, p);
    for (int k = 0; k < 3; k++)
        out[k] = (float)p[k];
}

static bool smooth(struct ost_mesh *mesh, const struct ost_remesh *options, struct ost_err *err)
{
    struct round r;
    bool ok = round_init(&r, mesh, options, err);
    float(*normal)[3] = calloc((size_t)mesh->vertex_count + 1, sizeof *normal);
    float(*moved)[3] = calloc((size_t)mesh->vertex_count + 1, sizeof *moved);
    if (ok && normal != NULL && moved != NULL) {
        ost_mesh_vertex_normals(mesh, normal);
        for (uint32_t v = 0; v < mesh->vertex_count; v++)
            relax(&r, v, normal[v], moved[v]);
        memcpy(mesh->vertex, moved, mesh->vertex_count * sizeof *moved);
    } else if (ok) {
        ok = ost_fail(err, OST_NOMEM, "remesh: no room");
    }
    free(normal);
    free(moved);
    round_fini(&r);
    return ok;
}

static bool pass(struct ost_mesh *mesh, const struct ost_remesh *options, struct ost_err *err)
{
    uint32_t changes = 1;
    for (int i = 0; i < ROUNDS && changes > 0; i++) {
        if (!split_long(mesh, options, &changes, err))
            return false;
    }
    changes = 1;
    for (int i = 0; i < ROUNDS && changes > 0; i++) {
        if (!collapse_short(mesh, options, &changes, err))
            return false;
    }
    changes = 1;
    for (int i = 0; i < ROUNDS && changes > 0; i++) {
        if (!flip_edges(mesh, options, &changes, err))
            return false;
    }
    for (int i = 0; i < 2; i++) {
        if (!smooth(mesh, options, err))
            return false;
    }
    return true;
}

bool ost_remesh(struct ost_mesh *mesh, const struct ost_remesh *options, struct ost_err *err)
{
    int passes = options->passes > 0 ? options->passes : 10;
    for (int i = 0; i < passes; i++) {
        if (!pass(mesh, options, err))
            return ost_err_note(err, "remesh pass %d", i);
    }
    return true;
}
