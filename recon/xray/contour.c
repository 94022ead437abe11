#include "recon/xray/contour.h"

#include "recon/math/vec.h"

#include <math.h>
#include <stdlib.h>

void ost_contour_destroy(struct ost_contour *contour)
{
    if (contour == NULL)
        return;
    free(contour->point);
    free(contour);
}

/* What the trace reads and the cosine at each vertex, times the distance. */
struct trace {
    const struct ost_mesh *mesh;
    const float (*normal)[3];
    const struct ost_camera *camera;
    double *turn;
};

static void point_at(const float (*list)[3], const uint32_t *corner, const double weight[3],
                     double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = weight[0] * (double)list[corner[0]][k] + weight[1] * (double)list[corner[1]][k] +
                 weight[2] * (double)list[corner[2]][k];
}

/* The weights of the two points where the fold crosses the triangle's sides. */
static bool crossings(const double turn[3], double weight[2][3])
{
    int found = 0;
    for (int i = 0; i < 3 && found < 2; i++) {
        int j = (i + 1) % 3;
        if ((turn[i] > 0.0) == (turn[j] > 0.0))
            continue;
        double t = turn[i] / (turn[i] - turn[j]);
        weight[found][0] = weight[found][1] = weight[found][2] = 0.0;
        weight[found][i] = 1.0 - t;
        weight[found][j] = t;
        found++;
    }
    return found == 2;
}

/* The picture of a small step along `direction` from the point `p`. */
static bool project_step(const struct ost_camera *camera, const double p[3],
                         const double direction[3], double out[2])
{
    double q[3], d[3];
    ost_rigid_point(&camera->world_to_camera, p, q);
    ost_rigid_direction(&camera->world_to_camera, direction, d);
    if (!(q[2] > 0.0))
        return false;
    for (int k = 0; k < 2; k++)
        out[k] = camera->focal[k] * (d[k] - q[k] * d[2] / q[2]) / q[2];
    return true;
}

static bool fold_in(const struct trace *t, uint32_t triangle, struct ost_contour_point *out)
{
    const uint32_t *corner = t->mesh->triangle[triangle];
    const double turn[3] = {t->turn[corner[0]], t->turn[corner[1]], t->turn[corner[2]]};
    double weight[2][3], end[2][2], p[3], n[3], outward[2];
    if (!crossings(turn, weight))
        return false;
    for (int i = 0; i < 2; i++) {
        point_at((const float(*)[3])t->mesh->vertex, corner, weight[i], p);
        if (!ost_camera_project(t->camera, p, end[i], NULL))
            return false;
    }
    for (int k = 0; k < 3; k++)
        out->weight[k] = 0.5 * (weight[0][k] + weight[1][k]);
    point_at((const float(*)[3])t->mesh->vertex, corner, out->weight, p);
    point_at(t->normal, corner, out->weight, n);
    if (!ost_camera_project(t->camera, p, out->pixel, &out->depth) ||
        !project_step(t->camera, p, n, outward))
        return false;
    double along[2] = {end[1][0] - end[0][0], end[1][1] - end[0][1]};
    out->length = hypot(along[0], along[1]);
    if (!(out->length > 1e-9))
        return false;
    double sign = outward[0] * -along[1] + outward[1] * along[0] < 0.0 ? -1.0 : 1.0;
    out->normal[0] = -sign * along[1] / out->length;
    out->normal[1] = sign * along[0] / out->length;
    out->triangle = triangle;
    return true;
}

static bool is_crossed(const double *turn, const uint32_t *corner)
{
    bool first = turn[corner[0]] > 0.0;
    return first != (turn[corner[1]] > 0.0) || first != (turn[corner[2]] > 0.0);
}

static void measure_turns(struct trace *t)
{
    double source[3], direction[3];
    const double middle[2] = {t->camera->principal[0], t->camera->principal[1]};
    ost_camera_ray(t->camera, middle, source, direction);
    for (uint32_t v = 0; v < t->mesh->vertex_count; v++) {
        const float *p = t->mesh->vertex[v], *n = t->normal[v];
        t->turn[v] = 0.0;
        for (int k = 0; k < 3; k++)
            t->turn[v] += (double)n[k] * ((double)p[k] - source[k]);
    }
}

bool ost_contour_create(const struct ost_mesh *mesh, const float (*normal)[3],
                        const struct ost_camera *camera, struct ost_contour **out,
                        struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_contour) contour = calloc(1, sizeof *contour);
    struct trace t = {.mesh = mesh, .normal = normal, .camera = camera};
    t.turn = malloc(mesh->vertex_count * sizeof *t.turn);
    size_t crossed = 0;
    if (contour != NULL && t.turn != NULL) {
        measure_turns(&t);
        for (uint32_t i = 0; i < mesh->triangle_count; i++)
            crossed += is_crossed(t.turn, mesh->triangle[i]) ? 1 : 0;
        contour->room = crossed;
        contour->point = calloc(crossed + 1, sizeof *contour->point);
    }
    if (contour == NULL || t.turn == NULL || contour->point == NULL) {
        free(t.turn);
        return ost_fail(err, OST_NOMEM, "contour: no room for %zu points", crossed);
    }
    for (uint32_t i = 0; i < mesh->triangle_count; i++)
        if (is_crossed(t.turn, mesh->triangle[i]) &&
            fold_in(&t, i, &contour->point[contour->count]))
            contour->count++;
    free(t.turn);
    *out = ost_steal(&contour);
    return true;
}
