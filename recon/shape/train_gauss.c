#include "recon/math/vec.h"
#include "recon/shape/field.h"
#include "recon/shape/train_impl.h"

#include <stdlib.h>

enum { SCALES = 4, DISTAL = 60 };

/* Squared exponentials: standard deviation and length of each scale, mm. */
static const double scale_sd[SCALES] = {0.70, 0.50, 0.35, 0.20};
static const double scale_length[SCALES] = {45.0, 22.0, 11.0, 6.0};

static double strength(double z)
{
    return 1.0 - 0.5 * ost_train_smooth_step(50.0, 110.0, z);
}

/* How much a square millimetre counts where modes are chosen: films show the wrist. */
static double importance_at(double z)
{
    return 0.15 + 0.85 * (1.0 - ost_train_smooth_step(40.0, 110.0, z)) +
           (1.0 - ost_train_smooth_step(8.0, 25.0, z));
}

static double importance(const void *user, uint32_t vertex)
{
    const struct ost_mesh *mesh = user;
    return importance_at(mesh->vertex[vertex][2]);
}

/* Displacements along normals that agree where the normals do. */
static double kernel(const void *user, const float (*normal)[3], uint32_t a, uint32_t b)
{
    const struct ost_mesh *mesh = user;
    double p[3], q[3], d, sum = 0.0, facing = 0.0;
    ost_train_vertex_at(mesh, a, p);
    ost_train_vertex_at(mesh, b, q);
    d = ost_distance(p, q);
    for (int k = 0; k < 3; k++)
        facing += (double)normal[a][k] * (double)normal[b][k];
    for (int i = 0; i < SCALES; i++) {
        double x = d / scale_length[i];
        sum += scale_sd[i] * scale_sd[i] * exp(-0.5 * x * x);
    }
    return strength(p[2]) * strength(q[2]) * facing * sum;
}

static double left_over(const struct ost_mesh *mesh, const double *own, const double *held)
{
    double sum = 0.0, vertices = 0.0;
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        if (mesh->vertex[v][2] > (float)DISTAL)
            continue;
        sum += fmax(own[v] - held[v], 0.0);
        vertices += 1.0;
    }
    return vertices > 0.0 ? sqrt(sum / vertices) : 0.0;
}

bool ost_train_gauss_fields(const struct ost_mesh *mean, uint32_t count, float *out,
                            double *residual, struct ost_err *err)
{
    const struct ost_field_process process = {
        .mesh = mean, .kernel = kernel, .importance = importance, .user = mean};
    double *own = calloc(mean->vertex_count, sizeof *own);
    double *held = calloc(mean->vertex_count, sizeof *held);
    bool ok = own != NULL && held != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "training: no room");
    ok = ok && ost_field_process_axes(&process, count, out, own, held, err);
    if (ok)
        *residual = left_over(mean, own, held);
    free(own);
    free(held);
    return ok;
}
