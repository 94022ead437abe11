/*
 * Connected patches by runs, one row at a time: a patch is judged and forgotten as soon as
 * a row no longer continues it (He, Chao and Suzuki 2008, run-based labelling).
 */
#include "recon/dicom/lettering_impl.h"

#include <stdlib.h>

struct patch {
    uint32_t parent; /* itself for a root */
    uint32_t left, right, top, bottom;
    uint32_t area, runs;
    uint32_t edge_count;
    uint64_t edge_sum;
    uint32_t row; /* the last row that continued it, plus one */
};

struct run {
    uint32_t from, to, patch; /* columns, both included */
};

struct labelling {
    const struct ost_grey *grey;
    int level;
    bool dark;
    struct patch *patch;
    uint32_t *free; /* patches nobody uses */
    uint32_t free_count;
    struct run *above, *here;
    uint32_t above_count, here_count;
    uint32_t *open; /* roots in use */
    uint32_t open_count;
    struct ost_marks *out;
};

static uint32_t root_of(struct labelling *l, uint32_t i)
{
    while (l->patch[i].parent != i) {
        l->patch[i].parent = l->patch[l->patch[i].parent].parent;
        i = l->patch[i].parent;
    }
    return i;
}

static int value(const struct labelling *l, uint32_t x, uint32_t y)
{
    int v = l->grey->value[(size_t)y * l->grey->width + x];
    return l->dark ? 255 - v : v;
}

/* The step from just inside a run to just outside, over two pixels for smoothed letters. */
static void add_edge(const struct labelling *l, struct patch *p, uint32_t x, uint32_t y,
                     int direction)
{
    int64_t outside = (int64_t)x + direction, inside = (int64_t)x - direction;
    if (outside < 0 || outside >= l->grey->width)
        return;
    if (inside < 0 || inside >= l->grey->width)
        inside = x;
    int step = value(l, (uint32_t)inside, y) - value(l, (uint32_t)outside, y);
    p->edge_sum += (uint64_t)(step > 0 ? step : 0);
    p->edge_count++;
}

static uint32_t fresh(struct labelling *l, const struct run *run, uint32_t y)
{
    uint32_t i = l->free[--l->free_count];
    l->patch[i] =
        (struct patch){.parent = i, .left = run->from, .right = run->to, .top = y, .bottom = y};
    l->open[l->open_count++] = i;
    return i;
}

static void extend(struct labelling *l, uint32_t i, const struct run *run, uint32_t y)
{
    struct patch *p = &l->patch[i];
    p->left = run->from < p->left ? run->from : p->left;
    p->right = run->to > p->right ? run->to : p->right;
    p->bottom = y;
    p->area += run->to - run->from + 1;
    p->runs++;
    p->row = y + 1;
    add_edge(l, p, run->from, y, -1);
    add_edge(l, p, run->to, y, 1);
}

static uint32_t join(struct labelling *l, uint32_t a, uint32_t b)
{
    if (a == b)
        return a;
    struct patch *to = &l->patch[a], *from = &l->patch[b];
    to->left = from->left < to->left ? from->left : to->left;
    to->right = from->right > to->right ? from->right : to->right;
    to->top = from->top < to->top ? from->top : to->top;
    to->area += from->area;
    to->runs += from->runs;
    to->edge_sum += from->edge_sum;
    to->edge_count += from->edge_count;
    to->row = from->row > to->row ? from->row : to->row;
    from->parent = a;
    return a;
}

static void find_runs(struct labelling *l, uint32_t y)
{
    l->here_count = 0;
    for (uint32_t x = 0; x < l->grey->width; x++) {
        if (value(l, x, y) <= l->level)
            continue;
        uint32_t from = x;
        while (x + 1 < l->grey->width && value(l, x + 1, y) > l->level)
            x++;
        l->here[l->here_count++] = (struct run){from, x, 0};
    }
}

/* Runs that touch, corners included, are one patch. */
static void connect(struct labelling *l, uint32_t y)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < l->here_count; i++) {
        struct run *run = &l->here[i];
        uint32_t found = UINT32_MAX;
        while (first < l->above_count && l->above[first].to + 1 < run->from)
            first++;
        for (uint32_t k = first; k < l->above_count && l->above[k].from <= run->to + 1; k++) {
            uint32_t root = root_of(l, l->above[k].patch);
            found = found == UINT32_MAX ? root : join(l, found, root);
        }
        run->patch = found == UINT32_MAX ? fresh(l, run, y) : found;
        extend(l, run->patch, run, y);
    }
}

/* Letters: not large, not a blob, with a sharp border and strokes narrower than they are
 * high. A word whose letters touch is long, and has several strokes in each row. */
static void judge(struct labelling *l, const struct patch *p)
{
    uint32_t w = p->right - p->left + 1, h = p->bottom - p->top + 1;
    const float edge_least = h < 8 ? 34.0f : 22.0f;
    if (h < OST_MARK_LOW || h > OST_MARK_HIGH || p->edge_count == 0)
        return;
    float edge = (float)p->edge_sum / (float)p->edge_count;
    float fill = (float)p->area / ((float)w * (float)h);
    float strokes = (float)p->runs / (float)h, stroke = (float)p->area / (float)p->runs;
    bool letter = 2 * w <= 5 * h && (fill <= 0.85f || 2 * w <= h);
    bool word = w <= 16 * h && strokes >= 2.0f && fill <= 0.75f;
    if (edge < edge_least || fill < 0.1f || (!letter && !word))
        return;
    if ((stroke > 0.6f * (float)h && strokes < 1.3f) || l->out->count == OST_MARKS_MOST)
        return;
    l->out->mark[l->out->count++] = (struct ost_mark){p->left, p->top, w, h, edge};
}

/* Patches that this row did not continue are complete; merged ones are empty names. */
static void retire(struct labelling *l, uint32_t y)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < l->here_count; i++)
        l->here[i].patch = root_of(l, l->here[i].patch);
    for (uint32_t i = 0; i < l->open_count; i++) {
        uint32_t at = l->open[i];
        bool is_root = l->patch[at].parent == at;
        if (is_root && l->patch[at].row == y + 1) {
            l->open[kept++] = at;
            continue;
        }
        if (is_root)
            judge(l, &l->patch[at]);
        l->free[l->free_count++] = at;
    }
    l->open_count = kept;
}

static void run_rows(struct labelling *l)
{
    for (uint32_t y = 0; y < l->grey->height; y++) {
        find_runs(l, y);
        connect(l, y);
        retire(l, y);
        struct run *swap = l->above;
        l->above = l->here;
        l->above_count = l->here_count;
        l->here = swap;
    }
    l->here_count = 0;
    retire(l, l->grey->height);
}

bool ost_marks_find(const struct ost_grey *grey, int level, bool dark, struct ost_marks *out,
                    struct ost_err *err)
{
    /* At most one patch for each run of two rows. */
    size_t most = (size_t)grey->width + 4;
    struct labelling l = {.grey = grey, .level = level, .dark = dark, .out = out};
    l.patch = malloc(most * sizeof *l.patch);
    l.free = malloc(most * sizeof *l.free);
    l.open = malloc(most * sizeof *l.open);
    l.above = malloc(most * sizeof *l.above);
    l.here = malloc(most * sizeof *l.here);
    bool ok =
        l.patch != NULL && l.free != NULL && l.open != NULL && l.above != NULL && l.here != NULL;
    out->count = 0;
    for (size_t i = 0; ok && i < most; i++)
        l.free[l.free_count++] = (uint32_t)(most - 1 - i);
    if (ok)
        run_rows(&l);
    free(l.patch);
    free(l.free);
    free(l.open);
    free(l.above);
    free(l.here);
    return ok || ost_fail(err, OST_NOMEM, "lettering in %u columns", grey->width);
}
