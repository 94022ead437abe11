#include "services/station/mech.h"

#include "recon/image/nifti.h"
#include "recon/mesh/stl.h"
#include "services/casefile/disk.h"
#include "services/station/mech_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const size_t study_most = (size_t)1 << 16;
enum { OST_NAME = 96 };

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool mech_read_result_file(const struct mech *m, const char *file, size_t most,
                           struct ost_buf *bytes, struct ost_err *err)
{
    char name[OST_NAME];
    ost_buf_init(bytes, most);
    int len = snprintf(name, sizeof name, "result/%s", file);
    if (len < 0 || len >= OST_NAME || !ost_disk_name_is_safe(name))
        return ost_fail(err, OST_CORRUPT, "result.json names a file that cannot be one");
    return ost_disk_read(m->case_dir, name, bytes, err);
}

static bool read_bone(struct mech *m, struct ost_err *err)
{
    const struct ost_result_bone *radius = &m->result->bone[OST_RADIUS];
    struct ost_buf bytes;
    bool ok = mech_read_result_file(m, radius->stl, OST_MECH_STL_MOST, &bytes, err) &&
              ost_stl_read(bytes.ptr, bytes.len, OST_MECH_TRIANGLES_MOST, &m->surface, err);
    ost_buf_fini(&bytes);
    if (!ok)
        return ost_err_note(err, "the radius' surface");
    ok = mech_read_result_file(m, radius->density, OST_MECH_NIFTI_MOST, &bytes, err) &&
         ost_nifti_read(bytes.ptr, bytes.len, &m->density, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "the radius' density");
}

static void take_landmark(const struct mech *m, enum ost_landmark which, double out[3])
{
    memcpy(out, m->result->landmark[which].position, sizeof(double[3]));
}

static void take_anatomy(struct mech *m)
{
    struct ost_study_anatomy *a = &m->bone.anatomy;
    m->bone.surface = m->surface;
    m->bone.density = m->density;
    if (m->result->measure[OST_RADIUS_LENGTH].value > 0.0)
        m->bone.length = m->result->measure[OST_RADIUS_LENGTH].value;
    m->bone.averaged = true; /* as the reconstruction and the simulated truth write it */
    memcpy(a->origin, m->result->origin, sizeof a->origin);
    memcpy(a->axis, m->result->axis, sizeof a->axis);
    memcpy(a->radial, m->result->radial, sizeof a->radial);
    memcpy(a->volar, m->result->volar, sizeof a->volar);
    take_landmark(m, OST_STYLOID, a->styloid);
    take_landmark(m, OST_ULNAR_CORNER_VOLAR, a->corner_volar);
    take_landmark(m, OST_ULNAR_CORNER_DORSAL, a->corner_dorsal);
    take_landmark(m, OST_LIP_VOLAR, a->lip_volar);
    take_landmark(m, OST_LIP_DORSAL, a->lip_dorsal);
}

static struct ost_density_shift shift_of(const struct ost_result *r, bool cortex_high,
                                         bool trabecular_high)
{
    double cortical = cortex_high ? r->cortical.high : r->cortical.low;
    double trabecular = trabecular_high ? r->trabecular.high : r->trabecular.low;
    return (struct ost_density_shift){r->cortical.value, r->trabecular.value,
                                      cortical / r->cortical.value,
                                      trabecular / r->trabecular.value};
}

/* The ends of the density's interval, where the reconstruction gives one that means anything. */
static void take_interval(struct mech *m)
{
    const struct ost_result *r = m->result;
    m->has_interval = r->trabecular.value > 0.0 && r->cortical.value > r->trabecular.value &&
                      r->cortical.low > 0.0 && r->trabecular.low > 0.0 &&
                      r->cortical.high >= r->cortical.low &&
                      r->trabecular.high >= r->trabecular.low;
    if (!m->has_interval)
        return;
    m->low = shift_of(r, false, false);
    m->high = shift_of(r, true, true);
    m->contrast[0] = shift_of(r, true, false);
    m->contrast[1] = shift_of(r, false, true);
}

static bool read_study(struct mech *m, struct ost_err *err)
{
    const char *path = m->options->study;
    if (path == NULL)
        return true;
    struct ost_buf bytes;
    ost_buf_init(&bytes, study_most);
    bool ok = ost_disk_read(NULL, path, &bytes, err) &&
              mech_study_amend(bytes.ptr, bytes.len, &m->study, err);
    ost_buf_fini(&bytes);
    if (ok && m->study.nodes == 10 && m->study.mapping == OST_MAPPING_GAUSS &&
        m->options->engine != OST_MECH_OWN) {
        ok = ost_fail(err, OST_UNSUPPORTED,
                      "\"mapping\":\"gauss\" with ten nodes, where the modulus varies inside an "
                      "element, is for our own engine: take another mapping, or no --engine");
    }
    return ok || ost_err_note(err, "--study");
}

static bool solve(struct mech *m, const struct ost_progress *progress, struct ost_err *err)
{
    const bool spans = m->has_interval && !m->options->no_interval;
    const struct ost_study_case c = {&m->bone, &m->study, m->model, mech_engine(m),
                                     spans ? m->contrast : NULL};
    struct ost_progress part = ost_progress_part(progress, 0.35, 0.9);
    double begin = now_s();
    if (!ost_study_solve(&c, &part, &m->answer, err))
        return false;
    struct ost_station_mech_summary *summary = m->options->summary;
    if (summary != NULL) {
        summary->solve_seconds = now_s() - begin;
        summary->converged = m->answer->answer->reason == OST_FEM_CONVERGED;
    }
    if (!mech_write_fem(m, err) || !ost_progress_step(progress, 0.92, "write", err) ||
        !mech_write_fields(m, err))
        return false;
    if (m->other)
        return true;
    if (!mech_write_joint(m, err))
        return false;
    if (m->options->planned)
        return !m->options->compare || mech_write_compare(m, err);
    return m->options->against == NULL || mech_write_shift(m, err);
}

void mech_file(const struct mech *m, const char *radius, const char *suffix,
               char out[OST_MECH_PATH])
{
    if (m->other) {
        (void)snprintf(out, OST_MECH_PATH, "result/%s%s", m->name, suffix);
    } else {
        (void)snprintf(out, OST_MECH_PATH, "result/%s%s", m->options->planned ? "planned_" : "",
                       radius);
    }
}

/* What only a radius can have beside it. */
static bool check_other(const struct mech *m, struct ost_err *err)
{
    const struct ost_study *s = &m->study;
    return (s->gap_mpa == 0.0 && s->fixation == OST_FIXATION_NONE && s->cartilage_mm == 0.0 &&
            !s->ulna) ||
           ost_fail(err, OST_INVALID,
                    "gap_mpa, fixation, cartilage_mm and ulna are of the radius, not --bone");
}

/* The radius of a reconstruction, or any bone of a segmentation, and what is asked of it. */
static bool read_all(struct mech *m, struct ost_err *err)
{
    m->name = m->options->bone != NULL ? m->options->bone : "radius";
    m->other = strcmp(m->name, "radius") != 0;
    if (m->other && (strlen(m->name) >= OST_RESULT_NAME || !ost_disk_name_is_safe(m->name) ||
                     strchr(m->name, '/') != NULL))
        return ost_fail(err, OST_INVALID, "that cannot be the name of a bone");
    if (m->other)
        return mech_read_other(m, err) && read_study(m, err) && check_other(m, err);
    m->study = ost_study_axial();
    if (!read_study(m, err) || !ost_result_read(m->case_dir, m->result, err) || !read_bone(m, err))
        return false;
    mech_read_calibration(m);
    take_anatomy(m);
    /* Density alone is meshed as far as the distal third reaches. */
    if (m->options->density_only && m->bone.length > 0.0)
        m->study.length_mm = fmax(m->study.length_mm, fmin(300.0, m->bone.length / 3.0 + 15.0));
    take_interval(m);
    if (!m->options->planned && (m->study.gap_mpa > 0.0 || m->study.fixation != OST_FIXATION_NONE))
        return ost_fail(err, OST_INVALID,
                        "gap_mpa and fixation are of a plan's bone: ask for it by --planned");
    return (!m->options->planned || mech_plan_bone(m, err)) &&
           (!m->study.ulna || mech_read_ulna(m, err));
}

static bool run(struct mech *m, const struct ost_progress *progress, struct ost_err *err)
{
    m->result = calloc(1, sizeof *m->result);
    if (m->result == NULL)
        return ost_fail(err, OST_NOMEM, "mech: out of memory");
    if (!ost_progress_step(progress, 0.0, "read", err) || !read_all(m, err))
        return false;
    struct ost_progress part = ost_progress_part(progress, 0.05, 0.35);
    double begin = now_s();
    if (!ost_bone_model_create(&m->bone, &m->study, &part, &m->model, err))
        return false;
    if (m->options->summary != NULL) {
        *m->options->summary =
            (struct ost_station_mech_summary){.converged = true, .model_seconds = now_s() - begin};
    }
    if (m->options->sweep_only)
        return mech_write_sweep(m, err) && ost_progress_step(progress, 1.0, "done", err);
    if (!mech_write_bmd(m, err))
        return false;
    if (!m->options->density_only && !solve(m, progress, err))
        return false;
    return ost_progress_step(progress, 1.0, "done", err);
}

bool ost_station_mech(const char *case_dir, const struct ost_station_mech_options *options,
                      const struct ost_progress *progress, struct ost_err *err)
{
    static const struct ost_station_mech_options plain = {0};
    struct mech m = {.case_dir = case_dir, .options = options != NULL ? options : &plain};
    bool ok = run(&m, progress, err);
    free(m.result);
    ost_mesh_destroy(m.surface);
    ost_grid_destroy(m.density);
    ost_mesh_destroy(m.ulna);
    ost_grid_destroy(m.ulna_density);
    ost_fixed_destroy(m.fixed);
    ost_grid_destroy(m.distance);
    ost_bone_model_destroy(m.model);
    ost_study_result_destroy(m.answer);
    return ok;
}
