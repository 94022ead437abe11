#include "recon/shape/paths.h"

#include "recon/image/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool ost_paths_init(struct ost_paths *paths, struct ost_shade *shade,
                    const struct ost_paths_rule *rule, uint32_t unknowns, struct ost_err *err)
{
    uint32_t w = shade->window.width, h = shade->window.height;
    *paths = (struct ost_paths){.shade = shade, .unknowns = unknowns};
    paths->slope = malloc((size_t)w * h * unknowns * sizeof *paths->slope);
    if (paths->slope == NULL)
        return ost_fail(err, OST_NOMEM, "paths: no room for %u x %u slopes", w * h, unknowns);
    return ost_image_create(&paths->cortex, w, h, err) &&
           ost_image_create(&paths->marrow, w, h, err) &&
           ost_image_create(&paths->off, w, h, err) &&
           ost_shade_flatten(shade, rule->slow_mm, shade->film, err);
}

void ost_paths_fini(struct ost_paths *paths)
{
    ost_shade_destroy(paths->shade);
    ost_image_destroy(paths->cortex);
    ost_image_destroy(paths->marrow);
    ost_image_destroy(paths->off);
    free(paths->slope);
}

static size_t pixels(const struct ost_paths *paths)
{
    return (size_t)paths->off->width * paths->off->height;
}

void ost_paths_clear(struct ost_paths *paths)
{
    memset(paths->cortex->pixel, 0, pixels(paths) * sizeof(float));
    memset(paths->marrow->pixel, 0, pixels(paths) * sizeof(float));
    memset(paths->slope, 0, pixels(paths) * paths->unknowns * sizeof(float));
}

bool ost_paths_add(struct ost_paths *paths, const struct ost_mesh *outer,
                   const struct ost_mesh *inner, const struct ost_camera *camera,
                   struct ost_err *err)
{
    const struct ost_window *window = &paths->shade->window;
    return ost_chord_add(outer, camera, window, 1.0, paths->cortex, err) &&
           ost_chord_add(inner, camera, window, 1.0, paths->marrow, err);
}

double ost_paths_trust(const struct ost_paths *paths, size_t pixel)
{
    double w = (double)paths->shade->weight->pixel[pixel], r = (double)paths->off->pixel[pixel];
    if (!(paths->spread > 0.0))
        return w;
    double t = r / (2.0 * paths->spread);
    return w / (1.0 + t * t);
}

/* The gains by weighted least squares, their ratio kept within what bone can be. */
static void solve_gains(struct ost_paths *p, const struct ost_paths_rule *rule)
{
    double cc = 0.0, cm = 0.0, mm = 0.0, cy = 0.0, my = 0.0;
    for (size_t i = 0; i < pixels(p); i++) {
        double w = ost_paths_trust(p, i), c = (double)p->cortex->pixel[i];
        double m = (double)p->marrow->pixel[i], y = (double)p->shade->film->pixel[i];
        cc += w * c * c;
        cm += w * c * m;
        mm += w * m * m;
        cy += w * c * y;
        my += w * m * y;
    }
    double det = cc * mm - cm * cm, ratio = rule->ratio;
    if (det > 1e-9 * cc * mm)
        ratio = (cc * my - cm * cy) / fmax(mm * cy - cm * my, 1e-12);
    ratio = fmin(fmax(ratio, rule->ratio_least), rule->ratio_most);
    double square = cc + 2.0 * ratio * cm + ratio * ratio * mm;
    p->gain[0] = square > 0.0 ? fmax((cy + ratio * my) / square, 0.0) : 0.0;
    p->gain[1] = ratio * p->gain[0];
}

static void take_off(struct ost_paths *p)
{
    double sum = 0.0, weight = 0.0;
    for (size_t i = 0; i < pixels(p); i++) {
        double r = (double)p->shade->film->pixel[i] - p->gain[0] * (double)p->cortex->pixel[i] -
                   p->gain[1] * (double)p->marrow->pixel[i];
        double w = (double)p->shade->weight->pixel[i];
        p->off->pixel[i] = (float)r;
        sum += w * fabs(r);
        weight += w;
    }
    p->spread = weight > 0.0 ? 1.25 * sum / weight : 0.0;
}

bool ost_paths_compare(struct ost_paths *paths, const struct ost_paths_rule *rule, bool *says,
                       struct ost_err *err)
{
    for (size_t i = 0; i < pixels(paths); i++) /* all that is added is inside the outer surface */
        paths->cortex->pixel[i] -= paths->marrow->pixel[i];
    if (!ost_shade_flatten(paths->shade, rule->slow_mm, paths->cortex, err) ||
        !ost_shade_flatten(paths->shade, rule->slow_mm, paths->marrow, err))
        return false;
    solve_gains(paths, rule);
    take_off(paths);
    *says = paths->gain[0] > 0.0 && paths->spread > 0.0;
    return true;
}

bool ost_paths_pull(const struct ost_paths *paths, const struct ost_paths_rule *rule,
                    struct ost_image **out, double *worth, struct ost_err *err)
{
    if (!ost_image_copy(paths->off, out, err))
        return false;
    double together = rule->raster_mm / rule->together_mm;
    *worth = together * together / (paths->spread * paths->spread);
    for (size_t i = 0; i < pixels(paths); i++)
        (*out)->pixel[i] = (float)(ost_paths_trust(paths, i) * (double)paths->off->pixel[i]);
    return ost_shade_flatten(paths->shade, rule->slow_mm, *out, err);
}
