#include "services/casefile/disk.h"
#include "services/station/mech_impl.h"

#include <math.h>
#include <stdlib.h>

enum { OST_JSON_MOST = 1 << 20, OST_DIGITS = 10 };

static bool put_json(const struct mech *mech, const char *name, json_t *root, struct ost_err *err)
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

bool mech_write_bmd(const struct mech *mech, struct ost_err *err)
{
    json_t *regions = json_object();
    for (int i = 0; i < OST_BMD_REGIONS; i++) {
        enum ost_bmd_region which = (enum ost_bmd_region)i;
        struct ost_err skipped = {0};
        if (regions == NULL ||
            (!put_region(mech, which, regions, &skipped) && which == OST_BMD_DISTAL_30)) {
            json_decref(regions);
            return ost_fail(err, skipped.code != OST_OK ? skipped.code : OST_NOMEM, "bmd.json: %s",
                            skipped.msg);
        }
    }
    json_t *root = json_pack("{s:i, s:s, s:s, s:b, s:s, s:o}", "osteon_bmd", 1, "bone", "radius",
                             "how", mech->result->density_how, "simulated", mech->result->simulated,
                             "mineral", "hydroxyapatite", "regions", regions);
    return put_json(mech, "result/bmd.json", root, err);
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

/* What was asked. */
static bool put_study(const struct mech *mech, json_t *root)
{
    const struct ost_study *s = &mech->study;
    json_t *part = json_pack(
        "{s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:[f, f, f], s:f, s:f, s:f, s:f, s:f, s:o, s:o}",
        "study", s->name, "law", s->law->name, "citation", s->law->citation, "density_citation",
        "Schileo E et al. J Biomech 2008;41:2483-2491", "load_n", s->load_n, "radius_share",
        s->radius_share, "scaphoid_share", s->scaphoid_share, "direction", s->direction[0],
        s->direction[1], s->direction[2], "length_mm", mech->model->cut - mech->model->tip,
        "lattice_mm", s->lattice_mm, "poisson", s->poisson, "least_mpa", s->least_mpa, "tolerance",
        s->tolerance, "scaphoid_fossa", fossa_json(mech, OST_SCAPHOID_FOSSA), "lunate_fossa",
        fossa_json(mech, OST_LUNATE_FOSSA));
    return part != NULL && json_object_update_new(root, part) == 0;
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
        m->topology.euler, "engine", mech->options->engine == OST_MECH_PETSC ? "petsc" : "own",
        "reason", ost_fem_reason_name(a->reason), "iterations", (int)a->iterations,
        "relative_residual", a->relative_residual, "reaction_error", a->reaction_error,
        "reaction_n", a->reaction[0], a->reaction[1], a->reaction[2], "work_n_mm", a->work);
    return part != NULL && json_object_update_new(root, part) == 0;
}

bool mech_write_fem(const struct mech *mech, struct ost_err *err)
{
    const struct ost_study_result *r = mech->answer;
    bool spans = mech->has_interval && !mech->options->no_interval;
    json_t *root = json_pack(
        "{s:i, s:s, s:b, s:s, s:o, s:f, s:f, s:f}", "osteon_fem", 1, "bone", "radius", "simulated",
        mech->result->simulated, "density_how", mech->result->density_how, "peak_von_mises_mpa",
        number(&r->peak_von_mises, spans ? level_of(mech) : 0.0, "MPa", "study"),
        "p99_von_mises_mpa", r->p99_von_mises, "max_displacement_mm", r->max_displacement,
        "clamped_share", r->clamped_share);
    if (root == NULL || !put_study(mech, root) || !put_solve(mech, root)) {
        json_decref(root);
        return ost_fail(err, OST_NOMEM, "fem.json: out of memory or not a number");
    }
    return put_json(mech, "result/fem.json", root, err);
}
