/* Lessons of the tuning network: a film beside what a fit that is a little off expects. */
#include "recon/learn/lesson_impl.h"
#include "recon/learn/scene_impl.h"
#include "recon/math/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ost_lesson_kind ost_lesson_tune_kind(void)
{
    return (struct ost_lesson_kind){ost_predictor_tune_shape(), OST_TUNE_CHANNELS, OST_LESSON_TUNE};
}

/* A wrong idea of whether the radius is broken, now and then; else of how. */
static void mistake_break(struct ost_arm *arm, struct ost_rng *rng, double off)
{
    double kind = ost_rng_uniform(rng);
    if (arm->broken && kind < 0.12) {
        arm->broken = false;
        memset(arm->turn, 0, sizeof arm->turn);
        memset(arm->shift, 0, sizeof arm->shift);
    } else if (!arm->broken && kind < 0.25) {
        arm->broken = true;
        arm->cut = scene_between(rng, 12.0, 30.0);
    }
    for (int k = 0; k < 3 && arm->broken; k++) {
        arm->turn[k] += off * 0.10 * ost_rng_normal(rng);
        arm->shift[k] += off * 1.2 * ost_rng_normal(rng);
    }
    arm->cut += arm->broken ? 3.0 * ost_rng_normal(rng) : 0.0;
}

/* The arm as a fit may believe it to be on the way. */
static struct ost_arm mistaken(const struct ost_arm *truth, struct ost_rng *rng)
{
    struct ost_arm arm = *truth;
    double off = exp(scene_between(rng, log(0.25), log(1.6)));
    double share = scene_between(rng, 0.2, 1.0);
    arm.log_scale += off * 0.02 * ost_rng_normal(rng);
    for (int b = 0; b < OST_BONES; b++) {
        for (int m = 0; m < OST_ARM_MODES; m++)
            arm.mode[b][m] = share * arm.mode[b][m] + off * 0.4 * ost_rng_normal(rng);
        arm.twist[b] += off * 0.05 * ost_rng_normal(rng);
        for (int k = 0; k < 2; k++)
            arm.bow[b][k] += off * 1.0 * ost_rng_normal(rng);
    }
    for (int k = 0; k < 6; k++)
        arm.joint[k] += off * 0.5 * ost_rng_normal(rng);
    mistake_break(&arm, rng, off);
    const double wrist[3] = {5.0, 0.0, 12.0};
    double turn[3], shift[3];
    for (int k = 0; k < 3; k++) {
        turn[k] = off * (k == 2 ? 0.09 : 0.05) * ost_rng_normal(rng);
        shift[k] = off * 1.2 * ost_rng_normal(rng);
    }
    arm.place = ost_rigid_about(wrist, turn, shift);
    return arm;
}

/* Both bones of an arm, for one look after another. */
struct believed {
    struct ost_arm_table *table[OST_BONES]; /* owned */
    double scale;
};

static bool believe(const struct ost_prior *prior, const struct ost_arm *arm, struct believed *out,
                    struct ost_err *err)
{
    for (int b = 0; b < OST_BONES; b++) {
        if (out->table[b] == NULL &&
            !ost_arm_table_create(prior, (enum ost_bone)b, OST_ARM_MODES, &out->table[b], err))
            return false;
        ost_arm_table_set(out->table[b], prior, (enum ost_bone)b, arm, false);
    }
    out->scale = exp(arm->log_scale);
    return true;
}

/* Where the mistaken arm has the points, and their middles. */
static void place(const struct believed *arm, const struct ost_camera *camera,
                  const struct ost_predictor_vertex points[OST_PREDICTOR_POINTS],
                  double pixel[OST_PREDICTOR_POINTS][2], double middle[2][2])
{
    memset(middle, 0, 2 * sizeof *middle);
    for (int i = 0; i < OST_PREDICTOR_POINTS; i++) {
        const float *at = arm->table[points[i].bone]->mesh->vertex[points[i].vertex];
        const double p[3] = {(double)at[0], (double)at[1], (double)at[2]};
        bool near = i < OST_PREDICTOR_NEAR;
        (void)ost_camera_project(camera, p, pixel[i], NULL);
        for (int k = 0; k < 2; k++)
            middle[near ? 0 : 1][k] +=
                pixel[i][k] /
                (near ? OST_PREDICTOR_NEAR : OST_PREDICTOR_POINTS - OST_PREDICTOR_NEAR);
    }
}

static bool draw(const struct ost_prior *prior, const struct believed *arm,
                 const struct lesson_look *look, const struct ost_image *film,
                 const struct ost_patch_frame *frame, float *patch, float *input,
                 struct ost_err *err)
{
    const struct ost_patch_shape shape = ost_predictor_tune_shape();
    size_t count = (size_t)shape.width * shape.height;
    OST_AUTO(ost_patch_film) source = NULL;
    if (!ost_patch_film_create(film, OST_BONE_BRIGHT, &source, err) ||
        !ost_patch_cut(source, frame, &shape, patch, err))
        return false;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < OST_PATCH_CHANNELS; k++)
            input[i * OST_TUNE_CHANNELS + k] = patch[i * OST_PATCH_CHANNELS + k];
    const struct ost_arm_table *const table[OST_BONES] = {arm->table[OST_RADIUS],
                                                          arm->table[OST_ULNA]};
    return ost_predictor_expect(prior, table, arm->scale, &look->camera, frame, input, err);
}

static bool tune_one(const struct ost_scene_kit *kit, const struct ost_scene *scene,
                     const struct ost_predictor_vertex points[OST_PREDICTOR_POINTS],
                     const struct lesson_look *look, const struct ost_image *film,
                     struct ost_rng *rng, struct believed *arm, const struct ost_lesson *out,
                     struct ost_err *err)
{
    const struct ost_patch_shape shape = ost_predictor_tune_shape();
    size_t count = (size_t)shape.width * shape.height;
    double pixel[OST_PREDICTOR_POINTS][2], middle[2][2];
    const struct ost_arm wrong = mistaken(&scene->arm, rng);
    float *patch = calloc(count * (OST_PATCH_CHANNELS + OST_TUNE_CHANNELS), sizeof *patch);
    if (patch == NULL)
        return ost_fail(err, OST_NOMEM, "lesson: out of memory");
    float *input = patch + count * OST_PATCH_CHANNELS;
    bool done = believe(kit->prior, &wrong, arm, err);
    if (done) {
        place(arm, &look->camera, points, pixel, middle);
        const struct ost_patch_frame frame = ost_predictor_tune_frame(middle[0], middle[1]);
        done = draw(kit->prior, arm, look, film, &frame, patch, input, err);
        for (int i = 0; i < OST_PREDICTOR_NEAR; i++) {
            double is[2], has[2];
            ost_patch_of_film(&frame, &shape, look->pixel[i], is);
            ost_patch_of_film(&frame, &shape, pixel[i], has);
            for (int k = 0; k < 2; k++)
                out->want[k * OST_PREDICTOR_NEAR + i] =
                    (float)((is[k] - has[k]) / ost_predictor_tune_unit);
        }
    }
    for (size_t i = 0; done && i < count * OST_TUNE_CHANNELS; i++)
        out->patch[i] =
            (int8_t)lrint(fmin(fmax((double)input[i] / lesson_byte_step, -127.0), 127.0));
    free(patch);
    return done;
}

/* A view, exposed once, with two wrong ideas of the arm. */
static bool tune_view(const struct ost_scene_kit *kit, const struct ost_scene *scene,
                      const struct ost_predictor_vertex points[OST_PREDICTOR_POINTS],
                      struct ost_rng *rng, struct believed *arm, const struct ost_lesson *out,
                      uint32_t count, struct ost_err *err)
{
    const uint32_t size[2] = {220, 230};
    const double where[2] = {scene_between(rng, 0.4, 0.6), scene_between(rng, 0.3, 0.5)};
    struct lesson_look look = {.beam = {0.0, 0.0, 0.0}};
    OST_AUTO(ost_image) film = NULL;
    bool done = lesson_look(scene, points, rng, 0.42, size, where, false, &look, err) &&
                ost_shot_expose(&look.paths, rng, &film, err);
    for (uint32_t i = 0; done && i < count; i++)
        done = tune_one(kit, scene, points, &look, film, rng, arm, &out[i], err);
    ost_shot_paths_fini(&look.paths);
    return done;
}

bool ost_lesson_tune(const struct ost_scene_kit *kit,
                     const struct ost_predictor_vertex points[OST_PREDICTOR_POINTS], uint64_t seed,
                     const struct ost_lesson *out, uint32_t count, struct ost_err *err)
{
    struct ost_rng rng = ost_rng_seed(3 * seed + 2);
    struct believed arm = {.scale = 1.0};
    OST_AUTO(ost_scene) scene = NULL;
    bool done = ost_scene_create(kit, &rng, &scene, err);
    for (uint32_t at = 0; done && at < count; at += 2)
        done = tune_view(kit, scene, points, &rng, &arm, out + at, count - at < 2 ? 1 : 2, err);
    for (int b = 0; b < OST_BONES; b++)
        ost_arm_table_destroy(arm.table[b]);
    return done;
}
