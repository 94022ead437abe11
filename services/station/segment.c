#include "services/station/segment.h"

#include "recon/image/nifti.h"
#include "recon/mesh/glb.h"
#include "recon/mesh/stl.h"
#include "recon/volume/volume.h"
#include "services/casefile/casefile.h"
#include "services/casefile/disk.h"
#include "services/station/segment_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES = 1 << 30, METAL_LEAST = 30 };

/* radius and ulna keep their plain names: the stations after this one ask for them. */
static void name_bone(struct ost_segment_run *r, size_t i, size_t *number)
{
    const struct ost_bone_name *n = &r->name[i];
    const char *side = n->side == OST_BODY_LEFT    ? "_left"
                       : n->side == OST_BODY_RIGHT ? "_right"
                                                   : "";
    if (n->kind == OST_KIND_UNKNOWN)
        (void)snprintf(r->stem[i], sizeof r->stem[i], "bone_%zu", i + 1);
    else if (n->kind == OST_KIND_CARPAL || n->kind == OST_KIND_METACARPAL)
        (void)snprintf(r->stem[i], sizeof r->stem[i], "%s%s_%zu", ost_bone_kind_name(n->kind), side,
                       ++*number);
    else if (n->kind == OST_KIND_RADIUS || n->kind == OST_KIND_ULNA)
        (void)snprintf(r->stem[i], sizeof r->stem[i], "%s", ost_bone_kind_name(n->kind));
    else
        (void)snprintf(r->stem[i], sizeof r->stem[i], "%s%s", ost_bone_kind_name(n->kind), side);
}

static bool recognise(struct ost_segment_run *r, struct ost_err *err)
{
    if (!ost_segment_name(r->segment, r->name, err))
        return false;
    for (size_t i = 0; i < r->segment->bone_count; i++) {
        const bool arm =
            r->name[i].kind >= OST_KIND_RADIUS && r->name[i].kind <= OST_KIND_METACARPAL;
        r->forearm = r->forearm || r->name[i].kind == OST_KIND_RADIUS;
        if (arm && r->name[i].side == OST_BODY_UNKNOWN && r->options->side != OST_SIDE_UNKNOWN)
            r->name[i].side = r->options->side == OST_SIDE_LEFT ? OST_BODY_LEFT : OST_BODY_RIGHT;
    }
    r->written = r->segment->bone_count;
    if (r->options->bones_most > 0 && r->written > r->options->bones_most)
        r->written = r->options->bones_most;
    return true;
}

static void name_all(struct ost_segment_run *r)
{
    size_t number = 0;
    for (size_t i = 0; i < r->segment->bone_count; i++)
        name_bone(r, i, &number);
}

static void warn(struct ost_segment_run *r, const char *code, const char *text)
{
    if (r->warning_count == OST_SEGMENT_WARNINGS)
        return;
    r->warning[r->warning_count++] = (struct ost_segment_warning){code, text};
}

static void look(struct ost_segment_run *r)
{
    const struct ost_segment *s = r->segment;
    const double *h = r->ct->spacing;
    if (s->metal >= METAL_LEAST)
        warn(r, "metal",
             "metal is in the CT: near it surfaces and densities are not to be trusted");
    if (fmax(h[0], fmax(h[1], h[2])) > 1.6)
        warn(r, "thick", "voxels of more than 1.6 mm: joints may not be told apart");
    if (s->noise > 120.0)
        warn(r, "noise", "the CT is very noisy: surfaces are less sure than usual");
    if (!s->blur_measured)
        warn(r, "blur",
             "no thick cortex tells how the scanner blurs: it was taken from the voxels");
    if (r->calibration.how == OST_CALIBRATION_ASSUMED)
        warn(r, "calibration", r->calibration.reason);
    if (r->options->resampled)
        warn(r, "resampled", "the slices lay oblique and were resampled to the patient's axes");
    if (r->forearm && r->options->side == OST_SIDE_UNKNOWN)
        warn(r, "side_unknown", "the side was not stated");
    if (r->forearm && !r->numbered && r->options->model != NULL)
        warn(r, "no_fit", "radius and ulna fit no forearm that is known: no clinical numbers");
    if (!r->forearm)
        warn(r, "no_forearm", "no forearm was recognised: no clinical numbers and no plan");
}

static bool write_grid(const char *dir, const char *name, const struct ost_grid *grid,
                       struct ost_err *err)
{
    struct ost_buf out;
    ost_buf_init(&out, FILE_BYTES);
    bool ok = ost_nifti_write(grid, &out, err) && ost_disk_write(dir, name, &out, err);
    ost_buf_fini(&out);
    return ok || ost_err_note(err, "%s", name);
}

/* The CT where the labels are. */
static bool write_ct(const struct ost_segment_run *r, struct ost_err *err)
{
    const struct ost_grid *l = r->segment->label;
    OST_AUTO(ost_grid) part = NULL;
    size_t low[3];
    if (!ost_grid_create(&part, l->size, l->origin, l->spacing, err))
        return false;
    for (int k = 0; k < 3; k++)
        low[k] = (size_t)lrint((l->origin[k] - r->ct->origin[k]) / l->spacing[k]);
    for (uint32_t k = 0; k < l->size[2]; k++)
        for (uint32_t j = 0; j < l->size[1]; j++)
            memcpy(part->value + ((size_t)k * l->size[1] + j) * l->size[0],
                   r->ct->value + ((k + low[2]) * r->ct->size[1] + j + low[1]) * r->ct->size[0] +
                       low[0],
                   l->size[0] * sizeof(float));
    return ost_disk_folder(r->case_dir, "ct", err) &&
           write_grid(r->case_dir, "ct/ct.nii.gz", part, err);
}

/* Mineral within a bone; what its edge voxels hold of it, they hold: they are averages. */
static bool write_density(struct ost_segment_run *r, size_t i, struct ost_err *err)
{
    const struct ost_grid *l = r->segment->label;
    const struct ost_segment_bone *b = &r->segment->bone[i];
    OST_AUTO(ost_grid) part = NULL;
    uint32_t low[3], size[3];
    double origin[3], sum = 0.0;
    size_t count = 0;
    char name[OST_SEGMENT_STEM + 32];
    for (int k = 0; k < 3; k++) {
        const double from = floor((b->low[k] - l->origin[k]) / l->spacing[k]) - 1.0;
        const double to = ceil((b->high[k] - l->origin[k]) / l->spacing[k]) + 1.0;
        low[k] = (uint32_t)fmax(0.0, from);
        size[k] = (uint32_t)fmin((double)l->size[k] - 1.0, to) - low[k] + 1;
        origin[k] = l->origin[k] + l->spacing[k] * low[k];
    }
    if (!ost_grid_create(&part, size, origin, l->spacing, err))
        return false;
    for (size_t n = 0; n < (size_t)size[0] * size[1] * size[2]; n++) {
        const double p[3] = {origin[0] + l->spacing[0] * (double)(n % size[0]),
                             origin[1] + l->spacing[1] * (double)(n / size[0] % size[1]),
                             origin[2] + l->spacing[2] * (double)(n / size[0] / size[1])};
        if (ost_grid_at(l, p, 0.0) != (double)(i + 1))
            continue;
        part->value[n] =
            (float)ost_calibration_mineral(&r->calibration, ost_grid_at(r->ct, p, -1000.0));
        sum += (double)part->value[n];
        count++;
    }
    r->density[i] = count > 0 ? sum / (double)count : 0.0;
    (void)snprintf(name, sizeof name, "result/%s.density.nii.gz", r->stem[i]);
    return write_grid(r->case_dir, name, part, err);
}

static bool write_vdb(const struct ost_segment_run *r, size_t i, struct ost_err *err)
{
    const double fine = 0.6, band[2] = {3.0 * fine, 3.0 * fine};
    OST_AUTO(ost_volume) volume = NULL;
    struct ost_buf out;
    char name[OST_SEGMENT_STEM + 32];
    if (!ost_volume_from_mesh(&volume, r->segment->bone[i].surface, fine, band, err))
        return false;
    ost_buf_init(&out, FILE_BYTES);
    (void)snprintf(name, sizeof name, "result/%s.vdb", r->stem[i]);
    bool ok = ost_volume_write(volume, r->stem[i], &out, err) &&
              ost_disk_write(r->case_dir, name, &out, err);
    ost_buf_fini(&out);
    return ok;
}

static bool write_surface(const struct ost_segment_run *r, size_t i, struct ost_err *err)
{
    const struct ost_segment_bone *b = &r->segment->bone[i];
    const struct ost_glb_attribute spread = {"_UNCERTAINTY_MM", b->sd};
    struct ost_buf stl, glb;
    char name[OST_SEGMENT_STEM + 32];
    ost_buf_init(&stl, FILE_BYTES);
    ost_buf_init(&glb, FILE_BYTES);
    (void)snprintf(name, sizeof name, "result/%s.stl", r->stem[i]);
    bool ok = ost_stl_write(b->surface, &stl, err) && ost_disk_write(r->case_dir, name, &stl, err);
    (void)snprintf(name, sizeof name, "result/%s.glb", r->stem[i]);
    ok = ok && ost_glb_write(b->surface, &spread, 1, &glb, err) &&
         ost_disk_write(r->case_dir, name, &glb, err);
    ost_buf_fini(&stl);
    ost_buf_fini(&glb);
    return ok;
}

static bool write_case(const struct ost_segment_run *r, struct ost_err *err)
{
    struct ost_case about = {.side = r->options->side, .simulated = r->options->simulated};
    (void)snprintf(about.ct, sizeof about.ct, "ct/");
    return ost_case_write(r->case_dir, &about, err);
}

static bool write_all(struct ost_segment_run *r, const struct ost_progress *progress,
                      struct ost_err *err)
{
    if (!ost_disk_folder(r->case_dir, "result", err) || !write_case(r, err))
        return false;
    for (size_t i = 0; i < r->written; i++)
        if (!write_surface(r, i, err) || !write_density(r, i, err) ||
            (!r->options->no_volumes && !write_vdb(r, i, err)) ||
            !ost_progress_step(progress, (double)i / (double)r->written, "files", err))
            return ost_err_note(err, "%s", r->stem[i]);
    if ((!r->options->no_volumes && !write_ct(r, err)) ||
        !write_grid(r->case_dir, "result/labels.nii.gz", r->segment->label, err) ||
        !write_grid(r->case_dir, "result/uncertainty.nii.gz", r->segment->uncertainty, err))
        return false;
    return ost_segment_write_json(r, err) && ost_progress_step(progress, 1.0, "files", err);
}

/* By the patient's own tissues, and where a file tells more, by that. */
static bool calibrate(struct ost_segment_run *r, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_calibrate(r->ct, &r->calibration);
    if (r->options->calibration == NULL)
        return true;
    ost_buf_init(&bytes, 1 << 16);
    bool ok = ost_disk_read(NULL, r->options->calibration, &bytes, err) &&
              ost_segment_take_calibration(r->ct, bytes.ptr, bytes.len, &r->calibration, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "--calibration");
}

static bool run(struct ost_segment_run *r, const struct ost_progress *progress, struct ost_err *err)
{
    struct ost_progress find = ost_progress_part(progress, 0.0, 0.6);
    struct ost_progress fit = ost_progress_part(progress, 0.6, 0.85);
    struct ost_progress write = ost_progress_part(progress, 0.85, 1.0);
    if (!calibrate(r, err) || !ost_segment_create(r->ct, &find, &r->segment, err) ||
        !recognise(r, err))
        return false;
    if (r->forearm && r->options->model != NULL && !ost_segment_write_forearm(r, &fit, err))
        return false;
    name_all(r);
    look(r);
    return write_all(r, &write, err);
}

bool ost_station_segment(const char *case_dir, const struct ost_grid *ct,
                         const struct ost_station_segment_options *options,
                         const struct ost_progress *progress, struct ost_station_segment_done *done,
                         struct ost_err *err)
{
    struct ost_segment_run *r = calloc(1, sizeof *r);
    if (r == NULL)
        return ost_fail(err, OST_NOMEM, "no room for a segmentation");
    r->case_dir = case_dir;
    r->ct = ct;
    r->options = options;
    bool ok = run(r, progress, err);
    if (ok)
        *done = (struct ost_station_segment_done){r->segment->bone_count, r->written,
                                                  r->warning_count, r->numbered};
    ost_segment_destroy(r->segment);
    free(r);
    return ok;
}
