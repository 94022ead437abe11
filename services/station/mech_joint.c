/* result/joint.json: the joint surface's density and stress in one frame, and its tilt sweep. */
#include "fem/study/joint.h"
#include "recon/math/vec.h"
#include "services/casefile/disk.h"
#include "services/station/mech_impl.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double layer_mm = 2.0, whole_tilt_deg = 11.0;

/* Volar tilts in even steps. */
struct sweep {
    double from_deg, step_deg;
    int count;
};
static const struct sweep in_joint = {15.0, -5.0, 6}; /* as in Yan et al. */
static const struct sweep alone = {20.0, -5.0, 11};   /* to a badly malunited wrist */

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static json_t *field_json(const struct ost_facet_field *f, const char *unit)
{
    return json_pack("{s:f, s:f, s:f, s:[f, f], s:s}", "mean", f->mean, "sd", f->sd, "most",
                     f->most, "centre", f->centre[0], f->centre[1], "unit", unit);
}

static json_t *map_json(const struct ost_facet_map *map, bool cells)
{
    json_t *json = json_pack("{s:f, s:o, s:o, s:f}", "area_mm2", map->area, "density",
                             field_json(&map->density, "mgHA/cm3"), "stress",
                             field_json(&map->stress, "MPa"), "correlation", map->correlation);
    json_t *list = cells ? json_array() : NULL;
    for (uint32_t i = 0; i < map->cell_count && list != NULL; i++) {
        const struct ost_facet_sample *c = &map->cell[i];
        (void)json_array_append_new(
            list, json_pack("[f, f, f, f, f]", c->u, c->v, c->area, c->density, c->stress));
    }
    if (list != NULL && json != NULL)
        (void)json_object_set_new(json, "cells", list);
    return json;
}

/* One pose of the sweep; what finds no rest is left out with its reason. */
static json_t *pose_json(const struct mech *m, const struct ost_joint *joint,
                         const struct ost_row *row, double tilt, double (*on)[3])
{
    const struct ost_study_anatomy *a = &m->bone.anatomy;
    const double has = m->result->measure[OST_VOLAR_TILT].value;
    struct ost_contact c;
    struct ost_err why = {0};
    double part[OST_FOSSAE], dorsal[OST_FOSSAE], total = 0.0;
    if (!ost_joint_press(a, joint, row, ost_radians(tilt - has), on, &c, &why))
        return json_pack("{s:f, s:s}", "volar_tilt_deg", tilt, "refused", why.msg);
    for (int f = 0; f < OST_FOSSAE; f++) {
        double from[3];
        ost_sub(c.carpal[f].centre, a->origin, from);
        part[f] = ost_length(c.carpal[f].force);
        dorsal[f] = part[f] > 0.0 ? -ost_dot(from, a->volar) : 0.0;
        total += part[f];
    }
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:i}", "volar_tilt_deg", tilt,
                     "scaphoid_share", part[OST_SCAPHOID_FOSSA] / total, "centre_dorsal_mm",
                     (part[0] * dorsal[0] + part[1] * dorsal[1]) / total, "scaphoid_peak_mpa",
                     c.carpal[OST_SCAPHOID_FOSSA].peak, "lunate_peak_mpa",
                     c.carpal[OST_LUNATE_FOSSA].peak, "scaphoid_area_mm2",
                     c.carpal[OST_SCAPHOID_FOSSA].area, "lunate_area_mm2",
                     c.carpal[OST_LUNATE_FOSSA].area, "row_shift_mm", ost_length(c.shift),
                     "residual", c.residual, "steps", (int)c.steps);
}

/* The carpals as they would sit on this joint were its tilt a whole wrist's. */
static bool carpals(const struct mech *m, const struct ost_joint *joint, struct ost_row *row,
                    struct ost_err *err)
{
    const struct ost_study_anatomy *a = &m->bone.anatomy;
    const double has = m->result->measure[OST_VOLAR_TILT].value;
    struct ost_patch *whole = calloc((size_t)joint->count + 1, sizeof *whole);
    if (whole == NULL)
        return ost_fail(err, OST_NOMEM, "joint: no room for %u patches", joint->count);
    row->cartilage = ost_cartilage_default();
    for (int k = 0; k < 3; k++)
        row->force[k] = -m->study.load_n * m->study.radius_share * a->axis[k];
    ost_joint_tilt(a, joint, ost_radians(whole_tilt_deg - has), whole);
    bool ok = ost_joint_carpals(a, whole, joint, row, err) &&
              ost_joint_seat(a, whole, joint, m->study.scaphoid_share, row, err);
    free(whole);
    return ok;
}

static json_t *sweep_json(const struct mech *m, const struct ost_joint *joint,
                          const struct sweep *sweep)
{
    struct ost_row row = {.force = {0.0}};
    struct ost_err why = {0};
    if (!carpals(m, joint, &row, &why))
        return json_pack("{s:s}", "refused", why.msg);
    double(*on)[3] = calloc((size_t)joint->count + 1, sizeof *on);
    json_t *poses = json_array();
    double begin = now_ms();
    for (int i = 0; i < sweep->count && on != NULL; i++)
        (void)json_array_append_new(
            poses, pose_json(m, joint, &row, sweep->from_deg + i * sweep->step_deg, on));
    if (m->options->summary != NULL)
        m->options->summary->contact_ms = (now_ms() - begin) / sweep->count;
    free(on);
    const struct ost_cartilage *c = &row.cartilage;
    return json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:[f, f], s:f, s:o}", "carpals",
                     "assumed: balls fitted to the fossae and seated for the study's share at a "
                     "whole wrist's tilt",
                     "whole_tilt_deg", whole_tilt_deg, "cartilage_mpa", c->modulus,
                     "cartilage_poisson", c->poisson, "cartilage_mm", c->thickness, "ligament_n_mm",
                     c->ligament, "ball_radius_mm", row.ball[OST_SCAPHOID_FOSSA].radius,
                     row.ball[OST_LUNATE_FOSSA].radius, "load_n",
                     m->study.load_n * m->study.radius_share, "poses", poses);
}

bool mech_write_joint(const struct mech *m, struct ost_err *err)
{
    struct ost_joint_maps maps = {0};
    struct ost_err why = {0};
    OST_AUTO(ost_joint) joint = NULL;
    json_t *root = NULL;
    if (!ost_joint_create(m->model, &m->bone.anatomy, &joint, &why) ||
        !ost_joint_map(m->model, &m->bone.anatomy, joint, m->answer, layer_mm, &maps, &why)) {
        /* A wrist whose joint cannot be outlined still has its stress. */
        root = json_pack("{s:i, s:s}", "osteon_joint", 1, "refused", why.msg);
    } else {
        root = json_pack(
            "{s:i, s:s, s:s, s:b, s:f, s:s, s:s, s:s, s:s, s:s, s:f, s:o, s:o, s:o, s:o, s:o}",
            "osteon_joint", 1, "bone", "radius", "frame",
            "mm; u toward the radial, v toward the dorsal side of the joint's middle", "simulated",
            (int)m->result->simulated, "layer_mm", layer_mm, "density_how", m->result->density_how,
            "calibration", m->calibration, "law", m->study.law->name, "study", m->study.name,
            "reason", ost_fem_reason_name(m->answer->answer->reason), "load_n", m->study.load_n,
            "whole", map_json(maps.whole, true), "scaphoid_fossa",
            map_json(maps.fossa[OST_SCAPHOID_FOSSA], false), "lunate_fossa",
            map_json(maps.fossa[OST_LUNATE_FOSSA], false), "tilt_sweep",
            sweep_json(m, joint, &in_joint), "radioulnar", mech_radioulnar_json(m));
    }
    ost_joint_maps_fini(&maps);
    char name[OST_MECH_PATH];
    mech_file(m, "joint.json", "_joint.json", name);
    return mech_put_json(m, name, root, err);
}

bool mech_write_sweep(const struct mech *m, struct ost_err *err)
{
    OST_AUTO(ost_joint) joint = NULL;
    char name[OST_MECH_PATH];
    if (m->other)
        return ost_fail(err, OST_INVALID, "only a radius has a wrist to tilt");
    if (!ost_joint_create(m->model, &m->bone.anatomy, &joint, err))
        return false;
    json_t *sweep = sweep_json(m, joint, &alone);
    mech_file(m, "tilt_sweep.json", "_tilt_sweep.json", name);
    return mech_put_json(m, name,
                         json_pack("{s:i, s:b, s:f, s:o}", "osteon_tilt_sweep", 1, "simulated",
                                   (int)m->result->simulated, "volar_tilt_deg",
                                   m->result->measure[OST_VOLAR_TILT].value, "sweep", sweep),
                         err);
}
