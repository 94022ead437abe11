/* How far a bone reaches, whatever specks a mask has left about it. */
#include "fem/mesh/sets.h"
#include "fem/study/model_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>

/* A piece counts with a fiftieth of all there is: a speck is none, half a broken bone is one. */
static const double least_share = 0.02;

static double area_of(const struct ost_mesh *surface, const uint32_t triangle[3])
{
    double p[3][3], u[3], v[3], n[3];
    for (int k = 0; k < 3; k++)
        model_vertex(surface, triangle[k], p[k]);
    ost_sub(p[1], p[0], u);
    ost_sub(p[2], p[0], v);
    ost_cross(u, v, n);
    return 0.5 * ost_length(n);
}

/* Triangles joined by their corners; the area of each piece stands at its lowest vertex. */
static double join(const struct ost_mesh *surface, uint32_t *parent, double *area)
{
    double all = 0.0;
    ost_sets_begin(parent, surface->vertex_count);
    for (uint32_t t = 0; t < surface->triangle_count; t++) {
        for (int k = 1; k < 3; k++)
            (void)ost_sets_join(parent, surface->triangle[t][0], surface->triangle[t][k]);
    }
    for (uint32_t t = 0; t < surface->triangle_count; t++) {
        double here = area_of(surface, surface->triangle[t]);
        area[ost_sets_root(parent, surface->triangle[t][0])] += here;
        all += here;
    }
    return all;
}

bool model_extent(const struct ost_mesh *surface, const struct ost_study_anatomy *anatomy,
                  double *tip, double *end, struct ost_err *err)
{
    const size_t count = surface->vertex_count;
    *tip = INFINITY;
    *end = -INFINITY;
    if (count == 0)
        return true;
    if (!ost_mesh_check(surface, err))
        return ost_err_note(err, "the bone's surface");
    uint32_t *parent = malloc((count + 1) * sizeof *parent);
    double *area = calloc(count + 1, sizeof *area);
    bool ok = (parent != NULL && area != NULL) ||
              ost_fail(err, OST_NOMEM, "no room for the pieces of %zu vertices", count);
    const double least = ok ? least_share * join(surface, parent, area) : 0.0;
    for (uint32_t i = 0; i < surface->vertex_count && ok; i++) {
        double p[3];
        if (!(area[ost_sets_root(parent, i)] > least))
            continue;
        model_vertex(surface, i, p);
        *tip = fmin(*tip, model_depth(anatomy, p));
        *end = fmax(*end, model_depth(anatomy, p));
    }
    free(parent);
    free(area);
    return ok;
}
