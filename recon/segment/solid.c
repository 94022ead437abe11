/* The moved surface as a solid of one piece, its closed surface, and what both tell. */
#include "recon/math/dense.h"
#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/measure.h"
#include "recon/segment/segment_impl.h"
#include "recon/volume/pinch.h"
#include "recon/volume/volume.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t flood(const struct ost_volume_box *box, float *value, uint8_t *seen, size_t seed,
                    size_t *stack)
{
    const size_t step[3] = {1, box->size[0], (size_t)box->size[0] * box->size[1]};
    size_t begin = 0, end = 0;
    stack[end++] = seed;
    seen[seed] = 1;
    for (; begin < end; begin++) {
        const size_t n = stack[begin];
        const size_t at[3] = {n % box->size[0], n / box->size[0] % box->size[1], n / step[2]};
        for (int f = 0; f < 6; f++) {
            const int k = f / 2;
            if (f % 2 == 0 ? at[k] == 0 : at[k] + 1 == box->size[k])
                continue;
            const size_t to = f % 2 == 0 ? n - step[k] : n + step[k];
            if (seen[to] != 0 || value[to] >= 0.0F)
                continue;
            seen[to] = 1;
            stack[end++] = to;
        }
    }
    return end;
}

/* What hangs on the largest piece by no face becomes outside. */
static bool keep_largest(const struct ost_volume_box *box, double spacing, float *value,
                         struct ost_err *err)
{
    const size_t count = (size_t)box->size[0] * box->size[1] * box->size[2];
    uint8_t *seen = calloc(count, 1);
    size_t *stack = malloc((count + 1) * sizeof *stack), best = 0, seed = 0;
    bool ok = (seen != NULL && stack != NULL) ||
              ost_fail(err, OST_NOMEM, "no room for a solid of %zu voxels", count);
    for (size_t n = 0; ok && n < count; n++) {
        if (value[n] >= 0.0F || seen[n] != 0)
            continue;
        const size_t size = flood(box, value, seen, n, stack);
        seed = size > best ? n : seed;
        best = size > best ? size : best;
    }
    if (ok && best > 0) {
        memset(seen, 0, count);
        (void)flood(box, value, seen, seed, stack);
        for (size_t n = 0; n < count; n++)
            if (value[n] < 0.0F && seen[n] == 0)
                value[n] = (float)(0.05 * spacing);
    }
    free(seen);
    free(stack);
    return ok && (best > 0 || ost_fail(err, OST_BUG, "a bone without an inside"));
}

bool seg_solid(const struct ost_mesh *moved, double fine, struct ost_mesh **out,
               struct ost_err *err)
{
    const double band[2] = {3.0 * fine, 3.0 * fine};
    const struct ost_volume_surface_options options = {.iso = 0.0, .inside = OST_INSIDE_BELOW};
    OST_AUTO(ost_volume) first = NULL;
    OST_AUTO(ost_volume) sound = NULL;
    struct ost_mesh_facts facts;
    double low[3], high[3];
    if (!ost_mesh_measure(moved, &facts, err) ||
        !ost_volume_from_mesh(&first, moved, fine, band, err))
        return false;
    for (int k = 0; k < 3; k++) {
        low[k] = facts.low[k] - 4.0 * fine;
        high[k] = facts.high[k] + 4.0 * fine;
    }
    const struct ost_volume_box box = ost_volume_box_of(low, high, fine);
    float *value = malloc((size_t)box.size[0] * box.size[1] * box.size[2] * sizeof *value);
    if (value == NULL)
        return ost_fail(err, OST_NOMEM, "no room for a solid");
    bool ok = ost_volume_to_dense(first, &box, value, err);
    if (ok) {
        (void)ost_volume_unpinch(value, &box, fine);
        ok = keep_largest(&box, fine, value, err) &&
             ost_volume_from_dense(&sound, value, &box, fine, (float)band[0], err) &&
             ost_volume_surface(sound, &options, out, err);
    }
    free(value);
    return ok;
}

bool seg_carry(const struct ost_mesh *from, const float *sd, const struct ost_mesh *to, float *out,
               struct ost_err *err)
{
    OST_AUTO(ost_bvh) bvh = NULL;
    if (!ost_bvh_create(&bvh, from, err))
        return false;
#pragma omp parallel for schedule(dynamic, 1024)
    for (uint32_t v = 0; v < to->vertex_count; v++) {
        const double p[3] = {(double)to->vertex[v][0], (double)to->vertex[v][1],
                             (double)to->vertex[v][2]};
        struct ost_near near;
        double sum = 0.0;
        if (!ost_bvh_near(bvh, p, INFINITY, &near))
            continue;
        for (int c = 0; c < 3; c++)
            sum += near.weight[c] * (double)sd[from->triangle[near.triangle][c]];
        out[v] = (float)sum;
    }
    return true;
}

/* The frame of a solid from its voxels' second moments, and its size along it. */
void seg_describe(const struct seg *s, struct ost_segment_bone *bone)
{
    const struct ost_mesh *m = bone->surface;
    double all = 0.0, moment[9] = {0.0}, value[3];
    double *area = calloc((size_t)m->vertex_count + 1, sizeof *area);
    bone->volume = ost_mesh_volume(m);
    if (area == NULL)
        return;
    ost_mesh_vertex_areas(m, area);
    for (uint32_t v = 0; v < m->vertex_count; v++) {
        all += area[v];
        for (int k = 0; k < 3; k++)
            bone->middle[k] += area[v] * (double)m->vertex[v][k];
    }
    for (int k = 0; k < 3; k++)
        bone->middle[k] /= all;
    for (uint32_t v = 0; v < m->vertex_count; v++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                moment[3 * i + j] += area[v] * ((double)m->vertex[v][i] - bone->middle[i]) *
                                     ((double)m->vertex[v][j] - bone->middle[j]);
    free(area);
    ost_eigen_symmetric(moment, 3, value, bone->axis);
    double least[3] = {INFINITY, INFINITY, INFINITY}, most[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (int k = 0; k < 3; k++) {
        bone->low[k] = INFINITY;
        bone->high[k] = -INFINITY;
    }
    for (uint32_t v = 0; v < m->vertex_count; v++)
        for (int k = 0; k < 3; k++) {
            const double x = (double)m->vertex[v][k];
            const double along = bone->axis[3 * k] * (double)m->vertex[v][0] +
                                 bone->axis[3 * k + 1] * (double)m->vertex[v][1] +
                                 bone->axis[3 * k + 2] * (double)m->vertex[v][2];
            bone->low[k] = fmin(bone->low[k], x);
            bone->high[k] = fmax(bone->high[k], x);
            least[k] = fmin(least[k], along);
            most[k] = fmax(most[k], along);
        }
    for (int k = 0; k < 3; k++) {
        const double last = s->origin[k] + s->spacing[k] * (s->size[k] - 1);
        bone->extent[k] = most[k] - least[k];
        bone->cut[k][0] = s->end[k][0] && bone->low[k] < s->origin[k] + 0.5 * s->spacing[k];
        bone->cut[k][1] = s->end[k][1] && bone->high[k] > last - 0.5 * s->spacing[k];
    }
}
