#include "recon/guide/guide_impl.h"

#include <math.h>
#include <stdlib.h>

struct carving {
    const struct ost_guide_spec *spec;
    const struct ost_guide_frame *frame;
    const struct ost_image *letters;
    float *cavity, *shell; /* owned; distances of the bone's clearance sweep and outer offset */
};

static size_t voxels(const struct ost_volume_box *box)
{
    return (size_t)box->size[0] * box->size[1] * box->size[2];
}

static void place(const struct ost_guide_frame *frame, const uint32_t at[3], double p[3])
{
    for (int k = 0; k < 3; k++)
        p[k] = frame->voxel * ((double)frame->box.low[k] + at[k]);
}

/* Distances to the bone's surface moved out by `mm`, over the box. */
static bool offset_of_bone(const struct ost_guide_frame *frame, double mm, float *values,
                           struct ost_err *err)
{
    OST_AUTO(ost_volume) volume = NULL;
    const double band[2] = {3.0 * frame->voxel, 3.0 * frame->voxel};
    return ost_volume_from_mesh(&volume, frame->bone, frame->voxel, band, err) &&
           ost_volume_offset(volume, mm, err) && ost_volume_widen(volume, 3.0, 3.0, err) &&
           ost_volume_to_dense(volume, &frame->box, values, err);
}

/* What lies under the surface seen along z: min over all that is above (swept solid). */
static void sweep_down(const struct ost_volume_box *box, float *values)
{
    const size_t layer = (size_t)box->size[0] * box->size[1];
    for (uint32_t k = box->size[2] - 1; k-- > 0;)
        for (size_t i = 0; i < layer; i++) {
            float above = values[(size_t)(k + 1) * layer + i];
            float *here = &values[(size_t)k * layer + i];
            if (above < *here)
                *here = above;
        }
}

/* The blank: patch, block, sleeves and plate, with the bone's sweep taken away. */
static void blank_at(const struct carving *c, size_t i, const double p[3], float *value)
{
    double patch = fmax((double)c->shell[i], ost_guide_footprint(c->spec, c->frame, p));
    double body = fmin(patch, ost_guide_blocks(c->spec, c->frame, p));
    *value = (float)fmax(body, -(double)c->cavity[i]);
}

/*
 * What the tools leave of the blank; the sleeves and the cavity once more, as opening
 * rounds both.
 */
static void tooled_at(const struct carving *c, size_t i, const double p[3], float *value)
{
    double towers = fmax(ost_guide_towers(c->spec, c->frame, p), -(double)c->cavity[i]);
    double tools = ost_guide_tools(c->spec, c->frame, p);
    double letters = ost_guide_engraving(c->frame, c->letters, p);
    double solid = fmax(fmin((double)*value, towers), -fmin(tools, letters));
    *value = (float)fmax(solid, -(double)c->cavity[i]);
}

static void each(const struct carving *c, float *values,
                 void (*act)(const struct carving *c, size_t i, const double p[3], float *value))
{
    const struct ost_volume_box *box = &c->frame->box;
    size_t i = 0;
    for (uint32_t z = 0; z < box->size[2]; z++)
        for (uint32_t y = 0; y < box->size[1]; y++)
            for (uint32_t x = 0; x < box->size[0]; x++, i++) {
                double p[3];
                place(c->frame, (uint32_t[3]){x, y, z}, p);
                act(c, i, p, &values[i]);
            }
}

/*
 * Away with everything thinner than the least wall: erosion, then dilation. Joined
 * distances are not true ones beside a seam, so only the narrowest band is kept and
 * the rest swept anew.
 */
static bool open_blank(const struct carving *c, float *values, struct ost_err *err)
{
    OST_AUTO(ost_volume) volume = NULL;
    const double half = 0.5 * c->spec->least_wall_mm + 0.05;
    return ost_volume_from_dense(&volume, values, &c->frame->box, c->frame->voxel,
                                 (float)(1.5 * c->frame->voxel), err) &&
           ost_volume_offset(volume, -half, err) && ost_volume_offset(volume, half, err) &&
           ost_volume_widen(volume, 3.0, 3.0, err) &&
           ost_volume_to_dense(volume, &c->frame->box, values, err);
}

static bool carve(const struct carving *c, float *values, const struct ost_progress *progress,
                  struct ost_mesh **out, struct ost_err *err)
{
    OST_AUTO(ost_volume) solid = NULL;
    const struct ost_volume_surface_options options = {.inside = OST_INSIDE_BELOW};
    each(c, values, blank_at);
    if (!ost_progress_step(progress, 0.5, "guide.open", err) || !open_blank(c, values, err))
        return false;
    each(c, values, tooled_at);
    return ost_progress_step(progress, 0.7, "guide.surface", err) &&
           ost_volume_from_dense(&solid, values, &c->frame->box, c->frame->voxel, 3.0F, err) &&
           ost_volume_surface(solid, &options, out, err);
}

bool ost_guide_solid(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                     const struct ost_progress *progress, struct ost_mesh **out,
                     struct ost_err *err)
{
    OST_AUTO(ost_image) letters = NULL;
    size_t count = voxels(&frame->box);
    if (count > (size_t)60 * 1000 * 1000)
        return ost_fail(err, OST_LIMIT, "guide: %zu voxels, limit 60 million", count);
    if (!ost_guide_letters(spec, &letters, err))
        return false;
    struct carving c = {.spec = spec, .frame = frame, .letters = letters};
    float *values = malloc(count * sizeof *values);
    c.cavity = malloc(count * sizeof *c.cavity);
    c.shell = malloc(count * sizeof *c.shell);
    bool ok = values != NULL && c.cavity != NULL && c.shell != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "guide: no room for %zu voxels", count);
    ok = ok && ost_progress_step(progress, 0.05, "guide.bone", err) &&
         offset_of_bone(frame, spec->clearance_mm, c.cavity, err) &&
         ost_progress_step(progress, 0.3, "guide.bone", err) &&
         offset_of_bone(frame, spec->clearance_mm + spec->thickness_mm, c.shell, err);
    if (ok) {
        sweep_down(&frame->box, c.cavity);
        ok = carve(&c, values, progress, out, err);
    }
    free(values);
    free(c.cavity);
    free(c.shell);
    return ok;
}
