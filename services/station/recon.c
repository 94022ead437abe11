#include "services/station/recon.h"

#include "recon/shape/find.h"
#include "services/casefile/disk.h"
#include "services/casefile/model.h"
#include "services/station/recon_doubts_impl.h"
#include "services/station/recon_films_impl.h"
#include "services/station/recon_frames_impl.h"
#include "services/station/recon_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL_BYTES = 64 << 20 };

struct work {
    const char *case_dir, *model;
    struct ost_case kase;
    struct ost_prior *prior;
    struct ost_predictor *predictor; /* NULL: the films are searched */
    struct ost_recon_films films, other_films;
    struct ost_recon_frames frames, other_frames;
    struct ost_find *find, *other_find; /* other_find: NULL where it was not filmed or not found */
    struct ost_recon_target *target;    /* NULL: the prior's completion is the target */
    struct ost_recon_other other;
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

/* Beside the shape prior; where it is not there, the films are searched instead. */
static bool read_predictor(struct work *w, struct ost_err *err)
{
    char path[OST_DISK_PATH];
    return ost_model_predictor_path(w->model, path, sizeof path, err) &&
           ost_model_predictor_read(path, w->prior, &w->predictor, err);
}

static bool read_case(struct work *w, struct ost_err *err)
{
    if (!ost_case_read(w->case_dir, &w->kase, err))
        return false;
    if (w->kase.view_count == 0)
        return ost_fail(err, OST_UNSUPPORTED,
                        "the case has no film; CT comes with a later version");
    return ost_recon_films_read(&w->films, w->case_dir, w->kase.view, w->kase.view_count, err) &&
           (ost_recon_films_read(&w->other_films, w->case_dir, w->kase.other, w->kase.other_count,
                                 err) ||
            ost_err_note(err, "other arm")) &&
           ost_recon_check_arms(&w->films, &w->other_films, err);
}

/* On a lateral film alone a left arm looks like a right one. */
static bool shows_a_side(const struct work *w)
{
    bool shows = false;
    for (size_t i = 0; i < w->kase.view_count; i++)
        shows = shows || w->kase.view[i].projection != OST_PROJECTION_LATERAL;
    return shows;
}

static void describe_side(struct work *w)
{
    struct ost_recon_found *f = &w->found;
    f->side_stated = w->kase.side != OST_SIDE_UNKNOWN;
    for (int s = 0; s < OST_SIDES; s++) {
        f->side_tried[s] = w->find->side_cost[s] > 0.0;
        f->side_misfit[s] = w->find->side_cost[s];
    }
    enum ost_side other = w->kase.side == OST_SIDE_LEFT ? OST_SIDE_RIGHT : OST_SIDE_LEFT;
    if (!f->side_stated)
        ost_recon_warn(f, "side_unknown",
                       "the side was not stated: both were fitted, the better is shown");
    else if (shows_a_side(w) && f->side_tried[other] &&
             f->side_misfit[other] < f->side_misfit[w->kase.side] - ost_find_side_margin)
        ost_recon_warn(f, "side_conflict",
                       "the films fit the other side better: check marker and side");
}

static void describe_view(const struct ost_recon_films *films, const struct ost_find *find,
                          const struct ost_recon_frames *frames, struct ost_recon_view *out)
{
    for (size_t i = 0; i < films->count; i++) {
        const struct ost_find_contour *c = &find->contour[i];
        out[i] =
            (struct ost_recon_view){.image = films->view[i].image,
                                    .film = films->image[i],
                                    .projection = films->view[i].projection,
                                    .spacing = films->input[i].spacing,
                                    .spacing_how = films->view[i].spacing_how,
                                    .camera = ost_recon_films_camera(films, i, &find->camera[i])};
        out[i].contour = (struct ost_result_contour){c->mean, c->p95, c->share, c->shifted_mean,
                                                     c->shifted_share};
        ost_recon_frames_tell(frames, find, films->view[i].frame, &out[i]);
    }
}

static void describe_views(struct work *w)
{
    struct ost_recon_found *f = &w->found;
    f->view_count = w->kase.view_count;
    f->in_world = true;
    for (size_t i = 0; i < f->view_count; i++)
        f->in_world = f->in_world && w->films.input[i].has_camera;
    describe_view(&w->films, w->find, &w->frames, f->view);
}

static void describe_sd(const struct ost_find *from, double out[OST_MEASURES])
{
    out[OST_VOLAR_TILT] = from->number_sd[OST_FIND_TILT];
    out[OST_RADIAL_INCLINATION] = from->number_sd[OST_FIND_INCLINATION];
    out[OST_RADIAL_HEIGHT] = from->number_sd[OST_FIND_HEIGHT];
    out[OST_ULNAR_VARIANCE] = from->number_sd[OST_FIND_VARIANCE];
    out[OST_RADIUS_LENGTH] = from->length_sd;
}

static void describe_spread(struct work *w)
{
    struct ost_recon_found *f = &w->found;
    const struct ost_find *from = w->find;
    for (int b = 0; b < OST_BONES; b++)
        f->sd[b] = from->sd[b];
    memcpy(f->landmark_sd, from->landmark_sd, sizeof f->landmark_sd);
    describe_sd(from, f->measure_sd);
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
    f->prior = w->prior;
    f->model_name = file_name(w->model);
    f->arm = w->find->arm;
    f->simulated = w->kase.simulated;
    describe_side(w);
    describe_views(w);
    ost_recon_doubts(&(struct ost_recon_seen){&w->kase, w->prior, &w->films, w->find}, f);
    describe_spread(w);
    f->cortex_factor = 1.0;
    memcpy(f->cortical, numbers->cortical, sizeof f->cortical);
    memcpy(f->trabecular, numbers->trabecular, sizeof f->trabecular);
    f->density_how = "relative";
    f->residual = ost_recon_judge(w->find->residual_mm, ost_recon_least_seen(w->find));
    f->residual_limit = ost_recon_limit_mm;
}

/* Why the other arm cannot be the target; NULL where it can. */
static const char *unfit(const struct work *w)
{
    if (w->other_find == NULL)
        return "no forearm was found on the films of the other arm";
    if (w->other_find->arm.broken)
        return "the other arm looks broken too";
    return w->other.residual > ost_recon_limit_mm
               ? "the fit of the other arm is above its residual limit"
               : NULL;
}

/* Health's own differences between arms, and how sure the fit of the other arm is. */
static void describe_band(struct work *w)
{
    const struct ost_find *from = w->other_find;
    const double middle = sqrt(0.5) * hypot(from->landmark_sd[OST_ULNAR_CORNER_VOLAR],
                                            from->landmark_sd[OST_ULNAR_CORNER_DORSAL]);
    const double turn[3] = {from->number_sd[OST_FIND_TILT], from->number_sd[OST_FIND_INCLINATION],
                            0.0};
    const double shift[3] = {middle, middle, from->number_sd[OST_FIND_VARIANCE]};
    for (int k = 0; k < 3; k++) {
        w->found.rotation_sd[k] = hypot(ost_recon_side_deg[k], turn[k]);
        w->found.translation_sd[k] = hypot(ost_recon_side_mm[k], shift[k]);
    }
}

/* Without a size on both sides' films the two are taken to be of one size. */
static struct ost_arm sized_other(struct work *w)
{
    struct ost_arm other = w->other_find->arm;
    if (ost_recon_films_are_sized(&w->films) && ost_recon_films_are_sized(&w->other_films))
        return other;
    ost_recon_warn(&w->found, "other_size",
                   "no pixel size on one arm's films: both are taken as equally long");
    other.log_scale = w->find->arm.log_scale;
    return other;
}

static bool describe_other(struct work *w, struct ost_err *err)
{
    if (w->kase.other_count == 0)
        return true;
    if (w->other_find != NULL) {
        struct ost_recon_other *o = &w->other;
        w->found.other = o;
        o->arm = w->other_find->arm;
        o->view_count = w->kase.other_count;
        describe_view(&w->other_films, w->other_find, &w->other_frames, o->view);
        describe_sd(w->other_find, o->measure_sd);
        memcpy(o->sd, w->other_find->sd, sizeof o->sd);
        o->residual =
            ost_recon_judge(w->other_find->residual_mm, ost_recon_least_seen(w->other_find));
    }
    const char *why = unfit(w);
    if (why != NULL) {
        char text[OST_RESULT_TEXT];
        (void)snprintf(text, sizeof text, "%s: the target is the shape model's completion", why);
        ost_recon_warn(&w->found, "other_unused", text);
        return true;
    }
    const struct ost_arm other = sized_other(w);
    if (!ost_recon_target_create(w->prior, &w->find->arm, &other, ost_recon_cut(&w->find->arm),
                                 &w->target, err))
        return false;
    w->other.target = w->target;
    describe_band(w);
    return true;
}

/* The other arm is of the other side, whatever was said of the first. */
static bool find_other(struct work *w, const struct ost_progress *progress, struct ost_err *err)
{
    struct ost_err why = {.code = OST_OK};
    enum ost_side side = w->find->arm.mirrored ? OST_SIDE_RIGHT : OST_SIDE_LEFT;
    return w->kase.other_count == 0 ||
           ost_find_create(w->prior, w->predictor, w->other_films.input, w->kase.other_count, side,
                           true, progress, &w->other_find, &why) ||
           why.code == OST_NOT_FOUND || ost_fail(err, why.code, "%s", why.msg);
}

/* Films that cannot be taken apart leave the bones as they are, and no layers.json. */
static bool take_apart(struct work *w, struct ost_err *err)
{
    struct ost_err why = {.code = OST_OK};
    return ost_recon_layers(w->case_dir, &w->found, w->kase.view, &why) ||
           (why.code != OST_NOMEM && why.code != OST_UNAVAILABLE) ||
           ost_fail(err, why.code, "%s", why.msg);
}

static bool work_on(struct work *w, bool searched, const struct ost_progress *progress,
                    struct ost_err *err)
{
    struct ost_progress fit, other = ost_progress_part(progress, 0.45, 0.85);
    struct ost_progress write = ost_progress_part(progress, 0.85, 1.0);
    if (!read_prior(w, err) || (!searched && !read_predictor(w, err)) || !read_case(w, err))
        return false;
    fit = ost_progress_part(progress, 0.0, w->kase.other_count == 0 ? 0.85 : 0.45);
    if (!ost_find_create(w->prior, w->predictor, w->films.input, w->kase.view_count, w->kase.side,
                         false, &fit, &w->find, err) ||
        !ost_recon_recognised(&(struct ost_recon_seen){&w->kase, w->prior, &w->films, w->find},
                              err) ||
        !find_other(w, &other, err) || !ost_recon_frames_init(&w->frames, w->prior, w->find, err) ||
        (w->other_find != NULL &&
         !ost_recon_frames_init(&w->other_frames, w->prior, w->other_find, err)))
        return false;
    describe(w);
    return describe_other(w, err) && take_apart(w, err) &&
           ost_recon_write(w->case_dir, &w->found, &write, err);
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
    bool ok = work_on(w, options->searched, progress, err);
    if (ok)
        *done =
            (struct ost_station_recon_done){.converged = w->found.residual <= ost_recon_limit_mm,
                                            .residual_mm = w->found.residual,
                                            .limit_mm = ost_recon_limit_mm};
    ost_recon_films_fini(&w->films);
    ost_recon_films_fini(&w->other_films);
    ost_recon_frames_fini(&w->frames);
    ost_recon_frames_fini(&w->other_frames);
    ost_find_destroy(w->find);
    ost_find_destroy(w->other_find);
    ost_recon_target_destroy(w->target);
    ost_predictor_destroy(w->predictor);
    ost_prior_destroy(w->prior);
    free(w);
    return ok;
}
