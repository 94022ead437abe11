/*
 * Which voxels are bone. The threshold lies between the means of bone and of soft tissue
 * round the voxel (local two-region fitting: Li et al., IEEE Trans Image Process
 * 2008;17:1940), so that spongy ends with a thin cortex are kept where one threshold for
 * all would lose them. Marrow is what bone encloses; a valley is narrow and dark
 * between two bright sides, as a joint space is.
 */
#include "recon/math/dense.h"
#include "recon/segment/segment_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double cell_mm = 3.0, reach_mm = 4.0; /* of the local means */
static const double marrow_mm = 45.0;              /* the widest cavity, from any point of it */
static const double valley_mm = 2.6;               /* the widest joint space that is a valley */
static const double pit_mm3 = 25.0;                /* the largest pit between trabeculae */

static const float wall_mm = 2.1F;   /* of a wall beside yellow marrow */
static const double bend_mm = 0.6;   /* of smoothing before its bend is taken */
static const double tube = 0.5;      /* of the second bend to the first */
static const double least_mm = 0.35; /* how far apart two steps along a way are */
enum { ROUNDS = 3, KINDS = 2, TISSUE = 0, BONE = 1 };

/* Sums over cells of a few voxels, smoothed: the local means of two kinds. */
struct means {
    uint32_t size[3], per[3]; /* cells; voxels of a cell */
    double spacing[3];
    size_t count;
    float *sum[KINDS], *weight[KINDS], *level;
};

static void means_close(struct means *m)
{
    for (int c = 0; c < KINDS; c++) {
        free(m->sum[c]);
        free(m->weight[c]);
    }
    free(m->level);
}

static bool means_open(struct means *m, const struct seg *s, struct ost_err *err)
{
    m->count = 1;
    for (int k = 0; k < 3; k++) {
        m->per[k] = (uint32_t)fmax(1.0, rint(cell_mm / s->spacing[k]));
        m->size[k] = (s->size[k] + m->per[k] - 1) / m->per[k];
        m->spacing[k] = m->per[k] * s->spacing[k];
        m->count *= m->size[k];
    }
    m->level = calloc(m->count, sizeof(float));
    bool ok = m->level != NULL;
    for (int c = 0; c < KINDS; c++) {
        m->sum[c] = calloc(m->count, sizeof(float));
        m->weight[c] = calloc(m->count, sizeof(float));
        ok = ok && m->sum[c] != NULL && m->weight[c] != NULL;
    }
    return ok || ost_fail(err, OST_NOMEM, "no room for the means of %zu cells", m->count);
}

static size_t cell_at(const struct means *m, uint32_t i, uint32_t j, uint32_t k)
{
    return ((size_t)(k / m->per[2]) * m->size[1] + j / m->per[1]) * m->size[0] + i / m->per[0];
}

/* The level at a voxel, trilinear between the middles of cells. */
static double level_at(const struct means *m, const uint32_t at[3])
{
    size_t low[3], high[3];
    double part[3], sum = 0.0;
    for (int k = 0; k < 3; k++) {
        double x = ((double)at[k] + 0.5) / m->per[k] - 0.5;
        x = fmin(fmax(x, 0.0), (double)(m->size[k] - 1));
        low[k] = (size_t)x;
        high[k] = low[k] + 1 < m->size[k] ? low[k] + 1 : low[k];
        part[k] = x - (double)low[k];
    }
    for (int c = 0; c < 8; c++) {
        const size_t i = (c & 1) != 0 ? high[0] : low[0], j = (c & 2) != 0 ? high[1] : low[1];
        const size_t k = (c & 4) != 0 ? high[2] : low[2];
        const double w = ((c & 1) != 0 ? part[0] : 1.0 - part[0]) *
                         ((c & 2) != 0 ? part[1] : 1.0 - part[1]) *
                         ((c & 4) != 0 ? part[2] : 1.0 - part[2]);
        sum += w * (double)m->level[(k * m->size[1] + j) * m->size[0] + i];
    }
    return sum;
}

static bool gather(struct means *m, const struct seg *s, struct ost_err *err)
{
    for (int c = 0; c < KINDS; c++)
        for (size_t n = 0; n < m->count; n++)
            m->sum[c][n] = m->weight[c][n] = 0.0F;
    for (size_t n = 0; n < s->count; n++) {
        uint32_t at[3];
        const double hu = (double)s->calm[n];
        if (hu < s->tissue - 160.0)
            continue; /* air, and skin's border to it */
        seg_place(s, n, at);
        const size_t cell = cell_at(m, at[0], at[1], at[2]);
        const int c = (s->mask[n] & SEG_BONE) != 0 ? BONE : TISSUE;
        m->sum[c][cell] += (float)fmin(hu, s->cortical);
        m->weight[c][cell] += 1.0F;
    }
    for (int c = 0; c < KINDS; c++)
        if (!seg_blur(m->size, m->spacing, reach_mm, m->sum[c], err) ||
            !seg_blur(m->size, m->spacing, reach_mm, m->weight[c], err))
            return false;
    return true;
}

/* Halfway between the two, within bounds that no muscle and no bone passes. */
static void settle(struct means *m, const struct seg *s)
{
    const float full = 0.02F * (float)(m->per[0] * m->per[1] * m->per[2]);
    const double bone = s->tissue + 400.0;
    for (size_t n = 0; n < m->count; n++) {
        double b = ((double)m->sum[BONE][n] + (double)full * bone) /
                   ((double)m->weight[BONE][n] + (double)full);
        double t = ((double)m->sum[TISSUE][n] + (double)full * s->tissue) /
                   ((double)m->weight[TISSUE][n] + (double)full);
        double level = t + 0.5 * (b - t);
        m->level[n] = (float)fmin(fmax(level, s->tissue + 110.0), s->tissue + 330.0);
    }
}

static void decide(const struct means *m, struct seg *s)
{
#pragma omp parallel for schedule(static)
    for (size_t n = 0; n < s->count; n++) {
        uint32_t at[3];
        const double hu = (double)s->calm[n];
        s->mask[n] = 0;
        if (hu < s->tissue + 100.0)
            continue;
        seg_place(s, n, at);
        s->mask[n] = hu > level_at(m, at) ? SEG_BONE : 0;
    }
}

bool seg_mask(struct seg *s, struct ost_err *err)
{
    struct means m = {0};
    bool ok = means_open(&m, s, err);
    for (size_t n = 0; ok && n < m.count; n++)
        m.level[n] = (float)(s->tissue + 180.0);
    for (int round = 0; ok && round < ROUNDS; round++) {
        decide(&m, s);
        ok = gather(&m, s, err);
        if (ok)
            settle(&m, s);
    }
    if (ok)
        decide(&m, s);
    means_close(&m);
    return ok;
}

/* How a ray from a voxel ends. */
enum end { END_FREE, END_BONE, END_OF_CT };

static enum end ray(const struct seg *s, const uint32_t at[3], const int way[3], int steps)
{
    for (int r = 1; r <= steps; r++) {
        const int move[3] = {r * way[0], r * way[1], r * way[2]};
        size_t n = 0;
        if (!seg_move(s, at, move, &n)) {
            for (int k = 0; k < 3; k++) {
                int64_t x = (int64_t)at[k] + move[k];
                if ((x < 0 && !s->end[k][0]) || (x >= (int64_t)s->size[k] && !s->end[k][1]))
                    return END_FREE;
            }
            return END_OF_CT;
        }
        if ((s->mask[n] & SEG_BONE) != 0)
            return END_BONE;
    }
    return END_FREE;
}

static double step_of(const struct seg *s, const int way[3])
{
    double sum = 0.0;
    for (int k = 0; k < 3; k++)
        sum += (way[k] * s->spacing[k]) * (way[k] * s->spacing[k]);
    return sqrt(sum);
}

/* Of 26 ways at most three may miss bone; those that leave the CT say nothing. */
static bool is_enclosed(const struct seg *s, size_t n, const int steps[13])
{
    uint32_t at[3];
    int missed = 0, left = 0;
    seg_place(s, n, at);
    for (int w = 0; w < 26 && missed <= 3; w++) {
        const int sign = w < 13 ? 1 : -1, *way = seg_way[w % 13];
        const int to[3] = {sign * way[0], sign * way[1], sign * way[2]};
        const enum end end = ray(s, at, to, steps[w % 13]);
        missed += end == END_FREE ? 1 : 0;
        left += end == END_OF_CT ? 1 : 0;
    }
    return missed <= 3 && left <= 12;
}

void seg_enclose(struct seg *s)
{
    int steps[13];
    for (int w = 0; w < 13; w++)
        steps[w] = (int)ceil(marrow_mm / step_of(s, seg_way[w]));
#pragma omp parallel for schedule(dynamic, 4096)
    for (size_t n = 0; n < s->count; n++)
        if ((s->mask[n] & SEG_BONE) == 0 && (double)s->calm[n] > s->tissue - 250.0 &&
            is_enclosed(s, n, steps))
            s->mask[n] |= SEG_MARROW;
}

/* The brightest within reach along a way. */
static float brightest(const struct seg *s, const uint32_t at[3], const int way[3], int steps)
{
    float best = -1e9F;
    for (int r = 1; r <= steps; r++) {
        const int move[3] = {r * way[0], r * way[1], r * way[2]};
        size_t n = 0;
        if (!seg_move(s, at, move, &n))
            break;
        best = s->calm[n] > best ? s->calm[n] : best;
    }
    return best;
}

static float darkness(const struct seg *s, size_t n, const int steps[13])
{
    uint32_t at[3];
    float most = 0.0F;
    seg_place(s, n, at);
    for (int w = 0; w < 13; w++) {
        const int *way = seg_way[w], back[3] = {-way[0], -way[1], -way[2]};
        const float a = brightest(s, at, way, steps[w]);
        const float b = a < s->calm[n] + most ? a : brightest(s, at, back, steps[w]);
        const float low = a < b ? a : b;
        most = low - s->calm[n] > most ? low - s->calm[n] : most;
    }
    return most;
}

/*
 * A valley that is no more than a pit between trabeculae separates nothing: one that is
 * smaller than `least` voxels is forgotten. `stack` has room for all voxels.
 */
static void forget_pit(struct seg *s, size_t seed, size_t least, size_t *stack)
{
    const uint8_t seen = 64;
    size_t begin = 0, end = 0;
    stack[end++] = seed;
    s->mask[seed] |= seen;
    for (; begin < end; begin++) {
        uint32_t at[3];
        seg_place(s, stack[begin], at);
        for (int w = 0; w < 26; w++) {
            const int sign = w < 13 ? 1 : -1, *way = seg_way[w % 13];
            const int move[3] = {sign * way[0], sign * way[1], sign * way[2]};
            size_t to = 0;
            if (!seg_move(s, at, move, &to) || (s->mask[to] & (SEG_VALLEY | seen)) != SEG_VALLEY)
                continue;
            s->mask[to] |= seen;
            stack[end++] = to;
        }
    }
    for (size_t i = 0; end < least && i < end; i++)
        s->mask[stack[i]] &= (uint8_t)~SEG_VALLEY;
}

/* The voxels round a valley: two basins may meet a little beside its middle. */
static void mark_sides(struct seg *s)
{
    for (size_t n = 0; n < s->count; n++) {
        uint32_t at[3];
        if ((s->mask[n] & SEG_VALLEY) == 0)
            continue;
        seg_place(s, n, at);
        for (int w = 0; w < 26; w++) {
            const int sign = w < 13 ? 1 : -1, *way = seg_way[w % 13];
            const int move[3] = {sign * way[0], sign * way[1], sign * way[2]};
            size_t to = 0;
            if (seg_move(s, at, move, &to) && s->mask[to] != 0)
                s->mask[to] |= SEG_SIDE;
        }
    }
}

static bool forget_pits(struct seg *s, struct ost_err *err)
{
    const double voxel = s->spacing[0] * s->spacing[1] * s->spacing[2];
    const size_t least = (size_t)ceil(pit_mm3 / voxel);
    size_t *stack = malloc((s->count + 1) * sizeof *stack);
    if (stack == NULL)
        return ost_fail(err, OST_NOMEM, "no room for the valleys of %zu voxels", s->count);
    for (size_t n = 0; n < s->count; n++)
        if ((s->mask[n] & (SEG_VALLEY | 64)) == SEG_VALLEY)
            forget_pit(s, n, least, stack);
    for (size_t n = 0; n < s->count; n++)
        s->mask[n] &= SEG_BONE | SEG_MARROW | SEG_VALLEY;
    mark_sides(s);
    free(stack);
    return true;
}

/* The second derivative along two axes at a voxel, per mm2; the faces of the box are flat. */
static double bend(const struct seg *s, const float *value, const uint32_t at[3], int a, int b)
{
    double sum = 0.0;
    for (int c = 0; c < 4; c++) {
        int move[3] = {0, 0, 0};
        size_t to = 0;
        move[a] += (c & 1) != 0 ? 1 : -1;
        move[b] += (c & 2) != 0 ? 1 : -1;
        if (!seg_move(s, at, move, &to))
            return 0.0;
        sum += ((c & 1) == (c >> 1) ? 1.0 : -1.0) * (double)value[to];
    }
    return sum / (4.0 * s->spacing[a] * s->spacing[b]);
}

/* A joint bends the grey across itself alone; a narrow marrow cavity in two ways. */
static bool is_tube(const struct seg *s, const float *value, size_t n)
{
    uint32_t at[3];
    double h[9], eigen[3], vector[9];
    seg_place(s, n, at);
    for (int a = 0; a < 3; a++)
        for (int b = a; b < 3; b++)
            h[3 * a + b] = h[3 * b + a] = bend(s, value, at, a, b);
    ost_eigen_symmetric(h, 3, eigen, vector);
    return eigen[1] > tube * eigen[0];
}

static bool forget_tubes(struct seg *s, struct ost_err *err)
{
    float *value = malloc(s->count * sizeof *value);
    if (value == NULL)
        return ost_fail(err, OST_NOMEM, "no room to smooth %zu voxels", s->count);
    memcpy(value, s->calm, s->count * sizeof *value);
    bool ok = seg_blur(s->size, s->spacing, bend_mm, value, err);
    for (size_t n = 0; ok && n < s->count; n++)
        if ((s->mask[n] & SEG_VALLEY) != 0 && is_tube(s, value, n))
            s->mask[n] &= (uint8_t)~SEG_VALLEY;
    free(value);
    return ok;
}

/* Between yellow marrow and its wall the grey rises too: that is no joint either. */
static bool forget_walls(struct seg *s, struct ost_err *err)
{
    uint8_t *solid = malloc(s->count);
    bool ok = solid != NULL || ost_fail(err, OST_NOMEM, "no room for %zu voxels", s->count);
    for (size_t n = 0; ok && n < s->count; n++)
        solid[n] = s->mask[n] != SEG_MARROW || (double)s->calm[n] > s->tissue - seg_fatty ? 1 : 0;
    ok = ok && seg_distance(s->size, s->spacing, solid, s->depth, err);
    for (size_t n = 0; ok && n < s->count; n++)
        if (s->depth[n] < wall_mm)
            s->mask[n] &= (uint8_t)~SEG_VALLEY;
    free(solid);
    return ok;
}

bool seg_valley(struct seg *s, struct ost_err *err)
{
    int steps[13];
    const float least = (float)fmax(90.0, 4.0 * s->noise);
    for (int w = 0; w < 13; w++)
        steps[w] = (int)fmax(1.0, floor(valley_mm / fmax(least_mm, step_of(s, seg_way[w]))));
#pragma omp parallel for schedule(dynamic, 4096)
    for (size_t n = 0; n < s->count; n++)
        if (s->mask[n] != 0 && (double)s->calm[n] > s->tissue - seg_fatty &&
            darkness(s, n, steps) > least)
            s->mask[n] |= SEG_VALLEY;
    return forget_walls(s, err) && forget_tubes(s, err) && forget_pits(s, err);
}
