#include "recon/segment/name.h"

#include "recon/math/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double long_ratio = 2.2;          /* length to width of a long bone */
static const double least_long = 3000.0;       /* mm3 of one */
static const double parallel = 0.93;           /* cosine between radius and ulna */
static const double apart_mm[2] = {8.0, 45.0}; /* between their axes */
static const double limb_mm = 180.0;
static const double wrist_mm = 48.0; /* the carpals lie within this of the ends */
static const double small_mm3[2] = {250.0, 9000.0};
static const double heel_mm3[2] = {40000.0, 110000.0}, heel_mm[2] = {62.0, 105.0};
static const double talus_mm3[2] = {0.28, 0.65}; /* of the heel's volume */
enum { CARPALS_LEAST = 4 };

const char *ost_bone_kind_name(enum ost_bone_kind kind)
{
    static const char *const name[] = {"bone",       "radius",    "ulna", "carpal",
                                       "metacarpal", "calcaneus", "talus"};
    return name[kind];
}

static bool is_long(const struct ost_segment_bone *b)
{
    return b->volume > least_long && b->extent[0] > long_ratio * b->extent[1];
}

/* The nearer of a bone's two ends to a point, and how wide the bone is over its last 15 mm. */
static double width_at(const struct ost_segment_bone *b, const double axis[3], double end)
{
    double along[3], low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY}, across[2][3];
    ost_perpendicular(axis, across[0]);
    ost_cross(axis, across[0], across[1]);
    for (uint32_t v = 0; v < b->surface->vertex_count; v++) {
        for (int k = 0; k < 3; k++)
            along[k] = (double)b->surface->vertex[v][k];
        if (ost_dot(along, axis) < end - 15.0)
            continue;
        for (int a = 0; a < 2; a++) {
            low[a] = fmin(low[a], ost_dot(along, across[a]));
            high[a] = fmax(high[a], ost_dot(along, across[a]));
        }
    }
    return fmax(0.0, high[0] - low[0]) * fmax(0.0, high[1] - low[1]);
}

static double end_along(const struct ost_segment_bone *b, const double axis[3])
{
    double most = -INFINITY, p[3];
    for (uint32_t v = 0; v < b->surface->vertex_count; v++) {
        for (int k = 0; k < 3; k++)
            p[k] = (double)b->surface->vertex[v][k];
        most = fmax(most, ost_dot(p, axis));
    }
    return most;
}

/* A pair of long bones, and the way from the elbow to the hand. */
struct pair {
    size_t a, b;
    double axis[3], end, middle[3];
    int carpals;
};

static bool lies_beyond(const struct ost_segment_bone *b, const struct pair *p)
{
    double d[3], across;
    ost_sub(b->middle, p->middle, d);
    const double along = ost_dot(b->middle, p->axis) - p->end, in = ost_dot(d, p->axis);
    across = sqrt(fmax(0.0, ost_dot(d, d) - in * in));
    return along > -14.0 && along < wrist_mm && across < 45.0 && b->volume > small_mm3[0] &&
           b->volume < small_mm3[1];
}

/* The small bones beyond the pair's end along one way. */
static void count_carpals(const struct ost_segment *s, struct pair *p)
{
    p->end = fmax(end_along(&s->bone[p->a], p->axis), end_along(&s->bone[p->b], p->axis));
    p->carpals = 0;
    for (size_t i = 0; i < s->bone_count; i++)
        if (i != p->a && i != p->b && lies_beyond(&s->bone[i], p))
            p->carpals++;
}

/* No third bone about them is as large as the smaller: else it is a foot, or a hand alone. */
static bool are_largest(const struct ost_segment *s, const struct pair *p)
{
    const double least = 0.8 * fmin(s->bone[p->a].volume, s->bone[p->b].volume);
    for (size_t i = 0; i < s->bone_count; i++)
        if (i != p->a && i != p->b && s->bone[i].volume > least &&
            ost_distance(s->bone[i].middle, p->middle) < limb_mm)
            return false;
    return true;
}

static bool is_pair(const struct ost_segment *s, size_t a, size_t b, struct pair *out)
{
    const struct ost_segment_bone *x = &s->bone[a], *y = &s->bone[b];
    double d[3], turn = ost_dot(x->axis, y->axis);
    if (!is_long(x) || !is_long(y) || fabs(turn) < parallel)
        return false;
    *out = (struct pair){.a = a, .b = b};
    for (int k = 0; k < 3; k++) {
        out->axis[k] = x->axis[k] + (turn < 0.0 ? -1.0 : 1.0) * y->axis[k];
        out->middle[k] = 0.5 * (x->middle[k] + y->middle[k]);
    }
    (void)ost_unit(out->axis);
    ost_sub(x->middle, y->middle, d);
    const double along = ost_dot(d, out->axis);
    const double across = sqrt(fmax(0.0, ost_dot(d, d) - along * along));
    if (across < apart_mm[0] || across > apart_mm[1] || fabs(along) > 0.5 * x->extent[0])
        return false;
    struct pair other = *out;
    for (int k = 0; k < 3; k++)
        other.axis[k] = -out->axis[k];
    if (!are_largest(s, out))
        return false;
    count_carpals(s, out);
    count_carpals(s, &other);
    *out = other.carpals > out->carpals ? other : *out;
    return out->carpals >= CARPALS_LEAST;
}

static void name_forearm(const struct ost_segment *s, const struct pair *p,
                         struct ost_bone_name *out)
{
    const double a = width_at(&s->bone[p->a], p->axis, end_along(&s->bone[p->a], p->axis));
    const double b = width_at(&s->bone[p->b], p->axis, end_along(&s->bone[p->b], p->axis));
    out[p->a].kind = a >= b ? OST_KIND_RADIUS : OST_KIND_ULNA;
    out[p->b].kind = a >= b ? OST_KIND_ULNA : OST_KIND_RADIUS;
    for (size_t i = 0; i < s->bone_count; i++)
        if (out[i].kind == OST_KIND_UNKNOWN && lies_beyond(&s->bone[i], p))
            out[i].kind = s->bone[i].extent[0] > long_ratio * s->bone[i].extent[1]
                              ? OST_KIND_METACARPAL
                              : OST_KIND_CARPAL;
}

/* The largest neighbour of a heel that has a talus' size. */
static void name_talus(const struct ost_segment *s, size_t heel, struct ost_bone_name *out)
{
    for (size_t i = 0; i < s->bone_count; i++) {
        const struct ost_segment_bone *b = &s->bone[i], *h = &s->bone[heel];
        if (out[i].kind != OST_KIND_UNKNOWN ||
            ost_distance(b->middle, h->middle) > 0.75 * h->extent[0] ||
            b->volume < talus_mm3[0] * h->volume || b->volume > talus_mm3[1] * h->volume)
            continue;
        out[i] = (struct ost_bone_name){OST_KIND_TALUS, out[heel].side};
        return;
    }
}

static void name_feet(const struct ost_segment *s, struct ost_bone_name *out)
{
    size_t heel[2], heels = 0;
    for (size_t i = 0; i < s->bone_count && heels < 2; i++) {
        const struct ost_segment_bone *b = &s->bone[i];
        if (out[i].kind == OST_KIND_UNKNOWN && b->volume > heel_mm3[0] && b->volume < heel_mm3[1] &&
            b->extent[0] > heel_mm[0] && b->extent[0] < heel_mm[1] &&
            b->extent[0] < 2.2 * b->extent[1])
            heel[heels++] = i;
    }
    for (size_t i = 0; i < heels; i++)
        out[heel[i]].kind = OST_KIND_CALCANEUS;
    if (heels == 2 && fabs(s->bone[heel[0]].middle[0] - s->bone[heel[1]].middle[0]) > 30.0) {
        const bool first = s->bone[heel[0]].middle[0] > s->bone[heel[1]].middle[0];
        out[heel[0]].side = first ? OST_BODY_LEFT : OST_BODY_RIGHT;
        out[heel[1]].side = first ? OST_BODY_RIGHT : OST_BODY_LEFT;
    }
    for (size_t i = 0; i < heels; i++)
        name_talus(s, heel[i], out);
}

bool ost_segment_name(const struct ost_segment *segment, struct ost_bone_name *out,
                      struct ost_err *err)
{
    struct pair best = {.carpals = 0}, here;
    if (segment->bone_count > OST_SEGMENT_BONES)
        return ost_fail(err, OST_INVALID, "%zu bones to name", segment->bone_count);
    memset(out, 0, segment->bone_count * sizeof *out);
    for (size_t a = 0; a < segment->bone_count; a++)
        for (size_t b = a + 1; b < segment->bone_count; b++)
            if (is_pair(segment, a, b, &here) && here.carpals > best.carpals)
                best = here;
    if (best.carpals > 0)
        name_forearm(segment, &best, out);
    else
        name_feet(segment, out);
    return true;
}
