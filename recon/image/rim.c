#include "recon/image/rim.h"

#include "recon/image/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 320, SLOPES = 71, PEAKS = 3, APART = 4 };

static const double slope_step = 0.01, slope_reach = 0.06; /* tangent; off the gradient's */
static const double blur_px = 1.0, near_px = 2.0;
static const double edge_part = 0.97, edge_share = 0.4; /* an edge beside that part of all slopes */
static const double least_area = 0.33, least_share = 0.8, slender = 0.4;

/* x = at + slope (y - middle) of an upright edge, or x and y exchanged. */
struct line {
    double at, slope, votes;
};

struct look {
    struct ost_image *slope[2]; /* owned; across, down */
    uint32_t size[2];
    double edge; /* the least step that counts */
};

/* The picture's slope at (along the edge, across the edge), `upright` or lying. */
static double step_at(const struct look *l, bool upright, double across, double along, int axis)
{
    const struct ost_image *s = l->slope[upright ? axis : 1 - axis];
    return upright ? ost_image_at(s, across, along) : ost_image_at(s, along, across);
}

static bool look_init(struct look *l, const struct ost_image *photo, double *factor,
                      struct ost_err *err)
{
    OST_AUTO(ost_image) small = NULL;
    OST_AUTO(ost_image) steep = NULL;
    uint32_t longer = photo->width > photo->height ? photo->width : photo->height;
    *factor = fmax((double)longer / SIDE, 1.0);
    if (!ost_image_shrink(photo, *factor, &small, err) || !ost_image_blur(small, blur_px, err) ||
        !ost_image_slopes(small, &l->slope[0], &l->slope[1], err) ||
        !ost_image_copy(small, &steep, err))
        return false;
    l->size[0] = small->width;
    l->size[1] = small->height;
    for (size_t i = 0; i < (size_t)small->width * small->height; i++)
        steep->pixel[i] = hypotf(l->slope[0]->pixel[i], l->slope[1]->pixel[i]);
    if (!ost_image_quantiles(steep, &edge_part, 1, &l->edge, err))
        return false;
    l->edge *= edge_share;
    return true;
}

static void look_fini(struct look *l)
{
    ost_image_destroy(l->slope[0]);
    ost_image_destroy(l->slope[1]);
}

/* Every pixel's vote for the lines through it that run as its edge does; `sign` of the step. */
static void vote(const struct look *l, bool upright, double sign, double *table)
{
    const uint32_t wide = l->size[upright ? 0 : 1], high = l->size[upright ? 1 : 0];
    memset(table, 0, (size_t)SLOPES * wide * sizeof *table);
    for (uint32_t y = 0; y < high; y++)
        for (uint32_t x = 0; x < wide; x++) {
            double g = sign * step_at(l, upright, x, y, 0), h = sign * step_at(l, upright, x, y, 1);
            if (!(g > l->edge))
                continue;
            for (int s = 0; s < SLOPES; s++) {
                double slope = slope_step * (s - SLOPES / 2);
                if (fabs(slope + h / g) > slope_reach)
                    continue;
                double at = x - slope * (y - 0.5 * high);
                if (at >= 0.0 && at < wide - 1.0)
                    table[(size_t)s * wide + (size_t)(at + 0.5)] += 1.0;
            }
        }
}

/* The strongest few whose middle lies within [low, high), none near another. */
static int peaks(const double *table, uint32_t wide, const double range[2], struct line *out)
{
    int count = 0;
    for (; count < PEAKS; count++) {
        struct line best = {0};
        for (int s = 0; s < SLOPES; s++)
            for (uint32_t at = (uint32_t)range[0]; at < (uint32_t)range[1]; at++) {
                double votes = table[(size_t)s * wide + at];
                bool taken = false;
                for (int i = 0; i < count; i++)
                    taken = taken || fabs(out[i].at - at) < APART;
                if (!taken && votes > best.votes)
                    best = (struct line){at, slope_step * (s - SLOPES / 2), votes};
            }
        if (!(best.votes > 0.0))
            break;
        out[count] = best;
    }
    return count;
}

/* One side of a rim between two places along it: the share with an edge, and a finer line. */
static double settle(const struct look *l, bool upright, double sign, const double along[2],
                     struct line *line)
{
    const double middle = 0.5 * l->size[upright ? 1 : 0];
    double n = 0.0, y1 = 0.0, y2 = 0.0, x1 = 0.0, xy = 0.0, steps = 0.0;
    for (double y = ceil(along[0]); y <= along[1]; y += 1.0) {
        double best = l->edge, where = 0.0, t = y - middle;
        steps += 1.0;
        for (double off = -near_px; off <= near_px; off += 0.25) {
            double x = line->at + line->slope * t + off;
            double g = sign * step_at(l, upright, x, y, 0);
            if (g <= best)
                continue;
            best = g;
            where = x;
        }
        if (!(best > l->edge))
            continue;
        n += 1.0;
        y1 += t;
        y2 += t * t;
        x1 += where;
        xy += where * t;
    }
    double spread = n * y2 - y1 * y1;
    if (n > 2.0 && spread > 0.0) {
        line->slope = (n * xy - x1 * y1) / spread;
        line->at = (x1 - line->slope * y1) / n;
    }
    return steps > 0.0 ? n / steps : 0.0;
}

/* Left, right, top, bottom. */
static void corners(const struct look *l, const struct line side[4], double out[4][2])
{
    const double cx = 0.5 * l->size[0], cy = 0.5 * l->size[1];
    static const int meet[4][2] = {{0, 2}, {1, 2}, {1, 3}, {0, 3}};
    for (int i = 0; i < 4; i++) {
        const struct line *u = &side[meet[i][0]], *v = &side[meet[i][1]];
        /* x = u.at + u.slope (y - cy), y = v.at + v.slope (x - cx) */
        double y = (v->at + v->slope * (u->at - u->slope * cy - cx)) / (1.0 - u->slope * v->slope);
        out[i][1] = y;
        out[i][0] = u->at + u->slope * (y - cy);
    }
}

static double area(double c[4][2])
{
    double sum = 0.0;
    for (int i = 0; i < 4; i++) {
        int k = (i + 1) % 4;
        sum += 0.5 * (c[i][0] * c[k][1] - c[k][0] * c[i][1]);
    }
    return sum;
}

static double side_of(double c[4][2], int from, int to)
{
    return hypot(c[from][0] - c[to][0], c[from][1] - c[to][1]);
}

/* Within the picture, and formed like a film: a forearm's own outline is far more slender. */
static bool is_inside(const struct look *l, double c[4][2])
{
    double wide = side_of(c, 0, 1) + side_of(c, 3, 2), high = side_of(c, 0, 3) + side_of(c, 1, 2);
    bool inside = area(c) > least_area * l->size[0] * l->size[1] && wide > slender * high &&
                  high > slender * wide;
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 2; k++)
            inside = inside && c[i][k] > -near_px && c[i][k] < l->size[k] + near_px;
    return inside;
}

/* How well four lines bound a film, 0 to 1; they are made finer. 0: not at all. */
static double judge(const struct look *l, double sign, struct line side[4], double c[4][2])
{
    double least = 1.0;
    corners(l, side, c);
    if (!is_inside(l, c))
        return 0.0;
    for (int i = 0; i < 4; i++) {
        bool upright = i < 2;
        int from = i == 1 ? 1 : 0, to = i == 0 ? 3 : i == 1 ? 2 : 1;
        if (i == 3) {
            from = 3;
            to = 2;
        }
        const double along[2] = {c[from][upright ? 1 : 0], c[to][upright ? 1 : 0]};
        double share = settle(l, upright, i % 2 == 0 ? -sign : sign, along, &side[i]);
        least = fmin(least, share);
    }
    corners(l, side, c);
    return least >= least_share && is_inside(l, c) ? least : 0.0;
}

static double lean_of(double c[4][2])
{
    double worst = 0.0;
    for (int i = 0; i < 4; i++) {
        const double *p = c[i], *q = c[(i + 1) % 4], *r = c[(i + 3) % 4];
        double a[2] = {q[0] - p[0], q[1] - p[1]}, b[2] = {r[0] - p[0], r[1] - p[1]};
        double cosine = (a[0] * b[0] + a[1] * b[1]) / (hypot(a[0], a[1]) * hypot(b[0], b[1]));
        worst = fmax(worst, fabs(asin(fmin(1.0, fmax(-1.0, cosine)))));
    }
    return worst;
}

/* The best rim that is brighter outside (`sign` 1) or darker (-1); its worth, 0 for none. */
static double best_rim(const struct look *l, double sign, double *table, double out[4][2])
{
    struct line peak[4][PEAKS];
    int count[4], at[4];
    double best = 0.0;
    for (int i = 0; i < 4; i++) {
        const uint32_t wide = l->size[i < 2 ? 0 : 1];
        const double half = 0.5 * wide;
        const double range[2] = {i % 2 == 0 ? 0.0 : half, i % 2 == 0 ? half : wide - 1.0};
        vote(l, i < 2, i % 2 == 0 ? -sign : sign, table);
        count[i] = peaks(table, wide, range, peak[i]);
    }
    for (at[0] = 0; at[0] < count[0]; at[0]++)
        for (at[1] = 0; at[1] < count[1]; at[1]++)
            for (at[2] = 0; at[2] < count[2]; at[2]++)
                for (at[3] = 0; at[3] < count[3]; at[3]++) {
                    struct line side[4];
                    double c[4][2], votes = 0.0;
                    for (int i = 0; i < 4; i++) {
                        side[i] = peak[i][at[i]];
                        votes += side[i].votes;
                    }
                    double worth = votes * judge(l, sign, side, c);
                    if (worth > best)
                        memcpy(out, c, sizeof c);
                    best = fmax(best, worth);
                }
    return best;
}

bool ost_rim_find(const struct ost_image *photo, struct ost_rim *out, struct ost_err *err)
{
    struct look l = {.slope = {NULL}};
    double factor = 1.0, *table = NULL;
    *out = (struct ost_rim){.found = false};
    bool ok = look_init(&l, photo, &factor, err);
    if (ok) {
        uint32_t longer = l.size[0] > l.size[1] ? l.size[0] : l.size[1];
        table = malloc((size_t)SLOPES * longer * sizeof *table);
        ok = table != NULL || ost_fail(err, OST_NOMEM, "rim: out of memory");
    }
    if (ok)
        out->found = best_rim(&l, 1.0, table, out->corner) > 0.0 ||
                     best_rim(&l, -1.0, table, out->corner) > 0.0;
    if (out->found)
        out->lean = lean_of(out->corner);
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 2; k++)
            out->corner[i][k] = (out->corner[i][k] + 0.5) * factor - 0.5;
    free(table);
    look_fini(&l);
    return ok;
}
