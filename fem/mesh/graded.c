#include "fem/mesh/graded.h"

#include "recon/math/vec.h"

#include <string.h>

struct ost_grading ost_grading_along(const double near[3], const double way[3], double length,
                                     double ratio)
{
    struct ost_grading grading = {.reach = length / (sqrt(ratio) - 1.0)};
    ost_along(near, grading.reach, way, grading.centre);
    return grading;
}

/* There and back alike; returns how many times longer lengths are there than here. */
static double turn(const struct ost_grading *g, const double point[3], double out[3])
{
    double from[3];
    ost_sub(point, g->centre, from);
    double scale = g->reach * g->reach / ost_dot(from, from);
    ost_along(g->centre, scale, from, out);
    return scale;
}

/* The body turned inside out. */
struct turned {
    struct ost_field body;
    struct ost_grading grading;
};

static double at_turned(const void *user, const double point[3])
{
    const struct turned *t = user;
    double here[3], scale = turn(&t->grading, point, here);
    return t->body.at(t->body.user, here) / scale;
}

/* What a step of the search for the body's bounds finds inside of it. */
static bool take_in(const struct turned *t, const double here[3], double step, double low[3],
                    double high[3], struct ost_err *err)
{
    double there[3], scale = turn(&t->grading, here, there);
    if (!(ost_distance(here, t->grading.centre) > 0.25 * t->grading.reach + 2.0 * step)) {
        return ost_fail(err, OST_INVALID,
                        "mesher: the elements grow away from a point too near the body; "
                        "ask for less of it");
    }
    for (int k = 0; k < 3; k++) {
        low[k] = fmin(low[k], there[k] - 2.0 * scale * step);
        high[k] = fmax(high[k], there[k] + 2.0 * scale * step);
    }
    return true;
}

/* The bounds of the turned body, by looking at the body every `step` mm. */
static bool bound(const struct turned *t, double step, struct ost_field *out, struct ost_err *err)
{
    const double *low = t->body.low, *high = t->body.high;
    double p[3];
    for (int k = 0; k < 3; k++) {
        out->low[k] = INFINITY;
        out->high[k] = -INFINITY;
    }
    for (p[2] = low[2]; p[2] <= high[2]; p[2] += step) {
        for (p[1] = low[1]; p[1] <= high[1]; p[1] += step) {
            for (p[0] = low[0]; p[0] <= high[0]; p[0] += step) {
                if (t->body.at(t->body.user, p) < 0.0 &&
                    !take_in(t, p, step, out->low, out->high, err))
                    return false;
            }
        }
    }
    return out->low[0] < out->high[0] ||
           ost_fail(err, OST_INVALID, "mesher: nothing is inside every %g mm", step);
}

bool ost_stuff_graded(const struct ost_field *field, const struct ost_grading *grading,
                      const struct ost_stuff_options *options, struct ost_tet_mesh **out,
                      struct ost_stuff_report *report, struct ost_err *err)
{
    const struct turned turned = {*field, *grading};
    struct ost_field there = {.at = at_turned, .user = &turned};
    struct ost_stuff_options how = *options;
    OST_AUTO(ost_tet_mesh) mesh = NULL;
    *out = NULL;
    if (!(grading->reach > 4.0 * options->lattice))
        return ost_fail(err, OST_INVALID, "mesher: elements cannot grow that fast");
    (void)turn(grading, options->anchor, how.anchor);
    if (!bound(&turned, 2.0 * options->lattice, &there, err) ||
        !ost_stuff(&there, &how, &mesh, report, err) || mesh == NULL)
        return false;
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        double here[3];
        (void)turn(grading, mesh->node[n], here);
        memcpy(mesh->node[n], here, sizeof here);
    }
    /* An inversion turns left into right. */
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        uint32_t third = mesh->tet[e][2];
        mesh->tet[e][2] = mesh->tet[e][3];
        mesh->tet[e][3] = third;
    }
    if (!ost_tet_mesh_check(mesh, err))
        return ost_err_note(err, "mesher");
    *out = ost_steal(&mesh);
    return true;
}
