#include "recon/cohort/film_impl.h"
#include "recon/image/picture.h"
#include "recon/math/vec.h"
#include "recon/xray/drr.h"
#include "recon/xray/exposure.h"

#include <math.h>
#include <string.h>

/* How each projection is usually taken. */
struct practice {
    enum ost_projection projection;
    uint32_t size[2]; /* pixels */
    double tone[2];   /* centre and width, attenuation */
};

static const struct practice practice[OST_PATIENT_FILMS] = {
    {OST_PROJECTION_PA, {960, 1200}, {1.55, 0.60}},
    {OST_PROJECTION_LATERAL, {760, 1200}, {2.10, 0.75}},
};

static const double pixel = 0.15; /* mm, of the detector */

/* Rows: right, down and away from the source, in the world; proximal is down. */
static void upright(int number, bool left, double row[3][3])
{
    memset(row, 0, 9 * sizeof(double));
    const double side = left ? -1.0 : 1.0;
    row[1][2] = 1.0;
    if (number == 0) {
        row[0][0] = 1.0;
        row[2][1] = -1.0; /* from the back of the hand to the palm */
    } else {
        row[0][1] = side;
        row[2][0] = side; /* from the thumb's side to the little finger's */
    }
}

static void aim(const struct ost_film_scene *scene, int number, struct ost_rng *rng,
                struct ost_camera *camera)
{
    const struct ost_patient_request *request = &scene->patient->request;
    const struct practice *usual = &practice[number];
    double row[3][3], turn[3], error[9], t[3] = {0.0, 0.0, 0.0};
    upright(number, request->left, row);
    for (int k = 0; k < 3; k++) {
        turn[k] = ost_radians(request->view_error_deg) * ost_rng_normal(rng);
    }
    ost_rotation_of_vector(turn, error);
    double to_detector = 1050.0 + 40.0 * ost_rng_normal(rng);
    double behind = 42.0 + 6.0 * ost_rng_normal(rng);
    *camera = (struct ost_camera){.width = usual->size[0], .height = usual->size[1]};
    for (int k = 0; k < 2; k++) {
        camera->focal[k] = to_detector / pixel;
        camera->principal[k] = 0.5 * (usual->size[k] - 1.0) + 15.0 * ost_rng_normal(rng);
    }
    double *r = camera->world_to_camera.r;
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            r[3 * k + i] =
                error[i] * row[0][k] + error[3 + i] * row[1][k] + error[6 + i] * row[2][k];
        }
    }
    ost_rigid_direction(&camera->world_to_camera, scene->centre, t);
    for (int k = 0; k < 3; k++) {
        camera->world_to_camera.t[k] = (k == 2 ? to_detector - behind : 0.0) - t[k];
    }
    camera->world_to_camera.t[0] += 3.0 * ost_rng_normal(rng);
    camera->world_to_camera.t[1] += 5.0 * ost_rng_normal(rng);
}

static bool add_paths(const struct ost_grid *grid, const struct ost_camera *camera,
                      struct ost_image **sum, struct ost_err *err)
{
    OST_AUTO(ost_image) one = NULL;
    if (!ost_drr_paths(grid, camera, OST_DRR_LINEAR, &one, err)) {
        return false;
    }
    if (*sum == NULL) {
        *sum = ost_steal(&one);
        return true;
    }
    for (size_t n = 0; n < (size_t)one->width * one->height; n++) {
        (*sum)->pixel[n] += one->pixel[n];
    }
    return true;
}

static bool shine(const struct ost_film_scene *scene, const struct ost_camera *camera, double kvp,
                  struct ost_image **out, struct ost_err *err)
{
    OST_AUTO(ost_image) mineral = NULL;
    OST_AUTO(ost_image) tissue = NULL;
    struct ost_spectrum tube;
    for (int n = 0; n < 3; n++) {
        if (!add_paths(scene->mineral[n], camera, &mineral, err)) {
            return false;
        }
    }
    return ost_spectrum_tube(kvp, 2.5, 5, &tube, err) &&
           add_paths(scene->tissue, camera, &tissue, err) &&
           ost_drr_passes(&tube, tissue, mineral, out, err);
}

/* Letters in white: the lead marker and what every simulated film says. */
static bool letter(const struct ost_film_scene *scene, struct ost_image *film, struct ost_err *err)
{
    OST_AUTO(ost_picture) mask = NULL;
    if (!ost_picture_create(&mask, film->width, film->height, err)) {
        return false;
    }
    const struct ost_pen pen = {{255, 255, 255}, 1.0, 1.0};
    const bool left = scene->patient->request.left;
    const double marker[2] = {left ? 70.0 : film->width - 124.0, 0.56 * film->height};
    const double words[2] = {24.0, film->height - 27.0};
    ost_picture_text(mask, marker, 9.0, left ? "L" : "R", &pen);
    ost_picture_text(mask, words, 3.0, "SIMULATED", &pen);
    for (size_t n = 0; n < (size_t)film->width * film->height; n++) {
        float share = (float)mask->pixel[n][0] / 255.0F;
        film->pixel[n] += share * (63000.0F - film->pixel[n]);
    }
    return true;
}

bool ost_film_make(const struct ost_film_scene *scene, int number, struct ost_patient_film *out,
                   struct ost_err *err)
{
    const struct practice *usual = &practice[number];
    struct ost_rng rng = ost_rng_seed(scene->patient->request.seed * 64 + 40 + (uint64_t)number +
                                      (scene->patient->request.other ? 4 : 0));
    out->projection = usual->projection;
    out->spacing = pixel;
    aim(scene, number, &rng, &out->camera);
    const double width = usual->size[0], height = usual->size[1];
    const struct ost_exposure exposure = {
        .scatter = 0.12 + 0.10 * ost_rng_uniform(&rng),
        .scatter_reach = 110.0,
        .heel = 0.12 * (2.0 * ost_rng_uniform(&rng) - 1.0),
        .blur = 0.7 + 0.4 * ost_rng_uniform(&rng),
        .quanta = 3500.0,
        .shutter = {10.0 + 14.0 * ost_rng_uniform(&rng), 8.0 + 20.0 * ost_rng_uniform(&rng),
                    width - 10.0 - 14.0 * ost_rng_uniform(&rng), height - 36.0},
        .tone_centre = usual->tone[0] + 0.08 * ost_rng_normal(&rng),
        .tone_width = usual->tone[1] * (1.0 + 0.08 * ost_rng_normal(&rng)),
    };
    const double kvp = 50.0 + 6.0 * ost_rng_uniform(&rng);
    return (shine(scene, &out->camera, kvp, &out->image, err) &&
            ost_exposure_film(&exposure, &rng, out->image, err) &&
            letter(scene, out->image, err)) ||
           ost_err_note(err, "cohort");
}
