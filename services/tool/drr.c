#include "recon/xray/drr.h"

#include "recon/base/array.h"
#include "recon/image/nifti.h"
#include "recon/image/png.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/tool/tool.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct ost_option option[] = {
    {"camera", "FILE", "the camera, text or JSON; needed"},
    {"out", "PNG", "where the picture goes (also -o); 16 bits, bones bright; needed"},
    {"kvp", "N", "tube voltage, 40 to 69 kV; 52 when not given"},
    {"tissue", "VOLUME", "soft tissue in g/cm3 around a volume of mineral"},
    {"unit", "mineral|hu", "what VOLUME holds: mgHA/cm3 (when not given) or Hounsfield units"},
    {"method", "exact|linear", "voxels as boxes (when not given) or interpolated"},
    {"full-scale", "N", "attenuation -ln(I/I0) of white; the picture's own most when not given"},
};

static const struct ost_usage usage = {
    .line = "osteon drr VOLUME --camera FILE -o PNG [options]",
    .summary = "A polyenergetic radiograph of a volume (.nii, .nii.gz), by "
               "marching rays.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 1,
};

static const size_t file_most = (size_t)1 << 30;

struct job {
    const char *volume, *tissue, *camera, *out;
    double kvp, full_scale; /* 0: the picture's own */
    bool hounsfield;
    enum ost_drr_method method;
};

static bool read_file(const char *path, struct ost_buf *out, struct ost_err *err)
{
    ost_buf_init(out, file_most);
    return ost_disk_read(NULL, path, out, err);
}

static bool read_volume(const char *path, struct ost_grid **out, struct ost_err *err)
{
    struct ost_buf bytes;
    bool ok = read_file(path, &bytes, err) && ost_nifti_read(bytes.ptr, bytes.len, out, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "a volume");
}

static bool read_camera(const char *path, struct ost_camera *out, struct ost_err *err)
{
    struct ost_buf bytes;
    bool ok = read_file(path, &bytes, err) &&
              ost_camera_read((const char *)bytes.ptr, bytes.len, out, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "--camera");
}

/* One word of two: false where it is neither. */
static bool choose(const struct ost_args *args, const char *name, const char *const word[2],
                   int *out)
{
    const char *text = ost_args_value(args, name);
    for (*out = 0; *out < 2; ++*out) {
        if ((text == NULL && *out == 0) || (text != NULL && strcmp(text, word[*out]) == 0)) {
            return true;
        }
    }
    return false;
}

static bool take(const struct ost_args *args, struct job *job, struct ost_err *err)
{
    int unit = 0, method = 0;
    *job = (struct job){.volume = args->word[0],
                        .tissue = ost_args_value(args, "tissue"),
                        .camera = ost_args_value(args, "camera"),
                        .out = ost_args_value(args, "out")};
    if (job->camera == NULL || job->out == NULL) {
        return ost_fail(err, OST_INVALID, "say --camera FILE and -o PNG");
    }
    if (!choose(args, "unit", (const char *const[]){"mineral", "hu"}, &unit) ||
        !choose(args, "method", (const char *const[]){"exact", "linear"}, &method)) {
        return ost_fail(err, OST_INVALID, "--unit is mineral or hu, --method exact or linear");
    }
    job->hounsfield = unit == 1;
    job->method = method == 1 ? OST_DRR_LINEAR : OST_DRR_EXACT;
    if (job->hounsfield && job->tissue != NULL) {
        return ost_fail(err, OST_INVALID, "a volume in Hounsfield units holds its own tissue");
    }
    return ost_args_number(args, "kvp", (const double[]){40.0, 69.0}, 52.0, &job->kvp, err) &&
           ost_args_number(args, "full-scale", (const double[]){1e-6, 100.0}, 0.0, &job->full_scale,
                           err);
}

static bool load(const struct job *job, struct ost_grid **tissue, struct ost_grid **mineral,
                 struct ost_err *err)
{
    if (!job->hounsfield) {
        return read_volume(job->volume, mineral, err) &&
               (job->tissue == NULL || read_volume(job->tissue, tissue, err));
    }
    OST_AUTO(ost_grid) hu = NULL;
    return read_volume(job->volume, &hu, err) && ost_drr_of_hounsfield(hu, tissue, mineral, err);
}

static bool expose(const struct job *job, const struct ost_camera *camera, struct ost_image **out,
                   struct ost_err *err)
{
    OST_AUTO(ost_grid) tissue = NULL;
    OST_AUTO(ost_grid) mineral = NULL;
    OST_AUTO(ost_image) soft = NULL;
    OST_AUTO(ost_image) hard = NULL;
    struct ost_spectrum tube;
    return ost_spectrum_tube(job->kvp, 2.5, 5, &tube, err) && load(job, &tissue, &mineral, err) &&
           ost_drr_paths(mineral, camera, job->method, &hard, err) &&
           (tissue == NULL || ost_drr_paths(tissue, camera, job->method, &soft, err)) &&
           ost_drr_passes(&tube, soft, hard, out, err);
}

/* Attenuation as grey; returns what white stands for. */
static double grey(struct ost_image *image, double full_scale)
{
    const size_t count = (size_t)image->width * image->height;
    float most = 0.0F;
    for (size_t n = 0; n < count; n++) {
        image->pixel[n] = -logf(fmaxf(image->pixel[n], 1e-30F));
        most = fmaxf(most, image->pixel[n]);
    }
    if (!(full_scale > 0.0)) {
        full_scale = most > 0.0F ? (double)most : 1.0;
    }
    for (size_t n = 0; n < count; n++) {
        image->pixel[n] *= (float)(65535.0 / full_scale);
    }
    return full_scale;
}

static bool run(struct job *job, struct ost_camera *camera, struct ost_err *err)
{
    OST_AUTO(ost_image) image = NULL;
    if (!read_camera(job->camera, camera, err) || !expose(job, camera, &image, err)) {
        return false;
    }
    job->full_scale = grey(image, job->full_scale);
    struct ost_buf png;
    ost_buf_init(&png, file_most);
    bool ok = ost_png_write_grey(image, 16, &png, err) && ost_disk_write(NULL, job->out, &png, err);
    ost_buf_fini(&png);
    return ok;
}

int ost_tool_drr(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    struct ost_err err = {0};
    struct job job = {0};
    struct ost_camera camera = {0};
    if (!take(&args, &job, &err)) {
        return ost_command_refuse("drr", &err);
    }
    if (!run(&job, &camera, &err)) {
        return ost_command_fail("drr", &err);
    }
    if (args.json) {
        json_t *answer =
            json_pack("{s:i, s:[i,i], s:f, s:f}", "osteon_drr", 1, "size", (int)camera.width,
                      (int)camera.height, "kvp", job.kvp, "full_scale", job.full_scale);
        (void)json_dumpf(answer, stdout, JSON_SORT_KEYS);
        (void)printf("\n");
        json_decref(answer);
    } else {
        (void)printf("%u x %u pixels at %g kV; white is an attenuation of %.4g\n", camera.width,
                     camera.height, job.kvp, job.full_scale);
    }
    return OST_EXIT_OK;
}
