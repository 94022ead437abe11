#include "recon/learn/lesson.h"

#include "recon/learn/lesson_impl.h"
#include "recon/learn/scene_impl.h"
#include "recon/math/vec.h"

#include <math.h>
#include <stdlib.h>

enum { EXPOSURES = 2 };

struct ost_lesson_kind ost_lesson_read_kind(void)
{
    return (struct ost_lesson_kind){ost_predictor_read_shape(), OST_PATCH_CHANNELS,
                                    OST_LESSON_READ};
}

struct ost_lesson_kind ost_lesson_find_kind(void)
{
    return (struct ost_lesson_kind){ost_predictor_find_shape(), OST_PATCH_CHANNELS,
                                    OST_LESSON_FIND};
}

void ost_lesson_open(const struct ost_lesson *lesson, const struct ost_lesson_kind *kind,
                     float *patch)
{
    size_t count = (size_t)kind->shape.width * kind->shape.height * kind->channels;
    for (size_t i = 0; i < count; i++)
        patch[i] = (float)lesson_byte_step * (float)lesson->patch[i];
}

void lesson_project(const struct ost_scene *scene,
                    const struct ost_predictor_vertex points[OST_PREDICTOR_POINTS],
                    struct lesson_look *look)
{
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++)
            look->middle[i][k] = 0.0;
    for (int i = 0; i < OST_PREDICTOR_POINTS; i++) {
        const float *at = scene->bone[points[i].bone]->vertex[points[i].vertex];
        const double p[3] = {(double)at[0], (double)at[1], (double)at[2]};
        bool near = i < OST_PREDICTOR_NEAR;
        (void)ost_camera_project(&look->camera, p, look->pixel[i], NULL);
        for (int k = 0; k < 2; k++)
            look->middle[near ? 0 : 1][k] +=
                look->pixel[i][k] /
                (near ? OST_PREDICTOR_NEAR : OST_PREDICTOR_POINTS - OST_PREDICTOR_NEAR);
    }
    for (int k = 0; k < 3; k++)
        look->beam[k] = look->camera.world_to_camera.r[3 * k + 2];
}

bool lesson_look(const struct ost_scene *scene,
                 const struct ost_predictor_vertex points[OST_PREDICTOR_POINTS],
                 struct ost_rng *rng, double pixel, const uint32_t size[2], const double where[2],
                 bool any_way, struct lesson_look *look, struct ost_err *err)
{
    ost_shot_aim(scene, rng, pixel, size, where, any_way, &look->camera);
    lesson_project(scene, points, look);
    return ost_shot_paths(scene, &look->camera, pixel, &look->paths, err);
}

static bool put(const struct ost_image *film, enum ost_polarity bone,
                const struct ost_patch_frame *frame, const struct ost_patch_shape *shape,
                int8_t *out, struct ost_err *err)
{
    size_t count = (size_t)shape->width * shape->height * OST_PATCH_CHANNELS;
    OST_AUTO(ost_patch_film) source = NULL;
    float *patch = malloc(count * sizeof *patch);
    bool done = (patch != NULL || ost_fail(err, OST_NOMEM, "lesson: out of memory")) &&
                ost_patch_film_create(film, bone, &source, err) &&
                ost_patch_cut(source, frame, shape, patch, err);
    for (size_t i = 0; done && i < count; i++)
        out[i] = (int8_t)lrint(fmin(fmax((double)patch[i] / lesson_byte_step, -127.0), 127.0));
    free(patch);
    return done;
}

/* The frame as one might have found it. */
static struct ost_patch_frame found_frame(const struct lesson_look *look, struct ost_rng *rng)
{
    struct ost_patch_frame frame = ost_predictor_frame(look->middle[0], look->middle[1]);
    double off = ost_rng_uniform(rng) < 0.35 ? 2.8 : 0.8;
    double turn = off * 0.05 * ost_rng_normal(rng), c = cos(turn), s = sin(turn);
    double mm = frame.step / ost_predictor_read_shape().mm;
    const double down[2] = {frame.down[0], frame.down[1]};
    for (int k = 0; k < 2; k++)
        frame.middle[k] += off * 3.0 * mm * ost_rng_normal(rng);
    frame.down[0] = c * down[0] - s * down[1];
    frame.down[1] = s * down[0] + c * down[1];
    frame.step *= exp(off * 0.04 * ost_rng_normal(rng));
    return frame;
}

static bool read_one(const struct lesson_look *look, bool broken, struct ost_rng *rng,
                     const struct ost_lesson *out, struct ost_err *err)
{
    enum { K = OST_PREDICTOR_POINTS };
    const struct ost_patch_shape shape = ost_predictor_read_shape();
    const struct ost_patch_frame frame = found_frame(look, rng);
    OST_AUTO(ost_image) film = NULL;
    for (int i = 0; i < K; i++) {
        double patch[2];
        ost_patch_of_film(&frame, &shape, look->pixel[i], patch);
        for (int k = 0; k < 2; k++)
            out->want[k * K + i] = (float)((patch[k] - shape.anchor[k]) / ost_predictor_read_unit);
    }
    for (int k = 0; k < 3; k++)
        out->want[2 * K + k] = (float)look->beam[k];
    out->want[2 * K + 3] = broken ? 1.0F : 0.0F;
    return ost_shot_expose(&look->paths, rng, &film, err) &&
           put(film, OST_BONE_BRIGHT, &frame, &shape, out->patch, err);
}

bool ost_lesson_read(const struct ost_scene_kit *kit,
                     const struct ost_predictor_vertex points[OST_PREDICTOR_POINTS], uint64_t seed,
                     const struct ost_lesson *out, uint32_t count, struct ost_err *err)
{
    struct ost_rng rng = ost_rng_seed(2 * seed);
    OST_AUTO(ost_scene) scene = NULL;
    bool done = ost_scene_create(kit, &rng, &scene, err);
    for (uint32_t at = 0; done && at < count;) {
        const uint32_t size[2] = {200, 270};
        const double where[2] = {scene_between(&rng, 0.35, 0.65), scene_between(&rng, 0.25, 0.55)};
        struct lesson_look look = {.beam = {0.0, 0.0, 0.0}};
        done = lesson_look(scene, points, &rng, 0.62, size, where, false, &look, err);
        for (int e = 0; done && e < EXPOSURES && at < count; e++)
            done = read_one(&look, scene->arm.broken, &rng, &out[at++], err);
        ost_shot_paths_fini(&look.paths);
    }
    return done;
}

static bool find_one(const struct lesson_look *look, struct ost_rng *rng,
                     const struct ost_lesson *out, struct ost_err *err)
{
    const struct ost_patch_shape shape = ost_predictor_find_shape();
    OST_AUTO(ost_image) film = NULL;
    if (!ost_shot_expose(&look->paths, rng, &film, err))
        return false;
    const struct ost_patch_frame frame = ost_predictor_whole(film->width, film->height);
    bool dark = ost_rng_uniform(rng) < 0.4;
    for (int i = 0; i < 2; i++) {
        double patch[2];
        ost_patch_of_film(&frame, &shape, look->middle[i], patch);
        for (int k = 0; k < 2; k++)
            out->want[2 * i + k] = (float)((patch[k] - shape.anchor[k]) / ost_predictor_find_unit);
    }
    out->want[4] = dark ? 1.0F : 0.0F;
    return put(film, dark ? OST_BONE_DARK : OST_BONE_BRIGHT, &frame, &shape, out->patch, err);
}

bool ost_lesson_find(const struct ost_scene_kit *kit,
                     const struct ost_predictor_vertex points[OST_PREDICTOR_POINTS], uint64_t seed,
                     const struct ost_lesson *out, uint32_t count, struct ost_err *err)
{
    struct ost_rng rng = ost_rng_seed(2 * seed + 1);
    OST_AUTO(ost_scene) scene = NULL;
    bool done = ost_scene_create(kit, &rng, &scene, err);
    for (uint32_t at = 0; done && at < count;) {
        /* From a close film of the wrist to one with hand and elbow's half. */
        double height = exp(scene_between(&rng, log(110.0), log(330.0)));
        double width = height * scene_between(&rng, 0.5, 1.1);
        uint32_t most = 110 + (uint32_t)(60.0 * ost_rng_uniform(&rng));
        double pixel = fmax(width, height) / most;
        const uint32_t size[2] = {(uint32_t)(width / pixel), (uint32_t)(height / pixel)};
        const double where[2] = {scene_between(&rng, 0.25, 0.75), scene_between(&rng, 0.2, 0.75)};
        struct lesson_look look = {.beam = {0.0, 0.0, 0.0}};
        done = lesson_look(scene, points, &rng, pixel, size, where, true, &look, err);
        for (int e = 0; done && e < EXPOSURES && at < count; e++)
            done = find_one(&look, &rng, &out[at++], err);
        ost_shot_paths_fini(&look.paths);
    }
    return done;
}
