#include "services/station/recon_write.h"

#include "recon/image/nifti.h"
#include "recon/math/vec.h"
#include "recon/mesh/glb.h"
#include "recon/mesh/stl.h"
#include "recon/shape/anatomy.h"
#include "services/casefile/disk.h"
#include "services/station/recon_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef OST_VERSION
#define OST_VERSION "0.1.0"
#endif

enum { FILE_BYTES = 128 << 20 };

/* Where a distal radius is usually cut, mm proximal of the joint, when nothing is broken. */
static const double usual_cut_mm = 22.0;

double ost_recon_cut(const struct ost_arm *arm)
{
    return arm->broken ? arm->cut : usual_cut_mm;
}

bool ost_recon_write_surface(const char *case_dir, const char *stem, const struct ost_mesh *mesh,
                             const float *sd, struct ost_err *err)
{
    char name[OST_RESULT_NAME];
    const struct ost_glb_attribute spread = {"_UNCERTAINTY_MM", sd};
    struct ost_buf stl, glb;
    ost_buf_init(&stl, FILE_BYTES);
    ost_buf_init(&glb, FILE_BYTES);
    (void)snprintf(name, sizeof name, "result/%s.stl", stem);
    bool ok = ost_stl_write(mesh, &stl, err) && ost_disk_write(case_dir, name, &stl, err);
    (void)snprintf(name, sizeof name, "result/%s.glb", stem);
    ok = ok && ost_glb_write(mesh, &spread, 1, &glb, err) &&
         ost_disk_write(case_dir, name, &glb, err);
    ost_buf_fini(&stl);
    ost_buf_fini(&glb);
    return ok;
}

static bool write_density(const char *case_dir, const struct ost_recon_found *found,
                          enum ost_bone which, const struct ost_mesh *bone, struct ost_err *err)
{
    char name[OST_RESULT_NAME];
    OST_AUTO(ost_grid) grid = NULL;
    struct ost_buf out;
    (void)snprintf(name, sizeof name, "result/%s.density.nii.gz", ost_bone_name(which));
    if (!ost_recon_density(found, which, bone, &grid, err))
        return false;
    ost_buf_init(&out, FILE_BYTES);
    bool ok = ost_nifti_write(grid, &out, err) && ost_disk_write(case_dir, name, &out, err);
    ost_buf_fini(&out);
    return ok;
}

static void describe_bone(const struct ost_recon_found *found, enum ost_bone which,
                          struct ost_result_bone *out)
{
    const char *name = ost_bone_name(which);
    const struct ost_prior_bone *prior = ost_prior_bone_view(found->prior, which);
    (void)snprintf(out->stl, sizeof out->stl, "%s.stl", name);
    (void)snprintf(out->glb, sizeof out->glb, "%s.glb", name);
    (void)snprintf(out->density, sizeof out->density, "%s.density.nii.gz", name);
    enum { BINS = 400 };
    uint32_t histogram[BINS] = {0}, count = 0;
    double sum = 0.0;
    for (uint32_t v = 0; v < prior->vertex_count; v++) {
        if ((double)prior->mean[v][2] > 80.0)
            continue; /* beyond what films show the prior alone speaks */
        double sd = (double)found->sd[which][v];
        int bin = (int)(sd / 0.02);
        histogram[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
        sum += sd;
        count++;
    }
    out->uncertainty_mean = count > 0 ? sum / count : 0.0;
    uint32_t below = 0;
    int bin = 0;
    while (bin < BINS && below + histogram[bin] < 0.95 * count)
        below += histogram[bin++];
    out->uncertainty_p95 = 0.02 * (bin + 1);
}

static void anatomy(const struct ost_recon_found *found, const struct ost_mesh *radius,
                    struct ost_result *out)
{
    struct ost_anatomy frame;
    ost_anatomy_of_arm(found->prior, (const float(*)[3])radius->vertex, found->arm.mirrored,
                       &frame);
    memcpy(out->origin, frame.origin, sizeof out->origin);
    memcpy(out->axis, frame.axis, sizeof out->axis);
    memcpy(out->radial, frame.radial, sizeof out->radial);
    memcpy(out->volar, frame.volar, sizeof out->volar);
}

static void landmarks(const struct ost_recon_found *found,
                      const struct ost_mesh *const bone[OST_BONES], struct ost_result *out)
{
    for (int i = 0; i < OST_LANDMARKS; i++) {
        uint32_t v = ost_prior_landmark(found->prior, (enum ost_landmark)i);
        const float *p = bone[ost_landmark_bone((enum ost_landmark)i)]->vertex[v];
        for (int k = 0; k < 3; k++)
            out->landmark[i].position[k] = (double)p[k];
        out->landmark[i].sd = found->landmark_sd[i];
    }
}

static void describe_target(const struct ost_recon_found *found, struct ost_result *out)
{
    (void)snprintf(out->target_stl, sizeof out->target_stl, "target_radius.stl");
    (void)snprintf(out->target_glb, sizeof out->target_glb, "target_radius.glb");
    const struct ost_recon_target *mirrored = found->other == NULL ? NULL : found->other->target;
    (void)snprintf(out->target_source, sizeof out->target_source, "%s",
                   mirrored == NULL ? "completion" : "mirrored");
    out->fragment_present = found->arm.broken;
    out->fragment_motion = ost_arm_fragment(found->prior, &found->arm);
    out->target_motion =
        mirrored == NULL ? ost_rigid_inverse(&out->fragment_motion) : mirrored->motion;
    memcpy(out->target_rotation_sd, found->rotation_sd, sizeof out->target_rotation_sd);
    memcpy(out->target_translation_sd, found->translation_sd, sizeof out->target_translation_sd);
    struct ost_arm arm = found->arm;
    arm.cut = ost_recon_cut(&arm);
    ost_arm_cut(found->prior, &arm, out->cut_point, out->cut_normal);
    double sign = ost_dot(out->cut_normal, out->axis) < 0.0 ? -1.0 : 1.0;
    for (int k = 0; k < 3; k++)
        out->cut_normal[k] *= sign; /* distal */
}

static void describe(const struct ost_recon_found *found,
                     const struct ost_mesh *const bone[OST_BONES], struct ost_result *out)
{
    (void)snprintf(out->program, sizeof out->program, "%s", OST_VERSION);
    (void)snprintf(out->model_name, sizeof out->model_name, "%s", found->model_name);
    (void)snprintf(out->model_sha256, sizeof out->model_sha256, "%s",
                   ost_prior_digest_view(found->prior));
    (void)snprintf(out->model_licence, sizeof out->model_licence, "%s",
                   ost_prior_licence_view(found->prior));
    out->simulated = found->simulated;
    out->side = found->arm.mirrored ? OST_SIDE_LEFT : OST_SIDE_RIGHT;
    out->side_stated = found->side_stated;
    memcpy(out->side_tried, found->side_tried, sizeof out->side_tried);
    memcpy(out->side_misfit, found->side_misfit, sizeof out->side_misfit);
    out->in_world = found->in_world;
    out->angle_between_views =
        ost_recon_number(found->angle_between_views, found->angle_sd, "deg", "fit");
    out->view_count = found->view_count;
    ost_recon_describe_views(found->view, found->view_count, "", out->view);
    for (int b = 0; b < OST_BONES; b++)
        describe_bone(found, (enum ost_bone)b, &out->bone[b]);
    anatomy(found, bone[OST_RADIUS], out);
    describe_target(found, out);
    landmarks(found, bone, out);
    ost_recon_measure(found->prior, found->arm.mirrored, bone, found->measure_sd, out->measure);
    (void)snprintf(out->density_how, sizeof out->density_how, "%s", found->density_how);
    out->cortical =
        ost_recon_number(found->cortical[0], found->cortical[1], "mgHA/cm3", found->density_how);
    out->trabecular = ost_recon_number(found->trabecular[0], found->trabecular[1], "mgHA/cm3",
                                       found->density_how);
    out->layers = found->layers;
    out->second = found->second;
    out->residual = found->residual;
    out->residual_limit = found->residual_limit;
    out->residual_ok = found->residual <= found->residual_limit;
    out->warning_count = found->warning_count;
    memcpy(out->warning, found->warning, sizeof out->warning);
}

/* The bone at the arm, and for the radius the same without its break. */
static bool surface(const struct ost_recon_found *found, enum ost_bone which, bool healthy,
                    struct ost_arm_table **out, struct ost_err *err)
{
    struct ost_arm arm = found->arm;
    if (healthy)
        arm.broken = false;
    if (!ost_arm_table_create(found->prior, which, OST_ARM_MODES, out, err))
        return false;
    ost_arm_table_set(*out, found->prior, which, &arm, false);
    return true;
}

static bool write_all(const char *case_dir, const struct ost_recon_found *found,
                      const struct ost_mesh *const bone[OST_BONES],
                      const struct ost_progress *progress, struct ost_err *err)
{
    struct ost_result *result = calloc(1, sizeof *result);
    if (result == NULL)
        return ost_fail(err, OST_NOMEM, "no room for a result");
    describe(found, bone, result);
    bool ok = true;
    for (int b = 0; ok && b < OST_BONES; b++)
        ok = ost_recon_write_surface(case_dir, ost_bone_name((enum ost_bone)b), bone[b],
                                     found->sd[b], err) &&
             write_density(case_dir, found, (enum ost_bone)b, bone[b], err) &&
             ost_progress_step(progress, 0.3 * (b + 1), "density", err);
    for (size_t i = 0; ok && i < found->view_count; i++)
        ok = ost_recon_write_overlay(case_dir, &found->view[i], found->simulated, bone,
                                     &result->view[i], err);
    if (ok && found->other != NULL)
        ok = ost_recon_write_other(case_dir, found, &result->other, err);
    ok = ok && ost_result_write(case_dir, result, err);
    free(result);
    return ok;
}

/* What was computed from the bones of an earlier fit must not be taken for these bones'. */
static bool forget(const char *case_dir, struct ost_err *err)
{
    static const char *const name[] = {"result/bmd.json",
                                       "result/fem.json",
                                       "result/radius.vtu",
                                       "result/radius_fields.glb",
                                       "result/radius_stress.pdf",
                                       "result/joint.json",
                                       "result/joint_shift.json",
                                       "result/guide.stl",
                                       "result/guide_DRAFT.stl",
                                       "result/guide.glb",
                                       "result/guide.json",
                                       "result/report.pdf",
                                       "result/report_DRAFT.pdf",
                                       "result/compare.json",
                                       "result/tilt_sweep.json",
                                       "result/planned_bmd.json",
                                       "result/planned_fem.json",
                                       "result/planned_joint.json",
                                       "result/planned_radius.vtu",
                                       "result/planned_radius_fields.glb",
                                       "result/planned_radius_stress.pdf",
                                       "result/planned_tilt_sweep.json"};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
        if (!ost_disk_remove(case_dir, name[i], err))
            return ost_err_note(err, "%s", name[i]);
    return true;
}

bool ost_recon_write(const char *case_dir, const struct ost_recon_found *found,
                     const struct ost_progress *progress, struct ost_err *err)
{
    OST_AUTO(ost_arm_table) radius = NULL;
    OST_AUTO(ost_arm_table) ulna = NULL;
    OST_AUTO(ost_arm_table) target = NULL;
    if (!ost_disk_folder(case_dir, "result", err) || !forget(case_dir, err) ||
        !surface(found, OST_RADIUS, false, &radius, err) ||
        !surface(found, OST_ULNA, false, &ulna, err) ||
        !surface(found, OST_RADIUS, true, &target, err))
        return false;
    const struct ost_mesh *const bone[OST_BONES] = {
        found->laid[OST_RADIUS] != NULL ? found->laid[OST_RADIUS] : radius->mesh,
        found->laid[OST_ULNA] != NULL ? found->laid[OST_ULNA] : ulna->mesh};
    const bool mirrored = found->other != NULL && found->other->target != NULL;
    const struct ost_mesh *aim = mirrored ? found->other->target->mesh : target->mesh;
    const float *sd = mirrored ? found->other->sd[OST_RADIUS] : found->sd[OST_RADIUS];
    return ost_recon_write_surface(case_dir, "target_radius", aim, sd, err) &&
           write_all(case_dir, found, bone, progress, err) &&
           ost_progress_step(progress, 1.0, "result", err);
}
