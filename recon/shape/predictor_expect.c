/* What a fit expects on a film, as the tuning network is shown it. */
#include "recon/shape/predictor.h"
#include "recon/xray/chord.h"

#include <math.h>
#include <string.h>

static const double marrow = 0.25;  /* of the cortex' attenuation */
static const double unit_mm = 20.0; /* of path that is 1 */
static const float most = 4.0F;

/* A camera whose picture is the patch: the film's, turned about its axis and shrunk. */
static struct ost_camera camera_of_patch(const struct ost_camera *film,
                                         const struct ost_patch_frame *frame,
                                         const struct ost_patch_shape *shape)
{
    struct ost_camera c = {.width = shape->width, .height = shape->height};
    const double turn[2][2] = {{frame->down[1], -frame->down[0]}, {frame->down[0], frame->down[1]}};
    const struct ost_rigid *w = &film->world_to_camera;
    double focal = 0.5 * (film->focal[0] + film->focal[1]) / frame->step;
    ost_patch_of_film(frame, shape, film->principal, c.principal);
    c.focal[0] = c.focal[1] = focal;
    c.world_to_camera = *w;
    for (int k = 0; k < 4; k++) { /* three columns of r, then t */
        const double *from = k < 3 ? w->r + 3 * (size_t)k : w->t;
        double *to = k < 3 ? c.world_to_camera.r + 3 * (size_t)k : c.world_to_camera.t;
        for (int i = 0; i < 2; i++)
            to[i] = turn[i][0] * from[0] + turn[i][1] * from[1];
    }
    return c;
}

static bool inner_of(const struct ost_prior *prior, enum ost_bone bone,
                     const struct ost_arm_table *table, double scale, struct ost_mesh **out,
                     struct ost_err *err)
{
    const struct ost_prior_bone *b = ost_prior_bone_view(prior, bone);
    const struct ost_mesh *mesh = table->mesh;
    if (!ost_mesh_create(out, mesh->vertex_count, mesh->triangle_count, err))
        return false;
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        for (int k = 0; k < 3; k++)
            (*out)->vertex[v][k] =
                mesh->vertex[v][k] - (float)scale * b->cortex[v] * table->normal[v][k];
    memcpy((*out)->triangle, mesh->triangle, mesh->triangle_count * sizeof *mesh->triangle);
    return true;
}

/* Adds a bone's path lengths, the cavity's weakened. */
static bool add_bone(const struct ost_prior *prior, enum ost_bone bone,
                     const struct ost_arm_table *table, double scale,
                     const struct ost_camera *camera, struct ost_image *out, struct ost_err *err)
{
    const struct ost_window window = {.step = 1.0, .width = out->width, .height = out->height};
    OST_AUTO(ost_mesh) inner = NULL;
    return inner_of(prior, bone, table, scale, &inner, err) &&
           ost_chord_add(table->mesh, camera, &window, 1.0, out, err) &&
           ost_chord_add(inner, camera, &window, marrow - 1.0, out, err);
}

static float held(float value)
{
    return fminf(fmaxf(value / (float)unit_mm, -most), most);
}

bool ost_predictor_expect(const struct ost_prior *prior,
                          const struct ost_arm_table *const table[OST_BONES], double scale,
                          const struct ost_camera *camera, const struct ost_patch_frame *frame,
                          float *input, struct ost_err *err)
{
    const struct ost_patch_shape shape = ost_predictor_tune_shape();
    const struct ost_camera own = camera_of_patch(camera, frame, &shape);
    size_t count = (size_t)shape.width * shape.height;
    OST_AUTO(ost_image) radius = NULL;
    OST_AUTO(ost_image) ulna = NULL;
    if (!ost_image_create(&radius, shape.width, shape.height, err) ||
        !ost_image_create(&ulna, shape.width, shape.height, err) ||
        !add_bone(prior, OST_RADIUS, table[OST_RADIUS], scale, &own, radius, err) ||
        !add_bone(prior, OST_ULNA, table[OST_ULNA], scale, &own, ulna, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        float *to = input + i * OST_TUNE_CHANNELS + OST_PATCH_CHANNELS;
        to[0] = held(radius->pixel[i] + ulna->pixel[i]);
        to[1] = held(radius->pixel[i]);
    }
    return true;
}
