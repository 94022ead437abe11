#include "recon/bone/shapes_impl.h"
#include "recon/math/vec.h"
#include "recon/mesh/measure.h"
#include "recon/shape/field.h"

#include <stdlib.h>
#include <string.h>

enum { SCALES = 2 };

/* What the local process is made of. */
struct local {
    const struct bone_people *people;
    const struct ost_bone_train *options;
    float *along; /* owned; [vertex * people + person]: the deviation along the mean's normal */
};

static double near_by(double distance, double length)
{
    double x = distance / length;
    return exp(-0.5 * x * x);
}

static double kernel(const void *user, const float (*normal)[3], uint32_t a, uint32_t b)
{
    const struct local *l = user;
    const struct bone_people *p = l->people;
    const float *x = l->along + (size_t)a * p->count, *y = l->along + (size_t)b * p->count;
    const float *at = p->mean->vertex[a], *to = p->mean->vertex[b];
    double d = 0.0, common = 0.0, facing = 0.0, rough = 0.0;
    for (int k = 0; k < 3; k++) {
        d += ((double)at[k] - (double)to[k]) * ((double)at[k] - (double)to[k]);
        facing += (double)normal[a][k] * (double)normal[b][k];
    }
    d = sqrt(d);
    for (uint32_t i = 0; i < p->count; i++)
        common += (double)x[i] * (double)y[i];
    for (int i = 0; i < SCALES; i++)
        rough +=
            l->options->rough_sd[i] * l->options->rough_sd[i] * near_by(d, l->options->rough_mm[i]);
    return l->options->local_share * common / (p->count - 1) * near_by(d, l->options->local_mm) +
           facing * rough;
}

static double importance(const void *user, uint32_t vertex)
{
    (void)user;
    (void)vertex;
    return 1.0;
}

/* Each person's deviation, worth its part of the covariance; and along the normals. */
static bool deviate(const struct local *l, float *field)
{
    const struct bone_people *p = l->people;
    const double share = sqrt((1.0 - l->options->local_share) / (p->count - 1));
    float(*normal)[3] = calloc(p->vertices, sizeof *normal);
    if (normal == NULL)
        return false;
    ost_mesh_vertex_normals(p->mean, normal);
    for (uint32_t i = 0; i < p->count; i++)
        for (size_t v = 0; v < p->vertices; v++) {
            double along = 0.0;
            for (size_t k = 0; k < 3; k++) {
                double d = (double)p->body[i]->vertex[v][k] - (double)p->mean->vertex[v][k];
                field[((size_t)i * p->vertices + v) * 3 + k] = (float)(share * d);
                along += d * (double)normal[v][k];
            }
            l->along[v * p->count + i] = (float)along;
        }
    free(normal);
    return true;
}

static bool add_local(const struct local *l, float *field, double *residual, struct ost_err *err)
{
    const struct bone_people *p = l->people;
    const struct ost_field_process process = {
        .mesh = p->mean, .kernel = kernel, .importance = importance, .user = l};
    double *own = calloc(p->vertices, sizeof *own), *held = calloc(p->vertices, sizeof *held);
    bool ok = own != NULL && held != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "bone: no room");
    ok = ok && ost_field_process_axes(&process, l->options->local_axes, field, own, held, err);
    double sum = 0.0;
    for (uint32_t v = 0; ok && v < p->vertices; v++)
        sum += fmax(own[v] - held[v], 0.0);
    *residual = sqrt(sum / p->vertices);
    free(own);
    free(held);
    return ok;
}

bool bone_modes_make(const struct bone_people *people, const struct ost_bone_train *options,
                     uint32_t *count, float **mode, double *residual, struct ost_err *err)
{
    struct local l = {.people = people, .options = options};
    size_t size = (size_t)people->vertices * 3, n = people->count + options->local_axes;
    float *field = calloc(n * size, sizeof *field);
    double *area = calloc(people->vertices, sizeof *area);
    l.along = calloc((size_t)people->vertices * people->count, sizeof *l.along);
    *mode = calloc(n * size, sizeof **mode);
    bool ok = field != NULL && area != NULL && l.along != NULL && *mode != NULL;
    ok = ok && deviate(&l, field);
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "bone: no room for %zu modes", n);
    ok = ok && add_local(&l, field + people->count * size, residual, err);
    if (ok) {
        ost_mesh_vertex_areas(people->mean, area);
        *count = (uint32_t)n - 1; /* deviations from a mean: one of them is spoken for */
        ok = ost_field_axes(area, people->vertices, (uint32_t)n, field, *mode, err);
    }
    free(field);
    free(area);
    free(l.along);
    return ok;
}
