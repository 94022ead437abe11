/* How points of the arm on films move with every unknown, and the normal equations of it. */
#include "recon/math/vec.h"
#include "recon/shape/fit_impl.h"

#include <math.h>
#include <string.h>

void fit_row_put(struct fit_row *row, uint32_t index, double value)
{
    row->index[row->count] = index;
    row->value[row->count++] = value;
}

/* The unknown that a column of a bone's table belongs to, seen in a frame. */
static uint32_t unknown_of(const struct fit *fit, uint32_t frame, int bone, uint32_t column)
{
    if (column == OST_ARM_SCALE)
        return FIT_SCALE;
    if (column < OST_ARM_CUT && bone == OST_ULNA)
        return (frame > 0 ? fit_frame_at(fit, frame) : FIT_JOINT) + column - OST_ARM_SIX;
    if (column < OST_ARM_CUT)
        return FIT_BREAK + column - OST_ARM_SIX;
    if (column < OST_ARM_BEND)
        return FIT_CUT + column - OST_ARM_CUT;
    if (column < OST_ARM_FIRST_MODE)
        return FIT_BEND + (bone == OST_ULNA ? 3U : 0U) + column - OST_ARM_BEND;
    return fit_mode_at(fit, bone) + column - OST_ARM_FIRST_MODE;
}

static bool is_asleep(const struct fit *fit, int bone, uint32_t column)
{
    const bool broken = bone == OST_RADIUS && fit->arm.broken;
    const uint32_t first = bone == OST_ULNA ? OST_ARM_CUT : OST_ARM_SIX;
    return !broken && column >= first && column < OST_ARM_BEND;
}

static void spot_point(const struct fit *fit, const struct fit_spot *spot, double out[3])
{
    const struct ost_mesh *mesh = fit_table(fit, spot->view, spot->bone)->mesh;
    const uint32_t *corner = mesh->triangle[spot->triangle];
    for (int k = 0; k < 3; k++)
        out[k] = spot->weight[0] * (double)mesh->vertex[corner[0]][k] +
                 spot->weight[1] * (double)mesh->vertex[corner[1]][k] +
                 spot->weight[2] * (double)mesh->vertex[corner[2]][k];
}

/* h . dP over the unknowns of the arm. */
static void arm_columns(const struct fit *fit, const struct fit_spot *spot, const double h[3],
                        struct fit_row *row)
{
    const struct ost_arm_table *t = fit_table(fit, spot->view, spot->bone);
    const uint32_t *corner = t->mesh->triangle[spot->triangle];
    double p[3], arm[3], turn[3];
    spot_point(fit, spot, p);
    ost_sub(p, fit->pivot, arm);
    ost_cross(arm, h, turn);
    for (uint32_t k = 0; k < 3; k++) {
        fit_row_put(row, FIT_TURN + k, turn[k]);
        fit_row_put(row, FIT_SHIFT + k, h[k]);
    }
    const uint32_t frame = fit->view[spot->view].frame;
    uint32_t columns = OST_ARM_FIRST_MODE + fit->modes[spot->bone];
    float slope[OST_ARM_FIRST_MODE + OST_ARM_MODES];
    ost_arm_slopes(t, corner, spot->weight, h, fit->modes[spot->bone], slope);
    for (uint32_t c = 0; c < columns; c++)
        if (!is_asleep(fit, spot->bone, c))
            fit_row_put(row, unknown_of(fit, frame, spot->bone, c), (double)slope[c]);
}

/* The same displacement by moving the camera instead: g in camera axes. */
static void view_columns(const struct fit *fit, const struct fit_spot *spot, const double g[3],
                         struct fit_row *row)
{
    const struct fit_view *v = &fit->view[spot->view];
    uint32_t at = fit_view_at(fit, spot->view);
    if (!v->pose_free)
        return;
    double p[3], q[3], c[3], arm[3], turn[3];
    spot_point(fit, spot, p);
    ost_rigid_point(&v->camera.world_to_camera, p, q);
    ost_rigid_point(&v->camera.world_to_camera, fit->pivot, c);
    ost_sub(q, c, arm);
    ost_cross(arm, g, turn);
    for (uint32_t k = 0; k < 3; k++) {
        fit_row_put(row, at + k, turn[k]);
        fit_row_put(row, at + 3 + k, g[k]);
    }
}

void fit_row_of_slope(const struct fit *fit, const struct fit_spot *spot, const double slope[3],
                      struct fit_row *row)
{
    const struct fit_view *v = &fit->view[spot->view];
    double g[3];
    row->count = 0;
    arm_columns(fit, spot, slope, row);
    ost_rigid_direction(&v->camera.world_to_camera, slope, g);
    view_columns(fit, spot, g, row);
}

void fit_row_of_spot(const struct fit *fit, const struct fit_spot *spot, struct fit_row *row)
{
    const struct fit_view *v = &fit->view[spot->view];
    const struct ost_camera *c = &v->camera;
    double mm = spot->depth / (0.5 * (c->focal[0] + c->focal[1]));
    double off[2] = {spot->pixel[0] - c->principal[0], spot->pixel[1] - c->principal[1]};
    double g[3] = {mm * spot->normal[0] * c->focal[0] / spot->depth,
                   mm * spot->normal[1] * c->focal[1] / spot->depth, 0.0};
    g[2] = -mm * (spot->normal[0] * off[0] + spot->normal[1] * off[1]) / spot->depth;
    struct ost_rigid back = ost_rigid_inverse(&c->world_to_camera);
    double h[3];
    ost_rigid_direction(&back, g, h);
    row->count = 0;
    arm_columns(fit, spot, h, row);
    view_columns(fit, spot, g, row);
    if (v->focal_free)
        fit_row_put(row, fit_view_at(fit, spot->view) + 6,
                    mm * (spot->normal[0] * off[0] + spot->normal[1] * off[1]));
}

void fit_normal_clear(struct fit_normal *normal, uint32_t n)
{
    normal->n = n;
    memset(normal->a, 0, (size_t)n * n * sizeof *normal->a);
    memset(normal->b, 0, n * sizeof *normal->b);
}

void fit_normal_add(struct fit_normal *normal, const struct fit_row *row, double residual,
                    double weight)
{
    for (uint32_t i = 0; i < row->count; i++) {
        double v = weight * row->value[i];
        normal->b[row->index[i]] += v * residual;
        for (uint32_t j = 0; j <= i; j++) {
            uint32_t r = row->index[i], c = row->index[j]; /* the lower triangle alone */
            size_t at = r < c ? (size_t)r * normal->n + c : (size_t)c * normal->n + r;
            normal->a[at] += v * row->value[j];
        }
    }
}
