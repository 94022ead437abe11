#include "recon/shape/shade.h"

#include "recon/image/filter.h"

#include <math.h>
#include <stdlib.h>

static const double level_floor =
    0.15; /* of the mean square: where nothing is, noise stays small */

static const double margin_mm = 10.0;

void ost_shade_destroy(struct ost_shade *shade)
{
    if (shade == NULL)
        return;
    ost_image_destroy(shade->film);
    ost_image_destroy(shade->weight);
    free(shade);
}

/* The film's part that the points fall on; false where there is none. */
static bool window_of(const struct ost_scan *scan, const struct ost_camera *camera,
                      const double (*corner)[3], size_t corners, double margin, double box[2][2])
{
    const double side[2] = {(double)scan->width - 1.0, (double)scan->height - 1.0};
    double pixel[2];
    for (int k = 0; k < 2; k++) {
        box[0][k] = INFINITY;
        box[1][k] = -INFINITY;
    }
    for (size_t i = 0; i < corners; i++) {
        if (!ost_camera_project(camera, corner[i], pixel, NULL))
            return false;
        for (int k = 0; k < 2; k++) {
            box[0][k] = fmin(box[0][k], pixel[k]);
            box[1][k] = fmax(box[1][k], pixel[k]);
        }
    }
    for (int k = 0; k < 2; k++) {
        box[0][k] = fmax(box[0][k] - margin, 0.0);
        box[1][k] = fmin(box[1][k] + margin, side[k]);
    }
    return box[1][0] > box[0][0] && box[1][1] > box[0][1];
}

static void take_film(struct ost_shade *shade, const struct ost_scan *scan)
{
    const struct ost_window *w = &shade->window;
    for (size_t row = 0; row < w->height; row++)
        for (size_t column = 0; column < w->width; column++) {
            const double pixel[2] = {w->origin[0] + w->step * (double)column,
                                     w->origin[1] + w->step * (double)row};
            size_t at = row * w->width + column;
            bool exposed = ost_scan_is_exposed(scan, pixel, 0.0);
            shade->weight->pixel[at] = exposed ? 1.0F : 0.0F;
            shade->film->pixel[at] =
                (float)ost_image_at(scan->attenuation, (pixel[0] + 0.5) / scan->factor - 0.5,
                                    (pixel[1] + 0.5) / scan->factor - 0.5);
        }
}

bool ost_shade_create(const struct ost_scan *scan, const struct ost_camera *camera,
                      const double (*corner)[3], size_t corners, double step_mm,
                      struct ost_shade **out, struct ost_err *err)
{
    *out = NULL;
    double box[2][2];
    if (!window_of(scan, camera, corner, corners, margin_mm / scan->mm, box))
        return true;
    OST_AUTO(ost_shade) shade = calloc(1, sizeof *shade);
    if (shade == NULL)
        return ost_fail(err, OST_NOMEM, "shade: out of memory");
    shade->step_mm = step_mm;
    shade->window.step = step_mm / scan->mm;
    shade->window.origin[0] = box[0][0];
    shade->window.origin[1] = box[0][1];
    shade->window.width = (uint32_t)floor((box[1][0] - box[0][0]) / shade->window.step) + 1;
    shade->window.height = (uint32_t)floor((box[1][1] - box[0][1]) / shade->window.step) + 1;
    if (!ost_image_create(&shade->film, shade->window.width, shade->window.height, err) ||
        !ost_image_create(&shade->weight, shade->window.width, shade->window.height, err))
        return false;
    take_film(shade, scan);
    *out = ost_steal(&shade);
    return true;
}

bool ost_shade_flatten(const struct ost_shade *shade, double sigma_mm, struct ost_image *image,
                       struct ost_err *err)
{
    OST_AUTO(ost_image) sum = NULL;
    OST_AUTO(ost_image) weight = NULL;
    size_t count = (size_t)image->width * image->height;
    if (!ost_image_copy(image, &sum, err) || !ost_image_copy(shade->weight, &weight, err))
        return false;
    for (size_t i = 0; i < count; i++)
        sum->pixel[i] *= weight->pixel[i];
    double sigma = sigma_mm / shade->step_mm;
    if (!ost_image_blur(sum, sigma, err) || !ost_image_blur(weight, sigma, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (weight->pixel[i] > 1e-3F)
            image->pixel[i] -= sum->pixel[i] / weight->pixel[i];
    return true;
}

bool ost_shade_level(const struct ost_shade *shade, double sigma_mm, struct ost_image *image,
                     struct ost_err *err)
{
    OST_AUTO(ost_image) square = NULL;
    OST_AUTO(ost_image) weight = NULL;
    size_t count = (size_t)image->width * image->height;
    double sum = 0.0, all = 0.0;
    if (!ost_image_copy(image, &square, err) || !ost_image_copy(shade->weight, &weight, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        square->pixel[i] *= image->pixel[i] * weight->pixel[i];
        sum += (double)square->pixel[i];
        all += (double)weight->pixel[i];
    }
    double sigma = sigma_mm / shade->step_mm, floor = all > 0.0 ? level_floor * sum / all : 0.0;
    if (!ost_image_blur(square, sigma, err) || !ost_image_blur(weight, sigma, err))
        return false;
    for (size_t i = 0; i < count && floor > 0.0; i++) {
        double here =
            weight->pixel[i] > 1e-3F ? (double)(square->pixel[i] / weight->pixel[i]) : 0.0;
        image->pixel[i] /= (float)sqrt(here + floor);
    }
    return true;
}

double ost_shade_correlate(const struct ost_shade *shade, const struct ost_image *a,
                           const struct ost_image *b)
{
    double w = 0.0, sa = 0.0, sb = 0.0, aa = 0.0, bb = 0.0, ab = 0.0;
    size_t count = (size_t)a->width * a->height;
    for (size_t i = 0; i < count; i++) {
        double weight = (double)shade->weight->pixel[i];
        double x = (double)a->pixel[i], y = (double)b->pixel[i];
        w += weight;
        sa += weight * x;
        sb += weight * y;
        aa += weight * x * x;
        bb += weight * y * y;
        ab += weight * x * y;
    }
    if (!(w > 0.0))
        return 0.0;
    double va = aa - sa * sa / w, vb = bb - sb * sb / w;
    return va > 0.0 && vb > 0.0 ? (ab - sa * sb / w) / sqrt(va * vb) : 0.0;
}
