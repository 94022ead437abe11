/*
 * The two real radiographs with their cameras: how near the outlines come to the edges. Neither
 * prior nor networks may have seen brown_sandbox.
 */
#include "recon/base/array.h"
#include "recon/image/png.h"
#include "services/bench/run.h"
#include "services/casefile/disk.h"

#include <stdio.h>
#include <string.h>

#ifndef OST_MODEL_NOBROWN
#define OST_MODEL_NOBROWN "recon/shape/models/forearm_nobrown.ostm"
#endif

enum { VIEWS = 2 };

static bool read_view(const char *data, int n, struct ost_fit_film *film, struct ost_image **image,
                      struct ost_err *err)
{
    char name[64];
    struct ost_buf picture, camera;
    ost_buf_init(&picture, (size_t)1 << 28);
    ost_buf_init(&camera, (size_t)1 << 20);
    (void)snprintf(name, sizeof name, "wrist_biplane_xray/view%d.png", n + 1);
    bool ok = ost_disk_read(data, name, &picture, err) &&
              ost_png_read_grey(picture.ptr, picture.len, image, NULL, err);
    (void)snprintf(name, sizeof name, "wrist_biplane_xray/view%d_camera.txt", n + 1);
    ok = ok && ost_disk_read(data, name, &camera, err) &&
         ost_camera_read((const char *)camera.ptr, camera.len, &film->camera, err);
    ost_buf_fini(&picture);
    ost_buf_fini(&camera);
    film->image = *image;
    film->has_camera = ok;
    return ok;
}

static bool fit(struct ost_bench_run *run, const struct ost_fit_film film[VIEWS],
                struct ost_err *err)
{
    struct ost_bench_biplane *out = &run->report->biplane;
    struct ost_err why = {.code = OST_OK};
    OST_AUTO(ost_prior) prior = NULL;
    OST_AUTO(ost_predictor) predictor = NULL;
    OST_AUTO(ost_find) find = NULL;
    struct ost_bench_cost cost = {0.0, 0.0};
    if (!ost_bench_open_prior(OST_MODEL_NOBROWN, &prior, err) ||
        !ost_bench_open_predictor(run, OST_MODEL_NOBROWN, prior, &predictor, err))
        return false;
    const struct ost_bench_reader reader = {.prior = prior, .predictor = predictor};
    bool found = ost_bench_fit(&reader, film, VIEWS, OST_SIDE_UNKNOWN, &find, &cost, &why);
    out->seconds = cost.seconds;
    out->peak_mb = cost.peak_mb;
    if (!found) {
        (void)snprintf(run->report->left_out[OST_BENCH_PART_BIPLANE],
                       sizeof run->report->left_out[0], "the fit gave no answer: %s", why.msg);
        return true;
    }
    out->ran = true;
    out->views = VIEWS;
    memcpy(out->contour, find->contour, sizeof out->contour);
    for (int n = 0; n < VIEWS; n++)
        ost_bench_tell("biplane view %d: %.2f mm, edge on %.0f %%, shifted %.2f mm", n + 1,
                       out->contour[n].mean, 100.0 * out->contour[n].share,
                       out->contour[n].shifted_mean);
    return true;
}

bool ost_bench_run_biplane(struct ost_bench_run *run, struct ost_err *err)
{
    struct ost_fit_film film[VIEWS] = {{0}};
    struct ost_image *image[VIEWS] = {NULL};
    struct ost_err why = {.code = OST_OK};
    bool ok = true;
    for (int n = 0; ok && n < VIEWS; n++)
        ok = read_view(run->data, n, &film[n], &image[n], &why);
    if (!ok)
        (void)snprintf(run->report->left_out[OST_BENCH_PART_BIPLANE],
                       sizeof run->report->left_out[0],
                       "wrist_biplane_xray is not in the folder of --data");
    ok = !ok || fit(run, film, err);
    for (int n = 0; n < VIEWS; n++)
        ost_image_destroy(image[n]);
    return ok;
}
