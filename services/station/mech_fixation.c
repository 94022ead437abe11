/* What holds the fragments of a plan's bone: its own plate and screws, or a volar plate. */
#include "recon/math/vec.h"
#include "services/station/mech_impl.h"
#include "services/station/plan_file.h"

#include <math.h>
#include <string.h>

static const double plan_plate_mm = 60.0; /* of a plate that the plan has a place for alone */

static bool take_screw(const struct ost_plan *plan, int object, const struct ost_rigid *back,
                       struct ost_plate_screw *out)
{
    struct ost_value p = ost_plan_property_view(plan, object, "position").value;
    struct ost_value d = ost_plan_property_view(plan, object, "direction").value;
    struct ost_value length = ost_plan_property_view(plan, object, "length_mm").value;
    struct ost_value width = ost_plan_property_view(plan, object, "diameter_mm").value;
    if (p.kind != OST_VALUE_VEC3 || d.kind != OST_VALUE_VEC3 || length.kind != OST_VALUE_F64)
        return false;
    ost_rigid_point(back, p.vec3, out->head);
    ost_rigid_direction(back, d.vec3, out->direction);
    (void)ost_unit(out->direction);
    out->length = length.f64;
    out->radius = width.kind == OST_VALUE_F64 ? 0.5 * width.f64 : 1.2;
    return true;
}

/* The plan's screws and which object each belongs to. */
struct screws {
    size_t count;
    const struct ost_plate_screw *screw;
    const char *parent[OST_SCREWS_MOST]; /* the plan's */
};

/* As broad as the screws that lie beside its shaft ask, from the first of them on. */
static void widen(const struct screws *s, const char *id, struct ost_plate *plate)
{
    const double rim_mm = 1.0, ramp_mm = 7.0, broad_most_mm = 15.0;
    const struct ost_rigid back = ost_rigid_inverse(&plate->pose);
    double broad = 0.0, from = INFINITY;
    for (size_t i = 0; i < s->count; i++) {
        double q[3], rim = s->screw[i].radius + rim_mm;
        if (strcmp(s->parent[i], id) != 0)
            continue;
        ost_rigid_point(&back, s->screw[i].head, q);
        if (fabs(q[0]) + rim <= plate->narrow)
            continue;
        broad = fmax(broad, fabs(q[0]) + rim);
        from = fmin(from, q[1] - rim);
    }
    if (!(broad > 0.0))
        return;
    plate->broad = fmin(broad, broad_most_mm);
    plate->head = from;
    plate->neck = from - ramp_mm;
}

/* How far along it from its middle the plate's screws reach, and the plate with them. */
static void reach(const struct screws *s, const char *id, struct ost_plate *plate)
{
    const double past_mm = 5.0;
    const struct ost_rigid back = ost_rigid_inverse(&plate->pose);
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < s->count; i++) {
        double q[3];
        if (strcmp(s->parent[i], id) != 0)
            continue;
        ost_rigid_point(&back, s->screw[i].head, q);
        low = fmin(low, q[1] - past_mm);
        high = fmax(high, q[1] + past_mm);
    }
    if (!(high - low > 15.0)) {
        low = -0.5 * plan_plate_mm;
        high = 0.5 * plan_plate_mm;
    }
    plate->length = high - low;
    ost_along(plate->pose.t, low, plate->pose.r + 3, plate->pose.t);
    widen(s, id, plate);
}

/* All that lives, in the frame of the surface as it was fitted. */
static void take_all(const struct ost_plan *plan, const struct ost_rigid *back,
                     struct ost_fixation *out)
{
    struct screws screws = {.screw = out->screw};
    *out = (struct ost_fixation){0};
    for (size_t i = 0; i < ost_plan_count(plan); i++) {
        struct ost_object_view object = ost_plan_object_view(plan, i);
        if (object.alive && object.type == OST_TYPE_SCREW && out->screw_count < OST_SCREWS_MOST &&
            take_screw(plan, (int)i, back, &out->screw[out->screw_count]))
            screws.parent[out->screw_count++] = object.parent;
    }
    screws.count = out->screw_count;
    for (size_t i = 0; i < ost_plan_count(plan); i++) {
        struct ost_object_view object = ost_plan_object_view(plan, i);
        struct ost_value pose = ost_plan_property_view(plan, (int)i, "pose").value;
        if (!object.alive || object.type != OST_TYPE_PLATE || pose.kind != OST_VALUE_RIGID ||
            out->plate_count == OST_PLATES_MOST)
            continue;
        struct ost_plate *plate = &out->plate[out->plate_count++];
        *plate = ost_plate_plain();
        plate->pose = ost_rigid_then(&pose.rigid, back);
        reach(&screws, object.id, plate);
    }
}

static bool fix(struct mech *m, const struct ost_plan *plan, const struct ost_rigid *back,
                const struct ost_correction *correction, struct ost_err *err)
{
    struct ost_fixation fixation;
    take_all(plan, back, &fixation);
    m->plan_plates = fixation.plate_count > 0;
    if (m->plan_plates && fixation.screw_count == 0)
        return ost_fail(err, OST_INVALID, "the plan's plate has no screws: add them to the plan");
    if (!ost_fixation_distance(m->surface, &m->distance, err))
        return false;
    if (!m->plan_plates &&
        !ost_fixation_volar(m->surface, m->distance, &m->bone.anatomy, correction, &fixation, err))
        return false;
    m->plates = fixation.plate_count;
    m->screws = fixation.screw_count;
    return ost_fixed_create(m->distance, &fixation, m->study.implant_mpa, &m->fixed, err);
}

bool mech_fix(struct mech *m, const struct ost_plan *plan, const struct ost_rigid *back,
              const struct ost_correction *correction, struct ost_err *err)
{
    size_t count = 0;
    if (m->study.fixation == OST_FIXATION_PLATE && !fix(m, plan, back, correction, err))
        return false;
    const struct ost_part *solid = m->fixed != NULL ? ost_fixed_parts(m->fixed, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        m->part[i] = solid[i];
    if (m->study.gap_mpa > 0.0) {
        m->gap = ost_opened_of(correction);
        m->part[count++] =
            (struct ost_part){OST_MATERIAL_GAP, ost_field_of_opened(&m->gap), m->study.gap_mpa};
    }
    m->bone.part = count > 0 ? m->part : NULL;
    m->bone.part_count = count;
    return true;
}
