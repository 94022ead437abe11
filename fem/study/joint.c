#include "fem/study/joint.h"

#include "fem/study/outline_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

void ost_joint_destroy(struct ost_joint *joint)
{
    if (joint == NULL)
        return;
    free(joint->face);
    free(joint->patch);
    free(joint->fossa);
    free(joint);
}

void ost_joint_maps_fini(struct ost_joint_maps *maps)
{
    ost_facet_map_destroy(maps->whole);
    for (int f = 0; f < OST_FOSSAE; f++)
        ost_facet_map_destroy(maps->fossa[f]);
    *maps = (struct ost_joint_maps){0};
}

static bool room_for(struct ost_joint *joint, uint32_t faces)
{
    joint->face = calloc((size_t)faces + 1, sizeof *joint->face);
    joint->patch = calloc((size_t)faces + 1, sizeof *joint->patch);
    joint->fossa = calloc((size_t)faces + 1, 1);
    return joint->face != NULL && joint->patch != NULL && joint->fossa != NULL;
}

bool ost_joint_create(const struct ost_bone_model *model, const struct ost_study_anatomy *anatomy,
                      struct ost_joint **out, struct ost_err *err)
{
    const double facing = 0.3, reach_mm = 10.0;
    const struct ost_boundary *boundary = model->boundary;
    struct outline outline;
    *out = NULL;
    OST_AUTO(ost_joint) joint = calloc(1, sizeof *joint);
    if (joint == NULL || !room_for(joint, boundary->face_count))
        return ost_fail(err, OST_NOMEM, "joint: no room for %u faces", boundary->face_count);
    if (!outline_of(anatomy, &outline, err))
        return false;
    for (uint32_t i = 0; i < boundary->face_count; i++) {
        double u[3], v[3], normal[3], middle[3] = {0.0}, at[3];
        for (int k = 0; k < 3; k++)
            ost_along(middle, 1.0 / 3.0, model->mesh->node[boundary->face[i][k]], middle);
        ost_sub(model->mesh->node[boundary->face[i][1]], model->mesh->node[boundary->face[i][0]],
                u);
        ost_sub(model->mesh->node[boundary->face[i][2]], model->mesh->node[boundary->face[i][0]],
                v);
        ost_cross(u, v, normal);
        double area = 0.5 * ost_unit(normal);
        outline_frame(anatomy, middle, at);
        if (!ost_material_has_joint(model->material, boundary->tet[i]) ||
            ost_dot(normal, anatomy->axis) < facing || fabs(at[2]) > reach_mm ||
            !outline_within(&outline, at))
            continue;
        joint->face[joint->count] = i;
        joint->patch[joint->count].area = area;
        memcpy(joint->patch[joint->count].middle, middle, sizeof middle);
        joint->fossa[joint->count++] =
            at[0] > outline.ridge ? OST_SCAPHOID_FOSSA : OST_LUNATE_FOSSA;
    }
    if (joint->count < 20)
        return ost_fail(err, OST_INVALID, "the joint surface has %u faces only", joint->count);
    *out = ost_steal(&joint);
    return true;
}

static double density_beneath(const struct ost_bone_model *model, const struct ost_study_anatomy *a,
                              const double p[3], double depth)
{
    const int steps = 8;
    double sum = 0.0, at[3];
    for (int i = 0; i < steps; i++) {
        ost_along(p, -model->layer - depth * (i + 0.5) / steps, a->axis, at);
        sum += ost_grid_at(model->extended, at, 0.0);
    }
    return sum / steps;
}

bool ost_joint_map(const struct ost_bone_model *model, const struct ost_study_anatomy *anatomy,
                   const struct ost_joint *joint, const struct ost_study_result *result,
                   double depth, struct ost_joint_maps *out, struct ost_err *err)
{
    const double step_mm = 1.0;
    *out = (struct ost_joint_maps){0};
    struct ost_facet_sample *all = calloc(2 * (size_t)joint->count + 1, sizeof *all);
    if (all == NULL)
        return ost_fail(err, OST_NOMEM, "joint: no room for %u samples", joint->count);
    for (uint32_t i = 0; i < joint->count; i++) {
        const struct ost_patch *patch = &joint->patch[i];
        double at[3];
        outline_frame(anatomy, patch->middle, at);
        all[i] = (struct ost_facet_sample){
            at[0], at[1], patch->area, density_beneath(model, anatomy, patch->middle, depth),
            result != NULL ? result->von_mises_on_face[joint->face[i]] : 0.0};
    }
    bool ok = ost_facet_map_create(all, joint->count, step_mm, &out->whole, err);
    for (int f = 0; f < OST_FOSSAE && ok; f++) {
        struct ost_facet_sample *part = all + joint->count;
        size_t count = 0;
        for (uint32_t i = 0; i < joint->count; i++) {
            if (joint->fossa[i] == f)
                part[count++] = all[i];
        }
        ok = ost_facet_map_create(part, count, step_mm, &out->fossa[f], err);
    }
    free(all);
    if (!ok)
        ost_joint_maps_fini(out);
    return ok;
}

bool ost_joint_carpals(const struct ost_study_anatomy *anatomy, const struct ost_patch *patch,
                       const struct ost_joint *joint, struct ost_row *row, struct ost_err *err)
{
    struct ost_ball *ball = row->ball;
    const double thickness = row->cartilage.thickness;
    const double rounder = 0.85, most_mm = 25.0, least_mm = 5.0;
    struct ost_patch *part = calloc((size_t)joint->count + 1, sizeof *part);
    if (part == NULL)
        return ost_fail(err, OST_NOMEM, "joint: no room for %u patches", joint->count);
    bool ok = true;
    for (int f = 0; f < OST_FOSSAE && ok; f++) {
        size_t count = 0;
        for (uint32_t i = 0; i < joint->count; i++) {
            if (joint->fossa[i] == f)
                part[count++] = patch[i];
        }
        ok = ost_ball_fit(part, count, &ball[f], err);
        if (!ok)
            break;
        /* A shallow fossa is fitted by a ball of any size: no carpal is larger than this. */
        double bowl = ball[f].radius, deep = INFINITY;
        double radius = fmax(least_mm, fmin(most_mm, rounder * (bowl - thickness)));
        double up = bowl - radius - thickness;
        if (ost_dot(ball[f].centre, anatomy->axis) < ost_dot(part[0].middle, anatomy->axis))
            up = 0.0;
        ost_along(ball[f].centre, -up, anatomy->axis, ball[f].centre);
        ball[f].radius = radius;
        for (size_t i = 0; i < count; i++)
            deep = fmin(deep, ost_distance(part[i].middle, ball[f].centre) - radius);
        ost_along(ball[f].centre, thickness - deep, anatomy->axis, ball[f].centre);
    }
    free(part);
    return ok;
}

static struct ost_contact_ask ask_of(const struct ost_row *row, const struct ost_patch *patch,
                                     size_t count, const struct ost_field carpal[OST_FOSSAE])
{
    return (struct ost_contact_ask){patch,          count,
                                    carpal,         OST_FOSSAE,
                                    row->cartilage, {row->force[0], row->force[1], row->force[2]}};
}

/* A row that comes to rest farther across than it can be is one that has slid off. */
static bool share_of(const struct ost_contact_ask *ask, double (*on)[3], double *share,
                     struct ost_err *err)
{
    const double most_mm = 6.0;
    struct ost_contact c;
    double way[3], along[3];
    if (!ost_contact_solve(ask, on, &c, err))
        return false;
    memcpy(way, ask->force, sizeof way);
    (void)ost_unit(way);
    ost_along(c.shift, -ost_dot(c.shift, way), way, along);
    if (ost_length(along) > most_mm)
        return ost_fail(err, OST_NOT_FOUND, "contact: the row slides %.0f mm across the joint",
                        ost_length(along));
    double s = ost_length(c.carpal[OST_SCAPHOID_FOSSA].force);
    *share = s / (s + ost_length(c.carpal[OST_LUNATE_FOSSA].force));
    return true;
}

/* By halves, with the ligaments as they are. */
static bool seat_once(const struct ost_study_anatomy *anatomy, const struct ost_contact_ask *ask,
                      double share, struct ost_ball *ball, double (*on)[3], struct ost_err *err)
{
    const struct ost_ball still = *ball;
    double deep = -1.0, high = 1.0, here = 0.0;
    bool ok = true;
    for (int i = 0; i < 14 && ok; i++) {
        double at = 0.5 * (deep + high);
        ost_along(still.centre, at, anatomy->axis, ball->centre);
        ok = share_of(ask, on, &here, err);
        if (here > share) {
            deep = at;
        } else {
            high = at;
        }
    }
    if (!ok)
        *ball = still;
    return ok;
}

bool ost_joint_seat(const struct ost_study_anatomy *anatomy, const struct ost_patch *patch,
                    const struct ost_joint *joint, double share, struct ost_row *row,
                    struct ost_err *err)
{
    const double tightest = 64.0; /* N/mm */
    struct ost_ball *ball = row->ball;
    const struct ost_field carpal[OST_FOSSAE] = {ost_field_of_ball(&ball[0]),
                                                 ost_field_of_ball(&ball[1])};
    double(*on)[3] = calloc((size_t)joint->count + 1, sizeof *on);
    struct ost_err why = {0};
    if (on == NULL)
        return ost_fail(err, OST_NOMEM, "joint: no room for %u patches", joint->count);
    bool ok = false, slides = true;
    while (!ok && slides) {
        const struct ost_contact_ask ask = ask_of(row, patch, joint->count, carpal);
        ok = seat_once(anatomy, &ask, share, &ball[OST_SCAPHOID_FOSSA], on, &why);
        slides = !ok && why.code == OST_NOT_FOUND && row->cartilage.ligament < tightest;
        row->cartilage.ligament *= slides ? 2.0 : 1.0;
        why = slides ? (struct ost_err){0} : why;
    }
    free(on);
    return ok || ost_fail(err, why.code, "%s", why.msg);
}

/* About the joint's own line toward radial, so that the surface looks more to volar. */
static void tilted(const struct ost_study_anatomy *a, double tilt, const double p[3], double out[3])
{
    double at[3];
    outline_frame(a, p, at);
    double volar = -at[1], c = cos(tilt), s = sin(tilt);
    ost_along(a->origin, at[0], a->radial, out);
    ost_along(out, c * volar + s * at[2], a->volar, out);
    ost_along(out, c * at[2] - s * volar, a->axis, out);
}

void ost_joint_tilt(const struct ost_study_anatomy *anatomy, const struct ost_joint *joint,
                    double tilt, struct ost_patch *out)
{
    for (uint32_t i = 0; i < joint->count; i++) {
        out[i].area = joint->patch[i].area;
        tilted(anatomy, tilt, joint->patch[i].middle, out[i].middle);
    }
}

bool ost_joint_press(const struct ost_study_anatomy *anatomy, const struct ost_joint *joint,
                     const struct ost_row *row, double tilt, double (*on_patch)[3],
                     struct ost_contact *out, struct ost_err *err)
{
    const struct ost_field carpal[OST_FOSSAE] = {ost_field_of_ball(&row->ball[0]),
                                                 ost_field_of_ball(&row->ball[1])};
    struct ost_patch *turned = calloc((size_t)joint->count + 1, sizeof *turned);
    if (turned == NULL)
        return ost_fail(err, OST_NOMEM, "joint: no room for %u patches", joint->count);
    ost_joint_tilt(anatomy, joint, tilt, turned);
    const struct ost_contact_ask ask = ask_of(row, turned, joint->count, carpal);
    bool ok = ost_contact_solve(&ask, on_patch, out, err);
    /* Back to where the surface is, so that centres lie on it. */
    for (int f = 0; f < OST_FOSSAE && ok; f++) {
        double centre[3];
        memcpy(centre, out->carpal[f].centre, sizeof centre);
        tilted(anatomy, -tilt, centre, out->carpal[f].centre);
    }
    free(turned);
    return ok;
}
