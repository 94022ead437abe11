#include "recon/image/filter.h"
#include "recon/shape/fit_expect_impl.h"

#include <math.h>
#include <stdlib.h>

static const double film_blur_mm = 0.35; /* of an ordinary film, beside the scan's own smoothing */
static const double marrow = 0.25;       /* of the cortex' attenuation, at a first guess */
static const double steps = 0.55;        /* raster pixels a sigma */
static const double reach = 2.4;         /* sigmas to both sides of the border */
static const double near = 1.5;          /* sigmas: how strongly near edges are preferred */
static const double every = 0.12;        /* sigmas, between the places looked at */
static const double rim = 4.0;           /* sigmas of raster beyond the outermost border */

struct fit_expect {
    struct ost_window window;
    double sigma;                    /* film pixels */
    struct ost_image *across, *down; /* owned; slopes a raster pixel */
};

void fit_expect_destroy(struct fit_expect *expect)
{
    if (expect == NULL)
        return;
    ost_image_destroy(expect->across);
    ost_image_destroy(expect->down);
    free(expect);
}

/* What both borders cover of the film, and a rim. */
static bool window_of(const struct ost_contour *const border[OST_BONES],
                      const struct ost_camera *camera, struct fit_expect *e)
{
    const double film[2] = {camera->width - 1.0, camera->height - 1.0};
    double low[2] = {HUGE_VAL, HUGE_VAL}, high[2] = {-HUGE_VAL, -HUGE_VAL};
    for (int b = 0; b < OST_BONES; b++)
        for (size_t i = 0; i < border[b]->count; i++)
            for (int k = 0; k < 2; k++) {
                low[k] = fmin(low[k], border[b]->point[i].pixel[k]);
                high[k] = fmax(high[k], border[b]->point[i].pixel[k]);
            }
    for (int k = 0; k < 2; k++) {
        low[k] = fmax(low[k], 0.0) - rim * e->sigma;
        high[k] = fmin(high[k], film[k]) + rim * e->sigma;
        if (!(high[k] > low[k]))
            return false;
    }
    e->window = (struct ost_window){.origin = {low[0], low[1]}, .step = steps * e->sigma};
    e->window.width = 2 + (uint32_t)((high[0] - low[0]) / e->window.step);
    e->window.height = 2 + (uint32_t)((high[1] - low[1]) / e->window.step);
    return true;
}

bool fit_expected_paths(const struct fit *fit, size_t view, const struct ost_window *window,
                        struct ost_image **out, struct ost_err *err)
{
    const struct ost_camera *camera = &fit->view[view].camera;
    if (!ost_image_create(out, window->width, window->height, err))
        return false;
    for (int b = 0; b < OST_BONES; b++) {
        OST_AUTO(ost_mesh) inner = NULL;
        if (!fit_inner_surface(fit, view, b, 1.0, &inner, err) ||
            !ost_chord_add(fit_table(fit, view, b)->mesh, camera, window, 1.0, *out, err) ||
            !ost_chord_add(inner, camera, window, marrow - 1.0, *out, err))
            return false;
    }
    return true;
}

static bool draw(const struct fit *fit, size_t view, struct fit_expect *e, struct ost_err *err)
{
    OST_AUTO(ost_image) paths = NULL;
    return fit_expected_paths(fit, view, &e->window, &paths, err) &&
           ost_image_blur(paths, 1.0 / steps, err) &&
           ost_image_slopes(paths, &e->across, &e->down, err);
}

bool fit_expect_create(const struct fit *fit, size_t view,
                       const struct ost_contour *const border[OST_BONES], int level,
                       struct fit_expect **out, struct ost_err *err)
{
    const struct ost_scan *scan = fit->view[view].scan;
    *out = NULL;
    OST_AUTO(fit_expect) e = calloc(1, sizeof *e);
    if (e == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    e->sigma = hypot(scan->level[level].sigma, film_blur_mm / scan->mm);
    if (!window_of(border, &fit->view[view].camera, e))
        return true;
    if (!draw(fit, view, e, err))
        return false;
    *out = ost_steal(&e);
    return true;
}

static double fall_at(const struct fit_expect *e, const double pixel[2], const double normal[2])
{
    double column = (pixel[0] - e->window.origin[0]) / e->window.step;
    double row = (pixel[1] - e->window.origin[1]) / e->window.step;
    return -(normal[0] * ost_image_at(e->across, column, row) +
             normal[1] * ost_image_at(e->down, column, row));
}

double fit_expect_offset(const struct fit_expect *e, const double pixel[2], const double normal[2])
{
    double best = 0.0, offset = 0.0;
    for (double t = -reach; t <= reach; t += every) {
        const double at[2] = {pixel[0] + t * e->sigma * normal[0],
                              pixel[1] + t * e->sigma * normal[1]};
        double score = fall_at(e, at, normal) * exp(-0.5 * t * t / (near * near));
        if (score > best) {
            best = score;
            offset = t * e->sigma;
        }
    }
    return offset;
}
