#include "recon/guide/guide_impl.h"
#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"

#include <math.h>
#include <string.h>

static bool within(double v, double low, double high)
{
    return isfinite(v) && v >= low && v <= high;
}

static bool unit(const double v[3])
{
    return within(ost_length(v), 0.999, 1.001);
}

static bool spec_is_sound(const struct ost_guide_spec *s)
{
    return within(s->proximal_mm, 3, 60) && within(s->distal_mm, 3, 60) &&
           within(s->width_mm, 5, 40) && within(s->thickness_mm, 1.5, 12) &&
           within(s->clearance_mm, 0, 2) && within(s->slot_mm, 0.3, 3) &&
           within(s->drill_mm, 0.8, 6) && within(s->sleeve_wall_mm, 0.8, 6) &&
           within(s->sleeve_height_mm, 0, 30) && within(s->least_wall_mm, 0.5, 4) &&
           within(s->voxel_mm, 0.1, 1.0) && s->sleeve_count <= OST_GUIDE_SLEEVES &&
           unit(s->cut_normal) && unit(s->insertion);
}

/* z against the insertion, y the cut's normal across it, x the rest. */
static bool axes(const struct ost_guide_spec *spec, struct ost_guide_frame *out,
                 struct ost_err *err)
{
    double z[3], y[3], x[3];
    for (int k = 0; k < 3; k++)
        z[k] = -spec->insertion[k];
    ost_along(spec->cut_normal, -ost_dot(spec->cut_normal, z), z, y);
    if (ost_unit(y) < 0.5) {
        return ost_fail(err, OST_INVALID,
                        "guide: the insertion runs along the bone; choose it across the cut");
    }
    ost_cross(y, z, x);
    for (int k = 0; k < 3; k++) {
        out->to_guide.r[3 * (size_t)k] = x[k];
        out->to_guide.r[3 * (size_t)k + 1] = y[k];
        out->to_guide.r[3 * (size_t)k + 2] = z[k];
        out->to_guide.t[k] = 0.0;
    }
    double moved[3];
    ost_rigid_direction(&out->to_guide, spec->cut_point, moved);
    for (int k = 0; k < 3; k++)
        out->to_guide.t[k] = -moved[k];
    ost_rigid_direction(&out->to_guide, spec->cut_normal, out->normal);
    return true;
}

static bool move_bone(const struct ost_guide_spec *spec, struct ost_guide_frame *out,
                      struct ost_err *err)
{
    const struct ost_mesh *bone = spec->bone;
    if (!ost_mesh_create(&out->bone, bone->vertex_count, bone->triangle_count, err))
        return false;
    for (uint32_t i = 0; i < bone->vertex_count; i++) {
        double p[3] = {(double)bone->vertex[i][0], (double)bone->vertex[i][1],
                       (double)bone->vertex[i][2]},
               q[3];
        ost_rigid_point(&out->to_guide, p, q);
        for (int k = 0; k < 3; k++)
            out->bone->vertex[i][k] = (float)q[k];
    }
    memcpy(out->bone->triangle, bone->triangle, bone->triangle_count * sizeof *bone->triangle);
    return true;
}

/* Height of the bone's outermost point above (x, y); false where the column misses it. */
static bool height(const struct ost_bvh *bvh, double x, double y, double *z)
{
    struct ost_hit hit;
    if (ost_bvh_ray(bvh, (double[]){x, y, 200.0}, (double[]){0, 0, -1}, &hit, 1) == 0)
        return false;
    *z = 200.0 - hit.at;
    return true;
}

/* Slides the frame across, so that x = 0 is the middle of the bone at the cut. */
static bool centre(const struct ost_bvh *bvh, struct ost_guide_frame *out, double *shift)
{
    double left = INFINITY, right = -INFINITY, z = 0.0;
    for (int step = -100; step <= 100; step++) {
        const double x = 0.25 * step;
        if (height(bvh, x, 0.0, &z)) {
            left = fmin(left, x);
            right = fmax(right, x);
        }
    }
    *shift = 0.5 * (left + right);
    if (!(left <= 0.0 && right >= 0.0))
        return false;
    out->to_guide.t[0] -= *shift;
    for (uint32_t i = 0; i < out->bone->vertex_count; i++)
        out->bone->vertex[i][0] -= (float)*shift;
    return true;
}

/* Down the insertion, but along the cut: a leaning slot must not run into a sleeve. */
static void beside_the_slot(const struct ost_guide_frame *frame, double direction[3])
{
    const double down[3] = {0.0, 0.0, -1.0};
    ost_along(down, -ost_dot(down, frame->normal), frame->normal, direction);
    (void)ost_unit(direction);
}

static void place_sleeves(const struct ost_guide_spec *spec, const struct ost_bvh *bvh,
                          struct ost_guide_frame *out)
{
    out->sleeve_count = spec->sleeve_count;
    for (size_t i = 0; i < spec->sleeve_count; i++) {
        ost_rigid_point(&out->to_guide, spec->sleeve[i].point, out->sleeve[i].point);
        ost_rigid_direction(&out->to_guide, spec->sleeve[i].direction, out->sleeve[i].direction);
    }
    if (spec->sleeve_count > 0)
        return;
    const double at[2] = {-0.66 * spec->proximal_mm, 0.66 * spec->distal_mm};
    for (size_t i = 0; i < 2; i++) {
        struct ost_guide_sleeve *sleeve = &out->sleeve[out->sleeve_count];
        double y = at[i], z = 0.0;
        if (!height(bvh, 0.0, y, &z))
            continue;
        /* So far from the cut, measured across it where the bone is met. */
        y = (at[i] - out->normal[2] * z) / out->normal[1];
        if (!height(bvh, 0.0, y, &z))
            continue;
        memcpy(sleeve->point, (double[]){0.0, y, z}, sizeof sleeve->point);
        beside_the_slot(out, sleeve->direction);
        out->sleeve_count++;
    }
}

/* The bone's highest points under the whole guide and under its label plate. */
static void summits(const struct ost_guide_spec *spec, const struct ost_bvh *bvh, double *whole,
                    double *plate)
{
    const int first = -(int)(spec->proximal_mm + OST_GUIDE_PLATE_LENGTH);
    const int half = (int)(0.5 * spec->width_mm);
    for (int y = first; y <= (int)spec->distal_mm; y++) {
        for (int x = -half; x <= half; x++) {
            double z = 0.0;
            if (!height(bvh, x, y, &z))
                continue;
            *whole = fmax(*whole, z);
            if (y < -spec->proximal_mm)
                *plate = fmax(*plate, z);
        }
    }
}

static bool survey(const struct ost_guide_spec *spec, struct ost_guide_frame *out,
                   struct ost_err *err)
{
    OST_AUTO(ost_bvh) bvh = NULL;
    double z = 0.0, middle = 0.0;
    if (!ost_bvh_create(&bvh, out->bone, err))
        return false;
    if (!centre(bvh, out, &z))
        return ost_fail(err, OST_INVALID, "guide: the cut does not meet the bone");
    ost_bvh_destroy(ost_steal(&bvh)); /* the bone has moved */
    if (!ost_bvh_create(&bvh, out->bone, err))
        return false;
    if (!height(bvh, 0.0, 0.0, &middle))
        return ost_fail(err, OST_INVALID, "guide: the cut does not meet the bone");
    out->top = middle;
    double plate = middle;
    summits(spec, bvh, &out->top, &plate);
    out->floor = middle - 5.0;
    out->slot_half = 0.5 * spec->width_mm;
    out->plate_high = -spec->proximal_mm + 3.0; /* joined to the patch over 3 mm */
    out->plate_low = out->plate_high - OST_GUIDE_PLATE_LENGTH;
    out->plate_top = plate + spec->clearance_mm + spec->thickness_mm;
    place_sleeves(spec, bvh, out);
    return true;
}

/* What lies far along the shaft costs time and hides nothing: it is pressed flat. */
static void press_ends(struct ost_mesh *bone, double low, double high)
{
    for (uint32_t i = 0; i < bone->vertex_count; i++) {
        float *y = &bone->vertex[i][1];
        *y = fminf((float)high, fmaxf((float)low, *y));
    }
}

bool ost_guide_frame_make(const struct ost_guide_spec *spec, struct ost_guide_frame *out,
                          struct ost_err *err)
{
    *out = (struct ost_guide_frame){.voxel = spec->voxel_mm};
    if (!spec_is_sound(spec))
        return ost_fail(err, OST_INVALID, "guide: a measure is out of its range");
    if (!axes(spec, out, err) || !move_bone(spec, out, err) || !survey(spec, out, err))
        return false;
    const double pad = 4.0 + spec->thickness_mm;
    const double across =
        fmax(0.5 * OST_GUIDE_PLATE_WIDTH, out->slot_half + ost_guide_bridge) + pad;
    const double low[3] = {-across, out->plate_low - pad, out->floor - pad};
    const double high[3] = {across, spec->distal_mm + pad,
                            out->top + spec->thickness_mm + spec->sleeve_height_mm + pad};
    out->box = ost_volume_box_of(low, high, out->voxel);
    press_ends(out->bone, low[1] - 12.0, high[1] + 12.0);
    return true;
}

void ost_guide_frame_fini(struct ost_guide_frame *frame)
{
    ost_mesh_destroy(frame->bone);
    frame->bone = NULL;
}
