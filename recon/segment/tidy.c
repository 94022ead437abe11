/* What is no bone goes: soft pockets between bones, wires in the air, crumbs. */
#include "recon/segment/segment_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double marrow_mm = 45.0;
static const double least_mm3 = 150.0; /* of a bone of its own ... */
static const double apart_mm3 = 400.0; /* ... that touches another */
static const double wire_mm3 = 1500.0; /* a larger thing in the air is looked at all the same */
enum { ENCLOSED = 19 };                /* of 26 ways that meet the own bone first */

/* The first bone on a way; 0 where none comes, -1 where the CT ends. */
static int32_t meets(const struct seg *s, const uint32_t at[3], const int way[3])
{
    double step = 0.0;
    for (int k = 0; k < 3; k++)
        step += (way[k] * s->spacing[k]) * (way[k] * s->spacing[k]);
    const int steps = (int)(marrow_mm / sqrt(step));
    for (int r = 1; r <= steps; r++) {
        const int move[3] = {r * way[0], r * way[1], r * way[2]};
        size_t n = 0;
        if (!seg_move(s, at, move, &n))
            return -1;
        if ((s->mask[n] & SEG_BONE) != 0)
            return s->label[n];
    }
    return 0;
}

/* The bone that a voxel of marrow lies in; 0 where no single one encloses it. */
static int32_t owner(const struct seg *s, size_t n)
{
    int32_t met[26];
    uint32_t at[3];
    int known = 0, out = 0;
    seg_place(s, n, at);
    for (int w = 0; w < 26; w++) {
        const int sign = w < 13 ? 1 : -1, *way = seg_way[w % 13];
        const int to[3] = {sign * way[0], sign * way[1], sign * way[2]};
        const int32_t one = meets(s, at, to);
        if (one < 0)
            out++;
        else
            met[known++] = one;
    }
    for (int i = 0; i < known; i++) {
        int same = 0;
        for (int j = 0; j < known; j++)
            same += met[j] == met[i] ? 1 : 0;
        if (met[i] > 0 && 26 * same >= ENCLOSED * (26 - out) && same >= 8)
            return met[i];
    }
    return 0;
}

static bool own_marrow(struct seg *s, struct ost_err *err)
{
    int32_t *to = malloc(s->count * sizeof *to);
    if (to == NULL)
        return ost_fail(err, OST_NOMEM, "no room for the marrow of %zu voxels", s->count);
#pragma omp parallel for schedule(dynamic, 4096)
    for (size_t n = 0; n < s->count; n++)
        to[n] = (s->mask[n] & SEG_BONE) == 0 && s->mask[n] != 0 ? owner(s, n) : s->label[n];
    memcpy(s->label, to, s->count * sizeof *to);
    free(to);
    return true;
}

/* Of a label: voxels; voxels of its border and how many of the beyond are air. */
struct tally {
    size_t voxels, border, air;
    int32_t neighbour; /* the label it shares most faces with, so far as counted */
    size_t shared;
};

static void tally_voxel(const struct seg *s, size_t n, struct tally *tally)
{
    const int far = 3;
    uint32_t at[3];
    struct tally *t = &tally[s->label[n]];
    t->voxels++;
    seg_place(s, n, at);
    for (int f = 0; f < 6; f++) {
        int one[3] = {0, 0, 0}, more[3] = {0, 0, 0};
        size_t to = 0;
        one[f / 2] = f % 2 == 0 ? -1 : 1;
        more[f / 2] = one[f / 2] * far;
        if (!seg_move(s, at, one, &to) || s->label[to] == s->label[n])
            continue;
        if (s->label[to] != 0) {
            /* A majority by one pass (Boyer and Moore 1991): right where one is large. */
            if (t->shared == 0)
                t->neighbour = s->label[to];
            t->shared += t->neighbour == s->label[to] ? 1 : (size_t)-1;
            continue;
        }
        t->border++;
        t->air += seg_move(s, at, more, &to) && (double)s->calm[to] < s->tissue - 350.0 ? 1 : 0;
    }
}

static int32_t fate(const struct seg *s, const struct tally *t, int32_t label)
{
    const double volume = (double)t->voxels * s->spacing[0] * s->spacing[1] * s->spacing[2];
    if (volume < wire_mm3 && 2 * t->air > t->border)
        return 0;
    if (volume >= (t->shared > 0 ? apart_mm3 : least_mm3))
        return label;
    return t->shared > 0 ? t->neighbour : 0;
}

bool seg_tidy(struct seg *s, struct ost_err *err)
{
    if (!own_marrow(s, err))
        return false;
    for (int round = 0; round < 2; round++) {
        struct tally *tally = calloc((size_t)s->label_count + 1, sizeof *tally);
        if (tally == NULL)
            return ost_fail(err, OST_NOMEM, "no room for %d labels", s->label_count);
        for (size_t n = 0; n < s->count; n++)
            if (s->label[n] != 0)
                tally_voxel(s, n, tally);
        for (size_t n = 0; n < s->count; n++)
            if (s->label[n] != 0)
                s->label[n] = fate(s, &tally[s->label[n]], s->label[n]);
        free(tally);
    }
    return true;
}
