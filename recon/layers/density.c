#include "recon/layers/density.h"

#include "recon/base/array.h"
#include "recon/layers/plate_impl.h"
#include "recon/math/vec.h"

#include <math.h>

static const double least_path = 0.3; /* mm of a ray that make it part of the shadow */

/* What the equations do not know of, as a share, and by how much they believe too much. */
struct doubt {
    double beyond, widen;
};

static const struct doubt doubt[OST_CURVE_HOWS] = {
    [OST_CURVE_UNKNOWN] = {0.30, 1.0},
    [OST_CURVE_LINEAR] = {0.04, 1.0},
    [OST_CURVE_RAW] = {0.04, 1.0},
    [OST_CURVE_WEDGE] = {0.06, 1.0},
};

const char *ost_density_site_name(enum ost_density_site site)
{
    static const char *const name[] = {[OST_DENSITY_ULTRADISTAL] = "radius_ultradistal",
                                       [OST_DENSITY_DISTAL_30] = "radius_distal_30",
                                       [OST_DENSITY_METAPHYSIS] = "radius_metaphysis",
                                       [OST_DENSITY_THIRD] = "radius_third"};
    return (unsigned)site < OST_COUNT(name) ? name[site] : "unknown";
}

struct ost_density_part ost_density_part_of(const struct ost_layers_request *request,
                                            enum ost_density_site site)
{
    static const double from[] = {2.0, -40.0, 30.0}, to[] = {17.0, 30.0, 50.0};
    struct ost_density_part part = {.bone = OST_RADIUS};
    if (site != OST_DENSITY_THIRD) {
        part.from = from[site];
        part.to = to[site];
        return part;
    }
    const struct ost_mesh *ulna = request->bone[OST_ULNA].surface;
    double low = INFINITY, high = -INFINITY;
    for (uint32_t v = 0; v < ulna->vertex_count; v++) {
        double p[3] = {(double)ulna->vertex[v][0], (double)ulna->vertex[v][1],
                       (double)ulna->vertex[v][2]};
        ost_sub(request->frame.origin, p, p);
        const double height = ost_dot(p, request->frame.axis);
        low = fmin(low, height);
        high = fmax(high, height);
    }
    part.from = low + (high - low) / 3.0 - 10.0;
    part.to = part.from + 20.0;
    return part;
}

/* How much a film is taken from the front: 1 along the palm's normal, 0 from the side. */
static double frontal(const struct ost_layers_request *request, size_t view)
{
    const struct ost_camera *c = &request->film[view].camera;
    double source[3], beam[3];
    ost_camera_ray(c, c->principal, source, beam);
    return fabs(ost_dot(beam, request->frame.volar));
}

struct sum {
    double mineral, path, shadow, shown;
};

static void add_pixel(const struct ost_layers_view *v, enum ost_bone bone, size_t n,
                      struct sum *sum)
{
    const double path = (double)v->path[bone]->pixel[n];
    const bool exposed = v->exposed->pixel[n] > 0.5F;
    if (exposed) {
        sum->mineral += (double)v->area[bone]->pixel[n];
        sum->path += path;
    }
    if (path > least_path) {
        sum->shadow += 1.0;
        sum->shown += exposed ? 1.0 : 0.0;
    }
}

static struct sum add_up(const struct ost_layers *layers, const struct ost_layers_request *request,
                         size_t view, const struct ost_density_part *part)
{
    const struct ost_layers_view *v = &layers->view[view];
    const uint32_t width = v->total->width, height = v->total->height;
    struct sum sum = {0.0, 0.0, 0.0, 0.0};
    for (uint32_t j = 0; j < height; j++)
        for (uint32_t i = 0; i < width; i++) {
            const size_t n = (size_t)j * width + i;
            const double pixel[2] = {i, j};
            struct ost_cell ray;
            if (v->area[part->bone]->pixel[n] == 0.0F && v->path[part->bone]->pixel[n] == 0.0F)
                continue;
            ost_plate_ray(request, view, pixel, &ray);
            if (ray.height >= part->from && ray.height < part->to)
                add_pixel(v, part->bone, n, &sum);
        }
    return sum;
}

bool ost_density_measure(const struct ost_layers *layers, const struct ost_layers_request *request,
                         const struct ost_density_part *part, struct ost_density_found *out,
                         struct ost_err *err)
{
    size_t best = 0;
    for (size_t v = 1; v < layers->count; v++)
        if (frontal(request, v) > frontal(request, best))
            best = v;
    const struct sum sum = add_up(layers, request, best, part);
    if (!(sum.shown > 0.5 * sum.shadow) || !(sum.path > 0.0))
        return ost_fail(err, OST_NOT_FOUND, "density: the film shows less than half of this part");
    const struct doubt *d = &doubt[layers->how];
    *out = (struct ost_density_found){
        .view = best,
        .areal = sum.mineral / sum.shown,
        .volumetric = 1e4 * sum.mineral / sum.path,
        .relative_sd = hypot(d->beyond, d->widen * layers->gain_sd),
        .shown = sum.shown / sum.shadow,
        .relative = layers->how == OST_CURVE_UNKNOWN,
    };
    return true;
}
