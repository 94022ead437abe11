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
    double size[2]; /* mm */
    double tone[2]; /* centre and width, attenuation */
};

static const struct practice practice[OST_PATIENT_FILMS] = {
    {OST_PROJECTION_PA, {144.0, 180.0}, {1.55, 0.60}},
    {OST_PROJECTION_LATERAL, {114.0, 180.0}, {2.10, 0.75}},
};

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

/* Each view's turn away from true, a rotation vector. */
static void stray(const struct ost_patient_request *request, const struct ost_film_domain *domain,
                  struct ost_rng *rng, double turn[3])
{
    for (int k = 0; k < 3; k++) {
        turn[k] = ost_radians(request->view_error_deg) * ost_rng_normal(rng);
    }
    if (isnan(domain->turn_deg))
        return;
    struct ost_rng own = ost_rng_seed(ost_rng_next(rng));
    for (int k = 0; k < 3; k++)
        turn[k] = ost_rng_normal(&own);
    (void)ost_unit(turn);
    for (int k = 0; k < 3; k++)
        turn[k] *= ost_radians(domain->turn_deg);
}

static void aim(const struct ost_film_scene *scene, int number,
                const struct ost_film_domain *domain, struct ost_rng *rng,
                struct ost_camera *camera)
{
    const struct ost_patient_request *request = &scene->patient->request;
    double row[3][3], turn[3], error[9], t[3] = {0.0, 0.0, 0.0};
    upright(number, request->left, row);
    stray(request, domain, rng, turn);
    ost_rotation_of_vector(turn, error);
    double to_detector = 1050.0 + 40.0 * ost_rng_normal(rng);
    double behind = 42.0 + 6.0 * ost_rng_normal(rng);
    *camera = (struct ost_camera){.width = domain->size[0], .height = domain->size[1]};
    for (int k = 0; k < 2; k++) {
        camera->focal[k] = to_detector / domain->pixel;
        camera->principal[k] = 0.5 * (domain->size[k] - 1.0) + 15.0 * ost_rng_normal(rng);
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

/* Cast, plate and wedge as g/cm2 along the rays; the caller's to destroy, found or not. */
enum { OST_MATTER_MOST = 3 };
struct matter {
    size_t count;
    struct ost_drr_matter list[OST_MATTER_MOST];
    struct ost_image *area[OST_MATTER_MOST]; /* owned */
};

static void matter_fini(struct matter *matter)
{
    for (int n = 0; n < OST_MATTER_MOST; n++)
        ost_image_destroy(matter->area[n]);
}

static void keep(struct matter *matter, enum ost_material material, struct ost_image *area)
{
    matter->area[matter->count] = area;
    matter->list[matter->count].material = material;
    matter->list[matter->count].area = area;
    matter->count++;
}

static bool matter_of(const struct ost_film_scene *scene, const struct ost_patient_film *film,
                      struct matter *out, struct ost_err *err)
{
    for (int n = 0; n < 2; n++) {
        struct ost_image *area = NULL;
        if (scene->more[n].grid == NULL)
            continue;
        if (!ost_drr_paths(scene->more[n].grid, &film->camera, OST_DRR_LINEAR, &area, err))
            return false;
        for (size_t k = 0; k < (size_t)area->width * area->height; k++)
            area->pixel[k] /= 10.0F; /* g/cm3 mm to g/cm2 */
        keep(out, scene->more[n].material, area);
    }
    if (film->wedge.present) {
        struct ost_image *area = NULL;
        if (!ost_film_wedge_area(&film->wedge, &film->camera, &area, err))
            return false;
        keep(out, OST_ALUMINIUM, area);
    }
    return true;
}

static bool shine(const struct ost_film_scene *scene, struct ost_patient_film *film,
                  struct ost_err *err)
{
    OST_AUTO(ost_image) mineral = NULL;
    OST_AUTO(ost_image) tissue = NULL;
    struct ost_spectrum tube;
    struct matter more = {0};
    const struct ost_camera ulna = ost_patient_ulna_camera(scene->patient, film);
    for (int n = 0; n < 3; n++) {
        if (!add_paths(scene->mineral[n], n == OST_ULNA ? &ulna : &film->camera, &mineral, err)) {
            return false;
        }
    }
    bool ok =
        ost_spectrum_tube(film->kvp, film->filter, 5, &tube, err) &&
        add_paths(scene->tissue, &film->camera, &tissue, err) &&
        matter_of(scene, film, &more, err) &&
        ost_drr_passes_behind(&tube, tissue, mineral, more.list, more.count, &film->image, err);
    matter_fini(&more);
    return ok;
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

/* What this film's exposure is like; the order of draws is part of every seed. */
static struct ost_exposure expose(const struct ost_film_domain *domain,
                                  const struct practice *usual, struct ost_rng *rng)
{
    const double width = domain->size[0], height = domain->size[1], mm = 1.0 / domain->pixel;
    struct ost_exposure e = {.quanta = domain->quanta, .tone = domain->tone};
    e.scatter = domain->scatter[0] + domain->scatter[1] * ost_rng_uniform(rng);
    e.scatter_reach = 110.0 * (0.15 / domain->pixel);
    e.heel = 0.12 * (2.0 * ost_rng_uniform(rng) - 1.0);
    e.heel = domain->flat ? 0.0 : e.heel;
    e.blur = domain->blur[0] + domain->blur[1] * ost_rng_uniform(rng);
    e.shutter[0] = 10.0 + 14.0 * ost_rng_uniform(rng) + mm * domain->shut[0];
    e.shutter[1] = 8.0 + 20.0 * ost_rng_uniform(rng) + mm * domain->shut[1];
    e.shutter[2] = width - 10.0 - 14.0 * ost_rng_uniform(rng) - mm * domain->shut[2];
    e.shutter[3] = height - 36.0 - mm * domain->shut[3];
    e.tone_centre = usual->tone[0] + 0.08 * ost_rng_normal(rng);
    e.tone_width = usual->tone[1] * (1.0 + 0.08 * ost_rng_normal(rng));
    e.tone_centre = (e.tone_centre + domain->through) * domain->depth;
    e.tone_width *= domain->depth;
    e.gamma = domain->gamma;
    e.gain = domain->gain;
    return e;
}

/* What becomes of the film's grey on its way to a file. */
static bool store(const struct ost_film_domain *domain, bool photo, struct ost_rng *rng,
                  struct ost_patient_film *out, struct ost_err *err)
{
    const size_t count = (size_t)out->image->width * out->image->height;
    out->bone = domain->inverted ? OST_BONE_DARK : OST_BONE_BRIGHT;
    out->jpeg = domain->jpeg;
    for (size_t n = 0; n < count && domain->inverted; n++)
        out->image->pixel[n] = 65535.0F - out->image->pixel[n];
    if (photo && !ost_film_photograph(out, rng, err))
        return false;
    return domain->jpeg == 0 || ost_film_through_jpeg(out->image, domain->jpeg, err);
}

bool ost_film_make(const struct ost_film_scene *scene, int number, struct ost_patient_film *out,
                   struct ost_err *err)
{
    const struct practice *usual = &practice[number];
    const struct ost_patient_request *request = &scene->patient->request;
    const struct ost_film_domain domain = ost_film_domain_of(request, number, usual->size);
    struct ost_rng rng =
        ost_rng_seed(request->seed * 64 + 40 + (uint64_t)number + (request->other ? 4 : 0));
    out->projection = usual->projection;
    out->spacing = domain.pixel;
    aim(scene, number, &domain, &rng, &out->camera);
    const struct ost_exposure exposure = expose(&domain, usual, &rng);
    out->kvp = domain.kvp[0] + domain.kvp[1] * ost_rng_uniform(&rng);
    out->filter = domain.filter;
    out->gain = domain.gain;
    if (request->wedge)
        out->wedge = ost_film_wedge_of(&domain, request->left);
    return (shine(scene, out, err) && ost_exposure_film(&exposure, &rng, out->image, err) &&
            letter(scene, out->image, err) && store(&domain, request->photo, &rng, out, err)) ||
           ost_err_note(err, "cohort");
}
