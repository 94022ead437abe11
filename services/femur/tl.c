#include "services/femur/tl.h"

#include "recon/base/rng.h"
#include "services/femur/femur_impl.h"

#include <math.h>
#include <stdlib.h>

enum { KEPT_OUT = 3, FIRST_SEED = 5000 };

/* Coarser than test films, and as coarse as what the network sees of either. */
static const double lesson_voxel = 2.0, lesson_pixel = 1.2;

/* Films and volumes of people and of drawn shapes. */
struct school {
    const struct ost_femur_tl_options *options;
    struct ost_femur_people *people; /* owned */
    struct ost_bone_shapes *shapes;  /* owned */
    uint32_t who[OST_FEMUR_PEOPLE], count, examples;
    float *film;                     /* owned */
    uint8_t *inside;                 /* owned */
    struct ost_tl_example *example;  /* owned */
    struct ost_mesh *kept[KEPT_OUT]; /* owned; as they lay when filmed */
    float *kept_film;                /* owned */
    struct ost_tl *tl;               /* owned */
    struct ost_rng rng;
};

static void school_fini(struct school *s)
{
    if (s->people != NULL)
        ost_femur_people_fini(s->people);
    free(s->people);
    ost_bone_shapes_destroy(s->shapes);
    for (int i = 0; i < KEPT_OUT; i++)
        ost_mesh_destroy(s->kept[i]);
    free(s->film);
    free(s->inside);
    free(s->example);
    free(s->kept_film);
    ost_tl_destroy(s->tl);
}

static bool school_init(struct school *s, struct ost_err *err)
{
    const struct ost_tl_size *size = &ost_femur_tl_size;
    uint32_t trained, left = KEPT_OUT;
    s->people = calloc(1, sizeof *s->people);
    s->film = calloc(s->examples * ost_tl_film_count(size), sizeof *s->film);
    s->inside = calloc(s->examples * ost_tl_volume_count(size), sizeof *s->inside);
    s->example = calloc(s->examples, sizeof *s->example);
    s->kept_film = calloc(KEPT_OUT * ost_tl_film_count(size), sizeof *s->kept_film);
    if (s->people == NULL || s->film == NULL || s->inside == NULL || s->example == NULL ||
        s->kept_film == NULL)
        return ost_fail(err, OST_NOMEM, "femur: no room for %u examples", s->examples);
    if (!ost_femur_people_load(s->options->data, NULL, s->people, err) ||
        !femur_shapes(s->people, &s->shapes, &trained, err))
        return false;
    for (uint32_t i = 0; i < s->people->count; i++) /* the first three are looked at only */
        if (!ost_femur_is_test(i) && (left == 0 || left-- == 0))
            s->who[s->count++] = i;
    return true;
}

static bool film_it(const struct school *s, const struct ost_mesh *surface,
                    const struct ost_mesh *guide, uint64_t seed, struct ost_bone_scene *out,
                    struct ost_err *err)
{
    struct ost_bone_trial trial = femur_trial(s->shapes, surface, guide, femur_usual_turn_deg);
    trial.seed = FIRST_SEED + seed;
    trial.camera.voxel = lesson_voxel;
    trial.camera.pixel = lesson_pixel;
    return ost_bone_scene_make(&trial, out, err);
}

/* Somebody who might be: the model's modes and size at random. */
static bool draw_shape(struct school *s, struct ost_mesh **out, struct ost_err *err)
{
    const struct ost_rigid still = ost_rigid_identity();
    double *b = calloc(s->shapes->shape.mode_count, sizeof *b);
    if (b == NULL)
        return ost_fail(err, OST_NOMEM, "femur: out of memory");
    for (uint32_t k = 0; k < s->shapes->shape.mode_count; k++)
        b[k] = ost_rng_normal(&s->rng);
    double size = exp(s->shapes->log_size_sd * ost_rng_normal(&s->rng));
    bool ok = ost_bone_shapes_mesh(s->shapes, size, b, &still, out, err);
    free(b);
    return ok;
}

static bool make_example(struct school *s, uint32_t n, struct ost_err *err)
{
    const struct ost_tl_size *size = &ost_femur_tl_size;
    OST_AUTO(ost_mesh) drawn = NULL;
    struct ost_bone_scene scene;
    const uint32_t who = s->who[n / 3 % s->count];
    const bool person = n % 3 == 0;
    if (!person && !draw_shape(s, &drawn, err))
        return false;
    if (!film_it(s, person ? s->people->surface[who] : drawn,
                 person ? s->people->fitted[who] : drawn, n, &scene, err))
        return false;
    struct ost_tl_example *e = &s->example[n];
    float *film = s->film + n * ost_tl_film_count(size);
    uint8_t *inside = s->inside + n * ost_tl_volume_count(size);
    bool ok = femur_tl_films(&scene, film, err) && ost_tl_voxels(size, 0, scene.bone, inside, err);
    *e = (struct ost_tl_example){.film = film, .inside = inside};
    ost_bone_scene_fini(&scene);
    return ok;
}

static bool keep_some(struct school *s, struct ost_err *err)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < s->people->count && found < KEPT_OUT; i++) {
        struct ost_bone_scene scene;
        if (ost_femur_is_test(i))
            continue;
        if (!film_it(s, s->people->surface[i], s->people->fitted[i], 100000 + found, &scene, err))
            return false;
        bool ok = femur_tl_films(&scene,
                                 s->kept_film + found * ost_tl_film_count(&ost_femur_tl_size), err);
        s->kept[found++] = scene.bone;
        scene.bone = NULL;
        ost_bone_scene_fini(&scene);
        if (!ok)
            return false;
    }
    return true;
}

/* The curve's other half: mm on people kept out. Early on there may be no shape at all. */
static bool told(void *user, const struct ost_tl_state *state)
{
    struct school *s = user;
    struct ost_femur_tl_state now = {.learning = *state, .mm = 0.0};
    for (size_t i = 0; i < KEPT_OUT && state->stage > 1; i++) {
        struct ost_bone_apart apart;
        const float *film = s->kept_film + i * ost_tl_film_count(&ost_femur_tl_size);
        bool measured = femur_tl_measure(s->tl, film, s->kept[i], &apart, NULL);
        now.mm += measured ? apart.asd / KEPT_OUT : NAN;
    }
    now.mm = state->stage > 1 ? now.mm : NAN;
    if (s->options->told != NULL)
        s->options->told(s->options->user, &now);
    return true;
}

static uint32_t or_usual(uint32_t value, uint32_t usual)
{
    return value > 0 ? value : usual;
}

static bool teach(struct school *s, struct ost_err *err)
{
    static const uint32_t usual[OST_TL_STAGES] = {600, 600, 200};
    struct ost_tl_plan plan = {.batch = or_usual(s->options->batch, 4),
                               .rate = 1e-3, /* of fewer steps than theirs */
                               .seed = s->options->seed + 1,
                               .told = told,
                               .user = s};
    for (int i = 0; i < OST_TL_STAGES; i++)
        plan.steps[i] = or_usual(s->options->steps[i], usual[i]);
    plan.every = plan.steps[0] / 6 + 1;
    return ost_tl_create(&s->tl, s->options->recipe, &ost_femur_tl_size, s->options->seed, err) &&
           ost_tl_train(s->tl, &plan, s->example, s->examples, err);
}

bool ost_femur_tl_train(const struct ost_femur_tl_options *options,
                        const struct ost_progress *progress, struct ost_buf *out,
                        struct ost_err *err)
{
    struct school s = {.options = options, .examples = or_usual(options->examples, 240)};
    s.rng = ost_rng_seed(options->seed + 2);
    bool ok = ost_progress_step(progress, 0.0, "people", err) && school_init(&s, err) &&
              keep_some(&s, err);
    for (uint32_t n = 0; ok && n < s.examples; n++)
        ok = make_example(&s, n, err) &&
             ost_progress_step(progress, 0.1 + 0.2 * n / s.examples, "films", err);
    ok = ok && teach(&s, err) && ost_tl_write(s.tl, false, out, err);
    school_fini(&s);
    return ok;
}
