#include "services/femur/femur.h"

#include "services/femur/femur_impl.h"
#include "services/femur/tl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct ost_bone_apart nothing = {NAN, NAN, NAN}; /* not measured */

/* How a patient lies off the table's axes, and films off what is believed of them. */
static const double lies_deg = 5.0, lies_mm = 8.0;
const double femur_usual_turn_deg = 3.0;
static const double usual_shift_mm = 10.0, usual_depth_mm = 5.0, usual_focal_log = 0.005;

static double processor_seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool femur_shapes(const struct ost_femur_people *people, struct ost_bone_shapes **out,
                  uint32_t *trained, struct ost_err *err)
{
    const struct ost_mesh *fitted[OST_FEMUR_PEOPLE], *surface[OST_FEMUR_PEOPLE];
    uint32_t count = 0;
    for (uint32_t i = 0; i < people->count; i++) {
        if (ost_femur_is_test(i))
            continue;
        fitted[count] = people->fitted[i];
        surface[count++] = people->surface[i];
    }
    const struct ost_bone_population population = {
        .count = count, .person = fitted, .surface = surface};
    *trained = count;
    return ost_bone_shapes_create(out, &population, NULL, err);
}

struct ost_bone_trial femur_trial(const struct ost_bone_shapes *shapes,
                                  const struct ost_mesh *surface, const struct ost_mesh *guide,
                                  double turn_deg)
{
    struct ost_bone_trial trial = {.model = shapes,
                                   .surface = surface,
                                   .guide = guide,
                                   .turn_deg = lies_deg,
                                   .shift_mm = lies_mm};
    if (turn_deg > 0.0) {
        trial.camera.error.turn_deg = turn_deg;
        trial.camera.error.shift_mm = usual_shift_mm;
        trial.camera.error.depth_mm = usual_depth_mm;
        trial.camera.error.focal_log = usual_focal_log;
    }
    return trial;
}

/* One fit, measured; what it says of itself is kept from the last. */
static bool fit_once(const struct ost_bone_trial *trial, const struct ost_bone_scene *scene,
                     bool contours_only, struct ost_femur_case *out, struct ost_err *err)
{
    struct ost_bone_fit fit;
    double begin = processor_seconds();
    bool ok = ost_bone_trial_fit(trial, scene, contours_only, &fit, err);
    out->seconds = processor_seconds() - begin;
    ok = ok &&
         ost_bone_measure(fit.mesh, scene->bone, contours_only ? &out->contours : &out->fit, err);
    out->contour_mm = fit.contour_mm;
    out->edge_share = fit.edge_share;
    out->size = fit.size;
    ost_bone_fit_fini(&fit);
    return ok;
}

/* A network that sees no bone at all has no distance. */
static bool look_once(struct ost_tl *tl, const struct ost_bone_scene *scene,
                      struct ost_femur_case *out, struct ost_err *err)
{
    struct ost_err why = {.code = OST_OK};
    float *film = malloc(ost_tl_film_count(&ost_femur_tl_size) * sizeof *film);
    bool ok = (film != NULL || ost_fail(err, OST_NOMEM, "femur: out of memory")) &&
              femur_tl_films(scene, film, err);
    if (ok && !femur_tl_measure(tl, film, scene->bone, &out->tl, &why)) {
        out->tl = nothing;
        ok = why.code != OST_NOMEM || ost_fail(err, why.code, "%s", why.msg);
    }
    free(film);
    return ok;
}

static bool run_case(const struct ost_femur_options *options, const struct ost_bone_trial *trial,
                     struct ost_tl *tl, struct ost_femur_case *out, struct ost_err *err)
{
    struct ost_bone_scene scene;
    if (!ost_bone_scene_make(trial, &scene, err))
        return false;
    bool ok = true;
    if (options->ladder)
        ok = ost_bone_trial_ladder(trial, &scene, &out->ladder, err) &&
             fit_once(trial, &scene, true, out, err);
    ok = ok && fit_once(trial, &scene, false, out, err) &&
         (tl == NULL || look_once(tl, &scene, out, err));
    ost_bone_scene_fini(&scene);
    return ok;
}

static void add_apart(struct ost_bone_apart *sum, const struct ost_bone_apart *one, double share)
{
    sum->asd += share * one->asd;
    sum->hd95 += share * one->hd95;
    sum->max += share * one->max;
}

static void average(struct ost_femur_report *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct ost_femur_case *c = &r->one[i];
        double share = 1.0 / (double)r->count;
        add_apart(&r->mean.ladder.mean, &c->ladder.mean, share);
        add_apart(&r->mean.ladder.scaled, &c->ladder.scaled, share);
        add_apart(&r->mean.ladder.reach, &c->ladder.reach, share);
        add_apart(&r->mean.contours, &c->contours, share);
        add_apart(&r->mean.fit, &c->fit, share);
        add_apart(&r->mean.tl, &c->tl, share);
        r->mean.contour_mm += share * c->contour_mm;
        r->mean.edge_share += share * c->edge_share;
        r->mean.seconds += share * c->seconds;
    }
}

static bool run_cases(const struct ost_femur_options *options,
                      const struct ost_femur_people *people, const struct ost_bone_shapes *model,
                      struct ost_tl *tl, const struct ost_progress *progress,
                      struct ost_femur_report *out, struct ost_err *err)
{
    size_t most =
        options->cases > 0 && options->cases < OST_FEMUR_CASES ? options->cases : OST_FEMUR_CASES;
    for (uint32_t i = 0; i < people->count && out->count < most; i++) {
        if (!ost_femur_is_test(i))
            continue;
        struct ost_femur_case *c = &out->one[out->count];
        struct ost_bone_trial trial = femur_trial(model, people->surface[i], people->fitted[i],
                                                  options->exact            ? 0.0
                                                  : options->turn_deg > 0.0 ? options->turn_deg
                                                                            : femur_usual_turn_deg);
        trial.seed = 100 + (uint64_t)people->number[i];
        *c = (struct ost_femur_case){.number = people->number[i],
                                     .ladder = {nothing, nothing, nothing},
                                     .contours = nothing,
                                     .tl = nothing};
        if (!ost_progress_step(progress, 0.3 + 0.7 * (double)i / people->count, "fit", err) ||
            !run_case(options, &trial, tl, c, err))
            return ost_err_note(err, "femur %d", people->number[i]);
        out->count++;
        if (options->told != NULL)
            options->told(options->user, c);
    }
    average(out);
    return true;
}

/* A model file says its numbers, not its recipe's training: any recipe reads them. */
static bool open_baseline(const struct ost_femur_options *options, struct ost_tl **out,
                          struct ost_err *err)
{
    if (options->tl == NULL)
        return true;
    return (ost_tl_create(out, OST_TL_SHIODE, &ost_femur_tl_size, 1, err) &&
            ost_tl_read(*out, options->tl, options->tl_len, err)) ||
           ost_err_note(err, "--tl");
}

bool ost_femur_run(const struct ost_femur_options *options, const struct ost_progress *progress,
                   struct ost_femur_report *out, struct ost_err *err)
{
    OST_AUTO(ost_bone_shapes) model = NULL;
    OST_AUTO(ost_tl) tl = NULL;
    const struct ost_progress loading = ost_progress_part(progress, 0.0, 0.2);
    struct ost_femur_people *people = calloc(1, sizeof *people);
    *out = (struct ost_femur_report){0};
    if (people == NULL)
        return ost_fail(err, OST_NOMEM, "femur: out of memory");
    bool ok = open_baseline(options, &tl, err) &&
              ost_femur_people_load(options->data, &loading, people, err) &&
              femur_shapes(people, &model, &out->trained, err);
    if (ok) {
        out->people = people->count;
        out->vertices = model->shape.vertex_count;
        out->modes = model->shape.mode_count;
        ok = run_cases(options, people, model, tl, progress, out, err);
    }
    ost_femur_people_fini(people);
    free(people);
    return ok;
}
