#include "recon/learn/shot.h"

#include "recon/image/filter.h"
#include "recon/learn/scene_impl.h"
#include "recon/math/vec.h"
#include "recon/xray/drr.h"
#include "recon/xray/exposure.h"

#include <math.h>
#include <string.h>

/* How the beam goes around the arm: 0 is PA, a quarter turn lateral. */
static double draw_roll(struct ost_rng *rng)
{
    double kind = ost_rng_uniform(rng);
    if (kind < 0.30)
        return 0.16 * ost_rng_normal(rng);
    if (kind < 0.62)
        return (kind < 0.46 ? 0.5 : -0.5) * OST_PI + 0.16 * ost_rng_normal(rng);
    if (kind < 0.70)
        return OST_PI + 0.16 * ost_rng_normal(rng);
    return 2.0 * OST_PI * ost_rng_uniform(rng);
}

static double draw_way_up(struct ost_rng *rng)
{
    double kind = ost_rng_uniform(rng);
    double base = kind < 0.62   ? 0.0
                  : kind < 0.78 ? OST_PI
                  : kind < 0.89 ? 0.5 * OST_PI
                                : -0.5 * OST_PI;
    return kind < 0.1 ? 2.0 * OST_PI * ost_rng_uniform(rng) : base + 0.18 * ost_rng_normal(rng);
}

void ost_shot_stand(const struct ost_scene *scene, const struct ost_shot_stance *stance,
                    double pixel, const uint32_t size[2], struct ost_camera *out)
{
    /* Model to camera before any turn: u ulnar (x), v proximal (z), beam from dorsal to volar. */
    static const double upright[9] = {1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0};
    const double scale = exp(scene->arm.log_scale);
    const double wrist[3] = {7.0 * scale, -2.0, 8.0 * scale};
    struct ost_rigid turn = {.t = {0.0, 0.0, 0.0}}, stand = turn, view = turn;
    ost_rotation_of_vector((const double[]){0.0, 0.0, stance->roll}, turn.r);
    memcpy(stand.r, upright, sizeof upright);
    ost_rotation_of_vector(stance->tilt, view.r);
    struct ost_rigid first = ost_rigid_then(&turn, &stand);
    *out = (struct ost_camera){.width = size[0], .height = size[1]};
    out->world_to_camera = ost_rigid_then(&first, &view);
    double seen[3];
    ost_rigid_direction(&out->world_to_camera, wrist, seen);
    double depth = stance->detector - stance->behind;
    for (int k = 0; k < 2; k++) {
        out->focal[k] = stance->detector / pixel;
        out->principal[k] = 0.5 * (size[k] - 1.0) + stance->off[k];
        double at = (stance->where[k] * size[k] - out->principal[k]) / out->focal[k] * depth;
        out->world_to_camera.t[k] = at - seen[k];
    }
    out->world_to_camera.t[2] = depth - seen[2];
}

void ost_shot_aim(const struct ost_scene *scene, struct ost_rng *rng, double pixel,
                  const uint32_t size[2], const double where[2], bool any_way,
                  struct ost_camera *out)
{
    struct ost_shot_stance stance = {.roll = draw_roll(rng), .where = {where[0], where[1]}};
    stance.tilt[0] = (ost_rng_uniform(rng) < 0.75 ? 0.06 : 0.2) * ost_rng_normal(rng);
    stance.tilt[2] = any_way ? draw_way_up(rng) : 0.12 * ost_rng_normal(rng);
    stance.detector = scene_between(rng, 850.0, 1350.0);
    stance.behind = 15.0 + 45.0 * ost_rng_uniform(rng);
    if (ost_rng_uniform(rng) < 0.15)
        stance.behind += 200.0 * ost_rng_uniform(rng);
    for (int k = 0; k < 2; k++)
        stance.off[k] = 25.0 / pixel * ost_rng_normal(rng);
    ost_shot_stand(scene, &stance, pixel, size, out);
}

void ost_shot_paths_fini(struct ost_shot_paths *paths)
{
    ost_image_destroy(paths->tissue);
    ost_image_destroy(paths->mineral);
    paths->tissue = paths->mineral = NULL;
}

bool ost_shot_paths(const struct ost_scene *scene, const struct ost_camera *camera, double pixel,
                    struct ost_shot_paths *out, struct ost_err *err)
{
    const struct ost_window window = {
        .step = 1.0, .width = camera->width, .height = camera->height};
    *out = (struct ost_shot_paths){.mm = pixel};
    if (!ost_image_create(&out->tissue, window.width, window.height, err) ||
        !ost_image_create(&out->mineral, window.width, window.height, err))
        return false;
    for (size_t i = 0; i < scene->count; i++) {
        const struct ost_scene_solid *s = &scene->solid[i];
        if (!ost_chord_add(s->mesh, camera, &window, s->density,
                           s->mineral ? out->mineral : out->tissue, err))
            return false;
    }
    size_t count = (size_t)window.width * window.height;
    for (size_t i = 0; i < count;
         i++) { /* bodies that cut into each other may leave less than nothing */
        out->mineral->pixel[i] = fmaxf(out->mineral->pixel[i], 0.0F);
        out->tissue->pixel[i] = fmaxf(out->tissue->pixel[i], 0.0F);
    }
    return true;
}

/* Beads, staples, letters: discs and bars of metal, mm of mineral far beyond bone. */
static void litter(struct ost_image *mineral, struct ost_rng *rng, double mm)
{
    int pieces = ost_rng_uniform(rng) < 0.35 ? (int)(12.0 * ost_rng_uniform(rng)) : 0;
    for (int n = 0; n < pieces; n++) {
        double middle[2] = {mineral->width * ost_rng_uniform(rng),
                            mineral->height * ost_rng_uniform(rng)};
        double half[2] = {scene_between(rng, 0.4, 3.5) / mm, scene_between(rng, 0.4, 3.5) / mm};
        bool round = ost_rng_uniform(rng) < 0.6;
        float dense = (float)scene_between(rng, 300.0, 9000.0);
        half[1] = round ? half[0] : half[1];
        for (int64_t row = (int64_t)(middle[1] - half[1]); (double)row <= middle[1] + half[1];
             row++)
            for (int64_t col = (int64_t)(middle[0] - half[0]); (double)col <= middle[0] + half[0];
                 col++) {
                double x = ((double)col - middle[0]) / half[0],
                       y = ((double)row - middle[1]) / half[1];
                if (col >= 0 && row >= 0 && col < (int64_t)mineral->width &&
                    row < (int64_t)mineral->height && (!round || x * x + y * y <= 1.0))
                    mineral->pixel[(size_t)row * mineral->width + (size_t)col] += dense;
            }
    }
}

/* A field with straight edges, or round; what is beyond gets `grey`. */
static void stop_down(struct ost_image *film, struct ost_rng *rng, float grey)
{
    double width = film->width, height = film->height, kind = ost_rng_uniform(rng);
    double edge[4] = {0.12 * ost_rng_uniform(rng), 0.12 * ost_rng_uniform(rng),
                      0.12 * ost_rng_uniform(rng), 0.12 * ost_rng_uniform(rng)};
    if (kind > 0.6)
        return;
    for (uint32_t row = 0; row < film->height; row++)
        for (uint32_t column = 0; column < film->width; column++) {
            double x = (column + 0.5) / width, y = (row + 0.5) / height;
            double r = hypot((x - 0.5) / (0.5 - 0.3 * edge[0]), (y - 0.5) / (0.5 - 0.3 * edge[0]));
            bool open = kind < 0.45
                            ? x > edge[0] && y > edge[1] && x < 1.0 - edge[2] && y < 1.0 - edge[3]
                            : r < 1.0;
            if (!open)
                film->pixel[(size_t)row * film->width + column] = grey;
        }
}

/* Any rising curve: a power after a clip at both ends. */
static void bend_tone(struct ost_image *film, struct ost_rng *rng)
{
    double gamma = exp(0.45 * ost_rng_normal(rng)), low = 0.12 * ost_rng_uniform(rng);
    double high = 1.0 - (ost_rng_uniform(rng) < 0.3 ? 0.3 * ost_rng_uniform(rng) : 0.0);
    size_t count = (size_t)film->width * film->height;
    for (size_t i = 0; i < count; i++) {
        double v = ((double)film->pixel[i] / 65535.0 - low) / (high - low);
        film->pixel[i] = (float)pow(fmin(fmax(v, 0.0), 1.0), gamma);
    }
}

bool ost_shot_expose(const struct ost_shot_paths *paths, struct ost_rng *rng,
                     struct ost_image **out, struct ost_err *err)
{
    OST_AUTO(ost_image) mineral = NULL;
    struct ost_spectrum tube;
    double width = paths->mineral->width, height = paths->mineral->height, mm = paths->mm;
    const struct ost_exposure exposure = {
        .scatter = 0.5 * ost_rng_uniform(rng),
        .scatter_reach = scene_between(rng, 10.0, 25.0) / mm,
        .heel = 0.4 * (ost_rng_uniform(rng) - 0.5),
        .blur = scene_between(rng, 0.1, 0.5) / mm,
        .quanta = exp(scene_between(rng, log(2000.0), log(60000.0))),
        .shutter = {-1.0, -1.0, width, height},
        .tone_centre = scene_between(rng, 0.9, 2.8),
        .tone_width = scene_between(rng, 0.5, 2.2),
    };
    OST_AUTO(ost_image) film = NULL;
    if (!ost_image_copy(paths->mineral, &mineral, err))
        return false;
    litter(mineral, rng, mm);
    if (!ost_spectrum_tube(scene_between(rng, 43.0, 68.0), scene_between(rng, 1.5, 4.5), 3, &tube,
                           err) ||
        !ost_drr_passes(&tube, paths->tissue, mineral, &film, err) ||
        !ost_exposure_film(&exposure, rng, film, err))
        return false;
    bend_tone(film, rng);
    stop_down(film, rng, ost_rng_uniform(rng) < 0.75 ? 0.0F : 1.0F);
    *out = ost_steal(&film);
    return true;
}
