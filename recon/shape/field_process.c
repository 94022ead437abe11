#include "recon/math/dense.h"
#include "recon/math/vec.h"
#include "recon/mesh/edge.h"
#include "recon/mesh/measure.h"
#include "recon/shape/field.h"
#include "recon/shape/train_impl.h"

#include <stdlib.h>
#include <string.h>

enum { CENTRES = 360 };

struct process {
    const struct ost_field_process *given;
    const struct ost_mesh *mesh;
    float (*normal)[3]; /* smoothed */
    uint32_t centre[CENTRES];
    double weight[CENTRES]; /* importance each centre stands for */
    uint32_t centres;
};

static double importance(const struct process *g, uint32_t vertex)
{
    return g->given->importance(g->given->user, vertex);
}

static double kernel(const struct process *g, uint32_t a, uint32_t b)
{
    return g->given->kernel(g->given->user, (const float(*)[3])g->normal, a, b);
}

/* Each normal becomes the mean of its own and its neighbours'. */
static void smooth_once(const struct ost_edges *edges, uint32_t n, float (*normal)[3],
                        float (*sum)[3])
{
    memcpy(sum, normal, n * sizeof *sum);
    for (size_t at = 0, run; (run = ost_edges_run(edges, at)) > 0; at += run) {
        uint32_t low = edges->edge[at].low, high = edges->edge[at].high;
        for (int k = 0; k < 3; k++) {
            sum[low][k] += normal[high][k];
            sum[high][k] += normal[low][k];
        }
    }
    for (uint32_t v = 0; v < n; v++) {
        double u[3] = {sum[v][0], sum[v][1], sum[v][2]};
        (void)ost_unit(u);
        for (int k = 0; k < 3; k++)
            normal[v][k] = (float)u[k];
    }
}

static bool smooth_normals(struct process *g, struct ost_err *err)
{
    enum { ROUNDS = 8 };
    OST_AUTO(ost_edges) edges = NULL;
    uint32_t n = g->mesh->vertex_count;
    g->normal = calloc(n, sizeof *g->normal);
    float(*sum)[3] = calloc(n, sizeof *sum);
    bool ok = g->normal != NULL && sum != NULL && ost_edges_create(&edges, g->mesh, err);
    if (ok)
        ost_mesh_vertex_normals(g->mesh, g->normal);
    for (int round = 0; ok && round < ROUNDS; round++)
        smooth_once(edges, n, g->normal, sum);
    free(sum);
    return ok || ost_fail(err, OST_NOMEM, "training: no room for normals");
}

/* Farthest points, distances counted longer where more matters. */
static bool choose_centres(struct process *g, struct ost_err *err)
{
    uint32_t n = g->mesh->vertex_count;
    double *stretch = calloc(n, sizeof *stretch), *area = calloc(n, sizeof *area);
    uint32_t *owner = calloc(n, sizeof *owner);
    bool ok = stretch != NULL && area != NULL && owner != NULL;
    for (uint32_t v = 0; ok && v < n; v++)
        stretch[v] = sqrt(importance(g, v));
    g->centres = n / 4 < CENTRES ? n / 4 : CENTRES;
    ok = ok && ost_train_spread(g->mesh, stretch, g->centre, g->centres, owner);
    if (ok)
        ost_mesh_vertex_areas(g->mesh, area);
    for (uint32_t v = 0; ok && v < n; v++)
        g->weight[owner[v]] += area[v] * importance(g, v);
    free(stretch);
    free(area);
    free(owner);
    return ok || ost_fail(err, OST_NOMEM, "training: no room for centres");
}

/* Nystroem: field_k(x) = sum_i K(x, c_i) sqrt(w_i) e_ik / sqrt(lambda_k). */
static void extend(const struct process *g, const double *value, const double *vector,
                   uint32_t count, float *out)
{
    uint32_t n = g->mesh->vertex_count, m = g->centres;
    double column[CENTRES];
    for (uint32_t v = 0; v < n; v++) {
        for (uint32_t i = 0; i < m; i++)
            column[i] = kernel(g, v, g->centre[i]) * sqrt(g->weight[i]);
        for (uint32_t k = 0; k < count; k++) {
            double sum = 0.0;
            for (uint32_t i = 0; i < m; i++)
                sum += column[i] * vector[(size_t)k * m + i];
            sum /= sqrt(value[k]);
            for (int c = 0; c < 3; c++)
                out[((size_t)k * n + v) * 3 + (size_t)c] = (float)(sum * (double)g->normal[v][c]);
        }
    }
}

/* The squares of all fields at one vertex. */
static double held_at(const struct process *g, uint32_t count, const float *field, uint32_t vertex)
{
    size_t size = (size_t)g->mesh->vertex_count * 3;
    double sum = 0.0;
    for (size_t i = 0; i < (size_t)count * 3; i++) {
        double x = field[i / 3 * size + (size_t)vertex * 3 + i % 3];
        sum += x * x;
    }
    return sum;
}

static bool solve(const struct process *g, uint32_t count, float *out, struct ost_err *err)
{
    uint32_t m = g->centres;
    double *matrix = calloc((size_t)m * m, sizeof *matrix);
    double *vector = calloc((size_t)m * m, sizeof *vector);
    double *value = calloc(m, sizeof *value);
    bool ok = matrix != NULL && vector != NULL && value != NULL && count <= m;
    for (uint32_t i = 0; ok && i < m; i++) {
        for (uint32_t j = 0; j < m; j++) {
            matrix[(size_t)i * m + j] =
                kernel(g, g->centre[i], g->centre[j]) * sqrt(g->weight[i] * g->weight[j]);
        }
    }
    if (ok) {
        ost_eigen_symmetric(matrix, m, value, vector);
        ok = value[count - 1] > 0.0;
    }
    if (ok)
        extend(g, value, vector, count, out);
    free(matrix);
    free(vector);
    free(value);
    return ok || ost_fail(err, OST_NOMEM, "training: the Gaussian process has too few points");
}

bool ost_field_process_axes(const struct ost_field_process *process, uint32_t count, float *out,
                            double *own, double *held, struct ost_err *err)
{
    struct process *g = calloc(1, sizeof *g);
    if (g == NULL)
        return ost_fail(err, OST_NOMEM, "training: no room");
    g->given = process;
    g->mesh = process->mesh;
    bool ok = smooth_normals(g, err) && choose_centres(g, err) && solve(g, count, out, err);
    for (uint32_t v = 0; ok && v < g->mesh->vertex_count; v++) {
        if (own != NULL)
            own[v] = kernel(g, v, v);
        if (held != NULL)
            held[v] = held_at(g, count, out, v);
    }
    free(g->normal);
    free(g);
    return ok;
}
