/* The joint's cartilage as a layer of elements. */
#include "fem/study/layer_impl.h"
#include "recon/math/vec.h"

#include <string.h>

static const double reach_mm = 10.0;

static double at_layer(const void *user, const double p[3])
{
    const struct layer *layer = user;
    double at[3], over = layer->bone.at(layer->bone.user, p) - layer->thickness;
    outline_frame(layer->anatomy, p, at);
    double beside = outline_distance(&layer->outline, at);
    return fmax(over, fmax(beside, fabs(at[2]) - reach_mm));
}

bool layer_make(const struct ost_field *bone, const struct ost_study_anatomy *anatomy,
                double thickness, struct layer *out, struct ost_err *err)
{
    out->bone = *bone;
    out->anatomy = anatomy;
    out->thickness = thickness;
    return outline_of(anatomy, &out->outline, err);
}

struct ost_field layer_field(const struct layer *layer)
{
    struct ost_field field = {.at = at_layer, .user = layer};
    const struct ost_study_anatomy *a = layer->anatomy;
    for (int k = 0; k < 3; k++) {
        field.low[k] = INFINITY;
        field.high[k] = -INFINITY;
        for (int i = 0; i < 2 * OST_OUTLINE; i++) {
            const double *c = layer->outline.corner[i / 2];
            double p = a->origin[k] + c[0] * a->radial[k] - c[1] * a->volar[k] +
                       (i % 2 == 0 ? reach_mm : -reach_mm) * a->axis[k];
            field.low[k] = fmin(field.low[k], p);
            field.high[k] = fmax(field.high[k], p);
        }
    }
    return field;
}
