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

/* Distances to the bone over the box, true to 3 mm beyond the outer offset. */
static bool distance_of_bone(const struct carving *c, float *values, struct ost_err *err)
{
    OST_AUTO(ost_volume) volume = NULL;
    const double voxel = c->frame->voxel, band[2] = {3.0 * voxel, 3.0 * voxel};
    const double out = c->spec->clearance_mm + c->spec->thickness_mm + 3.0;
    return ost_volume_from_mesh(&volume, c->frame->bone, voxel, band, err) &&
           ost_volume_widen(volume, out, 3.0, err) &&
           ost_volume_to_dense(volume, &c->frame->box, values, err);
}

static void move_surface(const float *from, double mm, size_t count, float *to)
{
    for (size_t i = 0; i < count; i++)
        to[i] = from[i] - (float)mm;
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

/* What the saw and the drills leave of the blank. */
static void tooled_at(const struct carving *c, size_t i, const double p[3], float *value)
{
    double tools = ost_guide_tools(c->spec, c->frame, p);
    *value = (float)fmax(fmax((double)*value, -tools), -(double)c->cavity[i]);
}

/* Letters last: their ridges are thin on purpose. And nothing may have grown inwards. */
static void lettered_at(const struct carving *c, size_t i, const double p[3], float *value)
{
    double letters = ost_guide_engraving(c->frame, c->letters, p);
    *value = (float)fmax(fmax((double)*value, -letters), -(double)c->cavity[i]);
}

static void each(const struct carving *c, float *values,
                 void (*act)(const struct carving *c, size_t i, const double p[3], float *value))
{
    const struct ost_volume_box *box = &c->frame->box;
    const size_t row = box->size[0], layer = row * box->size[1];
#pragma omp parallel for schedule(dynamic)
    for (uint32_t z = 0; z < box->size[2]; z++)
        for (size_t n = 0; n < layer; n++) {
            double p[3];
            place(c->frame, (uint32_t[3]){(uint32_t)(n % row), (uint32_t)(n / row), z}, p);
            act(c, z * layer + n, p, &values[z * layer + n]);
        }
}

/*
 * Away with everything thinner than twice `half`: erosion, then dilation. Joined
 * distances are not true ones beside a seam, so only the narrowest band is kept and
 * the rest swept anew.
 */
static bool open_up(const struct carving *c, double half, float *values, struct ost_err *err)
{
    OST_AUTO(ost_volume) volume = NULL;
    return ost_volume_from_dense(&volume, values, &c->frame->box, c->frame->voxel,
                                 (float)(1.5 * c->frame->voxel), err) &&
           ost_volume_offset(volume, -half, err) && ost_volume_offset(volume, half, err) &&
           ost_volume_widen(volume, 3.0, 3.0, err) &&
           ost_volume_to_dense(volume, &c->frame->box, values, err);
}

/*
 * Opened twice: as a blank, and once more a little less when the tools have left their
 * own walls, which are thinner around the drills, and feather edges, which are none.
 */
static bool carve(const struct carving *c, float *values, const struct ost_progress *progress,
                  struct ost_mesh **out, struct ost_err *err)
{
    OST_AUTO(ost_volume) solid = NULL;
    const struct ost_volume_surface_options options = {.inside = OST_INSIDE_BELOW};
    const double blank = 0.5 * c->spec->least_wall_mm + 0.05;
    const double wall = 0.45 * fmin(c->spec->least_wall_mm, c->spec->sleeve_wall_mm);
    each(c, values, blank_at);
    if (!ost_progress_step(progress, 0.4, "guide.open", err) || !open_up(c, blank, values, err))
        return false;
    each(c, values, tooled_at);
    if (!ost_progress_step(progress, 0.55, "guide.open", err) || !open_up(c, wall, values, err))
        return false;
    each(c, values, lettered_at);
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
         distance_of_bone(&c, values, err);
    if (ok) {
        move_surface(values, spec->clearance_mm, count, c.cavity);
        move_surface(values, spec->clearance_mm + spec->thickness_mm, count, c.shell);
        sweep_down(&frame->box, c.cavity);
        ok = carve(&c, values, progress, out, err);
    }
    free(values);
    free(c.cavity);
    free(c.shell);
    return ok;
}
