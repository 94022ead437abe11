#include "fem/bmd/norm.h"
#include "recon/math/vec.h"
#include "services/casefile/disk.h"
#include "services/station/mech_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OST_JSON_MOST = 1 << 20, OST_DIGITS = 10 };

bool mech_put_json(const struct mech *mech, const char *name, json_t *root, struct ost_err *err)
{
    char *text =
        root != NULL
            ? json_dumps(root, JSON_INDENT(1) | JSON_SORT_KEYS | JSON_REAL_PRECISION(OST_DIGITS))
            : NULL;
    json_decref(root);
    if (text == NULL) {
        return ost_fail(err, OST_NOMEM, "%s cannot be written: out of memory or not a number",
                        name);
    }
    struct ost_buf out;
    ost_buf_init(&out, OST_JSON_MOST);
    ost_buf_text(&out, text);
    ost_buf_text(&out, "\n");
    free(text);
    bool ok = ost_buf_done(&out, err) && ost_disk_write(mech->case_dir, name, &out, err);
    ost_buf_fini(&out);
    return ok;
}

static bool put(const struct mech *mech, const char *radius, const char *suffix, json_t *root,
                struct ost_err *err)
{
    char name[OST_MECH_PATH];
    mech_file(mech, radius, suffix, name);
    return mech_put_json(mech, name, root, err);
}

static json_t *number(const struct ost_span *span, double level, const char *unit, const char *how)
{
    return json_pack("{s:f, s:s, s:f, s:f, s:f, s:s}", "value", span->value, "unit", unit, "low",
                     span->low, "high", span->high, "level", level, "how", how);
}

/* How sure the densities are, as the reconstruction said; 0 where it did not. */
static double level_of(const struct mech *mech)
{
    return mech->has_interval ? mech->result->cortical.level : 0.0;
}

/* One region at the density as it is and at both ends of its interval. */
static bool measure(const struct mech *mech, enum ost_bmd_region which, struct ost_region out[3],
                    struct ost_err *err)
{
    const struct ost_density_shift *shift[3] = {NULL, mech->has_interval ? &mech->low : NULL,
                                                mech->has_interval ? &mech->high : NULL};
    for (int i = 0; i < 3; i++) {
        if (!ost_bone_model_region(mech->model, &mech->bone, which, shift[i], &out[i], err))
            return false;
    }
    return true;
}

static bool put_region(const struct mech *mech, enum ost_bmd_region which, json_t *regions,
                       struct ost_err *err)
{
    struct ost_region r[3];
    char name[64];
    if (!measure(mech, which, r, err))
        return false;
    const char *how = mech->result->density_how;
    const struct ost_span mean = {r[0].mean, r[1].mean, r[2].mean};
    const struct ost_span areal = {r[0].areal, r[1].areal, r[2].areal};
    bool ok = json_object_set_new(regions, ost_bmd_region_name(which),
                                  number(&mean, level_of(mech), "mgHA/cm3", how)) == 0;
    (void)snprintf(name, sizeof name, "%s_areal", ost_bmd_region_name(which));
    ok =
        ok && json_object_set_new(regions, name, number(&areal, level_of(mech), "g/cm2", how)) == 0;
    return ok || ost_fail(err, OST_NOMEM, "bmd.json: out of memory");
}

/* Cortical thickness and index of a region by its areas; see ost_region_cortex(). */
static bool put_cortex(const struct mech *mech, json_t *root)
{
    static const enum ost_bmd_region which[] = {OST_BMD_METAPHYSIS, OST_BMD_THIRD};
    json_t *all = json_object();
    for (size_t i = 0; i < sizeof which / sizeof which[0]; i++) {
        struct ost_region r;
        struct ost_err skipped = {0};
        if (!ost_bone_model_region(mech->model, &mech->bone, which[i], NULL, &r, &skipped))
            continue;
        struct ost_cortex c = ost_region_cortex(&r, ost_bmd_region_length(which[i]));
        (void)json_object_set_new(all, ost_bmd_region_name(which[i]),
                                  json_pack("{s:f, s:f, s:f}", "thickness_mm", c.thickness, "index",
                                            c.index, "share", r.cortical));
    }
    return json_object_set_new(root, "cortex", all) == 0;
}

/* T-score and %YAM of the distal third, or why there is none. */
static bool put_score(const struct mech *mech, json_t *root)
{
    const char *sex = mech->options->sex;
    struct ost_region r;
    struct ost_norm_score score;
    struct ost_err why = {0};
    enum ost_sex which = sex == NULL                ? OST_SEX_UNKNOWN
                         : strcmp(sex, "male") == 0 ? OST_SEX_MALE
                                                    : OST_SEX_FEMALE;
    if (!ost_bone_model_region(mech->model, &mech->bone, OST_BMD_THIRD, NULL, &r, &why) ||
        !ost_norm_score("third", which, r.areal, mech->scale_measured, &score, &why))
        return json_object_set_new(root, "t_score", json_pack("{s:s}", "refused", why.msg)) == 0;
    return json_object_set_new(root, "t_score",
                               json_pack("{s:f, s:f, s:f, s:s, s:s, s:s}", "value", score.t_score,
                                         "percent_yam", score.percent_yam, "areal_g_cm2", r.areal,
                                         "norm", score.norm->name, "citation", score.norm->citation,
                                         "about", score.norm->about)) == 0;
}

/* Of a bone without landmarks: all that was meshed. */
static bool put_whole(const struct mech *mech, json_t *regions, struct ost_err *err)
{
    const struct ost_bone_model *model = mech->model;
    const struct ost_study_anatomy *a = &mech->bone.anatomy;
    struct ost_slab slab = {.from = model->tip - 1.0, .to = model->cut + 1.0};
    struct ost_region r;
    char name[OST_RESULT_NAME + 16];
    memcpy(slab.origin, a->origin, sizeof slab.origin);
    memcpy(slab.axis, a->axis, sizeof slab.axis);
    memcpy(slab.beam, a->volar, sizeof slab.beam);
    if (!ost_region_of_tets(model->mesh, model->density, &slab, &r, err))
        return false;
    double off = mech->has_interval ? mech->high.cortical_factor - 1.0 : 0.0;
    const struct ost_span mean = {r.mean, r.mean * (1.0 - off), r.mean * (1.0 + off)};
    (void)snprintf(name, sizeof name, "%s_whole", mech->name);
    return json_object_set_new(
               regions, name,
               number(&mean, level_of(mech), "mgHA/cm3", mech->result->density_how)) == 0 ||
           ost_fail(err, OST_NOMEM, "bmd.json: out of memory");
}

static bool put_regions(const struct mech *mech, json_t *regions, struct ost_err *err)
{
    if (mech->other)
        return put_whole(mech, regions, err);
    for (int i = 0; i < OST_BMD_REGIONS; i++) {
        enum ost_bmd_region which = (enum ost_bmd_region)i;
        struct ost_err skipped = {0};
        if (!put_region(mech, which, regions, &skipped) && which == OST_BMD_DISTAL_30)
            return ost_fail(err, skipped.code, "bmd.json: %s", skipped.msg);
    }
    return true;
}

bool mech_write_bmd(const struct mech *mech, struct ost_err *err)
{
    json_t *regions = json_object();
    if (regions == NULL || !put_regions(mech, regions, err)) {
        bool lost = regions == NULL;
        json_decref(regions);
        return lost ? ost_fail(err, OST_NOMEM, "bmd.json: out of memory") : false;
    }
    json_t *root =
        json_pack("{s:i, s:s, s:s, s:s, s:b, s:s, s:o}", "osteon_bmd", 1, "bone", mech->name, "how",
                  mech->result->density_how, "calibration", mech->calibration, "simulated",
                  (int)mech->result->simulated, "mineral", "hydroxyapatite", "regions", regions);
    if (root != NULL && !mech->other && (!put_cortex(mech, root) || !put_score(mech, root))) {
        json_decref(root);
        root = NULL;
    }
    return put(mech, "bmd.json", ".bmd.json", root, err);
}

static json_t *fossa_json(const struct mech *mech, enum ost_fossa fossa)
{
    const struct ost_disc *disc = &mech->answer->disc[fossa];
    const struct ost_disc_load *load = &mech->answer->load[fossa];
    double share =
        fossa == OST_SCAPHOID_FOSSA ? mech->study.scaphoid_share : 1.0 - mech->study.scaphoid_share;
    return json_pack("{s:f, s:[f, f, f], s:f, s:f, s:f}", "force_n",
                     share * mech->study.radius_share * mech->study.load_n, "centre",
                     disc->centre[0], disc->centre[1], disc->centre[2], "radius_mm", disc->radius,
                     "area_mm2", load->area, "peak_mpa", load->peak);
}

static json_t *failure_json(const struct mech *mech, const struct ost_failure *f)
{
    const struct ost_study *s = &mech->study;
    double load = s->load == OST_LOAD_COUPLE ? ost_length(s->moment) : s->load_n;
    return json_pack("{s:f, s:s, s:f, s:f}", "load", f->factor * load, "unit",
                     s->load == OST_LOAD_COUPLE ? "N mm" : "N", "failed_share", f->failed_share,
                     "index_most", f->most);
}

/* Linear estimates, where the law gives a strength. */
static bool put_strength(const struct mech *mech, json_t *root)
{
    const struct ost_study_result *r = mech->answer;
    if (!r->has_strength)
        return json_object_set_new(root, "failure",
                                   json_pack("{s:s}", "refused",
                                             "this law gives no strength: choose keyak1998")) == 0;
    return json_object_set_new(
               root, "failure",
               json_pack("{s:s, s:o, s:o}", "how",
                         "linear; 2 % of the volume past the criterion, 10 mm at the held end left "
                         "out",
                         "coulomb_mohr", failure_json(mech, &r->coulomb_mohr), "drucker_prager",
                         failure_json(mech, &r->drucker_prager))) == 0;
}

/* Where the load went in. */
static bool put_load(const struct mech *mech, json_t *root)
{
    const struct ost_study *s = &mech->study;
    const struct ost_study_result *r = mech->answer;
    json_t *part = NULL;
    if (s->load == OST_LOAD_FOSSAE) {
        part = json_pack("{s:o, s:o}", "scaphoid_fossa", fossa_json(mech, OST_SCAPHOID_FOSSA),
                         "lunate_fossa", fossa_json(mech, OST_LUNATE_FOSSA));
    } else if (s->load == OST_LOAD_CONTACT || s->load == OST_LOAD_TOUCH) {
        const struct ost_contact_of *of = r->contact.carpal;
        part = json_pack("{s:{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:i, s:i, s:i}}", "contact",
                         "scaphoid_n", ost_length(of[OST_SCAPHOID_FOSSA].force), "lunate_n",
                         ost_length(of[OST_LUNATE_FOSSA].force), "scaphoid_peak_mpa",
                         of[OST_SCAPHOID_FOSSA].peak, "lunate_peak_mpa", of[OST_LUNATE_FOSSA].peak,
                         "scaphoid_area_mm2", of[OST_SCAPHOID_FOSSA].area, "lunate_area_mm2",
                         of[OST_LUNATE_FOSSA].area, "residual", r->contact.residual, "steps",
                         (int)r->contact.steps, "solves", (int)r->touch_solves, "nodes",
                         (int)r->touch_nodes);
    } else {
        part = json_pack("{s:{s:f, s:i, s:f}, s:[f, f, f]}", "end", "area_mm2", r->load[0].area,
                         "faces", (int)r->load[0].faces, "length_mm", s->end_mm, "moment_nmm",
                         s->moment[0], s->moment[1], s->moment[2]);
    }
    return part != NULL && json_object_update_new(root, part) == 0;
}

static bool put_state(const struct mech *mech, json_t *root)
{
    bool planned = mech->options->planned;
    json_t *part = json_pack("{s:s, s:s}", "state", planned ? "planned" : "before", "state_how",
                             mech_state_how(mech));
    return part != NULL && json_object_update_new(root, part) == 0;
}

/* What was asked. */
static bool put_study(const struct mech *mech, json_t *root)
{
    const struct ost_study *s = &mech->study;
    json_t *part = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:[f, f, f], s:f, s:f, s:f, s:f, s:f, "
        "s:f}",
        "study", s->name, "load", ost_study_load_name(s->load), "mapping",
        ost_study_mapping_name(s->mapping), "law", s->law->name, "citation", s->law->citation,
        "density_citation", "Schileo E et al. J Biomech 2008;41:2483-2491", "calibration",
        mech->calibration, "load_n", s->load_n, "radius_share", s->radius_share, "scaphoid_share",
        s->scaphoid_share, "direction", s->direction[0], s->direction[1], s->direction[2],
        "length_mm", mech->model->cut - mech->model->tip, "lattice_mm", s->lattice_mm, "poisson",
        s->poisson, "membrane_mm", s->membrane_mm, "least_mpa", s->least_mpa, "tolerance",
        s->tolerance);
    return part != NULL && json_object_update_new(root, part) == 0 && put_state(mech, root) &&
           mech_put_materials(mech, root) && put_load(mech, root) && put_strength(mech, root);
}

/* The elements and how the solve went. */
static bool put_solve(const struct mech *mech, json_t *root)
{
    const struct ost_bone_model *m = mech->model;
    const struct ost_fem_result *a = mech->answer->answer;
    json_t *part = json_pack(
        "{s:i, s:i, s:i, s:f, s:f, s:f, s:i, s:s, s:s, s:i, s:f, s:f, s:[f, f, f], s:f}",
        "tetrahedra", (int)m->mesh->tet_count, "nodes", (int)m->mesh->node_count, "dof",
        (int)mech->answer->unknowns, "min_dihedral_deg", m->quality.min_dihedral_deg,
        "max_dihedral_deg", m->quality.max_dihedral_deg, "volume_mm3", m->quality.volume, "euler",
        m->topology.euler, "engine",
        a->instead != NULL ? a->instead : ost_mech_engine_name(mech->options->engine), "reason",
        ost_fem_reason_name(a->reason), "iterations", (int)a->iterations, "relative_residual",
        a->relative_residual, "reaction_error", a->reaction_error, "reaction_n", a->reaction[0],
        a->reaction[1], a->reaction[2], "work_n_mm", a->work);
    return part != NULL && json_object_update_new(root, part) == 0;
}

/* Of the length from tip to cut: a linear answer takes what moves for little. */
static const double moves_most = 0.02;

static void warn(json_t *all, const char *code, const char *text)
{
    (void)json_array_append_new(all, json_pack("{s:s, s:s}", "code", code, "text", text));
}

static double length_of(const struct mech *mech)
{
    return fabs(mech->model->cut - mech->model->tip);
}

bool mech_moves_far(const struct mech *mech)
{
    const struct ost_study_result *r = mech->answer;
    return r->plastic == NULL && r->max_displacement > moves_most * length_of(mech);
}

/* What the figures are not to be trusted for. */
static json_t *warnings_of(const struct mech *mech)
{
    const struct ost_study_result *r = mech->answer;
    json_t *all = json_array();
    char text[200];
    if (mech->metal)
        warn(all, "metal", "metal is in the CT: near it density and stress are not to be trusted");
    if (mech_moves_far(mech)) {
        (void)snprintf(
            text, sizeof text,
            "a place moves %.1f mm of %.0f: what the load stands on is soft, or the load "
            "is large, and the answer, which takes motions for small, does not hold there",
            r->max_displacement, length_of(mech));
        warn(all, "moves", text);
    }
    return all;
}

bool mech_write_fem(const struct mech *mech, struct ost_err *err)
{
    const struct ost_study_result *r = mech->answer;
    bool spans = mech->has_interval && !mech->options->no_interval;
    json_t *root =
        json_pack("{s:i, s:s, s:b, s:s, s:o, s:f, s:f, s:f, s:f, s:b, s:o}", "osteon_fem", 1,
                  "bone", mech->name, "simulated", (int)mech->result->simulated, "density_how",
                  mech->result->density_how, "peak_von_mises_mpa",
                  number(&r->peak_von_mises, spans ? level_of(mech) : 0.0, "MPa", "study"),
                  "p99_von_mises_mpa", r->p99_von_mises, "max_displacement_mm", r->max_displacement,
                  "clamped_share", r->clamped_share, "fixation_diameters", r->diameters,
                  "fixation_far_enough", (int)(r->diameters >= 3.0), "warnings", warnings_of(mech));
    if (root == NULL || !put_study(mech, root) || !put_solve(mech, root) ||
        (r->plastic != NULL && json_object_set_new(root, "yielding", mech_yield_json(mech)) != 0)) {
        json_decref(root);
        return ost_fail(err, OST_NOMEM, "fem.json: out of memory or not a number");
    }
    return put(mech, "fem.json", ".fem.json", root, err);
}
