#include "fem/mesh/around_impl.h"
#include "fem/mesh/improve_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

/* An angle of 20 degrees, or of about 149, is as good as we try to be. */
static const double enough = 0.9397;
/* Flat angles count as a little worse than sharp ones of the same sine. */
static const double flat_extra = 0.085;

struct work {
    struct ost_tet_mesh *mesh;
    const struct ost_field *field;
    double a;
    uint32_t *first, *around;  /* elements round a node that is near */
    unsigned char *near;       /* per node: may move, as it stands in an element at the surface */
    unsigned char *on_surface; /* per node */
    unsigned char *wanted;     /* per node: stands in a bad element */
    unsigned char *untried;    /* per node: something round it is new since it was tried */
    const unsigned char *outer;
    unsigned char *doubtful; /* per element: it may be bad, or one of its nodes has moved */
    double (*home)[3];       /* where each node stood at first */
};

/* Of the element's faces, inwards, twice their areas long; 0 where it is turned or flat. */
static bool normals_of(const struct ost_tet_mesh *mesh, uint32_t tet, double normal[4][3],
                       double square[4])
{
    const uint32_t *t = mesh->tet[tet];
    double edge[3][3];
    for (int k = 0; k < 3; k++)
        ost_sub(mesh->node[t[k + 1]], mesh->node[t[0]], edge[k]);
    ost_cross(edge[1], edge[2], normal[1]);
    ost_cross(edge[2], edge[0], normal[2]);
    ost_cross(edge[0], edge[1], normal[3]);
    /* Those of a closed surface sum to nothing. */
    for (int axis = 0; axis < 3; axis++)
        normal[0][axis] = -normal[1][axis] - normal[2][axis] - normal[3][axis];
    for (int k = 0; k < 4; k++)
        square[k] = ost_dot(normal[k], normal[k]);
    return ost_dot(edge[0], normal[1]) > 0.0;
}

static const int pair[6][2] = {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}};

/* The cosine of its sharpest angle, or nearly that of its flattest turned round; 2 for none. */
static double badness(const struct ost_tet_mesh *mesh, uint32_t tet)
{
    double normal[4][3], square[4], per_length[4], worst = -1.0;
    if (!normals_of(mesh, tet, normal, square))
        return 2.0;
    for (int k = 0; k < 4; k++)
        per_length[k] = 1.0 / sqrt(square[k]);
    for (int k = 0; k < 6; k++) {
        int i = pair[k][0], j = pair[k][1];
        double cosine = -ost_dot(normal[i], normal[j]) * per_length[i] * per_length[j];
        double flat = flat_extra - cosine;
        worst = cosine > worst ? cosine : worst;
        worst = flat > worst ? flat : worst;
    }
    return worst;
}

/* Whether badness() is more than `enough`, without a root or a division. */
static bool is_bad(const struct ost_tet_mesh *mesh, uint32_t tet)
{
    const double sharp = enough * enough, flat = (enough - flat_extra) * (enough - flat_extra);
    double normal[4][3], square[4];
    if (!normals_of(mesh, tet, normal, square))
        return true;
    bool bad = false;
    for (int k = 0; k < 6; k++) {
        int i = pair[k][0], j = pair[k][1];
        double dot = -ost_dot(normal[i], normal[j]);
        double limit = (dot > 0.0 ? sharp : flat) * square[i] * square[j];
        bad = bad || dot * dot > limit;
    }
    return bad;
}

/*
 * The worst element round a node, as soon as it is worse than `limit`. That one is looked at first
 * the next time: where a step fails by an element the next one mostly does so too.
 */
static double worst_round(const struct work *w, uint32_t node, double limit)
{
    double worst = -1.0;
    uint32_t *around = w->around + w->first[node];
    for (uint32_t i = 0; i < w->first[node + 1] - w->first[node] && worst < limit; i++) {
        double now = badness(w->mesh, around[i]);
        worst = now > worst ? now : worst;
        if (worst >= limit) {
            uint32_t tet = around[i];
            around[i] = around[0];
            around[0] = tet;
        }
    }
    return worst;
}

/* The field's slope at a point; false where it has next to none. */
static bool slope_at(const struct work *w, const double p[3], double slope[3])
{
    const struct ost_field *field = w->field;
    const double h = 0.05 * w->a;
    for (int k = 0; k < 3; k++) {
        double q[3] = {p[0], p[1], p[2]};
        q[k] = p[k] + h;
        double up = field->at(field->user, q);
        q[k] = p[k] - h;
        slope[k] = (up - field->at(field->user, q)) / (2.0 * h);
    }
    return ost_dot(slope, slope) > 0.1;
}

/* Steps along one slope, which is known: enough where the surface hardly turns. */
static bool along_slope(const struct work *w, const double slope[3], double p[3])
{
    const int steps = 4;
    const double square = ost_dot(slope, slope);
    double f = w->field->at(w->field->user, p);
    for (int step = 0; step < steps && fabs(f) > 1e-4 * w->a; step++) {
        ost_along(p, -f / square, slope, p);
        f = w->field->at(w->field->user, p);
    }
    return fabs(f) <= 1e-4 * w->a;
}

/* Newton steps along the slope; false where the surface is not found. */
static bool to_surface(const struct work *w, double p[3])
{
    const int steps = 4;
    double f = w->field->at(w->field->user, p);
    for (int step = 0; step < steps && fabs(f) > 1e-4 * w->a; step++) {
        double slope[3];
        if (!slope_at(w, p, slope))
            return false;
        ost_along(p, -f / ost_dot(slope, slope), slope, p);
        f = w->field->at(w->field->user, p);
    }
    return fabs(f) <= 1e-3 * w->a;
}

/* Onto the surface again, from `p`; `slope` is that where the node stands, NULL for none. */
static bool settle(const struct work *w, const double *slope, double p[3])
{
    const double from[3] = {p[0], p[1], p[2]};
    if (slope != NULL && along_slope(w, slope, p))
        return true;
    memcpy(p, from, sizeof from);
    return to_surface(w, p);
}

/* One step from `from` to the best of its neighbours at distance `step`. */
static bool climb(struct work *w, uint32_t node, double step, double *worst)
{
    double *p = w->mesh->node[node];
    double from[3], best[3], slope[3];
    memcpy(from, p, sizeof from);
    bool better = false, sloped = w->on_surface[node] && slope_at(w, from, slope);
    for (int i = 0; i < 27; i++) {
        double d[3] = {(int)(i % 3) - 1.0, (int)(i / 3 % 3) - 1.0, (int)(i / 9) - 1.0};
        if (i == 13)
            continue;
        (void)ost_unit(d);
        ost_along(from, step, d, p);
        if (ost_distance(p, w->home[node]) > 0.35 * w->a ||
            (w->on_surface[node] && !settle(w, sloped ? slope : NULL, p)))
            continue;
        double now = worst_round(w, node, *worst);
        if (now < *worst - 1e-6) {
            *worst = now;
            memcpy(best, p, sizeof best);
            better = true;
        }
    }
    memcpy(p, better ? best : from, sizeof from);
    return better;
}

static bool improve_node(struct work *w, uint32_t node)
{
    const int climbs = 12;
    double worst = worst_round(w, node, 3.0);
    bool moved = false;
    double step = 0.16 * w->a;
    for (int i = 0; i < climbs && step > 0.01 * w->a && worst > enough; i++) {
        if (climb(w, node, step, &worst)) {
            moved = true;
        } else {
            step *= 0.5;
        }
    }
    return moved;
}

/* Inside, elements are the lattice's own; those at the surface are not. */
static void doubt_outer(struct work *w)
{
    for (uint32_t e = 0; e < w->mesh->tet_count; e++) {
        const uint32_t *t = w->mesh->tet[e];
        w->doubtful[e] = w->outer[t[0]] | w->outer[t[1]] | w->outer[t[2]] | w->outer[t[3]];
        for (int k = 0; k < 4 && w->doubtful[e]; k++)
            w->near[t[k]] = 1;
    }
}

static bool prepare(struct work *w, const struct ost_boundary *boundary, struct ost_err *err)
{
    const struct ost_tet_mesh *mesh = w->mesh;
    w->first = calloc((size_t)mesh->node_count + 1, sizeof *w->first);
    w->around = malloc((size_t)mesh->tet_count * 4 * sizeof *w->around);
    w->near = calloc(mesh->node_count, 1);
    w->on_surface = calloc(mesh->node_count, 1);
    w->wanted = calloc(mesh->node_count, 1);
    w->untried = malloc(mesh->node_count);
    w->home = malloc((size_t)mesh->node_count * sizeof *w->home);
    w->doubtful = malloc(mesh->tet_count);
    if (w->first == NULL || w->around == NULL || w->near == NULL || w->on_surface == NULL ||
        w->wanted == NULL || w->untried == NULL || w->home == NULL || w->doubtful == NULL)
        return ost_fail(err, OST_NOMEM, "no room to improve %u elements", mesh->tet_count);
    memcpy(w->home, mesh->node, (size_t)mesh->node_count * sizeof *w->home);
    memset(w->untried, 1, mesh->node_count);
    doubt_outer(w);
    fill_around(mesh, w->near, w->first, w->around);
    for (uint32_t i = 0; i < boundary->face_count; i++) {
        for (int k = 0; k < 3; k++)
            w->on_surface[boundary->face[i][k]] = 1;
    }
    return true;
}

/* A node has moved: those round it may do better now, and so may it. */
static void tell_round(struct work *w, uint32_t node)
{
    for (uint32_t i = w->first[node]; i < w->first[node + 1]; i++) {
        uint32_t tet = w->around[i];
        w->doubtful[tet] = 1;
        for (int k = 0; k < 4; k++)
            w->untried[w->mesh->tet[tet][k]] = 1;
    }
}

/* Elements without doubt are as they were when they were found good. */
static uint32_t pass_over(struct work *w)
{
    uint32_t moved = 0;
    memset(w->wanted, 0, w->mesh->node_count);
    for (uint32_t e = 0; e < w->mesh->tet_count; e++) {
        if (!w->doubtful[e])
            continue;
        w->doubtful[e] = is_bad(w->mesh, e);
        for (int k = 0; k < 4 && w->doubtful[e]; k++)
            w->wanted[w->mesh->tet[e][k]] = 1;
    }
    for (uint32_t n = 0; n < w->mesh->node_count; n++) {
        if (!w->wanted[n] || !w->untried[n] || !w->near[n])
            continue;
        w->untried[n] = 0;
        if (improve_node(w, n)) {
            tell_round(w, n);
            moved++;
        }
    }
    return moved;
}

bool improve_angles(struct ost_tet_mesh *mesh, const unsigned char *outer,
                    const struct ost_boundary *boundary, const struct ost_field *field,
                    const struct ost_stuff_options *options, uint32_t *moved, struct ost_err *err)
{
    struct work w = {.mesh = mesh, .field = field, .a = options->lattice, .outer = outer};
    bool ok = prepare(&w, boundary, err);
    *moved = 0;
    for (int pass = 0; pass < options->passes && ok; pass++)
        *moved += pass_over(&w);
    free(w.first);
    free(w.around);
    free(w.near);
    free(w.on_surface);
    free(w.wanted);
    free(w.untried);
    free(w.home);
    free(w.doubtful);
    return ok;
}
