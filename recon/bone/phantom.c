#include "recon/base/rng.h"
#include "recon/bone/phantom_impl.h"
#include "recon/math/vec.h"
#include "recon/xray/drr.h"
#include "recon/xray/exposure.h"

#include <math.h>

static const double usual_pixel = 0.3; /* mm, of the detector */
static const double detector = 1500.0; /* mm from the source */
static const double behind = 100.0;    /* mm from the bone's middle to the detector */
static const double side_mm[2] = {168.0, 570.0};

/* Rows: right, down and away from the source, in the world. */
static const double look[OST_BONE_FILMS][3][3] = {
    {{0.0, -1.0, 0.0}, {0.0, 0.0, -1.0}, {1.0, 0.0, 0.0}},
    {{1.0, 0.0, 0.0}, {0.0, 0.0, -1.0}, {0.0, 1.0, 0.0}},
};

void ost_bone_film_fini(struct ost_bone_film *film)
{
    ost_image_destroy(film->image);
    *film = (struct ost_bone_film){0};
}

static void aim(const struct ost_bone_phantom *phantom, int number, struct ost_rng *rng,
                struct ost_bone_film *film)
{
    struct ost_camera *c = &film->believed;
    const double pixel = film->spacing;
    const uint32_t side[2] = {(uint32_t)(side_mm[0] / pixel + 0.5),
                              (uint32_t)(side_mm[1] / pixel + 0.5)};
    *c = (struct ost_camera){.width = side[0], .height = side[1]};
    for (int k = 0; k < 2; k++) {
        c->focal[k] = detector / pixel;
        c->principal[k] = 0.5 * (side[k] - 1.0);
    }
    for (int row = 0; row < 3; row++)
        for (int column = 0; column < 3; column++)
            c->world_to_camera.r[3 * column + row] = look[number][row][column];
    c->world_to_camera.t[2] = detector - behind;
    film->truth = *c;
    double turn[3], shift[3];
    const double origin[3] = {0.0, 0.0, 0.0};
    for (int k = 0; k < 3; k++) {
        turn[k] = ost_radians(phantom->error.turn_deg) * ost_rng_normal(rng);
        shift[k] =
            (k < 2 ? phantom->error.shift_mm : phantom->error.depth_mm) * ost_rng_normal(rng);
    }
    struct ost_rigid moved = ost_rigid_about(origin, turn, origin);
    film->truth.world_to_camera = ost_rigid_then(&moved, &c->world_to_camera);
    for (int k = 0; k < 3; k++)
        film->truth.world_to_camera.t[k] += shift[k];
    double longer = exp(phantom->error.focal_log * ost_rng_normal(rng));
    for (int k = 0; k < 2; k++)
        film->truth.focal[k] *= longer;
}

/* The body's own attenuation in the middle of the film is where the curve is steepest. */
static double middle_of(const struct ost_image *passes)
{
    double sum = 0.0, count = 0.0;
    for (size_t n = 0; n < (size_t)passes->width * passes->height; n++) {
        double a = -log(fmax((double)passes->pixel[n], 1e-6));
        sum += a > 0.5 ? a : 0.0;
        count += a > 0.5 ? 1.0 : 0.0;
    }
    return count > 0.0 ? sum / count : 1.0;
}

static bool expose(const struct ost_bone_phantom *phantom, const struct ost_grid *mineral,
                   const struct ost_grid *flesh, int number, struct ost_bone_film *film,
                   struct ost_err *err)
{
    struct ost_rng rng = ost_rng_seed(phantom->seed * 8 + 3 + (uint64_t)number);
    OST_AUTO(ost_image) bone = NULL;
    OST_AUTO(ost_image) soft = NULL;
    struct ost_spectrum tube;
    film->spacing = phantom->pixel > 0.0 ? phantom->pixel : usual_pixel;
    const double finer = usual_pixel / film->spacing;
    aim(phantom, number, &rng, film);
    if (!ost_spectrum_tube(62.0 + 6.0 * ost_rng_uniform(&rng), 3.0, 5, &tube, err) ||
        !ost_drr_paths(mineral, &film->truth, OST_DRR_EXACT, &bone, err) ||
        !ost_drr_paths(flesh, &film->truth, OST_DRR_LINEAR, &soft, err) ||
        !ost_drr_passes(&tube, soft, bone, &film->image, err))
        return false;
    const struct ost_exposure exposure = {
        .scatter = 0.25 + 0.15 * ost_rng_uniform(&rng), /* behind a grid */
        .scatter_reach = 150.0 * finer,
        .heel = 0.12 * (2.0 * ost_rng_uniform(&rng) - 1.0),
        .blur = finer * (0.7 + 0.4 * ost_rng_uniform(&rng)),
        .quanta = 40000.0 / (finer * finer),
        .shutter = {6.0 * finer, 6.0 * finer, film->image->width - 7.0 * finer,
                    film->image->height - 7.0 * finer},
        .tone_centre = middle_of(film->image) + 0.1 * ost_rng_normal(&rng),
        .tone_width = 1.1 * (1.0 + 0.08 * ost_rng_normal(&rng)),
    };
    return ost_exposure_film(&exposure, &rng, film->image, err);
}

bool ost_bone_phantom_films(const struct ost_bone_phantom *phantom,
                            struct ost_bone_film out[OST_BONE_FILMS], struct ost_err *err)
{
    OST_AUTO(ost_grid) mineral = NULL;
    OST_AUTO(ost_grid) flesh = NULL;
    for (int i = 0; i < OST_BONE_FILMS; i++)
        out[i] = (struct ost_bone_film){0};
    bool ok = phantom_mineral(phantom, &mineral, err) && phantom_flesh(phantom, &flesh, err);
    for (int i = 0; ok && i < OST_BONE_FILMS; i++)
        ok = expose(phantom, mineral, flesh, i, &out[i], err);
    for (int i = 0; !ok && i < OST_BONE_FILMS; i++)
        ost_bone_film_fini(&out[i]);
    return ok;
}
