#include "recon/learn/tl_forearm.h"

#include "recon/base/array.h"
#include "recon/image/filter.h"
#include "recon/learn/scene_impl.h"
#include "recon/learn/shot.h"
#include "recon/math/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FILMINGS = 3, KEPT = 12, COLUMNS = 96, ROWS = 144, VIEWS = 2 };
static const double raster_mm = 1.25;             /* at the detector */
static const uint64_t kept_seed = 1000000;        /* learners stay below it */
static const double usual_where[2] = {0.5, 0.43}; /* the wrist on a film of the cohort */

const struct ost_tl_size ost_tl_forearm_size = {.voxels = {80, 48, 112},
                                                .low = {-30.0, -26.0, -16.0},
                                                .spacing = 1.0,
                                                .film = {COLUMNS, ROWS},
                                                .views = VIEWS,
                                                .bodies = OST_BONES,
                                                .cut = true};

/* ---- a film as the networks see it ---- */

struct grey {
    float value;
    uint32_t at;
};

static int by_value(const void *a, const void *b)
{
    const struct grey *x = a, *y = b;
    return x->value != y->value ? (x->value > y->value) - (x->value < y->value)
                                : (x->at > y->at) - (x->at < y->at);
}

/* Each grey's place among all, evenly from -sqrt(3) to sqrt(3); equal greys share the mean place.
 */
static void rank(struct grey *list, size_t count, float *out, size_t stride)
{
    qsort(list, count, sizeof *list, by_value);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && list[to].value == list[from].value;)
            to++;
        const double place = 0.5 * (double)(from + to) / (double)count;
        for (size_t i = from; i < to; i++)
            out[list[i].at * stride] = (float)(sqrt(12.0) * (place - 0.5));
    }
}

bool ost_tl_forearm_look(const struct ost_tl_forearm_film *film, uint32_t view, bool left,
                         float *out, struct ost_err *err)
{
    const double factor = fmax(raster_mm / film->spacing, 1.0);
    const double step = raster_mm / film->spacing / factor;
    OST_AUTO(ost_image) small = NULL;
    if (!ost_image_shrink(film->image, factor, &small, err))
        return false;
    struct grey *list = malloc((size_t)COLUMNS * ROWS * sizeof *list);
    if (list == NULL)
        return ost_fail(err, OST_NOMEM, "tl: no room for a film");
    for (uint32_t n = 0; n < COLUMNS * ROWS; n++) {
        double x = (n % COLUMNS + 0.5 - 0.5 * COLUMNS) * step, y = (n / COLUMNS + 0.5) - 0.5 * ROWS;
        const double grey = ost_image_at(small, 0.5 * (small->width - 1.0) + (left ? -x : x),
                                         0.5 * (small->height - 1.0) + y * step);
        list[n] = (struct grey){(float)(film->bone == OST_BONE_DARK ? -grey : grey), n};
    }
    rank(list, (size_t)COLUMNS * ROWS, out + view, VIEWS);
    free(list);
    return true;
}

/* ---- what is learnt from ---- */

struct set {
    uint32_t scenes, films;
    uint8_t *inside;                /* owned; a volume for each scene */
    float *film;                    /* owned */
    struct ost_tl_example *example; /* owned; FILMINGS for each scene */
};

static void set_fini(struct set *s)
{
    free(s->inside);
    free(s->film);
    free(s->example);
}

static bool set_init(struct set *s, uint32_t scenes, uint32_t filmings, struct ost_err *err)
{
    const struct ost_tl_size *size = &ost_tl_forearm_size;
    *s = (struct set){.scenes = scenes, .films = filmings};
    s->inside = calloc(scenes, ost_tl_volume_count(size));
    s->film = calloc((size_t)scenes * filmings, ost_tl_film_count(size) * sizeof *s->film);
    s->example = calloc((size_t)scenes * filmings, sizeof *s->example);
    return (s->inside != NULL && s->film != NULL && s->example != NULL) ||
           ost_fail(err, OST_NOMEM, "tl: no room for %u forearms", scenes);
}

/* As the cohort's films are taken, a little more freely. */
static struct ost_shot_stance stance_of(uint32_t view, struct ost_rng *rng)
{
    struct ost_shot_stance s = {.roll = view == 0 ? 0.0 : -0.5 * OST_PI};
    s.roll += 0.07 * ost_rng_normal(rng);
    for (int k = 0; k < 3; k++)
        s.tilt[k] = 0.07 * ost_rng_normal(rng);
    s.detector = 1050.0 + 50.0 * ost_rng_normal(rng);
    s.behind = fmax(20.0, 42.0 + 8.0 * ost_rng_normal(rng));
    const double film[2] = {COLUMNS * raster_mm, ROWS * raster_mm};
    for (int k = 0; k < 2; k++) {
        s.off[k] = 3.0 / raster_mm * ost_rng_normal(rng);
        s.where[k] = usual_where[k] + 5.0 / film[k] * ost_rng_normal(rng);
    }
    return s;
}

static bool film_scene(const struct ost_scene *scene, uint32_t view, struct ost_rng *rng,
                       float *out, struct ost_err *err)
{
    const uint32_t size[2] = {COLUMNS, ROWS};
    const struct ost_shot_stance stance = stance_of(view, rng);
    struct ost_shot_paths paths = {.mm = raster_mm};
    OST_AUTO(ost_image) film = NULL;
    struct ost_camera camera;
    ost_shot_stand(scene, &stance, raster_mm, size, &camera);
    bool ok = ost_shot_paths(scene, &camera, raster_mm, &paths, err) &&
              ost_shot_expose(&paths, rng, &film, err);
    ost_shot_paths_fini(&paths);
    const struct ost_tl_forearm_film look = {film, raster_mm, OST_BONE_BRIGHT};
    return ok && ost_tl_forearm_look(&look, view, false, out, err);
}

static bool make_scene(const struct ost_scene_kit *kit, struct set *s, uint32_t number,
                       uint64_t seed, struct ost_err *err)
{
    const struct ost_tl_size *size = &ost_tl_forearm_size;
    struct ost_rng rng = ost_rng_seed(3 * (seed + number) + 2);
    OST_AUTO(ost_scene) scene = NULL;
    uint8_t *inside = s->inside + number * ost_tl_volume_count(size);
    bool ok = ost_scene_create(kit, &rng, &scene, err);
    for (uint32_t b = 0; ok && b < OST_BONES; b++)
        ok = ost_tl_voxels(size, b, scene->bone[b], inside, err);
    for (uint32_t f = 0; ok && f < s->films; f++) {
        const size_t at = (size_t)number * s->films + f;
        float *film = s->film + at * ost_tl_film_count(size);
        for (uint32_t v = 0; ok && v < VIEWS; v++)
            ok = film_scene(scene, v, &rng, film, err);
        s->example[at] = (struct ost_tl_example){.film = film, .inside = inside};
    }
    return ok;
}

static bool make_set(const struct ost_scene_kit *kit, struct set *s, uint64_t seed,
                     struct ost_err *err)
{
    bool done = true;
#pragma omp parallel for schedule(dynamic)
    for (uint32_t n = 0; n < s->scenes; n++) {
        struct ost_err why = {.code = OST_OK};
        if (make_scene(kit, s, n, seed, &why))
            continue;
#pragma omp critical
        {
            done = false;
            if (err != NULL)
                *err = why;
        }
    }
    return done;
}

/* ---- learning ---- */

struct classroom {
    struct ost_tl *tl;
    const struct ost_tl_forearm_course *course;
    struct set set, kept;
    float *odds; /* owned */
};

/* Dice's overlap of where bone is likelier than not with the voxels that are mostly bone. */
static void overlap_of(struct classroom *c, double out[OST_BONES])
{
    const size_t voxels = ost_tl_voxel_count(&ost_tl_forearm_size);
    double both[OST_BONES] = {0.0}, all[OST_BONES] = {1e-9, 1e-9};
    for (uint32_t n = 0; n < c->kept.scenes; n++) {
        const struct ost_tl_example *e = &c->kept.example[n];
        if (!ost_tl_predict(c->tl, e->film, c->odds, NULL))
            continue;
        for (size_t i = 0; i < voxels * OST_BONES; i++) {
            const bool said = c->odds[i] > 0.0F, is = e->inside[i] > 127;
            both[i % OST_BONES] += said && is ? 2.0 : 0.0;
            all[i % OST_BONES] += (said ? 1.0 : 0.0) + (is ? 1.0 : 0.0);
        }
    }
    for (int b = 0; b < OST_BONES; b++)
        out[b] = both[b] / all[b];
}

static bool told(void *user, const struct ost_tl_state *state)
{
    struct classroom *c = user;
    struct ost_tl_forearm_state now = {.learning = *state, .overlap = {NAN, NAN}};
    if (state->stage > 1)
        overlap_of(c, now.overlap);
    if (c->course->told != NULL)
        c->course->told(c->course->user, &now);
    return true;
}

bool ost_tl_forearm_train(struct ost_tl *tl, const struct ost_tl_forearm_course *course,
                          struct ost_err *err)
{
    struct classroom c = {.tl = tl, .course = course};
    struct ost_tl_plan plan = {.batch = course->batch,
                               .rate = course->rate,
                               .every = course->every,
                               .seed = course->seed + 1,
                               .told = told,
                               .user = &c};
    memcpy(plan.steps, course->steps, sizeof plan.steps);
    c.odds = malloc(ost_tl_volume_count(&ost_tl_forearm_size) * sizeof *c.odds);
    bool ok = (c.odds != NULL || ost_fail(err, OST_NOMEM, "tl: out of memory")) &&
              set_init(&c.set, course->scenes, FILMINGS, err) && set_init(&c.kept, KEPT, 1, err) &&
              make_set(&course->kit, &c.set, course->seed, err) &&
              make_set(&course->kit, &c.kept, kept_seed, err) &&
              ost_tl_train(tl, &plan, c.set.example, (size_t)course->scenes * FILMINGS, err);
    set_fini(&c.set);
    set_fini(&c.kept);
    free(c.odds);
    return ok;
}
