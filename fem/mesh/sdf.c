#include "fem/mesh/band_impl.h"
#include "fem/mesh/sdf_impl.h"
#include "fem/mesh/splat_impl.h"

#include <math.h>

struct ost_sdf_options ost_sdf_options_default(void)
{
    return (struct ost_sdf_options){
        .spacing = 0.28, .margin = 2.0, .band = 0.7, .whole_most = 33554432.0};
}

void sdf_corners(const struct ost_mesh *mesh, uint32_t triangle, double p[3][3])
{
    for (int k = 0; k < 3; k++) {
        for (int axis = 0; axis < 3; axis++)
            p[k][axis] = (double)mesh->vertex[mesh->triangle[triangle][k]][axis];
    }
}

/* What the box has to hold along an axis. */
static void extent_of(const struct ost_mesh *mesh, const struct ost_sdf_options *o, int axis,
                      double *least, double *most)
{
    *least = INFINITY;
    *most = -INFINITY;
    for (uint32_t i = 0; i < mesh->vertex_count; i++) {
        *least = fmin(*least, (double)mesh->vertex[i][axis]);
        *most = fmax(*most, (double)mesh->vertex[i][axis]);
    }
    if (o->high[axis] > o->low[axis]) {
        *least = fmax(*least, o->low[axis]);
        *most = fmin(*most, o->high[axis]);
    }
}

bool sdf_box(const struct ost_mesh *mesh, const struct ost_sdf_options *options, double low[3],
             double size[3], struct ost_err *err)
{
    const struct ost_sdf_options *o = options;
    if (!ost_mesh_check(mesh, err))
        return ost_err_note(err, "distance");
    if (!(o->spacing > 0.0) || !(o->band > 0.0) || !(o->margin >= o->band))
        return ost_fail(err, OST_INVALID, "distance: spacing, band and margin do not fit");
    for (int k = 0; k < 3; k++) {
        double least, most;
        extent_of(mesh, o, k, &least, &most);
        double first = floor((least - o->margin - o->anchor[k]) / o->spacing);
        double cells = ceil((most + o->margin - o->anchor[k]) / o->spacing) - first;
        if (!(cells > 1.0) || !(cells < 1e5)) {
            return ost_fail(err, OST_LIMIT, "distance: no grid of %g mm over %g mm", o->spacing,
                            most - least);
        }
        low[k] = o->anchor[k] + first * o->spacing;
        size[k] = fmax(cells, OST_SPLAT_ROW) + 1.0;
    }
    return true;
}

/* A band that is one tile, whatever its size. */
bool ost_sdf_of_mesh(const struct ost_mesh *mesh, const struct ost_sdf_options *options,
                     struct ost_grid **out, struct ost_err *err)
{
    struct ost_sdf_options whole = *options;
    OST_AUTO(ost_band) band = NULL;
    *out = NULL;
    whole.whole_most = INFINITY;
    if (!ost_band_of_mesh(mesh, &whole, &band, err) || band == NULL)
        return false;
    *out = ost_steal(&band->tile[0]);
    return true;
}
