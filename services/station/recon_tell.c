#include "services/station/recon_impl.h"
#include "services/station/recon_layers_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double least_metal = 0.05; /* L cm2: less are specks, not an implant nor a wire */

static const char *how_of(const struct ost_layers *layers)
{
    return layers->how == OST_CURVE_UNKNOWN ? "relative" : ost_curve_how_name(layers->how);
}

struct ost_result_site ost_recon_site_of(const struct ost_layers *layers,
                                         enum ost_density_site site,
                                         const struct ost_density_found *f)
{
    struct ost_result_site out;
    (void)snprintf(out.name, sizeof out.name, "%s", ost_density_site_name(site));
    out.areal = ost_recon_number(f->areal, f->relative_sd * f->areal, "g/cm2", how_of(layers));
    out.volumetric =
        ost_recon_number(f->volumetric, f->relative_sd * f->volumetric, "mgHA/cm3", how_of(layers));
    return out;
}

/* Pixels of the film, at the joint, to cm2. */
static double pixel_cm2(const struct ost_layers_request *request, size_t view)
{
    const struct ost_camera *camera = &request->film[view].camera;
    double pixel[2], depth = 0.0;
    (void)ost_camera_project(camera, request->frame.origin, pixel, &depth);
    return 0.01 * depth * depth / (camera->focal[0] * camera->focal[1]);
}

static void tell_masses(const struct ost_layers *layers, const struct ost_layers_request *request,
                        struct ost_result_layers *out)
{
    out->view_count = layers->count;
    for (size_t v = 0; v < layers->count; v++)
        for (int k = 0; k < OST_LAYERS; k++) {
            const struct ost_image *area = layers->view[v].area[k];
            double sum = 0.0;
            for (size_t n = 0; n < (size_t)area->width * area->height; n++)
                sum += (double)area->pixel[n];
            sum *= pixel_cm2(request, v);
            out->mass_g[v][k] = k == OST_LAYER_METAL && sum < least_metal ? 0.0 : sum;
        }
}

static void tell_sites(const struct ost_layers *layers, const struct ost_layers_request *request,
                       struct ost_result_layers *out)
{
    for (int s = 0; s < OST_DENSITY_SITES; s++) {
        const enum ost_density_site site = (enum ost_density_site)s;
        const struct ost_density_part part = ost_density_part_of(request, site);
        struct ost_density_found f;
        if (ost_density_measure(layers, request, &part, &f, NULL))
            out->site[out->site_count++] = ost_recon_site_of(layers, site, &f);
    }
}

static void tell_slices(const struct ost_layers *layers, const struct ost_layers_request *request,
                        struct ost_recon_found *found)
{
    double beyond = 0.0;
    found->slices.present = true;
    for (int b = 0; b < OST_BONES; b++)
        for (int k = 0; k < OST_RECON_SLICES; k++) {
            const double from = ost_recon_slice_low + k * ost_recon_slice_mm;
            const struct ost_density_part part = {(enum ost_bone)b, from,
                                                  from + ost_recon_slice_mm};
            struct ost_density_found f;
            const bool seen = ost_density_measure(layers, request, &part, &f, NULL);
            found->slices.density[b][k] = seen ? fmax(f.volumetric, 0.0) : 0.0;
            beyond = seen ? f.relative_sd : beyond;
        }
    const double *cortical = layers->cortical[OST_RADIUS];
    const double *trabecular = layers->trabecular[OST_RADIUS];
    found->cortical[0] = cortical[0];
    found->cortical[1] = hypot(cortical[1], beyond * cortical[0]);
    found->trabecular[0] = trabecular[0];
    found->trabecular[1] = hypot(trabecular[1], beyond * trabecular[0]);
    found->density_how = how_of(layers);
}

void ost_recon_tell(const struct ost_layers *layers, const struct ost_layers_request *request,
                    struct ost_recon_found *found)
{
    struct ost_result_layers *out = &found->layers;
    *out = (struct ost_result_layers){.relative = layers->how == OST_CURVE_UNKNOWN};
    (void)snprintf(out->how, sizeof out->how, "%s", ost_curve_how_name(layers->how));
    tell_masses(layers, request, out);
    tell_sites(layers, request, out);
    if (!out->relative && layers->trabecular[OST_RADIUS][0] > 0.0 &&
        layers->cortical[OST_RADIUS][0] > layers->trabecular[OST_RADIUS][0])
        tell_slices(layers, request, found);
}
