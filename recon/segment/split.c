/*
 * One label per bone. What is neither valley nor outside is flooded from its deepest
 * points down (watershed on the distance, Vincent and Soille 1991); two basins that meet
 * at a neck not much thinner than the smaller of them are one. Valleys are flooded last.
 * Then basins are joined whose common face is bone: across a joint it is valley.
 */
#include "recon/base/array.h"
#include "recon/segment/segment_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float neck = 0.80F;       /* of the smaller basin's depth: thicker is no neck */
static const float shallow = 0.45F;    /* mm: a basin no deeper than its neck by this is none */
static const float crumb = 1.3F;       /* mm: a basin not as deep is no bone of its own */
static const double section = 3.2;     /* of the depth squared: the section of a bone */
static const double thick_neck = 0.7;  /* of the smaller basin's depth: the neck of one bone */
static const double same_bone = 0.25;  /* the least likeness of two parts of one bone */
static const double compact = 0.45;    /* of the way from soft tissue to compact bone */
static const float depth_step = 0.02F; /* mm */
enum { DEPTHS = 4096 };

/* Basins as a forest: parent[b] == b is a root. */
struct basins {
    int32_t *parent;
    float *peak; /* mm */
    int32_t count, room;
};

static int32_t root_of(struct basins *b, int32_t i)
{
    while (b->parent[i] != i) {
        b->parent[i] = b->parent[b->parent[i]];
        i = b->parent[i];
    }
    return i;
}

static void basins_close(struct basins *b)
{
    free(b->parent);
    free(b->peak);
}

/* 0 where there is no room. */
static int32_t add_basin(struct basins *b, float peak)
{
    if (b->count + 1 >= b->room) {
        const int32_t room = b->room == 0 ? 1 << 16 : 2 * b->room;
        int32_t *parent = realloc(b->parent, (size_t)room * sizeof *parent);
        if (parent != NULL)
            b->parent = parent;
        float *grown = realloc(b->peak, (size_t)room * sizeof *grown);
        if (grown != NULL)
            b->peak = grown;
        if (parent == NULL || grown == NULL)
            return 0;
        b->room = room;
    }
    const int32_t i = ++b->count;
    b->parent[i] = i;
    b->peak[i] = peak;
    return i;
}

static void join(struct basins *b, int32_t x, int32_t y)
{
    const int32_t high = b->peak[x] >= b->peak[y] ? x : y, low = high == x ? y : x;
    b->parent[low] = high;
}

static int bin_of(float depth)
{
    const int bin = (int)(depth / depth_step);
    return bin < DEPTHS ? bin : DEPTHS - 1;
}

/* The voxels of the core, deepest first; equal ones in the order of their numbers. */
static size_t *by_depth(const struct seg *s, size_t *count, struct ost_err *err)
{
    size_t begin[DEPTHS + 1] = {0};
    for (size_t n = 0; n < s->count; n++)
        if (s->depth[n] > 0.0F)
            begin[DEPTHS - 1 - bin_of(s->depth[n])]++;
    size_t sum = 0;
    for (int d = 0; d <= DEPTHS; d++) {
        const size_t here = begin[d];
        begin[d] = sum;
        sum += here;
    }
    size_t *order = malloc((sum + 1) * sizeof *order);
    if (order == NULL) {
        (void)ost_fail(err, OST_NOMEM, "no room to sort %zu voxels", sum);
        return NULL;
    }
    for (size_t n = 0; n < s->count; n++)
        if (s->depth[n] > 0.0F)
            order[begin[DEPTHS - 1 - bin_of(s->depth[n])]++] = n;
    *count = sum;
    return order;
}

/* The number of the neighbour across face f (0..5), false at the end of the box. */
static bool face(const struct seg *s, size_t n, const uint32_t at[3], int f, size_t *to)
{
    const int k = f / 2;
    if (f % 2 == 0 ? at[k] == 0 : at[k] + 1 == s->size[k])
        return false;
    *to = f % 2 == 0 ? n - s->step[k] : n + s->step[k];
    return true;
}

/* The basin a voxel belongs to; basins that meet here without a neck become one. */
static int32_t basin_of(struct seg *s, struct basins *b, size_t n)
{
    const float depth = s->depth[n];
    uint32_t at[3];
    int32_t best = 0;
    seg_place(s, n, at);
    for (int f = 0; f < 6; f++) {
        size_t to = 0;
        if (!face(s, n, at, f, &to) || s->label[to] == 0)
            continue;
        const int32_t other = root_of(b, s->label[to]);
        if (best == 0 || other == best) {
            best = other;
            continue;
        }
        const float low = fminf(b->peak[best], b->peak[other]);
        if (depth >= neck * low || low - depth < shallow)
            join(b, best, other);
        else if (b->peak[other] > b->peak[best])
            best = other;
        best = root_of(b, best);
    }
    return best != 0 ? best : add_basin(b, depth);
}

static bool flood(struct seg *s, struct basins *b, struct ost_err *err)
{
    size_t count = 0, *order = by_depth(s, &count, err);
    bool ok = order != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        s->label[order[i]] = basin_of(s, b, order[i]);
        ok = s->label[order[i]] != 0 || ost_fail(err, OST_NOMEM, "no room for another basin");
    }
    free(order);
    return ok;
}

/* Every voxel of the mask that has no basin takes that of a neighbour: nearest first. */
static bool spread(struct seg *s, struct ost_err *err)
{
    size_t *now = malloc((s->count + 1) * sizeof *now), begin = 0, end = 0;
    if (now == NULL)
        return ost_fail(err, OST_NOMEM, "no room to flood %zu voxels", s->count);
    for (size_t n = 0; n < s->count; n++)
        if (s->label[n] != 0)
            now[end++] = n;
    for (; begin < end; begin++) {
        uint32_t at[3];
        size_t to = 0;
        seg_place(s, now[begin], at);
        for (int f = 0; f < 6; f++) {
            if (!face(s, now[begin], at, f, &to) || s->label[to] != 0 || s->mask[to] == 0)
                continue;
            s->label[to] = s->label[now[begin]];
            now[end++] = to;
        }
    }
    free(now);
    return true;
}

/* A face between two basins, or all of them: how many there are and how many are valley. */
struct contact {
    int32_t a, b; /* a < b */
    uint32_t faces, dark;
    float saddle; /* mm: the deepest point of the face */
};

static int by_pair(const void *x, const void *y)
{
    const struct contact *p = x, *q = y;
    if (p->a != q->a)
        return p->a < q->a ? -1 : 1;
    return (p->b > q->b) - (p->b < q->b);
}

struct contacts {
    struct contact *list;
    size_t count, room;
};

static bool add_contact(struct contacts *c, const struct contact *one)
{
    if (c->count == c->room) {
        const size_t room = c->room == 0 ? 1 << 16 : 2 * c->room;
        struct contact *list = realloc(c->list, room * sizeof *list);
        if (list == NULL)
            return false;
        c->list = list;
        c->room = room;
    }
    struct contact *to = &c->list[c->count++];
    *to = *one;
    to->a = one->a < one->b ? one->a : one->b;
    to->b = one->a < one->b ? one->b : one->a;
    return true;
}

static void add_up(struct contacts *c)
{
    size_t to = 0;
    qsort(c->list, c->count, sizeof *c->list, by_pair);
    for (size_t i = 0; i < c->count; i++) {
        if (to > 0 && by_pair(&c->list[to - 1], &c->list[i]) == 0) {
            c->list[to - 1].faces += c->list[i].faces;
            c->list[to - 1].dark += c->list[i].dark;
            c->list[to - 1].saddle = fmaxf(c->list[to - 1].saddle, c->list[i].saddle);
        } else {
            c->list[to++] = c->list[i];
        }
    }
    c->count = to;
}

static bool is_fat(const struct seg *s, size_t n, size_t to)
{
    return ((s->mask[n] | s->mask[to]) & SEG_BONE) == 0 &&
           (double)fmaxf(s->calm[n], s->calm[to]) < s->tissue - seg_fatty;
}

/* Valley, or beside it or soft where that is not compact bone on both sides. */
static bool is_dark(const struct seg *s, size_t n, size_t to)
{
    const int both = s->mask[n] | s->mask[to];
    const double low = (double)fminf(s->calm[n], s->calm[to]);
    return (both & SEG_VALLEY) != 0 || (low < s->tissue + compact * (s->cortical - s->tissue) &&
                                        ((both & SEG_SIDE) != 0 || (both & SEG_BONE) == 0));
}

static bool find_contacts(const struct seg *s, struct basins *b, struct contacts *c,
                          struct ost_err *err)
{
    for (size_t n = 0; n < s->count; n++) {
        uint32_t at[3];
        if (s->label[n] == 0)
            continue;
        seg_place(s, n, at);
        for (int f = 1; f < 6; f += 2) {
            size_t to = 0;
            if (!face(s, n, at, f, &to) || s->label[to] == 0 || is_fat(s, n, to))
                continue; /* within yellow marrow nothing can be told */
            const int32_t x = root_of(b, s->label[n]), y = root_of(b, s->label[to]);
            const struct contact one = {x, y, 1, is_dark(s, n, to) ? 1 : 0,
                                        fminf(s->depth[n], s->depth[to])};
            if (x != y && !add_contact(c, &one))
                return ost_fail(err, OST_NOMEM, "no room for the contacts of bones");
        }
    }
    add_up(c);
    return true;
}

/*
 * How much a common face looks like a section of one bone: 1 bright, as wide as the
 * smaller basin is thick and about as deep, 0 a valley or a point.
 */
static double likeness(const struct seg *s, const struct basins *b, const struct contact *c)
{
    const double *h = s->spacing, side = (h[0] * h[1] + h[1] * h[2] + h[2] * h[0]) / 3.0;
    const double low = (double)fminf(b->peak[c->a], b->peak[c->b]);
    const double wide = side * c->faces / (section * low * low);
    const double neck_share = fmin(1.0, (double)c->saddle / (thick_neck * low));
    return (1.0 - (double)c->dark / c->faces) * fmin(1.0, wide) * neck_share * neck_share;
}

/* The contacts of `gone` become those of `kept`; what lies between the two is forgotten. */
static void hand_over(struct contacts *c, int32_t kept, int32_t gone)
{
    size_t to = 0;
    for (size_t i = 0; i < c->count; i++) {
        struct contact t = c->list[i];
        t.a = t.a == gone ? kept : t.a;
        t.b = t.b == gone ? kept : t.b;
        if (t.a == t.b)
            continue;
        if (t.a > t.b)
            t = (struct contact){t.b, t.a, t.faces, t.dark, t.saddle};
        c->list[to++] = t;
    }
    c->count = to;
    add_up(c);
}

/* The most alike pair first; what a basin has joined decides with it about the next. */
static void join_alike(struct seg *s, struct basins *b, struct contacts *c)
{
    for (;;) {
        double most = same_bone;
        size_t at = c->count;
        for (size_t i = 0; i < c->count; i++) {
            const double here = likeness(s, b, &c->list[i]);
            at = here > most ? i : at;
            most = here > most ? here : most;
        }
        if (at == c->count)
            return;
        const int32_t x = c->list[at].a, y = c->list[at].b;
        join(b, x, y);
        hand_over(c, root_of(b, x), root_of(b, x) == x ? y : x);
    }
}

/* A basin too shallow to be a bone goes to the neighbour it shares most bright faces with. */
static void absorb(struct basins *b, const struct contacts *c)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct contact *t = &c->list[i];
        const int32_t x = root_of(b, t->a), y = root_of(b, t->b);
        const float low = fminf(b->peak[x], b->peak[y]);
        if (x != y && low < crumb && 2 * t->dark < t->faces && t->faces >= 3)
            join(b, x, y);
    }
}

static bool merge(struct seg *s, struct basins *b, struct ost_err *err)
{
    struct contacts c = {0};
    bool ok = find_contacts(s, b, &c, err);
    if (ok) {
        absorb(b, &c);
        c.count = 0;
        ok = find_contacts(s, b, &c, err);
    }
    if (ok)
        join_alike(s, b, &c);
    free(c.list);
    return ok;
}

/* Roots become 1, 2, ... in the order of their first voxels. */
static bool number(struct seg *s, struct basins *b, struct ost_err *err)
{
    int32_t *name = calloc((size_t)b->count + 1, sizeof *name);
    if (name == NULL)
        return ost_fail(err, OST_NOMEM, "no room to number %d basins", b->count);
    s->label_count = 0;
    for (size_t n = 0; n < s->count; n++) {
        if (s->label[n] == 0)
            continue;
        const int32_t root = root_of(b, s->label[n]);
        if (name[root] == 0)
            name[root] = ++s->label_count;
        s->label[n] = name[root];
    }
    free(name);
    return true;
}

bool seg_split(struct seg *s, struct ost_err *err)
{
    struct basins b = {0};
    uint8_t *core = malloc(s->count);
    bool ok = core != NULL || ost_fail(err, OST_NOMEM, "no room for the core of bones");
    for (size_t n = 0; ok && n < s->count; n++)
        core[n] = s->mask[n] != 0 && (s->mask[n] & SEG_VALLEY) == 0 ? 1 : 0;
    ok = ok && seg_distance(s->size, s->spacing, core, s->depth, err);
    free(core);
    ok = ok && flood(s, &b, err) && spread(s, err) && merge(s, &b, err) && number(s, &b, err);
    basins_close(&b);
    return ok;
}
