#include "recon/guide/guide_impl.h"
#include "recon/volume/pinch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    for (uint32_t k = box->size[2] - 1; k-- > 0;) {
        for (size_t i = 0; i < layer; i++) {
            float above = values[(size_t)(k + 1) * layer + i];
            float *here = &values[(size_t)k * layer + i];
            if (above < *here)
                *here = above;
        }
    }
}

/* The blank: patch, block, sleeves and plate, with the bone's sweep taken away. */
static void blank_at(const struct carving *c, size_t i, const double p[3], float *value)
{
    double patch = fmax((double)c->shell[i], ost_guide_footprint(c->spec, c->frame, p));
    double body = fmin(patch, ost_guide_blocks(c->spec, c->frame, p));
    *value = (float)fmax(body, -(double)c->cavity[i]);
}

/* What the saw leaves of the blank. */
static void sawn_at(const struct carving *c, size_t i, const double p[3], float *value)
{
    *value = (float)fmax((double)*value, -ost_guide_slot(c->spec, c->frame, p));
    (void)i;
}

/* Drills and letters last: their walls and ridges are thin on purpose. */
static void finished_at(const struct carving *c, size_t i, const double p[3], float *value)
{
    double tools =
        fmin(ost_guide_drills(c->spec, c->frame, p), ost_guide_engraving(c->frame, c->letters, p));
    *value = (float)fmax(fmax((double)*value, -tools), -(double)c->cavity[i]);
}

static void each(const struct carving *c, float *values,
                 void (*act)(const struct carving *c, size_t i, const double p[3], float *value))
{
    const struct ost_volume_box *box = &c->frame->box;
    const size_t row = box->size[0], layer = row * box->size[1];
#pragma omp parallel for schedule(dynamic)
    for (uint32_t z = 0; z < box->size[2]; z++) {
        for (size_t n = 0; n < layer; n++) {
            double p[3];
            place(c->frame, (uint32_t[3]){(uint32_t)(n % row), (uint32_t)(n / row), z}, p);
            act(c, z * layer + n, p, &values[z * layer + n]);
        }
    }
}

/* The surface at `iso` of what `values` hold, and distances from it instead of them. */
static bool measure_again(const struct carving *c, double iso, const double band[2], float *values,
                          struct ost_err *err)
{
    OST_AUTO(ost_volume) rough = NULL;
    OST_AUTO(ost_volume) exact = NULL;
    OST_AUTO(ost_mesh) surface = NULL;
    const struct ost_volume_surface_options options = {.iso = iso, .inside = OST_INSIDE_BELOW};
    const struct ost_volume_box *box = &c->frame->box;
    const double voxel = c->frame->voxel;
    if (!ost_volume_from_dense(&rough, values, box, voxel, (float)(fabs(iso) + 3.0 * voxel), err) ||
        !ost_volume_surface(rough, &options, &surface, err))
        return false;
    if (surface->triangle_count == 0)
        return ost_fail(err, OST_INVALID, "guide: nothing as thick as the least wall is left");
    return ost_volume_from_mesh(&exact, surface, voxel, band, err) &&
           ost_volume_to_dense(exact, box, values, err);
}

/*
 * Away with everything thinner than twice `half`: erosion, then dilation, by exact
 * distances. What opening only grazed comes back: flat faces and the slot stay where
 * they were.
 */
static bool open_up(const struct carving *c, double half, float *values, float *room,
                    struct ost_err *err)
{
    const double grazed = 0.1, margin = 4.0 * c->frame->voxel;
    const size_t count = voxels(&c->frame->box);
    memcpy(room, values, count * sizeof *room);
    if (!measure_again(c, 0.0, (const double[]){margin, half + margin}, room, err) ||
        !measure_again(c, -half, (const double[]){half + margin, margin}, room, err))
        return false;
    for (size_t i = 0; i < count; i++)
        values[i] = fmaxf(values[i], room[i] - (float)(half + grazed));
    return true;
}

static bool carve(const struct carving *c, float *values, const struct ost_progress *progress,
                  struct ost_mesh **out, struct ost_err *err)
{
    OST_AUTO(ost_volume) solid = NULL;
    const struct ost_volume_surface_options options = {.inside = OST_INSIDE_BELOW};
    each(c, values, blank_at);
    each(c, values, sawn_at);
    if (!ost_progress_step(progress, 0.4, "guide.open", err) ||
        !open_up(c, 0.5 * c->spec->least_wall_mm + 0.05, values, c->shell, err))
        return false;
    each(c, values, finished_at);
    (void)ost_volume_unpinch(values, &c->frame->box, c->frame->voxel);
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
