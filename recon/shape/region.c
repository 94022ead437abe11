#include "recon/shape/region.h"

#include "recon/math/vec.h"

static const double facing_cosine = 0.5;  /* 60 degrees */
static const double joint_depth_mm = 8.0; /* along the joint's normal */
static const double head_depth_mm = 7.0;  /* along the shaft */

const char *ost_region_name(enum ost_region region)
{
    static const char *const name[OST_REGIONS] = {"articular", "distal_30", "distal_60", "shown",
                                                  "whole"};
    return name[region];
}

void ost_region_frame_of(const struct ost_anatomy *anatomy, const double (*landmark)[3],
                         struct ost_region_frame *out)
{
    double across[3], lips[3];
    *out = (struct ost_region_frame){0};
    for (int k = 0; k < 3; k++) {
        out->origin[k] = anatomy->origin[k];
        out->axis[k] = anatomy->axis[k];
        out->radial[k] = anatomy->radial[k];
        out->head[k] = landmark[OST_ULNAR_HEAD][k];
        across[k] = landmark[OST_STYLOID][k] - 0.5 * (landmark[OST_ULNAR_CORNER_VOLAR][k] +
                                                      landmark[OST_ULNAR_CORNER_DORSAL][k]);
    }
    ost_sub(landmark[OST_LIP_VOLAR], landmark[OST_LIP_DORSAL], lips);
    ost_cross(across, lips, out->facing);
    (void)ost_unit(out->facing);
    double sign = ost_dot(out->facing, out->axis) < 0.0 ? -1.0 : 1.0; /* either arm */
    for (int k = 0; k < 3; k++)
        out->facing[k] *= sign;
}

struct ost_region_frame ost_region_frame_moved(const struct ost_region_frame *frame,
                                               const struct ost_rigid *motion)
{
    struct ost_region_frame out = *frame;
    const struct ost_rigid back = ost_rigid_inverse(motion);
    ost_rigid_point(motion, frame->origin, out.origin);
    ost_rigid_point(motion, frame->head, out.head);
    ost_rigid_direction(motion, frame->axis, out.axis);
    ost_rigid_direction(motion, frame->radial, out.radial);
    ost_rigid_direction(motion, frame->facing, out.facing);
    for (size_t i = 0; i < frame->view_count; i++)
        out.camera[i].world_to_camera = ost_rigid_then(&back, &frame->camera[i].world_to_camera);
    return out;
}

static bool is_on(const struct ost_camera *camera, const double point[3])
{
    double pixel[2], depth;
    if (!ost_camera_project(camera, point, pixel, &depth))
        return false;
    const double most[2] = {camera->width - 1.0, camera->height - 1.0};
    for (int k = 0; k < 2; k++) {
        double margin = ost_region_film_margin * camera->focal[k] / depth;
        if (pixel[k] < margin || pixel[k] > most[k] - margin)
            return false;
    }
    return true;
}

static bool is_shown(const struct ost_region_frame *frame, const double point[3])
{
    for (size_t i = 0; i < frame->view_count; i++) {
        if (!is_on(&frame->camera[i], point))
            return false;
    }
    return frame->view_count > 0;
}

static bool is_articular(const struct ost_region_frame *f, enum ost_bone bone,
                         const double point[3], const double normal[3])
{
    double d[3];
    if (bone == OST_RADIUS) {
        ost_sub(point, f->origin, d);
        return fabs(ost_dot(d, f->facing)) < joint_depth_mm &&
               ost_dot(normal, f->facing) > facing_cosine;
    }
    ost_sub(point, f->head, d);
    return ost_dot(d, f->axis) > -head_depth_mm &&
           (ost_dot(normal, f->axis) > facing_cosine || ost_dot(normal, f->radial) > facing_cosine);
}

uint32_t ost_region_of(const struct ost_region_frame *frame, enum ost_bone bone,
                       const double point[3], const double normal[3])
{
    double d[3];
    ost_sub(point, frame->origin, d);
    double along = ost_dot(d, frame->axis);
    uint32_t bits = 1U << OST_REGION_WHOLE;
    bits |= along > -30.0 ? 1U << OST_REGION_DISTAL_30 : 0U;
    bits |= along > -60.0 ? 1U << OST_REGION_DISTAL_60 : 0U;
    bits |= is_shown(frame, point) ? 1U << OST_REGION_SHOWN : 0U;
    bits |= is_articular(frame, bone, point, normal) ? 1U << OST_REGION_ARTICULAR : 0U;
    return bits;
}
