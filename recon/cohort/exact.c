#include "recon/cohort/exact.h"

#include "recon/math/vec.h"
#include "recon/xray/drr.h"

#include <math.h>
#include <stdlib.h>

static const double raster_mm = 0.4, half_width_mm = 40.0;
static const double least = 0.026; /* g/cm2: a third of a millimetre of cortex makes a shadow */

void ost_exact_destroy(struct ost_exact *exact)
{
    if (exact == NULL)
        return;
    for (int s = 0; s < OST_EXACT_STRUCTURES; s++)
        ost_image_destroy(exact->area[s]);
    free(exact);
}

/* mgHA/cm3 x mm and g/cm3 x mm to g/cm2. */
static void to_area(struct ost_image *image, double factor)
{
    const size_t count = (size_t)image->width * image->height;
    for (size_t n = 0; n < count; n++)
        image->pixel[n] = (float)(factor * (double)image->pixel[n]);
}

bool ost_exact_create(const struct ost_patient *patient, int film, struct ost_exact **out,
                      struct ost_err *err)
{
    *out = NULL;
    const struct ost_grid *grid[OST_EXACT_STRUCTURES] = {
        [OST_EXACT_RADIUS] = patient->mineral[OST_RADIUS],
        [OST_EXACT_ULNA] = patient->mineral[OST_ULNA],
        [OST_EXACT_HAND] = patient->hand_mineral,
        [OST_EXACT_TISSUE] = patient->tissue,
    };
    const struct ost_camera ulna = ost_patient_ulna_camera(patient, &patient->film[film]);
    OST_AUTO(ost_exact) exact = calloc(1, sizeof *exact);
    if (exact == NULL)
        return ost_fail(err, OST_NOMEM, "exact layers: out of memory");
    for (int s = 0; s < OST_EXACT_STRUCTURES; s++) {
        if (!ost_drr_paths(grid[s], s == OST_EXACT_ULNA ? &ulna : &patient->film[film].camera,
                           OST_DRR_LINEAR, &exact->area[s], err))
            return ost_err_note(err, "exact layers");
        to_area(exact->area[s], s == OST_EXACT_TISSUE ? 0.1 : 1e-4);
    }
    *out = ost_steal(&exact);
    return true;
}

double ost_exact_areal(const struct ost_grid *mineral, const struct ost_exact_slab *slab)
{
    const int across = (int)ceil(half_width_mm / raster_mm);
    const int rows = (int)fmax(1.0, floor((slab->to - slab->from) / raster_mm));
    double side[3], sum = 0.0, count = 0.0;
    ost_cross(slab->axis, slab->beam, side);
    for (int row = 0; row < rows; row++)
        for (int column = -across; column <= across; column++) {
            const double depth = slab->from + (row + 0.5) * (slab->to - slab->from) / rows;
            double source[3];
            ost_along(slab->origin, -depth, slab->axis, source);
            ost_along(source, raster_mm * column, side, source);
            ost_along(source, -200.0, slab->beam, source);
            const double area = 1e-4 * ost_drr_ray(mineral, OST_DRR_LINEAR, source, slab->beam);
            if (area > least) {
                sum += area;
                count += 1.0;
            }
        }
    return count > 0.0 ? sum / count : NAN;
}

double ost_exact_content(const struct ost_grid *mineral, const struct ost_exact_slab *slab)
{
    const size_t row = mineral->size[0], layer = row * mineral->size[1];
    const size_t count = layer * mineral->size[2];
    double sum = 0.0;
    for (size_t n = 0; n < count; n++) {
        const size_t at[3] = {n % row, n % layer / row, n / layer};
        double p[3];
        for (int k = 0; k < 3; k++)
            p[k] = mineral->origin[k] + mineral->spacing[k] * (double)at[k];
        ost_sub(slab->origin, p, p);
        const double depth = ost_dot(p, slab->axis);
        if (depth >= slab->from && depth < slab->to)
            sum += (double)mineral->value[n];
    }
    return 1e-6 * sum * mineral->spacing[0] * mineral->spacing[1] * mineral->spacing[2];
}
