#include "services/station/recon.h"

#include "recon/image/jpeg.h"
#include "recon/image/png.h"
#include "recon/shape/find.h"
#include "services/casefile/disk.h"
#include "services/station/recon_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL_BYTES = 64 << 20, FILM_BYTES = 256 << 20, CAMERA_BYTES = 1 << 20 };

static const double limit_mm = 1.0;    /* mean outline to edge above which a person must judge */
static const double least_share = 0.5; /* of the outline with an edge, likewise */

struct work {
    const char *case_dir, *model;
    struct ost_case kase;
    struct ost_prior *prior;
    struct ost_image *film[OST_CASE_VIEWS]; /* owned */
    struct ost_fit_film input[OST_CASE_VIEWS];
    struct ost_find *find;
    struct ost_recon_found found;
};

static bool read_prior(struct work *w, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, MODEL_BYTES);
    bool ok = ost_disk_read(NULL, w->model, &bytes, err) &&
              ost_prior_open(bytes.ptr, bytes.len, &w->prior, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "model");
}

static bool read_film(struct work *w, size_t i, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, FILM_BYTES);
    bool ok = ost_disk_read(w->case_dir, w->kase.view[i].image, &bytes, err);
    if (ok && bytes.len > 2 && bytes.ptr[0] == 0xff && bytes.ptr[1] == 0xd8)
        ok = ost_jpeg_read_grey(bytes.ptr, bytes.len, &w->film[i], err);
    else if (ok)
        ok = ost_png_read_grey(bytes.ptr, bytes.len, &w->film[i], NULL, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "film %zu", i + 1);
}

static bool read_camera(struct work *w, size_t i, struct ost_err *err)
{
    struct ost_fit_film *film = &w->input[i];
    if (w->kase.view[i].camera[0] == '\0')
        return true;
    struct ost_buf bytes;
    ost_buf_init(&bytes, CAMERA_BYTES);
    bool ok = ost_disk_read(w->case_dir, w->kase.view[i].camera, &bytes, err) &&
              ost_camera_read((const char *)bytes.ptr, bytes.len, &film->camera, err);
    ost_buf_fini(&bytes);
    if (ok &&
        (film->camera.width != w->film[i]->width || film->camera.height != w->film[i]->height))
        ok = ost_fail(err, OST_INVALID, "the camera is of %u x %u pixels, the film of %u x %u",
                      film->camera.width, film->camera.height, w->film[i]->width,
                      w->film[i]->height);
    film->has_camera = ok;
    return ok || ost_err_note(err, "camera %zu", i + 1);
}

static bool read_case(struct work *w, struct ost_err *err)
{
    if (!ost_case_read(w->case_dir, &w->kase, err))
        return false;
    if (w->kase.view_count == 0)
        return ost_fail(err, OST_UNSUPPORTED,
                        "the case has no film; CT comes with a later version");
    for (size_t i = 0; i < w->kase.view_count; i++) {
        const struct ost_case_view *view = &w->kase.view[i];
        if (!read_film(w, i, err))
            return false;
        w->input[i] = (struct ost_fit_film){
            .image = w->film[i], .projection = view->projection, .bone = view->bone};
        if (view->spacing_how != OST_SPACING_NONE)
            w->input[i].spacing = 0.5 * (view->spacing[0] + view->spacing[1]);
        if (!read_camera(w, i, err))
            return false;
    }
    return true;
}

static void warn(struct ost_recon_found *f, const char *code, const char *text)
{
    if (f->warning_count == OST_RESULT_WARNINGS)
        return;
    struct ost_result_warning *to = &f->warning[f->warning_count++];
    (void)snprintf(to->code, sizeof to->code, "%s", code);
    (void)snprintf(to->text, sizeof to->text, "%s", text);
}

static void describe_side(struct work *w)
{
    struct ost_recon_found *f = &w->found;
    f->side_stated = w->kase.side != OST_SIDE_UNKNOWN;
    for (int s = 0; s < OST_SIDES; s++) {
        f->side_tried[s] = w->find->side_cost[s] > 0.0;
        f->side_residual[s] = w->find->side_cost[s];
    }
    enum ost_side other = w->kase.side == OST_SIDE_LEFT ? OST_SIDE_RIGHT : OST_SIDE_LEFT;
    if (!f->side_stated)
        warn(f, "side_unknown", "the side was not stated: both were fitted, the better is shown");
    else if (f->side_tried[other] && f->side_residual[other] < 0.8 * f->side_residual[w->kase.side])
        warn(f, "side_conflict", "the films fit the other side better: check marker and side");
}

static void describe_views(struct work *w)
{
    struct ost_recon_found *f = &w->found;
    bool sized = false;
    f->view_count = w->kase.view_count;
    f->in_world = true;
    for (size_t i = 0; i < f->view_count; i++) {
        const struct ost_case_view *view = &w->kase.view[i];
        const struct ost_find_contour *c = &w->find->contour[i];
        sized = sized || w->input[i].has_camera || w->input[i].spacing > 0.0;
        f->in_world = f->in_world && w->input[i].has_camera;
        f->view[i] = (struct ost_recon_view){.image = view->image,
                                             .film = w->film[i],
                                             .projection = view->projection,
                                             .spacing = w->input[i].spacing,
                                             .spacing_how = view->spacing_how,
                                             .camera = w->find->camera[i]};
        f->view[i].contour = (struct ost_result_contour){c->mean, c->p95, c->share, c->shifted_mean,
                                                         c->shifted_share};
    }
    if (!sized)
        warn(f, "scale_from_prior",
             "no pixel size: lengths come from the shape model, +-5 % at least");
    if (f->view_count == 1)
        warn(f, "one_view", "one view only: angles are uncertain, a second view is needed");
    if (w->find->swapped)
        warn(f, "views_swapped", "the views fit better with their names exchanged: check them");
}

static void describe_spread(struct work *w)
{
    struct ost_recon_found *f = &w->found;
    const struct ost_find *from = w->find;
    for (int b = 0; b < OST_BONES; b++)
        f->sd[b] = from->sd[b];
    memcpy(f->landmark_sd, from->landmark_sd, sizeof f->landmark_sd);
    f->measure_sd[OST_VOLAR_TILT] = from->number_sd[OST_FIND_TILT];
    f->measure_sd[OST_RADIAL_INCLINATION] = from->number_sd[OST_FIND_INCLINATION];
    f->measure_sd[OST_RADIAL_HEIGHT] = from->number_sd[OST_FIND_HEIGHT];
    f->measure_sd[OST_ULNAR_VARIANCE] = from->number_sd[OST_FIND_VARIANCE];
    f->measure_sd[OST_RADIUS_LENGTH] = from->length_sd;
    memcpy(f->rotation_sd, from->fragment_turn_sd, sizeof f->rotation_sd);
    memcpy(f->translation_sd, from->fragment_shift_sd, sizeof f->translation_sd);
    f->angle_between_views = from->angle_between_views;
    f->angle_sd = from->angle_sd;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void describe(struct work *w)
{
    struct ost_recon_found *f = &w->found;
    const struct ost_prior_numbers *numbers = ost_prior_numbers_view(w->prior);
    double share = 1.0;
    f->prior = w->prior;
    f->model_name = file_name(w->model);
    f->arm = w->find->arm;
    f->simulated = w->kase.simulated;
    describe_side(w);
    describe_views(w);
    describe_spread(w);
    for (size_t i = 0; i < f->view_count; i++)
        share = f->view[i].contour.share < share ? f->view[i].contour.share : share;
    f->cortex_factor = 1.0;
    memcpy(f->cortical, numbers->cortical, sizeof f->cortical);
    memcpy(f->trabecular, numbers->trabecular, sizeof f->trabecular);
    f->density_how = "relative";
    f->residual = w->find->residual_mm;
    f->residual_limit = limit_mm;
    if (share < least_share) { /* what little lies on an edge may lie well */
        f->residual =
            f->residual > limit_mm ? f->residual : limit_mm * least_share / (share + 0.01);
        warn(f, "few_edges", "less than half of the outline lies on an edge: look at the films");
    }
}

static bool work_on(struct work *w, const struct ost_progress *progress, struct ost_err *err)
{
    struct ost_progress fit = ost_progress_part(progress, 0.0, 0.85);
    struct ost_progress write = ost_progress_part(progress, 0.85, 1.0);
    if (!read_prior(w, err) || !read_case(w, err) ||
        !ost_find_create(w->prior, w->input, w->kase.view_count, w->kase.side, &fit, &w->find, err))
        return false;
    describe(w);
    return ost_recon_write(w->case_dir, &w->found, &write, err);
}

bool ost_station_recon(const char *case_dir, const struct ost_station_recon_options *options,
                       const struct ost_progress *progress, struct ost_station_recon_done *done,
                       struct ost_err *err)
{
    struct work *w = calloc(1, sizeof *w);
    if (w == NULL)
        return ost_fail(err, OST_NOMEM, "no room for a reconstruction");
    w->case_dir = case_dir;
    w->model = options->model;
    bool ok = work_on(w, progress, err);
    if (ok)
        *done = (struct ost_station_recon_done){.converged = w->found.residual <= limit_mm,
                                                .residual_mm = w->found.residual,
                                                .limit_mm = limit_mm};
    for (size_t i = 0; i < OST_CASE_VIEWS; i++)
        ost_image_destroy(w->film[i]);
    ost_find_destroy(w->find);
    ost_prior_destroy(w->prior);
    free(w);
    return ok;
}
