#include "recon/bone/shapes_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ost_bone_shapes_destroy(struct ost_bone_shapes *model)
{
    if (model == NULL)
        return;
    free((void *)(uintptr_t)model->shape.mean);
    free((void *)(uintptr_t)model->shape.triangle);
    free((void *)(uintptr_t)model->shape.mode);
    free((void *)(uintptr_t)model->shape.cortex);
    free(model);
}

double ost_bone_cortex(double share, double length)
{
    double middle = 1.0 - fabs(2.0 * share - 1.0); /* 0 at the ends, 1 in the middle */
    double t = fmin(fmax((middle - 0.15) / 0.55, 0.0), 1.0);
    return length / 440.0 * (1.2 + 5.3 * t * t * (3.0 - 2.0 * t));
}

static void be_default(double *value, double usual)
{
    if (!(*value > 0.0))
        *value = usual;
}

static struct ost_bone_train settled(const struct ost_bone_train *options)
{
    struct ost_bone_train o = options != NULL ? *options : (struct ost_bone_train){0};
    be_default(&o.local_share, 0.3);
    be_default(&o.local_mm, 50.0);
    be_default(&o.rough_sd[0], 0.25);
    be_default(&o.rough_sd[1], 0.15);
    be_default(&o.rough_mm[0], 18.0);
    be_default(&o.rough_mm[1], 8.0);
    o.local_axes = o.local_axes > 0 ? o.local_axes : 90;
    return o;
}

/* The mean and what goes with each of its vertices. */
static bool keep_mean(const struct ost_mesh *mean, struct ost_bone_shapes *model,
                      struct ost_err *err)
{
    float(*vertex)[3] = calloc(mean->vertex_count, sizeof *vertex);
    uint32_t(*triangle)[3] = calloc(mean->triangle_count, sizeof *triangle);
    float *cortex = calloc(mean->vertex_count, sizeof *cortex), low = 0.0F, high = 0.0F;
    struct ost_prior_bone *s = &model->shape;
    s->mean = (const float(*)[3])vertex;
    s->triangle = (const uint32_t(*)[3])triangle;
    s->cortex = cortex;
    s->vertex_count = mean->vertex_count;
    s->triangle_count = mean->triangle_count;
    if (vertex == NULL || triangle == NULL || cortex == NULL)
        return ost_fail(err, OST_NOMEM, "bone: no room for %u vertices", mean->vertex_count);
    memcpy(vertex, mean->vertex, mean->vertex_count * sizeof *vertex);
    memcpy(triangle, mean->triangle, mean->triangle_count * sizeof *triangle);
    for (uint32_t v = 0; v < mean->vertex_count; v++) {
        low = fminf(low, vertex[v][2]);
        high = fmaxf(high, vertex[v][2]);
    }
    for (uint32_t v = 0; v < mean->vertex_count; v++)
        cortex[v] = (float)ost_bone_cortex((double)((vertex[v][2] - low) / (high - low)),
                                           (double)(high - low));
    model->half_length = 0.5 * (double)(high - low);
    return true;
}

bool ost_bone_shapes_create(struct ost_bone_shapes **out,
                            const struct ost_bone_population *population,
                            const struct ost_bone_train *options, struct ost_err *err)
{
    const struct ost_bone_train o = settled(options);
    OST_AUTO(ost_bone_shapes) model = calloc(1, sizeof *model);
    struct bone_people people = {0};
    if (model == NULL)
        return ost_fail(err, OST_NOMEM, "bone: out of memory");
    float *mode = NULL;
    bool ok =
        bone_people_make(population, o.coarse, &people, err) &&
        keep_mean(people.mean, model, err) &&
        bone_modes_make(&people, &o, &model->shape.mode_count, &mode, &model->residual_mm, err);
    model->shape.mode = mode;
    model->log_size_sd = people.log_size_sd;
    bone_people_fini(&people);
    if (ok)
        *out = ost_steal(&model);
    return ok;
}

void ost_bone_shapes_shape(const struct ost_bone_shapes *model, double size, const double *b,
                           const struct ost_rigid *place, float (*out)[3])
{
    const struct ost_prior_bone *s = &model->shape;
    size_t count = (size_t)s->vertex_count * 3;
    float *flat = &out[0][0];
    memcpy(flat, &s->mean[0][0], count * sizeof *flat);
    for (uint32_t k = 0; b != NULL && k < s->mode_count; k++) {
        const float *mode = s->mode + k * count, by = (float)b[k];
        for (size_t i = 0; by != 0.0F && i < count; i++)
            flat[i] += by * mode[i];
    }
    for (uint32_t v = 0; v < s->vertex_count; v++) {
        double p[3], q[3];
        for (int k = 0; k < 3; k++)
            p[k] = size * (double)out[v][k];
        ost_rigid_point(place, p, q);
        for (int k = 0; k < 3; k++)
            out[v][k] = (float)q[k];
    }
}

bool ost_bone_shapes_mesh(const struct ost_bone_shapes *model, double size, const double *b,
                          const struct ost_rigid *place, struct ost_mesh **out, struct ost_err *err)
{
    const struct ost_prior_bone *s = &model->shape;
    if (!ost_mesh_create(out, s->vertex_count, s->triangle_count, err))
        return false;
    memcpy((*out)->triangle, s->triangle, s->triangle_count * sizeof *s->triangle);
    ost_bone_shapes_shape(model, size, b, place, (*out)->vertex);
    return true;
}
