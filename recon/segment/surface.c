/* The surface of a label, and its way to where the bone ends. */
#include "recon/math/vec.h"
#include "recon/mesh/edge.h"
#include "recon/mesh/measure.h"
#include "recon/segment/segment_impl.h"
#include "recon/volume/volume.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double round_mm = 0.55; /* of smoothing before the label's surface is taken */
enum { PAD = 4 };

double seg_fineness(const struct seg *s)
{
    const double mean = cbrt(s->spacing[0] * s->spacing[1] * s->spacing[2]);
    return fmin(0.9, fmax(0.5, 0.8 * mean));
}

static int64_t clamp(int64_t x, uint32_t size)
{
    return x < 0 ? 0 : x >= (int64_t)size ? (int64_t)size - 1 : x;
}

double seg_grey(const struct seg *s, const double point[3])
{
    size_t low[3], high[3];
    double part[3], sum = 0.0;
    for (int k = 0; k < 3; k++) {
        const double x = (point[k] - s->origin[k]) / s->spacing[k], f = floor(x);
        low[k] = (size_t)clamp((int64_t)f, s->size[k]) * s->step[k];
        high[k] = (size_t)clamp((int64_t)f + 1, s->size[k]) * s->step[k];
        part[k] = x - f;
    }
    for (int c = 0; c < 8; c++) {
        const double w = ((c & 1) != 0 ? part[0] : 1.0 - part[0]) *
                         ((c & 2) != 0 ? part[1] : 1.0 - part[1]) *
                         ((c & 4) != 0 ? part[2] : 1.0 - part[2]);
        sum +=
            w *
            (double)s->calm[((c & 1) != 0 ? high[0] : low[0]) + ((c & 2) != 0 ? high[1] : low[1]) +
                            ((c & 4) != 0 ? high[2] : low[2])];
    }
    return sum;
}

int32_t seg_label_at(const struct seg *s, const double point[3])
{
    size_t n = 0;
    for (int k = 0; k < 3; k++) {
        const double x = rint((point[k] - s->origin[k]) / s->spacing[k]);
        if (x < 0.0 || x >= (double)s->size[k])
            return 0;
        n += (size_t)x * s->step[k];
    }
    return s->label[n];
}

/* A label cut out with room all round. */
struct part {
    uint32_t size[3];
    int64_t low[3]; /* of the seg's voxels; may lie before the first */
    size_t count;
    uint8_t *solid;
    float *distance, *inside;
};

static void part_close(struct part *p)
{
    free(p->solid);
    free(p->distance);
    free(p->inside);
}

static bool part_box(const struct seg *s, int32_t label, struct part *p)
{
    int64_t low[3] = {INT64_MAX, INT64_MAX, INT64_MAX}, high[3] = {-1, -1, -1};
    for (size_t n = 0; n < s->count; n++) {
        uint32_t at[3];
        if (s->label[n] != label)
            continue;
        seg_place(s, n, at);
        for (int k = 0; k < 3; k++) {
            low[k] = at[k] < low[k] ? at[k] : low[k];
            high[k] = at[k] > high[k] ? at[k] : high[k];
        }
    }
    p->count = 1;
    for (int k = 0; k < 3 && high[0] >= 0; k++) {
        p->low[k] = low[k] - PAD;
        p->size[k] = (uint32_t)(high[k] - low[k] + 1 + 2 * PAD);
        p->count *= p->size[k];
    }
    return high[0] >= 0;
}

static bool part_open(struct part *p, const struct seg *s, int32_t label, struct ost_err *err)
{
    if (!part_box(s, label, p))
        return ost_fail(err, OST_BUG, "label %d has no voxel", label);
    p->solid = calloc(p->count, 1);
    p->distance = calloc(p->count, sizeof(float));
    p->inside = calloc(p->count, sizeof(float));
    if (p->solid == NULL || p->distance == NULL || p->inside == NULL)
        return ost_fail(err, OST_NOMEM, "no room for a bone of %zu voxels", p->count);
    for (size_t n = 0; n < p->count; n++) {
        const int64_t at[3] = {p->low[0] + (int64_t)(n % p->size[0]),
                               p->low[1] + (int64_t)(n / p->size[0] % p->size[1]),
                               p->low[2] + (int64_t)(n / p->size[0] / p->size[1])};
        bool in = true;
        for (int k = 0; k < 3; k++)
            in = in && at[k] >= 0 && at[k] < (int64_t)s->size[k];
        p->solid[n] =
            in &&
            s->label[(size_t)at[0] + (size_t)at[1] * s->step[1] + (size_t)at[2] * s->step[2]] ==
                label;
    }
    return true;
}

/* Holes that nothing from outside reaches become bone. */
static bool fill_holes(struct part *p, struct ost_err *err)
{
    size_t *stack = malloc(p->count * sizeof *stack), end = 0;
    if (stack == NULL)
        return ost_fail(err, OST_NOMEM, "no room to fill a bone of %zu voxels", p->count);
    const size_t step[3] = {1, p->size[0], (size_t)p->size[0] * p->size[1]};
    p->solid[0] = 2; /* a corner lies outside: there is room all round */
    stack[end++] = 0;
    while (end > 0) {
        const size_t n = stack[--end];
        const uint32_t at[3] = {(uint32_t)(n % p->size[0]), (uint32_t)(n / p->size[0] % p->size[1]),
                                (uint32_t)(n / step[2])};
        for (int f = 0; f < 6; f++) {
            const int k = f / 2;
            if (f % 2 == 0 ? at[k] == 0 : at[k] + 1 == p->size[k])
                continue;
            const size_t to = f % 2 == 0 ? n - step[k] : n + step[k];
            if (p->solid[to] != 0)
                continue;
            p->solid[to] = 2;
            stack[end++] = to;
        }
    }
    for (size_t n = 0; n < p->count; n++)
        p->solid[n] = p->solid[n] == 2 ? 0 : 1;
    free(stack);
    return true;
}

static bool part_distance(struct part *p, const struct seg *s, struct ost_err *err)
{
    const float half = 0.5F * (float)cbrt(s->spacing[0] * s->spacing[1] * s->spacing[2]);
    if (!seg_distance(p->size, s->spacing, p->solid, p->inside, err))
        return false;
    for (size_t n = 0; n < p->count; n++)
        p->solid[n] = p->solid[n] == 0;
    if (!seg_distance(p->size, s->spacing, p->solid, p->distance, err))
        return false;
    for (size_t n = 0; n < p->count; n++)
        p->distance[n] = p->solid[n] != 0 ? p->distance[n] - half : half - p->inside[n];
    const double blur =
        fmax(round_mm, 0.7 * fmax(s->spacing[0], fmax(s->spacing[1], s->spacing[2])));
    return seg_blur(p->size, s->spacing, blur, p->distance, err);
}

/* The part's distances between its voxels. */
struct ask {
    const struct part *part;
    double origin[3], spacing[3];
};

static double distance_at(const void *user, const double point[3])
{
    const struct ask *a = user;
    size_t low[3], step[3] = {1, a->part->size[0], (size_t)a->part->size[0] * a->part->size[1]};
    double f[3], sum = 0.0;
    for (int k = 0; k < 3; k++) {
        double x = (point[k] - a->origin[k]) / a->spacing[k];
        x = fmin(fmax(x, 0.0), (double)a->part->size[k] - 1.000001);
        low[k] = (size_t)x;
        f[k] = x - (double)low[k];
    }
    const float *v = a->part->distance + low[0] + low[1] * step[1] + low[2] * step[2];
    for (int c = 0; c < 8; c++)
        sum += ((c & 1) != 0 ? f[0] : 1.0 - f[0]) * ((c & 2) != 0 ? f[1] : 1.0 - f[1]) *
               ((c & 4) != 0 ? f[2] : 1.0 - f[2]) *
               (double)
                   v[(size_t)(c & 1) + (size_t)(c >> 1 & 1) * step[1] + (size_t)(c >> 2) * step[2]];
    return sum;
}

bool seg_surface(const struct seg *s, int32_t label, struct ost_mesh **out, struct ost_err *err)
{
    struct part part = {0};
    OST_AUTO(ost_volume) volume = NULL;
    const double fine = seg_fineness(s);
    const struct ost_volume_surface_options options = {.iso = 0.0, .inside = OST_INSIDE_BELOW};
    bool ok =
        part_open(&part, s, label, err) && fill_holes(&part, err) && part_distance(&part, s, err);
    if (ok) {
        struct ask ask = {.part = &part};
        double low[3], high[3];
        for (int k = 0; k < 3; k++) {
            ask.spacing[k] = s->spacing[k];
            ask.origin[k] = s->origin[k] + s->spacing[k] * (double)part.low[k];
            low[k] = ask.origin[k];
            high[k] = ask.origin[k] + s->spacing[k] * (part.size[k] - 1);
        }
        const struct ost_volume_box box = ost_volume_box_of(low, high, fine);
        const struct ost_shape shape = {distance_at, &ask};
        ok = ost_volume_from_shape(&volume, &shape, &box, fine, err) &&
             ost_volume_surface(volume, &options, out, err);
    }
    part_close(&part);
    return ok || ost_err_note(err, "bone %d", label);
}
