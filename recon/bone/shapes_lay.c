#include "recon/bone/shapes_impl.h"
#include "recon/math/dense.h"
#include "recon/math/vec.h"
#include "recon/mesh/icp.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/refine.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 6, MOST = 1000 };

void bone_people_fini(struct bone_people *people)
{
    for (uint32_t i = 0; people->body != NULL && i < people->count; i++)
        ost_mesh_destroy(people->body[i]);
    free(people->body);
    ost_mesh_destroy(people->mean);
    *people = (struct bone_people){0};
}

static bool copy_mesh(const struct ost_mesh *in, struct ost_mesh **out, struct ost_err *err)
{
    if (!ost_mesh_create(out, in->vertex_count, in->triangle_count, err))
        return false;
    memcpy((*out)->vertex, in->vertex, in->vertex_count * sizeof *in->vertex);
    memcpy((*out)->triangle, in->triangle, in->triangle_count * sizeof *in->triangle);
    return true;
}

static bool take_person(const struct ost_bone_population *p, uint32_t i, bool coarse,
                        struct ost_mesh **out, struct ost_err *err)
{
    const struct ost_mesh *first = p->person[0], *m = p->person[i];
    if (m->vertex_count != first->vertex_count || m->triangle_count != first->triangle_count ||
        memcmp(m->triangle, first->triangle, m->triangle_count * sizeof *m->triangle) != 0)
        return ost_fail(err, OST_INVALID,
                        "bone: surface %u is not in correspondence with the first", i);
    OST_AUTO(ost_mesh) own = NULL;
    if (!copy_mesh(m, &own, err) ||
        (p->surface != NULL && !bone_pull_onto(own, p->surface[i], err)))
        return false;
    if (coarse)
        *out = ost_steal(&own);
    return coarse || (ost_mesh_refine(own, out, err) &&
                      (p->surface == NULL || bone_put_onto(*out, p->surface[i], err)));
}

/* Middle of the vertices by weight, taken off; the root mean square distance from it. */
static double centre(struct ost_mesh *m, const double *weight)
{
    double middle[3] = {0.0}, all = 0.0, square = 0.0;
    for (uint32_t v = 0; v < m->vertex_count; v++) {
        all += weight[v];
        for (int k = 0; k < 3; k++)
            middle[k] += weight[v] * (double)m->vertex[v][k];
    }
    for (uint32_t v = 0; v < m->vertex_count; v++)
        for (int k = 0; k < 3; k++) {
            double x = (double)m->vertex[v][k] - middle[k] / all;
            m->vertex[v][k] = (float)x;
            square += weight[v] * x * x;
        }
    return sqrt(square / all);
}

static void grow(struct ost_mesh *m, double by)
{
    for (uint32_t v = 0; v < m->vertex_count; v++)
        for (int k = 0; k < 3; k++)
            m->vertex[v][k] = (float)(by * (double)m->vertex[v][k]);
}

static bool turn_onto(struct ost_mesh *m, const struct ost_mesh *onto, const double *weight,
                      double (*room)[2][3])
{
    double(*from)[3] = &room[0][0], (*to)[3] = from + m->vertex_count;
    struct ost_rigid motion;
    for (uint32_t v = 0; v < m->vertex_count; v++)
        for (int k = 0; k < 3; k++) {
            from[v][k] = (double)m->vertex[v][k];
            to[v][k] = (double)onto->vertex[v][k];
        }
    if (!ost_rigid_fit((const double(*)[3])from, (const double(*)[3])to, weight, m->vertex_count,
                       &motion))
        return false;
    ost_mesh_move(m, &motion);
    return true;
}

static void average(const struct bone_people *p)
{
    for (uint32_t v = 0; v < p->vertices; v++)
        for (int k = 0; k < 3; k++) {
            double sum = 0.0;
            for (uint32_t i = 0; i < p->count; i++)
                sum += (double)p->body[i]->vertex[v][k];
            p->mean->vertex[v][k] = (float)(sum / p->count);
        }
}

/* Generalised Procrustes analysis (Gower 1975) with weights; sizes are kept apart. */
static bool lay_together(struct bone_people *p, double *weight, double (*room)[2][3])
{
    double size[MOST], sum = 0.0, square = 0.0;
    ost_mesh_vertex_areas(p->body[0], weight);
    for (uint32_t i = 0; i < p->count; i++) {
        size[i] = log(centre(p->body[i], weight));
        sum += size[i];
    }
    for (uint32_t i = 0; i < p->count; i++) {
        double off = size[i] - sum / p->count;
        square += off * off;
        grow(p->body[i], exp(-off));
    }
    p->log_size_sd = sqrt(square / (p->count - 1));
    memcpy(p->mean->vertex, p->body[0]->vertex, p->vertices * sizeof *p->mean->vertex);
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < p->count; i++)
            if (!turn_onto(p->body[i], p->mean, weight, room))
                return false;
        average(p);
        ost_mesh_vertex_areas(p->mean, weight);
    }
    return true;
}

/* Turns everything so that the mean's axes are the frame's: z longest, y second. */
static void stand_up(struct bone_people *p, const double *weight)
{
    double a[9] = {0.0}, value[3], vector[9];
    for (uint32_t v = 0; v < p->vertices; v++)
        for (int r = 0; r < 3; r++)
            for (int c = 0; c < 3; c++)
                a[3 * c + r] +=
                    weight[v] * (double)p->mean->vertex[v][r] * (double)p->mean->vertex[v][c];
    ost_eigen_symmetric(a, 3, value, vector);
    const double *z = vector, *y = vector + 3;
    double x[3];
    ost_cross(y, z, x);
    struct ost_rigid turn = {.t = {0.0}};
    for (int c = 0; c < 3; c++) {
        turn.r[3 * c] = x[c];
        turn.r[3 * c + 1] = y[c];
        turn.r[3 * c + 2] = z[c];
    }
    ost_mesh_move(p->mean, &turn);
    for (uint32_t i = 0; i < p->count; i++)
        ost_mesh_move(p->body[i], &turn);
}

bool bone_people_make(const struct ost_bone_population *population, bool coarse,
                      struct bone_people *out, struct ost_err *err)
{
    *out = (struct bone_people){0};
    if (population->count < 3 || population->count > MOST)
        return ost_fail(err, OST_INVALID, "bone: %u people; 3 to %d are needed", population->count,
                        (int)MOST);
    out->body = calloc(population->count, sizeof *out->body);
    if (out->body == NULL)
        return ost_fail(err, OST_NOMEM, "bone: no room for %u people", population->count);
    out->count = population->count;
    for (uint32_t i = 0; i < out->count; i++)
        if (!take_person(population, i, coarse, &out->body[i], err))
            return false;
    out->vertices = out->body[0]->vertex_count;
    if (!copy_mesh(out->body[0], &out->mean, err))
        return false;
    double *weight = calloc(out->vertices, sizeof *weight);
    double(*room)[2][3] = calloc(out->vertices, sizeof *room);
    bool ok = weight != NULL && room != NULL && lay_together(out, weight, room);
    if (ok)
        stand_up(out, weight);
    free(weight);
    free(room);
    return ok || ost_fail(err, OST_NOMEM, "bone: the people cannot be laid together");
}
