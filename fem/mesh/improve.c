#include "fem/mesh/around_impl.h"
#include "fem/mesh/boundary.h"
#include "fem/mesh/improve_impl.h"
#include "fem/mesh/quality.h"
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
    uint32_t *first, *around;  /* elements round a node */
    unsigned char *on_surface; /* per node */
    unsigned char *wanted;     /* per node: stands in a bad element */
    double (*home)[3];         /* where each node stood at first */
};

static double badness(const struct ost_tet_mesh *mesh, uint32_t tet)
{
    const double *corner[4];
    double cosine[6], worst = -1.0;
    for (int k = 0; k < 4; k++)
        corner[k] = mesh->node[mesh->tet[tet][k]];
    ost_dihedral_cosines(corner, cosine);
    for (int k = 0; k < 6; k++)
        worst = fmax(worst, fmax(cosine[k], flat_extra - cosine[k]));
    return ost_tet_volume(mesh, tet) > 0.0 ? worst : 2.0;
}

/* The worst element round a node, as soon as it is worse than `limit`. */
static double worst_round(const struct work *w, uint32_t node, double limit)
{
    double worst = -1.0;
    for (uint32_t i = w->first[node]; i < w->first[node + 1] && worst < limit; i++)
        worst = fmax(worst, badness(w->mesh, w->around[i]));
    return worst;
}

/* Newton steps along the gradient; false where the surface is not found. */
static bool to_surface(const struct work *w, double p[3])
{
    const int steps = 4;
    const struct ost_field *field = w->field;
    double h = 0.05 * w->a, f = field->at(field->user, p);
    for (int step = 0; step < steps && fabs(f) > 1e-4 * w->a; step++) {
        double gradient[3], square = 0.0;
        for (int k = 0; k < 3; k++) {
            double q[3] = {p[0], p[1], p[2]};
            q[k] = p[k] + h;
            double up = field->at(field->user, q);
            q[k] = p[k] - h;
            gradient[k] = (up - field->at(field->user, q)) / (2.0 * h);
            square += gradient[k] * gradient[k];
        }
        if (!(square > 0.1))
            return false;
        ost_along(p, -f / square, gradient, p);
        f = field->at(field->user, p);
    }
    return fabs(f) <= 1e-3 * w->a;
}

/* One step from `from` to the best of its neighbours at distance `step`. */
static bool climb(struct work *w, uint32_t node, double step, double *worst)
{
    double *p = w->mesh->node[node];
    double from[3], best[3];
    memcpy(from, p, sizeof from);
    bool better = false;
    for (int i = 0; i < 27; i++) {
        double d[3] = {(int)(i % 3) - 1.0, (int)(i / 3 % 3) - 1.0, (int)(i / 9) - 1.0};
        if (i == 13)
            continue;
        (void)ost_unit(d);
        ost_along(from, step, d, p);
        if (ost_distance(p, w->home[node]) > 0.35 * w->a ||
            (w->on_surface[node] && !to_surface(w, p)))
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

static bool prepare(struct work *w, struct ost_err *err)
{
    const struct ost_tet_mesh *mesh = w->mesh;
    w->first = calloc((size_t)mesh->node_count + 1, sizeof *w->first);
    w->around = malloc((size_t)mesh->tet_count * 4 * sizeof *w->around);
    w->on_surface = calloc(mesh->node_count, 1);
    w->wanted = calloc(mesh->node_count, 1);
    w->home = malloc((size_t)mesh->node_count * sizeof *w->home);
    if (w->first == NULL || w->around == NULL || w->on_surface == NULL || w->wanted == NULL ||
        w->home == NULL)
        return ost_fail(err, OST_NOMEM, "no room to improve %u elements", mesh->tet_count);
    memcpy(w->home, mesh->node, (size_t)mesh->node_count * sizeof *w->home);
    fill_around(mesh, w->first, w->around);
    OST_AUTO(ost_boundary) boundary = NULL;
    if (!ost_boundary_create(&boundary, mesh, err))
        return false;
    for (uint32_t i = 0; i < boundary->face_count; i++) {
        for (int k = 0; k < 3; k++)
            w->on_surface[boundary->face[i][k]] = 1;
    }
    return true;
}

static uint32_t pass_over(struct work *w)
{
    uint32_t moved = 0;
    memset(w->wanted, 0, w->mesh->node_count);
    for (uint32_t e = 0; e < w->mesh->tet_count; e++) {
        if (badness(w->mesh, e) > enough) {
            for (int k = 0; k < 4; k++)
                w->wanted[w->mesh->tet[e][k]] = 1;
        }
    }
    for (uint32_t n = 0; n < w->mesh->node_count; n++)
        moved += w->wanted[n] && improve_node(w, n);
    return moved;
}

bool improve_angles(struct ost_tet_mesh *mesh, const struct ost_field *field, double a, int passes,
                    uint32_t *moved, struct ost_err *err)
{
    struct work w = {.mesh = mesh, .field = field, .a = a};
    bool ok = prepare(&w, err);
    *moved = 0;
    for (int pass = 0; pass < passes && ok; pass++)
        *moved += pass_over(&w);
    free(w.first);
    free(w.around);
    free(w.on_surface);
    free(w.wanted);
    free(w.home);
    return ok;
}
