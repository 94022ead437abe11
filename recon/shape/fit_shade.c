#include "recon/image/filter.h"
#include "recon/math/vec.h"
#include "recon/mesh/measure.h"
#include "recon/shape/fit_expect_impl.h"
#include "recon/shape/shade.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double slow_mm = 4.0, near_mm = 6.0;
static const double carpus_mm =
    3.0; /* distal to the joint, where bones begin that are no part of it */

uint32_t fit_distal_points(const struct fit *fit, double height, double (*out)[3], uint32_t room)
{
    uint32_t count = 0;
    for (int b = 0; b < OST_BONES; b++) {
        const struct ost_prior_bone *bone = ost_prior_bone_view(fit->prior, (enum ost_bone)b);
        const struct ost_mesh *mesh = fit->table[b]->mesh;
        for (uint32_t v = 0; v < bone->vertex_count && count < room; v++) {
            if ((double)bone->mean[v][2] > height)
                continue;
            for (int k = 0; k < 3; k++)
                out[count][k] = (double)mesh->vertex[v][k];
            count++;
        }
    }
    return count;
}

bool fit_inner_surface(const struct fit *fit, size_t view, int bone, double factor,
                       struct ost_mesh **out, struct ost_err *err)
{
    const struct ost_arm_table *t = fit_table(fit, view, bone);
    const struct ost_prior_bone *b = ost_prior_bone_view(fit->prior, (enum ost_bone)bone);
    if (!ost_mesh_create(out, t->mesh->vertex_count, t->mesh->triangle_count, err))
        return false;
    double scale = exp(fit->arm.log_scale) * factor;
    for (uint32_t v = 0; v < t->mesh->vertex_count; v++)
        for (int k = 0; k < 3; k++)
            (*out)->vertex[v][k] = (float)((double)t->mesh->vertex[v][k] -
                                           scale * (double)b->cortex[v] * (double)t->normal[v][k]);
    memcpy((*out)->triangle, t->mesh->triangle,
           t->mesh->triangle_count * sizeof *t->mesh->triangle);
    return true;
}

/* Leaves out air and what lies distal to the joint. */
static void leave_out(const struct fit *fit, size_t view, const struct ost_shade *shade)
{
    const struct ost_camera *c = &fit->view[view].camera;
    const double wrist[3] = {0.0, 0.0, -carpus_mm}, up[3] = {0.0, 0.0, 40.0};
    double p[3], a[2], b[2];
    ost_rigid_point(&fit->arm.place, wrist, p);
    bool seen = ost_camera_project(c, p, a, NULL);
    ost_rigid_point(&fit->arm.place, up, p);
    if (!seen || !ost_camera_project(c, p, b, NULL))
        return;
    const struct ost_window *w = &shade->window;
    for (size_t row = 0; row < w->height; row++)
        for (size_t column = 0; column < w->width; column++) {
            size_t at = row * w->width + column;
            double u = w->origin[0] + w->step * (double)column - a[0];
            double v = w->origin[1] + w->step * (double)row - a[1];
            bool distal = u * (b[0] - a[0]) + v * (b[1] - a[1]) < 0.0;
            if (distal || (double)shade->film->pixel[at] < fit->view[view].scan->air)
                shade->weight->pixel[at] = 0.0F;
        }
}

/* Cuts values beyond twice their mean size: beads, metal and rims count no more than bone. */
static void cut(const struct ost_shade *shade, struct ost_image *image)
{
    size_t count = (size_t)image->width * image->height;
    for (int pass = 0; pass < 2; pass++) {
        double sum = 0.0, weight = 0.0;
        for (size_t i = 0; i < count; i++) {
            sum += (double)shade->weight->pixel[i] * fabs((double)image->pixel[i]);
            weight += (double)shade->weight->pixel[i];
        }
        float most = (float)(weight > 0.0 ? 2.0 * sum / weight : 0.0);
        for (size_t i = 0; i < count; i++)
            image->pixel[i] = fminf(fmaxf(image->pixel[i], -most), most);
    }
}

/* A box about the distal forearm, the same for every guess, so that no bone drops out of sight. */
static void box_of(const struct fit *fit, double height_mm, double corner[8][3])
{
    const double low[3] = {-22.0, -28.0, -12.0}, high[3] = {40.0, 28.0, height_mm};
    double flip = fit->arm.mirrored ? -1.0 : 1.0;
    for (int i = 0; i < 8; i++) {
        double p[3];
        for (int k = 0; k < 3; k++)
            p[k] = (i >> k & 1) != 0 ? high[k] : low[k];
        p[0] *= flip;
        ost_rigid_point(&fit->arm.place, p, corner[i]);
    }
}

bool fit_shade_view(const struct fit *fit, size_t view, double step_mm, double height_mm,
                    struct ost_shade **out, struct ost_err *err)
{
    double corner[8][3];
    box_of(fit, height_mm, corner);
    if (!ost_shade_create(fit->view[view].scan, &fit->view[view].camera, (const double(*)[3])corner,
                          8, step_mm, out, err))
        return false;
    if (*out != NULL)
        leave_out(fit, view, *out);
    return true;
}

static bool correlate(const struct fit *fit, size_t view, double step_mm, double height_mm,
                      double *out, struct ost_err *err)
{
    OST_AUTO(ost_shade) shade = NULL;
    OST_AUTO(ost_image) model = NULL;
    *out = 0.0;
    if (!fit_shade_view(fit, view, step_mm, height_mm, &shade, err))
        return false;
    if (shade == NULL)
        return true;
    if (!fit_expected_paths(fit, view, &shade->window, &model, err) ||
        !ost_shade_flatten(shade, slow_mm, model, err) ||
        !ost_shade_flatten(shade, slow_mm, shade->film, err) ||
        !ost_shade_level(shade, near_mm, model, err) ||
        !ost_shade_level(shade, near_mm, shade->film, err))
        return false;
    cut(shade, model);
    cut(shade, shade->film);
    *out = ost_shade_correlate(shade, model, shade->film);
    return true;
}

bool fit_correlate(const struct fit *fit, double step_mm, double height_mm, double *out,
                   struct ost_err *err)
{
    *out = 0.0;
    for (size_t v = 0; v < fit->view_count; v++) {
        double one = 0.0;
        if (!correlate(fit, v, step_mm, height_mm, &one, err))
            return false;
        *out += one / (double)fit->view_count;
    }
    return true;
}
