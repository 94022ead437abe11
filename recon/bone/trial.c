#include "recon/bone/trial.h"

#include "recon/base/rng.h"
#include "recon/math/vec.h"
#include "recon/mesh/compare.h"
#include "recon/mesh/icp.h"
#include "recon/shape/reach.h"

#include <stdlib.h>
#include <string.h>

void ost_bone_scene_fini(struct ost_bone_scene *scene)
{
    ost_mesh_destroy(scene->bone);
    for (int i = 0; i < OST_BONE_FILMS; i++)
        ost_bone_film_fini(&scene->film[i]);
    *scene = (struct ost_bone_scene){0};
}

/* The motion that lays the guide's vertices onto the mean's. */
static bool lay(const struct ost_bone_trial *trial, struct ost_rigid *out, struct ost_err *err)
{
    const struct ost_mesh *guide = trial->guide;
    size_t n = guide->vertex_count;
    if (n > trial->model->shape.vertex_count)
        return ost_fail(err, OST_INVALID, "bone: the guide is of another topology");
    double(*from)[3] = calloc(n, sizeof *from), (*to)[3] = calloc(n, sizeof *to);
    bool ok = from != NULL && to != NULL;
    for (size_t v = 0; ok && v < n; v++)
        for (int k = 0; k < 3; k++) {
            from[v][k] = (double)guide->vertex[v][k];
            to[v][k] = (double)trial->model->shape.mean[v][k];
        }
    ok = ok && ost_rigid_fit((const double(*)[3])from, (const double(*)[3])to, NULL, n, out);
    free(from);
    free(to);
    return ok || ost_fail(err, OST_NOMEM, "bone: the surface cannot be laid");
}

bool ost_bone_scene_make(const struct ost_bone_trial *trial, struct ost_bone_scene *out,
                         struct ost_err *err)
{
    struct ost_rng rng = ost_rng_seed(trial->seed * 8);
    const struct ost_mesh *s = trial->surface;
    struct ost_rigid upright;
    double turn[3], shift[3];
    const double origin[3] = {0.0, 0.0, 0.0};
    *out = (struct ost_bone_scene){0};
    if (!lay(trial, &upright, err) ||
        !ost_mesh_create(&out->bone, s->vertex_count, s->triangle_count, err))
        return false;
    memcpy(out->bone->vertex, s->vertex, s->vertex_count * sizeof *s->vertex);
    memcpy(out->bone->triangle, s->triangle, s->triangle_count * sizeof *s->triangle);
    for (int k = 0; k < 3; k++) {
        turn[k] = ost_radians(trial->turn_deg) * ost_rng_normal(&rng);
        shift[k] = trial->shift_mm * ost_rng_normal(&rng);
    }
    const struct ost_rigid off = ost_rigid_about(origin, turn, shift);
    const struct ost_rigid place = ost_rigid_then(&upright, &off);
    ost_mesh_move(out->bone, &place);
    struct ost_bone_phantom phantom = trial->camera;
    phantom.bone = out->bone;
    phantom.seed = trial->seed;
    bool ok = ost_bone_phantom_films(&phantom, out->film, err);
    if (!ok)
        ost_bone_scene_fini(out);
    return ok;
}

bool ost_bone_measure(const struct ost_mesh *got, const struct ost_mesh *truth,
                      struct ost_bone_apart *out, struct ost_err *err)
{
    const struct ost_icp_options options = {.spacing = 4.0, .steps = 40};
    struct ost_icp_result icp;
    struct ost_compare_result r;
    OST_AUTO(ost_mesh) moved = NULL;
    if (!ost_icp(got, truth, NULL, &options, &icp, err) ||
        !ost_mesh_create(&moved, got->vertex_count, got->triangle_count, err))
        return false;
    memcpy(moved->vertex, got->vertex, got->vertex_count * sizeof *got->vertex);
    memcpy(moved->triangle, got->triangle, got->triangle_count * sizeof *got->triangle);
    ost_mesh_move(moved, &icp.motion);
    if (!ost_compare(moved, truth, NULL, &r, err))
        return false;
    *out = (struct ost_bone_apart){.asd = r.asd, .hd95 = r.hd95, .max = r.max};
    return true;
}

bool ost_bone_trial_fit(const struct ost_bone_trial *trial, const struct ost_bone_scene *scene,
                        bool contours_only, struct ost_bone_fit *out, struct ost_err *err)
{
    struct ost_bone_fit_request request = {.model = trial->model,
                                           .view_count = OST_BONE_FILMS,
                                           .start = ost_rigid_identity(),
                                           .contours_only = contours_only};
    for (int i = 0; i < OST_BONE_FILMS; i++)
        request.view[i] = (struct ost_bone_view){
            .film = scene->film[i].image,
            .bone = OST_BONE_BRIGHT,
            .camera = scene->film[i].believed,
            .turn_sd = ost_radians(trial->camera.error.turn_deg),
            .shift_sd = trial->camera.error.shift_mm,
            .depth_sd = trial->camera.error.depth_mm,
            .focal_sd = trial->camera.error.focal_log,
        };
    return ost_bone_fit_films(&request, NULL, out, err);
}

static bool pull(const struct ost_bone_trial *trial, const struct ost_bone_scene *scene,
                 uint32_t modes, struct ost_bone_apart *out, struct ost_err *err)
{
    struct ost_prior_bone bone = trial->model->shape;
    OST_AUTO(ost_mesh) got = NULL;
    double mean;
    bone.mode_count = modes;
    const struct ost_reach reach = {.bone = &bone,
                                    .target = scene->bone,
                                    .start = ost_rigid_identity(),
                                    .size_sd = trial->model->log_size_sd,
                                    .spacing = 2.0};
    return ost_reach_fit(&reach, &mean, &got, err) && ost_bone_measure(got, scene->bone, out, err);
}

bool ost_bone_trial_ladder(const struct ost_bone_trial *trial, const struct ost_bone_scene *scene,
                           struct ost_bone_ladder *out, struct ost_err *err)
{
    const struct ost_rigid still = ost_rigid_identity();
    OST_AUTO(ost_mesh) mean = NULL;
    return ost_bone_shapes_mesh(trial->model, 1.0, NULL, &still, &mean, err) &&
           ost_bone_measure(mean, scene->bone, &out->mean, err) &&
           pull(trial, scene, 0, &out->scaled, err) &&
           pull(trial, scene, trial->model->shape.mode_count, &out->reach, err);
}
