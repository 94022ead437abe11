/* The plain bodies of the guide as signed distances, in the guide frame. */
#include "recon/guide/guide_impl.h"
#include "recon/math/vec.h"

#include <math.h>

/* A box with rounded edges, after Quilez's exact box distance. */
static double rounded_box(const double p[3], const double low[3], const double high[3], double r)
{
    double outside = 0.0, inside = -1e30;
    for (int k = 0; k < 3; k++) {
        double half = 0.5 * (high[k] - low[k]) - r;
        double q = fabs(p[k] - 0.5 * (high[k] + low[k])) - half;
        outside += q > 0.0 ? q * q : 0.0;
        inside = fmax(inside, q);
    }
    return sqrt(outside) + fmin(inside, 0.0) - r;
}

double ost_guide_footprint(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                           const double p[3])
{
    const double low[3] = {-0.5 * spec->width_mm, -spec->proximal_mm, frame->floor};
    const double high[3] = {0.5 * spec->width_mm, spec->distal_mm,
                            frame->top + spec->clearance_mm + spec->thickness_mm + 2.0};
    return rounded_box(p, low, high, 1.5);
}

/* The block the slot is cut through; it leans with the cut. */
static double slot_block(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                         const double p[3])
{
    const double half = 0.5 * spec->slot_mm + ost_guide_bridge;
    const double q[3] = {p[0], ost_dot(p, frame->normal), p[2]};
    const double low[3] = {-frame->slot_half - ost_guide_bridge, -half, frame->floor};
    const double high[3] = {frame->slot_half + ost_guide_bridge, half,
                            frame->top + spec->clearance_mm + spec->thickness_mm + 2.0};
    return rounded_box(q, low, high, 1.0);
}

/* Distance to the axis of a sleeve, and the place along it: positive into the bone. */
static double off_axis(const struct ost_guide_sleeve *sleeve, const double p[3], double *along)
{
    double d[3], across[3];
    ost_sub(p, sleeve->point, d);
    *along = ost_dot(d, sleeve->direction);
    ost_along(d, -*along, sleeve->direction, across);
    return ost_length(across);
}

static double sleeve_tower(const struct ost_guide_spec *spec, const struct ost_guide_sleeve *sleeve,
                           const double p[3])
{
    double along = 0.0;
    double radius = 0.5 * spec->drill_mm + 0.1 + spec->sleeve_wall_mm;
    double wall = off_axis(sleeve, p, &along) - radius;
    double end = -along - (spec->clearance_mm + spec->thickness_mm + spec->sleeve_height_mm);
    return fmax(wall, fmax(end, along - 6.0));
}

static double plate(const struct ost_guide_frame *frame, const double p[3])
{
    const double low[3] = {-0.5 * OST_GUIDE_PLATE_WIDTH, frame->plate_low, frame->floor};
    const double high[3] = {0.5 * OST_GUIDE_PLATE_WIDTH, frame->plate_high, frame->plate_top};
    /* A plate, not a wall: what hangs beside the bone ends 4 mm under the face. */
    return fmax(rounded_box(p, low, high, 1.0), frame->plate_top - 4.0 - p[2]);
}

static double towers(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                     const double p[3])
{
    double d = 1e3;
    for (size_t i = 0; i < frame->sleeve_count; i++)
        d = fmin(d, sleeve_tower(spec, &frame->sleeve[i], p));
    return d;
}

double ost_guide_blocks(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                        const double p[3])
{
    double d = fmin(slot_block(spec, frame, p), plate(frame, p));
    return fmin(d, towers(spec, frame, p));
}

double ost_guide_slot(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                      const double p[3])
{
    return fmax(fabs(ost_dot(p, frame->normal)) - 0.5 * spec->slot_mm,
                fabs(p[0]) - frame->slot_half);
}

double ost_guide_drills(const struct ost_guide_spec *spec, const struct ost_guide_frame *frame,
                        const double p[3])
{
    double d = 1e3, along = 0.0;
    for (size_t i = 0; i < frame->sleeve_count; i++)
        d = fmin(d, off_axis(&frame->sleeve[i], p, &along) - 0.5 * spec->drill_mm - 0.1);
    return d;
}
