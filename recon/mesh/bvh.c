#include "recon/mesh/bvh.h"

#include "recon/math/vec.h"
#include "recon/mesh/edge.h"
#include "recon/mesh/measure.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

enum { LEAF = 4, DEPTH = 64 };

struct node {
    float low[3], high[3];
    uint32_t first; /* leaf: first of `count` in order[]; inner: left child, right is next */
    uint32_t count; /* 0: inner */
};

struct ost_bvh {
    const struct ost_mesh *mesh;
    struct node *node;
    uint32_t node_count;
    uint32_t *order;
    float (*vertex_normal)[3];
    float (*edge_normal)[3]; /* [3 * triangle + corner]: the side from corner to the next */
    float (*face_normal)[3];
};

struct builder {
    struct ost_bvh *bvh;
    float (*centre)[3];
};

static void grow_box(struct node *node, const float p[3])
{
    for (int k = 0; k < 3; k++) {
        node->low[k] = fminf(node->low[k], p[k]);
        node->high[k] = fmaxf(node->high[k], p[k]);
    }
}

static void node_box(const struct ost_bvh *bvh, struct node *node, uint32_t first, uint32_t count)
{
    for (int k = 0; k < 3; k++) {
        node->low[k] = FLT_MAX;
        node->high[k] = -FLT_MAX;
    }
    for (uint32_t i = first; i < first + count; i++) {
        const uint32_t *t = bvh->mesh->triangle[bvh->order[i]];
        for (int corner = 0; corner < 3; corner++)
            grow_box(node, bvh->mesh->vertex[t[corner]]);
    }
}

static bool before(const struct builder *b, int axis, uint32_t left, uint32_t right)
{
    float x = b->centre[left][axis], y = b->centre[right][axis];
    return x < y || (x == y && left < right);
}

/* What lies between `*i` and `*j` comes to stand before or after the pivot (Hoare 1961). */
static void part(const struct builder *b, int axis, int64_t *i, int64_t *j)
{
    uint32_t *order = b->bvh->order;
    uint32_t pivot = order[*i + (*j - *i) / 2];
    while (*i <= *j) {
        while (before(b, axis, order[*i], pivot))
            ++*i;
        while (before(b, axis, pivot, order[*j]))
            --*j;
        if (*i > *j)
            return;
        uint32_t kept = order[*i];
        order[(*i)++] = order[*j];
        order[(*j)--] = kept;
    }
}

/* order[first .. middle) come before the rest along `axis`. */
static void select_middle(const struct builder *b, int axis, int64_t first, int64_t last,
                          int64_t middle)
{
    while (first < last) {
        int64_t i = first, j = last;
        part(b, axis, &i, &j);
        if (middle <= j) {
            last = j;
        } else if (middle >= i) {
            first = i;
        } else {
            return;
        }
    }
}

static int longest_axis(const struct node *node)
{
    int axis = 0;
    for (int k = 1; k < 3; k++) {
        if (node->high[k] - node->low[k] > node->high[axis] - node->low[axis])
            axis = k;
    }
    return axis;
}

static void split(struct builder *b, uint32_t at, uint32_t first, uint32_t count)
{
    struct ost_bvh *bvh = b->bvh;
    struct node *node = &bvh->node[at];
    node_box(bvh, node, first, count);
    if (count <= LEAF) {
        node->first = first;
        node->count = count;
        return;
    }
    uint32_t half = count / 2;
    select_middle(b, longest_axis(node), first, (int64_t)first + count - 1, (int64_t)first + half);
    uint32_t left = bvh->node_count;
    bvh->node_count += 2;
    node->first = left;
    node->count = 0;
    split(b, left, first, half);
    split(b, left + 1, first + half, count - half);
}

static bool build_tree(struct ost_bvh *bvh, struct ost_err *err)
{
    uint32_t count = bvh->mesh->triangle_count;
    struct builder b = {.bvh = bvh, .centre = calloc(count, sizeof *b.centre)};
    bvh->order = calloc(count, sizeof *bvh->order);
    bvh->node = calloc((size_t)count * 2 + 1, sizeof *bvh->node);
    if (b.centre == NULL || bvh->order == NULL || bvh->node == NULL) {
        free(b.centre);
        return ost_fail(err, OST_NOMEM, "bvh: no room for %u triangles", count);
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *t = bvh->mesh->triangle[i];
        bvh->order[i] = i;
        for (int k = 0; k < 3; k++) {
            b.centre[i][k] = (bvh->mesh->vertex[t[0]][k] + bvh->mesh->vertex[t[1]][k] +
                              bvh->mesh->vertex[t[2]][k]) /
                             3.0F;
        }
    }
    bvh->node_count = 1;
    split(&b, 0, 0, count);
    free(b.centre);
    return true;
}

static bool build_normals(struct ost_bvh *bvh, struct ost_err *err)
{
    const struct ost_mesh *mesh = bvh->mesh;
    OST_AUTO(ost_edges) edges = NULL;
    bvh->vertex_normal = calloc(mesh->vertex_count, sizeof *bvh->vertex_normal);
    bvh->edge_normal = calloc((size_t)mesh->triangle_count * 3, sizeof *bvh->edge_normal);
    bvh->face_normal = calloc(mesh->triangle_count, sizeof *bvh->face_normal);
    if (bvh->vertex_normal == NULL || bvh->edge_normal == NULL || bvh->face_normal == NULL)
        return ost_fail(err, OST_NOMEM, "bvh: no room for normals");
    if (!ost_edges_create(&edges, mesh, err))
        return false;
    ost_mesh_vertex_normals(mesh, bvh->vertex_normal);
    for (uint32_t i = 0; i < mesh->triangle_count; i++) {
        double normal[3];
        (void)ost_triangle_area(mesh, i, normal);
        for (int k = 0; k < 3; k++)
            bvh->face_normal[i][k] = (float)normal[k];
    }
    for (size_t at = 0, run; (run = ost_edges_run(edges, at)) > 0; at += run) {
        float sum[3] = {0};
        for (size_t i = at; i < at + run; i++) {
            for (int k = 0; k < 3; k++)
                sum[k] += bvh->face_normal[edges->edge[i].triangle][k];
        }
        for (size_t i = at; i < at + run; i++) {
            memcpy(bvh->edge_normal[(size_t)edges->edge[i].triangle * 3 + edges->edge[i].corner],
                   sum, sizeof sum);
        }
    }
    return true;
}

bool ost_bvh_create(struct ost_bvh **out, const struct ost_mesh *mesh, struct ost_err *err)
{
    *out = NULL;
    if (mesh->triangle_count == 0)
        return ost_fail(err, OST_INVALID, "bvh: a mesh without triangles");
    if (!ost_mesh_check(mesh, err))
        return ost_err_note(err, "bvh");
    OST_AUTO(ost_bvh) bvh = calloc(1, sizeof *bvh);
    if (bvh == NULL)
        return ost_fail(err, OST_NOMEM, "bvh: out of memory");
    bvh->mesh = mesh;
    if (!build_tree(bvh, err) || !build_normals(bvh, err))
        return false;
    *out = ost_steal(&bvh);
    return true;
}

void ost_bvh_destroy(struct ost_bvh *bvh)
{
    if (bvh == NULL)
        return;
    free(bvh->node);
    free(bvh->order);
    free(bvh->vertex_normal);
    free(bvh->edge_normal);
    free(bvh->face_normal);
    free(bvh);
}

static void load(const struct ost_mesh *mesh, uint32_t vertex, double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = mesh->vertex[vertex][k];
}

static double edge_fraction(double along, double against)
{
    double length = along + against;
    return length > 0.0 ? along / length : 0.0;
}

/* Corner weights of the nearest point of triangle abc to p (Ericson 2005, 5.1.5). */
static void nearest_weights(const double p[3], double abc[3][3], double weight[3])
{
    double ab[3], ac[3], ap[3], bp[3], cp[3];
    ost_sub(abc[1], abc[0], ab);
    ost_sub(abc[2], abc[0], ac);
    ost_sub(p, abc[0], ap);
    ost_sub(p, abc[1], bp);
    ost_sub(p, abc[2], cp);
    double d1 = ost_dot(ab, ap), d2 = ost_dot(ac, ap), d3 = ost_dot(ab, bp);
    double d4 = ost_dot(ac, bp), d5 = ost_dot(ab, cp), d6 = ost_dot(ac, cp);
    double va = d3 * d6 - d5 * d4, vb = d5 * d2 - d1 * d6, vc = d1 * d4 - d3 * d2;
    double v = 0.0, w = 0.0;
    if (d1 <= 0.0 && d2 <= 0.0) {
        v = w = 0.0;
    } else if (d3 >= 0.0 && d4 <= d3) {
        v = 1.0;
    } else if (d6 >= 0.0 && d5 <= d6) {
        w = 1.0;
    } else if (vc <= 0.0 && d1 >= 0.0 && d3 <= 0.0) {
        v = edge_fraction(d1, -d3);
    } else if (vb <= 0.0 && d2 >= 0.0 && d6 <= 0.0) {
        w = edge_fraction(d2, -d6);
    } else if (va <= 0.0 && d4 - d3 >= 0.0 && d5 - d6 >= 0.0) {
        w = edge_fraction(d4 - d3, d5 - d6);
        v = 1.0 - w;
    } else {
        v = vb / (va + vb + vc);
        w = vc / (va + vb + vc);
    }
    weight[0] = 1.0 - v - w;
    weight[1] = v;
    weight[2] = w;
}

static double box_distance2(const struct node *node, const double p[3])
{
    double sum = 0.0;
    for (int k = 0; k < 3; k++) {
        double below = node->low[k] - p[k], above = p[k] - node->high[k];
        double d = below > above ? below : above;
        sum += d > 0.0 ? d * d : 0.0;
    }
    return sum;
}

struct search {
    const struct ost_bvh *bvh;
    const double *point;
    double best2;
    struct ost_near *out;
    bool found;
};

static void try_triangle(struct search *s, uint32_t triangle)
{
    const struct ost_mesh *mesh = s->bvh->mesh;
    double abc[3][3], weight[3], q[3], d[3];
    for (int k = 0; k < 3; k++)
        load(mesh, mesh->triangle[triangle][k], abc[k]);
    nearest_weights(s->point, abc, weight);
    for (int k = 0; k < 3; k++)
        q[k] = weight[0] * abc[0][k] + weight[1] * abc[1][k] + weight[2] * abc[2][k];
    ost_sub(s->point, q, d);
    double d2 = ost_dot(d, d);
    if (!(d2 < s->best2))
        return;
    s->best2 = d2;
    s->found = true;
    s->out->triangle = triangle;
    memcpy(s->out->point, q, sizeof q);
    memcpy(s->out->weight, weight, sizeof weight);
}

static void descend(struct search *s)
{
    uint32_t stack[DEPTH * 2], depth = 0;
    const struct node *nodes = s->bvh->node;
    stack[depth++] = 0;
    while (depth > 0) {
        const struct node *node = &nodes[stack[--depth]];
        if (box_distance2(node, s->point) >= s->best2)
            continue;
        for (uint32_t i = 0; i < node->count; i++)
            try_triangle(s, s->bvh->order[node->first + i]);
        if (node->count > 0)
            continue;
        bool right_first = box_distance2(&nodes[node->first + 1], s->point) <
                           box_distance2(&nodes[node->first], s->point);
        stack[depth++] = node->first + (right_first ? 0U : 1U);
        stack[depth++] = node->first + (right_first ? 1U : 0U);
    }
}

/* The pseudonormal of what was hit: a corner, a side or the inside of the face. */
static void pseudonormal(const struct ost_bvh *bvh, struct ost_near *near)
{
    const uint32_t *t = bvh->mesh->triangle[near->triangle];
    const float *n = bvh->face_normal[near->triangle];
    for (size_t k = 0; k < 3; k++) {
        size_t next = (k + 1) % 3, last = (k + 2) % 3;
        if (near->weight[next] == 0.0 && near->weight[last] == 0.0) {
            n = bvh->vertex_normal[t[k]];
        } else if (near->weight[last] == 0.0 && near->weight[k] != 0.0 &&
                   near->weight[next] != 0.0) {
            n = bvh->edge_normal[(size_t)near->triangle * 3 + k];
        }
    }
    for (int k = 0; k < 3; k++)
        near->normal[k] = n[k];
    (void)ost_unit(near->normal);
}

bool ost_bvh_near(const struct ost_bvh *bvh, const double point[3], double limit,
                  struct ost_near *out)
{
    struct ost_near near;
    double reach = limit < 1e150 ? limit * limit : DBL_MAX;
    struct search s = {
        .bvh = bvh, .point = point, .best2 = nextafter(reach, DBL_MAX), .out = &near};
    descend(&s);
    if (!s.found)
        return false;
    double d[3];
    ost_sub(point, near.point, d);
    near.distance = sqrt(s.best2);
    pseudonormal(bvh, &near);
    near.signed_mm = ost_dot(d, near.normal) < 0.0 ? -near.distance : near.distance;
    *out = near;
    return true;
}

/* Slabs (Kay and Kajiya 1986), widened by rounding. */
static bool box_crossed(const struct node *node, const double o[3], const double inverse[3])
{
    double low = 0.0, high = DBL_MAX;
    for (int k = 0; k < 3; k++) {
        double a = (node->low[k] - o[k]) * inverse[k], b = (node->high[k] - o[k]) * inverse[k];
        if (isnan(a) || isnan(b)) /* on the slab's face, running along it */
            continue;
        low = fmax(low, fmin(a, b));
        high = fmin(high, fmax(a, b));
    }
    return low <= high * (1.0 + 1e-12) + 1e-12;
}

/*
 * Signed volumes with one rule for rays through an edge, the same from both sides,
 * so that no passage is lost or counted twice (Woop, Benthin and Wald 2013).
 */
struct sheared {
    int x, y, z;
    double s[3];
    double origin[3];
};

static struct sheared shear_of(const double origin[3], const double direction[3])
{
    struct sheared r = {0};
    for (int k = 1; k < 3; k++) {
        if (fabs(direction[k]) > fabs(direction[r.z]))
            r.z = k;
    }
    r.x = (r.z + 1) % 3;
    r.y = (r.z + 2) % 3;
    if (direction[r.z] < 0.0) {
        int kept = r.x;
        r.x = r.y;
        r.y = kept;
    }
    r.s[0] = direction[r.x] / direction[r.z];
    r.s[1] = direction[r.y] / direction[r.z];
    r.s[2] = 1.0 / direction[r.z];
    memcpy(r.origin, origin, sizeof r.origin);
    return r;
}

/* The sheared side function; an exact zero belongs to the side that runs upwards. */
static int side_of(const double a[2], const double b[2])
{
    double e = a[0] * b[1] - a[1] * b[0];
    if (e != 0.0)
        return e > 0.0 ? 1 : -1;
    double dy = b[1] - a[1], dx = b[0] - a[0];
    if (dy != 0.0)
        return dy > 0.0 ? 1 : -1;
    return dx > 0.0 ? 1 : -1;
}

static bool cross_triangle(const struct sheared *r, const struct ost_mesh *mesh, uint32_t triangle,
                           struct ost_hit *out)
{
    double q[3][2], depth[3];
    for (int i = 0; i < 3; i++) {
        double p[3];
        load(mesh, mesh->triangle[triangle][i], p);
        ost_sub(p, r->origin, p);
        q[i][0] = p[r->x] - r->s[0] * p[r->z];
        q[i][1] = p[r->y] - r->s[1] * p[r->z];
        depth[i] = r->s[2] * p[r->z];
    }
    int side = side_of(q[0], q[1]);
    if (side_of(q[1], q[2]) != side || side_of(q[2], q[0]) != side)
        return false;
    double u = q[1][0] * q[2][1] - q[1][1] * q[2][0];
    double v = q[2][0] * q[0][1] - q[2][1] * q[0][0];
    double w = q[0][0] * q[1][1] - q[0][1] * q[1][0];
    double sum = u + v + w;
    if (sum == 0.0)
        return false;
    out->at = (u * depth[0] + v * depth[1] + w * depth[2]) / sum;
    out->triangle = triangle;
    out->entering = side < 0;
    return out->at >= 0.0;
}

/* Keeps the `room` nearest hits sorted. */
static void keep_hit(struct ost_hit *hit, size_t room, size_t count, const struct ost_hit *new)
{
    size_t held = count < room ? count : room;
    if (room == 0 || (held == room && new->at >= hit[room - 1].at))
        return;
    size_t at = held == room ? room - 1 : held;
    while (at > 0 && hit[at - 1].at > new->at) {
        hit[at] = hit[at - 1];
        at--;
    }
    hit[at] = *new;
}

size_t ost_bvh_ray(const struct ost_bvh *bvh, const double origin[3], const double direction[3],
                   struct ost_hit *hit, size_t room)
{
    double inverse[3];
    for (int k = 0; k < 3; k++)
        inverse[k] = 1.0 / direction[k];
    struct sheared r = shear_of(origin, direction);
    uint32_t stack[DEPTH * 2], depth = 0;
    size_t count = 0;
    stack[depth++] = 0;
    while (depth > 0) {
        const struct node *node = &bvh->node[stack[--depth]];
        if (!box_crossed(node, origin, inverse))
            continue;
        for (uint32_t i = 0; i < node->count; i++) {
            struct ost_hit new;
            if (!cross_triangle(&r, bvh->mesh, bvh->order[node->first + i], &new))
                continue;
            keep_hit(hit, room, count, &new);
            count++;
        }
        if (node->count == 0) {
            stack[depth++] = node->first;
            stack[depth++] = node->first + 1;
        }
    }
    return count;
}
