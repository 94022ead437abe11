#include "recon/segment/segment.h"

#include "recon/mesh/bvh.h"
#include "recon/segment/segment_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float metal_hu = 2500.0F;
static const double crumb_mm3 = 60.0;  /* nothing smaller is a bone */
static const double solid_mm3 = 800.0; /* a bone as large must have an inside */

/* How many voxels each label has. */
struct size {
    int32_t label;
    size_t voxels;
};

static int by_size(const void *a, const void *b)
{
    const struct size *x = a, *y = b;
    if (x->voxels != y->voxels)
        return x->voxels > y->voxels ? -1 : 1;
    return (x->label > y->label) - (x->label < y->label);
}

/* The largest become 1, 2, ...; what is beyond the last place is no bone. */
static bool rank(struct seg *s, struct ost_err *err)
{
    const size_t all = (size_t)s->label_count + 1;
    struct size *size = calloc(all, sizeof *size);
    int32_t *name = calloc(all, sizeof *name);
    bool ok = (size != NULL && name != NULL) ||
              ost_fail(err, OST_NOMEM, "no room for %d labels", s->label_count);
    for (size_t i = 0; ok && i < all; i++)
        size[i].label = (int32_t)i;
    for (size_t n = 0; ok && n < s->count; n++)
        size[s->label[n]].voxels += s->label[n] != 0 ? 1 : 0;
    if (ok) {
        qsort(size, all, sizeof *size, by_size);
        s->label_count = 0;
        for (size_t i = 0; i < all && i < OST_SEGMENT_BONES && size[i].voxels > 0; i++)
            name[size[i].label] = ++s->label_count;
        for (size_t n = 0; n < s->count; n++)
            s->label[n] = name[s->label[n]];
    }
    free(size);
    free(name);
    return ok && (s->label_count > 0 ||
                  ost_fail(err, OST_NOT_FOUND, "no bone: nothing bright is as large as one"));
}

static bool find_bones(struct seg *s, const struct ost_progress *progress, struct ost_err *err)
{
    if (!seg_mask(s, err) || !ost_progress_step(progress, 0.1, "bone", err))
        return false;
    seg_enclose(s);
    return ost_progress_step(progress, 0.2, "marrow", err) && seg_valley(s, err) &&
           ost_progress_step(progress, 0.25, "joints", err) && seg_split(s, err) &&
           seg_tidy(s, err) && rank(s, err) && ost_progress_step(progress, 0.3, "bones", err);
}

static bool first_surfaces(struct seg *s, struct ost_mesh **surface, struct ost_err *err)
{
    for (int32_t b = 0; b < s->label_count; b++)
        if (!seg_surface(s, b + 1, &surface[b], err))
            return false;
    seg_measure_blur(s, surface);
    return true;
}

/* One bone: its first surface is moved to the borders and drawn anew. */
static bool finish_bone(const struct seg *s, int32_t label, struct ost_mesh *first,
                        struct ost_segment_bone *out, struct ost_err *err)
{
    float *sd = calloc((size_t)first->vertex_count + 1, sizeof *sd);
    if (sd == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %u borders", first->vertex_count);
    bool ok = seg_refine(s, label, first, sd, err) &&
              seg_solid(first, seg_fineness(s), &out->surface, err);
    if (ok) {
        out->sd = calloc((size_t)out->surface->vertex_count + 1, sizeof *out->sd);
        ok = (out->sd != NULL || ost_fail(err, OST_NOMEM, "no room for the spread of a bone")) &&
             seg_carry(first, sd, out->surface, out->sd, err);
    }
    if (ok)
        seg_describe(s, out);
    free(sd);
    return ok || ost_err_note(err, "bone %d", label);
}

/* The voxels of a surface's box, their label and the chance that it is wrong. */
static void write_voxels(struct ost_segment *g, size_t number, const struct ost_bvh *bvh)
{
    const struct ost_segment_bone *b = &g->bone[number];
    const struct ost_grid *l = g->label;
    int64_t low[3], high[3];
    for (int k = 0; k < 3; k++) {
        low[k] = (int64_t)fmax(0.0, floor((b->low[k] - 2.0 - l->origin[k]) / l->spacing[k]));
        high[k] = (int64_t)fmin((double)l->size[k] - 1.0,
                                ceil((b->high[k] + 2.0 - l->origin[k]) / l->spacing[k]));
    }
#pragma omp parallel for schedule(dynamic)
    for (int64_t k = low[2]; k <= high[2]; k++)
        for (int64_t j = low[1]; j <= high[1]; j++)
            for (int64_t i = low[0]; i <= high[0]; i++) {
                const size_t n = ((size_t)k * l->size[1] + (size_t)j) * l->size[0] + (size_t)i;
                const double p[3] = {l->origin[0] + l->spacing[0] * (double)i,
                                     l->origin[1] + l->spacing[1] * (double)j,
                                     l->origin[2] + l->spacing[2] * (double)k};
                struct ost_near near;
                const bool inside = l->value[n] == (float)(number + 1);
                double sd = 0.0;
                if (!ost_bvh_near(bvh, p, 2.5, &near)) {
                    continue; /* far: what the labels said, and sure */
                }
                for (int c = 0; c < 3; c++)
                    sd += near.weight[c] * (double)b->sd[b->surface->triangle[near.triangle][c]];
                const double wrong = 0.5 * erfc(fabs(near.signed_mm) / (sd * sqrt(2.0)));
                float *doubt = &g->uncertainty->value[n];
                *doubt = fmaxf(*doubt, (float)wrong);
                if (near.signed_mm < 0.0)
                    l->value[n] = (float)(number + 1);
                else if (inside)
                    l->value[n] = 0.0F;
            }
}

static bool make_grids(struct ost_segment *g, const struct seg *s, const int32_t *number,
                       struct ost_err *err)
{
    if (!ost_grid_create(&g->label, s->size, s->origin, s->spacing, err) ||
        !ost_grid_create(&g->uncertainty, s->size, s->origin, s->spacing, err))
        return false;
    for (size_t n = 0; n < s->count; n++)
        g->label->value[n] = (float)number[s->label[n]];
    for (size_t b = g->bone_count; b-- > 0;) { /* the largest last: where two overlap it wins */
        OST_AUTO(ost_bvh) bvh = NULL;
        if (!ost_bvh_create(&bvh, g->bone[b].surface, err))
            return false;
        write_voxels(g, b, bvh);
    }
    return true;
}

/* The bones one by one; a crumb of which nothing is left gets the number 0. */
static bool finish_all(const struct seg *s, struct ost_mesh **first, int32_t *number,
                       struct ost_segment *g, const struct ost_progress *progress,
                       struct ost_err *err)
{
    for (int32_t b = 0; b < s->label_count; b++) {
        struct ost_err why = {.code = OST_OK};
        struct ost_segment_bone *out = &g->bone[g->bone_count];
        if (!ost_progress_step(progress, 0.45 + 0.45 * b / s->label_count, "borders", err))
            return false;
        const double volume = first[b]->triangle_count > 0 ? ost_mesh_volume(first[b]) : 0.0;
        if (volume < crumb_mm3)
            continue;
        g->bone_count++;
        if (finish_bone(s, b + 1, first[b], out, &why)) {
            number[b + 1] = (int32_t)g->bone_count;
            continue;
        }
        if (why.code != OST_BUG || volume > solid_mm3)
            return ost_fail(err, why.code, "%s", why.msg);
        ost_mesh_destroy(out->surface);
        free(out->sd);
        *out = (struct ost_segment_bone){.surface = NULL};
        g->bone_count--;
    }
    return g->bone_count > 0 || ost_fail(err, OST_NOT_FOUND, "no bone: only crumbs are bright");
}

static bool finish(struct seg *s, struct ost_segment *g, const struct ost_progress *progress,
                   struct ost_err *err)
{
    const size_t room = (size_t)s->label_count + 1;
    struct ost_mesh **first = calloc(room, sizeof(struct ost_mesh *));
    int32_t *number = calloc(room, sizeof *number);
    g->bone = calloc(room, sizeof *g->bone);
    bool ok = (first != NULL && number != NULL && g->bone != NULL) ||
              ost_fail(err, OST_NOMEM, "no room for %d bones", s->label_count);
    ok = ok && first_surfaces(s, first, err) &&
         ost_progress_step(progress, 0.45, "surfaces", err) &&
         finish_all(s, first, number, g, progress, err) && make_grids(g, s, number, err) &&
         ost_progress_step(progress, 1.0, "labels", err);
    for (int32_t b = 0; first != NULL && b < s->label_count; b++)
        ost_mesh_destroy(first[b]);
    free(first);
    free(number);
    return ok;
}

static void describe(const struct seg *s, const struct ost_grid *ct, struct ost_segment *g)
{
    const size_t count = (size_t)ct->size[0] * ct->size[1] * ct->size[2];
    g->tissue = s->tissue;
    g->compact = s->cortical;
    g->noise = s->noise;
    g->blur = s->blur;
    g->blur_measured = s->blur_measured;
    for (size_t n = 0; n < count; n++)
        g->metal += ct->value[n] > metal_hu ? 1 : 0;
}

bool ost_segment_create(const struct ost_grid *ct, const struct ost_progress *progress,
                        struct ost_segment **out, struct ost_err *err)
{
    struct seg s = {.count = 0};
    struct ost_segment *g = calloc(1, sizeof *g);
    *out = NULL;
    if (g == NULL)
        return ost_fail(err, OST_NOMEM, "no room for a segmentation");
    bool ok =
        seg_open(&s, ct, err) && find_bones(&s, progress, err) && finish(&s, g, progress, err);
    if (ok)
        describe(&s, ct, g);
    seg_close(&s);
    if (!ok) {
        ost_segment_destroy(g);
        return ost_err_note(err, "segment");
    }
    *out = g;
    return true;
}

void ost_segment_destroy(struct ost_segment *segment)
{
    if (segment == NULL)
        return;
    for (size_t b = 0; segment->bone != NULL && b < segment->bone_count; b++) {
        ost_mesh_destroy(segment->bone[b].surface);
        free(segment->bone[b].sd);
    }
    ost_grid_destroy(segment->label);
    ost_grid_destroy(segment->uncertainty);
    free(segment->bone);
    free(segment);
}
