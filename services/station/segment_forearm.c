/* A forearm's CT as a reconstruction: the shape prior laid on radius and ulna. */
#include "recon/math/vec.h"
#include "recon/shape/anatomy.h"
#include "recon/shape/surface.h"
#include "services/casefile/disk.h"
#include "services/station/recon_impl.h"
#include "services/station/recon_write.h"
#include "services/station/segment_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL_BYTES = 64 << 20 };

/* 1 SD of what the laid prior tells, by simulated forearms (recon/segment/README.md). */
static const double landmark_sd = 0.9; /* mm: a corner along its ridge */
static const double measure_sd[OST_MEASURES] = {2.5, 1.5, 1.0, 1.0, 6.0}; /* degrees, mm */
static const double target_turn_sd[3] = {4.0, 3.0, 5.0}, target_shift_sd[3] = {2.0, 2.0, 2.0};
static const float beyond_sd = 3.0F; /* mm, where the CT has ended */

struct forearm {
    struct ost_prior *prior;
    struct ost_surface_fit fit;
    struct ost_recon_found found;
    float *sd[OST_BONES];
};

static void close_forearm(struct forearm *f)
{
    ost_surface_fit_fini(&f->fit);
    ost_prior_destroy(f->prior);
    for (int b = 0; b < OST_BONES; b++)
        free(f->sd[b]);
    free(f);
}

static bool read_prior(struct forearm *f, const char *path, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, MODEL_BYTES);
    bool ok = ost_disk_read(NULL, path, &bytes, err) &&
              ost_prior_open(bytes.ptr, bytes.len, &f->prior, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "model");
}

static const struct ost_segment_bone *bone_of(const struct ost_segment_run *r,
                                              enum ost_bone_kind kind)
{
    for (size_t i = 0; i < r->segment->bone_count; i++)
        if (r->name[i].kind == kind)
            return &r->segment->bone[i];
    return NULL;
}

/* From the middle of the carpals to that of the forearm. */
static void to_elbow(const struct ost_segment_run *r, const struct ost_segment_bone *radius,
                     double out[3])
{
    double hand[3] = {0.0, 0.0, 0.0}, way[3], count = 0.0;
    for (size_t i = 0; i < r->segment->bone_count; i++)
        if (r->name[i].kind == OST_KIND_CARPAL) {
            ost_add(hand, r->segment->bone[i].middle, hand);
            count += 1.0;
        }
    for (int k = 0; k < 3; k++) {
        hand[k] /= fmax(1.0, count);
        out[k] = radius->axis[k];
    }
    ost_sub(radius->middle, hand, way);
    if (ost_dot(way, out) < 0.0)
        for (int k = 0; k < 3; k++)
            out[k] = -out[k];
}

static double mean_sd(const struct ost_segment_bone *b)
{
    double sum = 0.0;
    for (uint32_t v = 0; v < b->surface->vertex_count; v++)
        sum += (double)b->sd[v];
    return sum / fmax(1.0, b->surface->vertex_count);
}

static bool spread(struct forearm *f, const struct ost_segment_bone *const bone[OST_BONES],
                   struct ost_err *err)
{
    for (int b = 0; b < OST_BONES; b++) {
        const uint32_t count = f->fit.laid[b]->vertex_count;
        const float here = (float)mean_sd(bone[b]);
        f->sd[b] = calloc((size_t)count + 1, sizeof *f->sd[b]);
        if (f->sd[b] == NULL)
            return ost_fail(err, OST_NOMEM, "no room for the spread of %u vertices", count);
        for (uint32_t v = 0; v < count; v++)
            f->sd[b][v] = f->fit.off[b][v] < 0.0F ? beyond_sd : here;
        f->found.sd[b] = f->sd[b];
        f->found.laid[b] = f->fit.laid[b];
    }
    return true;
}

static void warn(struct ost_recon_found *f, const char *code, const char *text)
{
    struct ost_result_warning *to = &f->warning[f->warning_count++];
    (void)snprintf(to->code, sizeof to->code, "%s", code);
    (void)snprintf(to->text, sizeof to->text, "%s", text);
}

/* Mineral of compact and of spongy bone, with the calibration's interval. */
static void densities(const struct ost_segment_run *r, struct ost_recon_found *f)
{
    const struct ost_calibration *c = &r->calibration;
    const double offset = c->base_sd / c->slope;
    const double *prior = ost_prior_numbers_view(f->prior)->trabecular;
    f->cortical[0] = ost_calibration_mineral(c, r->segment->compact);
    f->cortical[1] = hypot(offset, c->slope_share * f->cortical[0]);
    f->trabecular[0] = prior[0]; /* where the interval is told; the voxels have their own */
    f->trabecular[1] = fmin(0.45 * prior[0], hypot(offset, c->slope_share * prior[0]));
    f->density_how = ost_calibration_how_name(c->how);
}

static void describe(const struct ost_segment_run *r, struct forearm *f)
{
    struct ost_recon_found *found = &f->found;
    const char *slash = strrchr(r->options->model, '/');
    found->prior = f->prior;
    found->model_name = slash == NULL ? r->options->model : slash + 1;
    found->arm = f->fit.arm;
    found->simulated = r->options->simulated;
    found->in_world = true;
    found->side_stated = r->options->side != OST_SIDE_UNKNOWN;
    for (int s = 0; s < OST_SIDES; s++) {
        found->side_tried[s] = f->fit.side_cost[s] > 0.0;
        found->side_misfit[s] = f->fit.side_cost[s];
    }
    for (int l = 0; l < OST_LANDMARKS; l++)
        found->landmark_sd[l] = landmark_sd;
    memcpy(found->measure_sd, measure_sd, sizeof measure_sd);
    memcpy(found->rotation_sd, target_turn_sd, sizeof target_turn_sd);
    memcpy(found->translation_sd, target_shift_sd, sizeof target_shift_sd);
    found->cortex_factor = 1.0;
    densities(r, found);
    found->residual = f->fit.residual;
    found->residual_limit = ost_recon_limit_mm;
    if (!found->side_stated)
        warn(found, "side_unknown",
             "the side was not stated: both were fitted, the better is shown");
}

/* The side that the fit found names the bones of the arm too. */
static void take_side(struct ost_segment_run *r, const struct forearm *f)
{
    for (size_t i = 0; i < r->segment->bone_count; i++)
        if (r->name[i].kind != OST_KIND_UNKNOWN)
            r->name[i].side = f->fit.arm.mirrored ? OST_BODY_LEFT : OST_BODY_RIGHT;
}

static bool fit(struct ost_segment_run *r, struct forearm *f, const struct ost_progress *progress,
                bool *fits, struct ost_err *err)
{
    const struct ost_segment_bone *bone[OST_BONES] = {bone_of(r, OST_KIND_RADIUS),
                                                      bone_of(r, OST_KIND_ULNA)};
    struct ost_err why = {.code = OST_OK};
    struct ost_surface_ask ask = {.bone = {bone[0]->surface, bone[1]->surface},
                                  .side = r->options->side};
    to_elbow(r, bone[OST_RADIUS], ask.proximal);
    *fits = ost_surface_fit(f->prior, &ask, progress, &f->fit, &why);
    if (!*fits)
        return why.code == OST_NOT_FOUND || ost_fail(err, why.code, "%s", why.msg);
    return spread(f, bone, err);
}

bool ost_segment_write_forearm(struct ost_segment_run *run, const struct ost_progress *progress,
                               struct ost_err *err)
{
    struct forearm *f = calloc(1, sizeof *f);
    bool fits = false;
    if (f == NULL)
        return ost_fail(err, OST_NOMEM, "no room for a forearm");
    bool ok = read_prior(f, run->options->model, err) && fit(run, f, progress, &fits, err);
    if (ok && fits) {
        describe(run, f);
        take_side(run, f);
        ok = ost_recon_write(run->case_dir, &f->found, NULL, err);
        run->numbered = ok;
    }
    close_forearm(f);
    return ok;
}
