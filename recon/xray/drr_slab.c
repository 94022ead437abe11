/*
 * Along the axis that leads, a ray moves at most one voxel sideways in a slab of voxels,
 * so a slab holds at most three pieces of it: before, between and after its crossings
 * of the two other walls. No branch depends on the data, and the rays of a pack run side
 * by side in one register. Bricks that hold nothing are stepped over.
 */
#include "recon/base/wide.h"
#include "recon/math/vec.h"
#include "recon/xray/drr_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RAYS = OST_SLAB_RAYS, BRICK = 16 };

typedef float vfloat __attribute__((vector_size(RAYS * sizeof(float))));
typedef double vdouble __attribute__((vector_size(RAYS * sizeof(double))));
typedef int64_t vlong __attribute__((vector_size(RAYS * sizeof(int64_t))));
typedef int32_t vint __attribute__((vector_size(RAYS * sizeof(int32_t))));

/*
 * Sideways places within a brick are told from this far below, so that they are above
 * zero for a ray at any slope (cutting off is then rounding down) and small (single
 * precision then keeps them to 4e-6 of a voxel).
 */
enum { BELOW = BRICK + 2 };

static bool holds_any(const struct ost_grid *grid, const uint32_t low[3], const uint32_t high[3])
{
    for (uint32_t z = low[2]; z < high[2]; z++)
        for (uint32_t y = low[1]; y < high[1]; y++) {
            const float *row = grid->value + ((size_t)z * grid->size[1] + y) * grid->size[0];
            for (uint32_t x = low[0]; x < high[0]; x++)
                if (row[x] != 0.0F)
                    return true;
        }
    return false;
}

static uint8_t look(const struct ost_slabs *s, const size_t at[3])
{
    uint32_t low[3], high[3];
    for (int k = 0; k < 3; k++) {
        low[k] = BRICK * (uint32_t)at[k];
        high[k] = low[k] + BRICK < s->grid->size[k] ? low[k] + BRICK : s->grid->size[k];
    }
    return holds_any(s->grid, low, high) ? 1 : 0;
}

bool ost_slabs_init(struct ost_slabs *slabs, const struct ost_grid *grid, const double source[3],
                    struct ost_err *err)
{
    *slabs = (struct ost_slabs){.grid = grid};
    size_t count = 1;
    for (int k = 0; k < 3; k++) {
        slabs->source[k] = (source[k] - grid->origin[k]) / grid->spacing[k] + 0.5;
        slabs->brick[k] = (grid->size[k] + BRICK - 1) / BRICK;
        count *= slabs->brick[k];
    }
    slabs->full = malloc(count);
    if (slabs->full == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %zu bricks", count);
    struct ost_slabs *s = slabs;
#pragma omp parallel for schedule(dynamic, 64)
    for (size_t n = 0; n < count; n++) {
        const size_t row = n / s->brick[0];
        s->full[n] =
            look(s, (const size_t[]){n % s->brick[0], row % s->brick[1], row / s->brick[1]});
    }
    return true;
}

void ost_slabs_fini(struct ost_slabs *slabs)
{
    free(slabs->full);
    slabs->full = NULL;
}

/* A part of the wide one below: called, it would hand over registers that the caller lacks. */
#define OST_PART __attribute__((always_inline)) static inline

/* Rays side by side: `s` counts voxels along the axis that leads, u and v sideways. */
struct pack {
    vdouble at[2], slope[2]; /* u = at + slope * s */
    vdouble in, out;         /* s where the ray is in the grid; the same: never */
    vdouble mm;              /* along the ray, for one of s */
    int axis[3];             /* leading, u, v */
    int32_t step[3], last[3];
    double source[3];
    double steep[2][2]; /* the least and the largest slope of those that meet the grid */
    double part[2];     /* from the first that enters to the last that leaves */
};

/* The same within one layer of bricks. */
struct layer {
    vfloat in, out;                  /* of s, from the layer's first wall */
    vfloat at[2], slope[2], turn[2]; /* at s = 0; 1 / slope or 0 */
    vint base[2];
    int32_t first; /* the slab's number */
    int count;
};

static int leading(const double d[3])
{
    int k = fabs(d[1]) > fabs(d[0]) ? 1 : 0;
    return fabs(d[2]) > fabs(d[k]) ? 2 : k;
}

static void pack_axes(const struct ost_slabs *s, const double direction[3], struct pack *p)
{
    const struct ost_grid *g = s->grid;
    const int32_t step[3] = {1, (int32_t)g->size[0], (int32_t)(g->size[0] * g->size[1])};
    const double d[3] = {direction[0] / g->spacing[0], direction[1] / g->spacing[1],
                         direction[2] / g->spacing[2]};
    const int lead = leading(d);
    for (int k = 0; k < 3; k++) {
        p->axis[k] = (lead + k) % 3;
        p->step[k] = step[p->axis[k]];
        p->last[k] = (int32_t)g->size[p->axis[k]] - 1;
        p->source[k] = s->source[p->axis[k]];
    }
}

OST_PART vdouble choose_wide(vlong mask, vdouble a, vdouble b)
{
    return (vdouble)(((vlong)a & mask) | ((vlong)b & ~mask));
}

/* Narrows [in, out] to where x = at + slope * s lies in [0, most]. */
static inline void narrow(struct pack *p, vdouble at, vdouble slope, double most)
{
    const vdouble none = {0.0};
    vlong still = slope == none;
    vlong never = still & ((at < 0.0) | (at > most));
    vdouble turn = 1.0 / choose_wide(still, none + 1.0, slope);
    vdouble a = -at * turn, b = (most - at) * turn;
    vdouble low = choose_wide(a < b, a, b), high = choose_wide(a < b, b, a);
    p->in = choose_wide(~still & (low > p->in), low, p->in);
    p->out = choose_wide(~still & (high < p->out), high, p->out);
    p->out = choose_wide(never | (p->out < p->in), p->in, p->out);
}

/* The part of the grid before the rays' source is not theirs. */
static inline void clip(struct pack *p, vdouble lead)
{
    const vdouble none = {0.0};
    const double source = p->source[0], end = p->last[0] + 1.0;
    p->in = none + fmin(end, fmax(0.0, source));
    p->out = p->in;
    p->in = choose_wide(lead > 0.0, p->in, none);
    p->out = choose_wide(lead > 0.0, none + end, p->out);
    for (int k = 0; k < 2; k++)
        narrow(p, p->at[k], p->slope[k], p->last[k + 1] + 1.0);
}

static void bound(struct pack *p)
{
    p->part[0] = p->steep[0][0] = p->steep[1][0] = INFINITY;
    p->part[1] = p->steep[0][1] = p->steep[1][1] = -INFINITY;
    for (int r = 0; r < RAYS; r++) {
        if (!(p->out[r] > p->in[r]))
            continue;
        p->part[0] = p->in[r] < p->part[0] ? p->in[r] : p->part[0];
        p->part[1] = p->out[r] > p->part[1] ? p->out[r] : p->part[1];
        for (int k = 0; k < 2; k++) {
            double slope = p->slope[k][r], *steep = p->steep[k];
            steep[0] = slope < steep[0] ? slope : steep[0];
            steep[1] = slope > steep[1] ? slope : steep[1];
        }
    }
}

/* False where one of the rays moves more than a voxel sideways in a slab. */
static bool pack_init(const struct ost_slabs *s, double direction[RAYS][3], struct pack *p)
{
    vdouble d[3];
    vlong wild = {0};
    pack_axes(s, direction[0], p);
    for (int k = 0; k < 3; k++) {
        const double scale = 1.0 / s->grid->spacing[p->axis[k]];
        for (int r = 0; r < RAYS; r++)
            d[k][r] = direction[r][p->axis[k]] * scale;
    }
    p->mm = 1.0 / choose_wide(d[0] < 0.0, -d[0], d[0]);
    for (int k = 0; k < 2; k++) {
        p->slope[k] = d[k + 1] / d[0];
        p->at[k] = p->source[k + 1] - p->slope[k] * p->source[0];
        wild |= ~((p->slope[k] >= -1.0) & (p->slope[k] <= 1.0));
    }
    for (int r = 0; r < RAYS; r++)
        if (wild[r] != 0)
            return false;
    clip(p, d[0]);
    bound(p);
    return true;
}

/* The bricks that the pack's rays can touch from s = a to b, along u or v. */
static bool footprint(const struct pack *p, double a, double b, int k, int32_t range[2])
{
    const double near = 1e-3, from = p->source[k + 1];
    a -= p->source[0];
    b -= p->source[0];
    const double at[4] = {p->steep[k][0] * a, p->steep[k][1] * a, p->steep[k][0] * b,
                          p->steep[k][1] * b};
    double low = at[0], high = at[0];
    for (int n = 1; n < 4; n++) {
        low = at[n] < low ? at[n] : low;
        high = at[n] > high ? at[n] : high;
    }
    low += from - near;
    high += from + near;
    if (high < 0.0 || low > p->last[k + 1] + 1.0)
        return false;
    range[0] = low > 0.0 ? (int32_t)low / BRICK : 0;
    range[1] = (high < p->last[k + 1] ? (int32_t)high : p->last[k + 1]) / BRICK;
    return true;
}

/* Whether the layer that begins at slab `first` holds nothing where the rays can be. */
static bool is_empty(const struct ost_slabs *s, const struct pack *p, int32_t first)
{
    const double a = first > p->part[0] ? first : p->part[0];
    const double b = first + BRICK < p->part[1] ? first + BRICK : p->part[1];
    int32_t u[2], v[2];
    size_t at[3];
    if (!footprint(p, a, b, 0, u) || !footprint(p, a, b, 1, v))
        return true;
    at[p->axis[0]] = (size_t)(first / BRICK);
    for (int32_t j = v[0]; j <= v[1]; j++)
        for (int32_t i = u[0]; i <= u[1]; i++) {
            at[p->axis[1]] = (size_t)i;
            at[p->axis[2]] = (size_t)j;
            if (s->full[(at[2] * s->brick[1] + at[1]) * s->brick[0] + at[0]] != 0)
                return false;
        }
    return true;
}

OST_PART vfloat narrowed(vdouble x)
{
    return __builtin_convertvector(x, vfloat);
}

OST_PART vdouble cut(vdouble x, double most)
{
    const vdouble none = {0.0};
    x = choose_wide(x < none, none, x);
    return choose_wide(x > most, none + most, x);
}

OST_PART void layer_init(const struct pack *p, int32_t first, struct layer *l)
{
    const vdouble none = {0.0};
    l->first = first;
    l->count = p->last[0] + 1 - first < BRICK ? p->last[0] + 1 - first : BRICK;
    l->in = narrowed(cut(p->in - (double)first, l->count));
    l->out = narrowed(cut(p->out - (double)first, l->count));
    for (int k = 0; k < 2; k++) {
        vdouble x = p->at[k] + p->slope[k] * (double)first;
        vlong still = p->slope[k] == none;
        l->base[k] = __builtin_convertvector(x, vint) - BELOW;
        l->at[k] = narrowed(x - __builtin_convertvector(l->base[k], vdouble));
        l->slope[k] = narrowed(p->slope[k]);
        l->turn[k] =
            narrowed(choose_wide(still, none, 1.0 / choose_wide(still, none + 1.0, p->slope[k])));
    }
}

/* Where `mask` is set a, else b. */
OST_PART vfloat choose(vint mask, vfloat a, vfloat b)
{
    return (vfloat)(((vint)a & mask) | ((vint)b & ~mask));
}

OST_PART vint inside(vint x, int32_t most)
{
    x &= x > 0;
    vint over = x > most;
    return (x & ~over) | (most & over);
}

OST_PART vfloat within(vfloat t, vfloat a, vfloat b)
{
    t = choose(t < a, a, t);
    return choose(t > b, b, t);
}

/* Where between a and b the ray crosses from voxel i to j sideways; b where it does not. */
OST_PART vfloat crossing(vint i, vint j, vfloat at, vfloat turn, vfloat a, vfloat b)
{
    vint less = i < j;
    vfloat wall = __builtin_convertvector((j & less) | (i & ~less), vfloat);
    return choose(i == j, b, within((wall - at) * turn, a, b));
}

OST_PART vfloat fetch(const float *slab, vint n)
{
    return (vfloat){slab[n[0]], slab[n[1]], slab[n[2]], slab[n[3]],
                    slab[n[4]], slab[n[5]], slab[n[6]], slab[n[7]]};
}

OST_PART vint whole(vfloat x)
{
    return __builtin_convertvector(x, vint);
}

/* Adds what the rays meet in slab n of the layer. */
OST_PART vfloat add_slab(const float *slab, const struct pack *p, const struct layer *l, int n)
{
    const vfloat none = {0.0F};
    vfloat a = within(none + (float)n, l->in, l->out);
    vfloat b = within(none + (float)(n + 1), l->in, l->out);
    vint i = whole(l->at[0] + l->slope[0] * a), i2 = whole(l->at[0] + l->slope[0] * b);
    vint j = whole(l->at[1] + l->slope[1] * a), j2 = whole(l->at[1] + l->slope[1] * b);
    vfloat tu = crossing(i, i2, l->at[0], l->turn[0], a, b);
    vfloat tv = crossing(j, j2, l->at[1], l->turn[1], a, b);
    i = p->step[1] * inside(l->base[0] + i, p->last[1]);
    i2 = p->step[1] * inside(l->base[0] + i2, p->last[1]);
    j = p->step[2] * inside(l->base[1] + j, p->last[2]);
    j2 = p->step[2] * inside(l->base[1] + j2, p->last[2]);
    vint first = tu < tv;
    vfloat t = choose(first, tu, tv), t2 = choose(first, tv, tu);
    vint middle = ((i2 + j) & first) | ((i + j2) & ~first);
    return (t - a) * fetch(slab, i + j) + (t2 - t) * fetch(slab, middle) +
           (b - t2) * fetch(slab, i2 + j2);
}

/* What the rays meet in the layer that begins at slab `first`. */
OST_WIDE
static void trace_layer(const float *value, const struct pack *p, int32_t first, vfloat *sum)
{
    struct layer l;
    vfloat all = {0.0F};
    layer_init(p, first, &l);
    for (int n = 0; n < l.count; n++)
        all += add_slab(value + (ptrdiff_t)p->step[0] * (first + n), p, &l, n);
    *sum = all;
}

bool ost_slabs_trace(const struct ost_slabs *slabs, double direction[RAYS][3], float out[RAYS])
{
    struct pack p;
    vdouble total = {0.0};
    if (!pack_init(slabs, direction, &p))
        return false;
    int32_t first = p.part[0] < p.part[1] ? (int32_t)p.part[0] / BRICK * BRICK : INT32_MAX;
    for (; first <= p.last[0] && first < p.part[1]; first += BRICK) {
        vfloat sum;
        if (is_empty(slabs, &p, first))
            continue;
        trace_layer(slabs->grid->value, &p, first, &sum);
        total += __builtin_convertvector(sum, vdouble);
    }
    total *= p.mm;
    for (int r = 0; r < RAYS; r++)
        out[r] = (float)total[r];
    return true;
}
