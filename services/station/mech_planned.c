/* The bone of CASE/plan.json in the place of the reconstruction's. */
#include "fem/study/corrected.h"
#include "recon/math/vec.h"
#include "recon/shape/anatomy.h"
#include "services/station/mech_impl.h"
#include "services/station/plan_file.h"

#include <string.h>

/* In the frame of the surface as it was fitted: people may have moved that bone since. */
static bool take_plan(const struct mech *m, const struct ost_plan *plan, struct ost_rigid *back,
                      struct ost_correction *out, struct ost_err *err)
{
    struct ost_value point = ost_station_plan_value(plan, OST_TYPE_OSTEOTOMY, "point");
    struct ost_value normal = ost_station_plan_value(plan, OST_TYPE_OSTEOTOMY, "normal");
    struct ost_value motion = ost_station_plan_value(plan, OST_TYPE_FRAGMENT, "motion");
    struct ost_value placed =
        ost_plan_property_view(plan, ost_plan_find(plan, ost_bone_name(OST_RADIUS)), "correction")
            .value;
    if (point.kind != OST_VALUE_VEC3 || normal.kind != OST_VALUE_VEC3)
        return ost_fail(err, OST_INVALID, "the plan has no cut yet");
    if (motion.kind != OST_VALUE_RIGID)
        return ost_fail(err, OST_INVALID, "the plan moves no fragment yet");
    struct ost_rigid forth = placed.kind == OST_VALUE_RIGID ? placed.rigid : ost_rigid_identity();
    *back = ost_rigid_inverse(&forth);
    const struct ost_rigid moved = ost_rigid_then(&forth, &motion.rigid);
    ost_rigid_point(back, point.vec3, out->point);
    ost_rigid_direction(back, normal.vec3, out->normal);
    (void)ost_unit(out->normal);
    /* A plan may tell its cut from either side; what moves lies toward the joint. */
    bool toward_shaft = ost_dot(out->normal, m->bone.anatomy.axis) < 0.0;
    for (int k = 0; toward_shaft && k < 3; k++)
        out->normal[k] = -out->normal[k];
    out->motion = ost_rigid_then(&moved, back);
    return true;
}

/* The volar tilt that the sweep starts from, read again on the corrected joint. */
static void measure(struct mech *m, const struct ost_correction *c)
{
    double landmark[OST_LANDMARKS][3];
    struct ost_anatomy frame;
    struct ost_anatomy_numbers numbers;
    for (int l = 0; l < OST_LANDMARKS; l++) {
        const double *from = m->result->landmark[l].position;
        if (ost_landmark_bone((enum ost_landmark)l) == OST_RADIUS) {
            ost_rigid_point(&c->motion, from, landmark[l]);
        } else {
            memcpy(landmark[l], from, sizeof landmark[l]);
        }
    }
    memcpy(frame.origin, m->bone.anatomy.origin, sizeof frame.origin);
    memcpy(frame.axis, m->bone.anatomy.axis, sizeof frame.axis);
    memcpy(frame.radial, m->bone.anatomy.radial, sizeof frame.radial);
    memcpy(frame.volar, m->bone.anatomy.volar, sizeof frame.volar);
    ost_anatomy_measure(&frame, (const double(*)[3])landmark, &numbers);
    m->result->measure[OST_VOLAR_TILT].value = ost_degrees(numbers.volar_tilt);
}

bool mech_plan_bone(struct mech *m, struct ost_err *err)
{
    struct ost_correction correction;
    struct ost_mesh *surface = NULL;
    struct ost_grid *density = NULL;
    struct ost_rigid back;
    OST_AUTO(ost_plan) plan = NULL;
    if (!ost_station_plan_read(m->case_dir, &plan, err) || plan == NULL)
        return ost_err_note(err, "the plan; make one by osteon plan new and propose");
    if (!take_plan(m, plan, &back, &correction, err) ||
        !ost_corrected_surface(m->surface, &correction, &surface, err))
        return false;
    if (!ost_corrected_density(m->density, &correction, &density, err)) {
        ost_mesh_destroy(surface);
        return false;
    }
    ost_mesh_destroy(m->surface);
    ost_grid_destroy(m->density);
    m->bone.surface = m->surface = surface;
    m->bone.density = m->density = density;
    ost_corrected_anatomy(&correction, &m->bone.anatomy);
    measure(m, &correction);
    return mech_fix(m, plan, &back, &correction, err);
}
