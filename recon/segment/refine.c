/* Surfaces moved to where the model of the cortex says the bone ends. */
#include "recon/math/vec.h"
#include "recon/mesh/edge.h"
#include "recon/mesh/measure.h"
#include "recon/segment/segment_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double thick_mm = 2.2;    /* a wall whose outer border is an edge of its own */
static const double blur_share = 0.65; /* of a voxel, where no thick wall tells the blur */
enum { SMOOTHINGS = 3, BLURS = 12, BLUR_SAMPLES = 3000 };

/*
 * The uncertainty of a border, in mm: noise over slope, how far the two readings of the
 * border lie apart, what the model leaves over, and a floor by the voxel. The factors
 * were fitted on simulated forearms (README.md), where the truth is known.
 */
static const double by_noise = 0.45, by_reading = 0.26, by_misfit = 0.19, by_voxel = 0.10,
                    by_contact = 0.25, unread_mm = 0.5;

static double spread_of(const struct seg *s, const struct seg_border *b, bool contact)
{
    const double voxel = cbrt(s->spacing[0] * s->spacing[1] * s->spacing[2]);
    if (!b->found)
        return unread_mm + 0.3 * voxel;
    const double noise = by_noise * s->noise / b->slope, gap = by_reading * (b->half - b->at);
    const double left = by_misfit * b->misfit / b->slope, floor_mm = by_voxel * voxel;
    const double close = contact ? by_contact * voxel : 0.0;
    return sqrt(noise * noise + gap * gap + left * left + floor_mm * floor_mm + close * close);
}

/* Within a voxel of the CT's end nothing is known of what lies beyond. */
static bool at_end(const struct seg *s, const float vertex[3])
{
    for (int k = 0; k < 3; k++) {
        const double x = ((double)vertex[k] - s->origin[k]) / s->spacing[k];
        if ((s->end[k][0] && x < 1.0) || (s->end[k][1] && x > (double)s->size[k] - 2.0))
            return true;
    }
    return false;
}

static void read_border(const struct seg *s, int32_t label, const float vertex[3],
                        const float normal[3], struct seg_border *border, float *sd)
{
    struct seg_profile profile;
    double p[3], n[3];
    for (int k = 0; k < 3; k++) {
        p[k] = (double)vertex[k];
        n[k] = (double)normal[k];
    }
    seg_profile(s, label, p, n, &profile);
    const struct seg_grey grey = {s->cortical, s->tissue, s->blur, &s->share};
    seg_border(&profile, &grey, border);
    *sd = (float)spread_of(s, border, profile.meets_bone);
    if (at_end(s, vertex)) {
        border->found = false;
        border->at = 0.0;
        *sd = (float)(0.5 * s->spacing[2]);
    } else if (!border->found) {
        border->at = 0.0;
    }
}

/* Each shift becomes the mean over its neighbours, the surer the heavier. */
static void smooth(const struct ost_edges *edges, uint32_t count, const float *sd, double *shift,
                   double *room)
{
    double *weight = room, *sum = room + count;
    for (uint32_t v = 0; v < count; v++) {
        weight[v] = 1.0 / ((double)sd[v] * (double)sd[v]);
        sum[v] = weight[v] * shift[v];
    }
    double *more = sum + count, *all = more + count;
    memcpy(more, sum, count * sizeof *more);
    memcpy(all, weight, count * sizeof *all);
    for (size_t e = 0; e < edges->count; e += ost_edges_run(edges, e)) {
        const uint32_t a = edges->edge[e].low, b = edges->edge[e].high;
        more[a] += 0.5 * sum[b];
        all[a] += 0.5 * weight[b];
        more[b] += 0.5 * sum[a];
        all[b] += 0.5 * weight[a];
    }
    for (uint32_t v = 0; v < count; v++)
        shift[v] = more[v] / all[v];
}

static bool smooth_all(const struct ost_mesh *mesh, const float *sd, double *shift,
                       struct ost_err *err)
{
    OST_AUTO(ost_edges) edges = NULL;
    if (!ost_edges_create(&edges, mesh, err))
        return false;
    double *room = calloc(4 * (size_t)mesh->vertex_count + 1, sizeof *room);
    if (room == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %u borders", mesh->vertex_count);
    for (int i = 0; i < SMOOTHINGS; i++)
        smooth(edges, mesh->vertex_count, sd, shift, room);
    free(room);
    return true;
}

/*
 * Blur draws a bulging surface in: by s squared times its mean curvature (Bouma et al.,
 * IEEE Trans Pattern Anal Mach Intell 2005;27:1501). The curvature is that of the
 * normals along the edges round a vertex, no stronger than a ball of 3 mm.
 */
static bool unbulge(const struct seg *s, const struct ost_mesh *mesh, float (*normal)[3],
                    double *shift, struct ost_err *err)
{
    OST_AUTO(ost_edges) edges = NULL;
    double *sum = calloc(2 * (size_t)mesh->vertex_count + 1, sizeof *sum);
    double *weight = sum + mesh->vertex_count;
    if (sum == NULL)
        return ost_fail(err, OST_NOMEM, "no room for the curvature of %u vertices",
                        mesh->vertex_count);
    if (!ost_edges_create(&edges, mesh, err)) {
        free(sum);
        return false;
    }
    for (size_t e = 0; e < edges->count; e += ost_edges_run(edges, e)) {
        const uint32_t a = edges->edge[e].low, b = edges->edge[e].high;
        double turn = 0.0, length = 0.0;
        for (int k = 0; k < 3; k++) {
            const double d = (double)mesh->vertex[b][k] - (double)mesh->vertex[a][k];
            turn += d * ((double)normal[b][k] - (double)normal[a][k]);
            length += d * d;
        }
        sum[a] += turn;
        sum[b] += turn;
        weight[a] += length;
        weight[b] += length;
    }
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        if (weight[v] > 0.0)
            shift[v] += s->blur * s->blur * fmax(-1.0 / 3.0, fmin(1.0 / 3.0, sum[v] / weight[v]));
    free(sum);
    return true;
}

bool seg_refine(const struct seg *s, int32_t label, struct ost_mesh *mesh, float *sd,
                struct ost_err *err)
{
    const uint32_t count = mesh->vertex_count;
    float(*normal)[3] = calloc((size_t)count + 1, sizeof *normal);
    double *shift = calloc((size_t)count + 1, sizeof *shift);
    bool ok = normal != NULL && shift != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "no room for %u borders", count);
    if (ok) {
        ost_mesh_vertex_normals(mesh, normal);
#pragma omp parallel for schedule(dynamic, 256)
        for (uint32_t v = 0; v < count; v++) {
            struct seg_border border;
            read_border(s, label, mesh->vertex[v], normal[v], &border, &sd[v]);
            shift[v] = border.at;
        }
        ok = unbulge(s, mesh, normal, shift, err) && smooth_all(mesh, sd, shift, err);
    }
    for (uint32_t v = 0; ok && v < count; v++)
        for (int k = 0; k < 3; k++)
            mesh->vertex[v][k] += (float)(shift[v] * (double)normal[v][k]);
    free(normal);
    free(shift);
    return ok;
}

/* The misfits of one profile for each blur, added where its wall is thick. */
static bool try_blurs(const struct seg *s, int32_t label, const float vertex[3],
                      const float normal[3], double misfit[BLURS])
{
    struct seg_profile profile;
    struct seg_border border;
    double p[3], n[3], own[BLURS];
    for (int k = 0; k < 3; k++) {
        p[k] = (double)vertex[k];
        n[k] = (double)normal[k];
    }
    seg_profile(s, label, p, n, &profile);
    struct seg_grey grey = {s->cortical, s->tissue, s->blur, &s->share};
    seg_border(&profile, &grey, &border);
    if (!border.found || border.wall < thick_mm || profile.meets_bone ||
        border.peak < s->tissue + 0.75 * (s->cortical - s->tissue))
        return false;
    grey.cortical = border.peak;
    for (int i = 0; i < BLURS; i++) {
        grey.blur = s->blur * (0.6 + 0.08 * i);
        seg_border(&profile, &grey, &border);
        own[i] = border.misfit * border.misfit;
    }
    for (int i = 0; i < BLURS; i++)
        misfit[i] += own[i];
    return true;
}

void seg_measure_blur(struct seg *s, struct ost_mesh *const *surface)
{
    double misfit[BLURS] = {0.0};
    size_t taken = 0, all = 0;
    s->blur =
        hypot(seg_calm_mm, blur_share * fmax(s->spacing[0], fmax(s->spacing[1], s->spacing[2])));
    for (int32_t b = 0; b < s->label_count; b++)
        all += surface[b]->vertex_count;
    const uint32_t stride = (uint32_t)(all / BLUR_SAMPLES) + 1;
    for (int32_t b = 0; b < s->label_count; b++) {
        const struct ost_mesh *mesh = surface[b];
        if (mesh->triangle_count == 0)
            continue;
        float(*normal)[3] = calloc((size_t)mesh->vertex_count + 1, sizeof *normal);
        if (normal == NULL)
            continue; /* the rest will tell */
        ost_mesh_vertex_normals(mesh, normal);
        for (uint32_t v = 0; v < mesh->vertex_count; v += stride)
            taken += try_blurs(s, b + 1, mesh->vertex[v], normal[v], misfit) ? 1 : 0;
        free(normal);
    }
    if (taken < 40)
        return;
    int best = 0;
    for (int i = 1; i < BLURS; i++)
        best = misfit[i] < misfit[best] ? i : best;
    s->blur *= 0.6 + 0.08 * best;
    s->blur_measured = true;
}
