#include "recon/dicom/lettering_impl.h"

#include <stdlib.h>

/* A line as it grows: its box and the marks in it. */
struct line {
    uint32_t x, y, right, bottom; /* right and bottom excluded */
    uint32_t count, height;       /* height: of its tallest mark */
    float edge;                   /* summed */
};

static int by_left(const void *a, const void *b)
{
    const struct ost_mark *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return p->y < q->y ? -1 : p->y > q->y;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The next mark of a line: of like height, on the same base or top, not far to the right. */
static bool continues(const struct line *line, const struct ost_mark *last,
                      const struct ost_mark *mark)
{
    uint32_t tall = larger(last->h, mark->h), small = smaller(last->h, mark->h);
    uint32_t end = last->x + last->w;
    int64_t gap = (int64_t)mark->x - end;
    int64_t base = (int64_t)mark->y + mark->h - (last->y + last->h);
    int64_t top = (int64_t)mark->y - last->y;
    uint32_t off = (uint32_t)smaller((uint32_t)llabs(base), (uint32_t)llabs(top));
    return 5 * small >= 2 * tall && gap <= (int64_t)larger(line->height, tall) * 2 &&
           gap >= -(int64_t)tall && 4 * off <= tall;
}

/*
 * Three marks make a line; two do where they are as sharp as print (a family name may have
 * two characters); one does where it is a long word.
 */
static bool is_lettering(const struct line *line)
{
    uint32_t w = line->right - line->x, h = line->height;
    float edge = line->edge / (float)line->count;
    if (line->count >= 3)
        return w >= 2 * h || (edge >= 60.0f && 2 * w >= 3 * h);
    if (line->count == 2)
        return edge >= 70.0f && 4 * w >= 5 * h;
    return edge >= 50.0f && w >= 3 * h;
}

static bool touches(const struct ost_clean_box *a, const struct ost_clean_box *b)
{
    return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

static struct ost_clean_box around(const struct ost_clean_box *a, const struct ost_clean_box *b)
{
    uint32_t x = smaller(a->x, b->x), y = smaller(a->y, b->y);
    return (struct ost_clean_box){x, y, larger(a->x + a->w, b->x + b->w) - x,
                                  larger(a->y + a->h, b->y + b->h) - y};
}

static uint64_t area(const struct ost_clean_box *b)
{
    return (uint64_t)b->w * b->h;
}

/* Boxes that overlap become one; where there are too many, the new one joins whichever it
 * enlarges least: nothing found is ever dropped. */
static void add_box(struct ost_lettering *out, struct ost_clean_box box)
{
    for (uint32_t i = 0; i < out->count;) {
        if (!touches(&out->box[i], &box)) {
            i++;
            continue;
        }
        box = around(&out->box[i], &box);
        out->box[i] = out->box[--out->count];
        i = 0;
    }
    if (out->count < OST_CLEAN_BOXES) {
        out->box[out->count++] = box;
        return;
    }
    uint32_t best = 0;
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < out->count; i++) {
        struct ost_clean_box both = around(&out->box[i], &box);
        uint64_t growth = area(&both) - area(&out->box[i]);
        best = growth < least ? i : best;
        least = growth < least ? growth : least;
    }
    out->box[best] = around(&out->box[best], &box);
}

static void finish(const struct line *line, bool upright, uint32_t scale, struct ost_lettering *out)
{
    if (!is_lettering(line))
        return;
    /* One letter further at either end: the first and the last are the faintest. */
    uint32_t along = line->height, across = line->height / 3 + 2;
    uint32_t x = line->x > along ? line->x - along : 0;
    uint32_t y = line->y > across ? line->y - across : 0;
    uint32_t w = line->right + along - x, h = line->bottom + across - y;
    struct ost_clean_box box = {x * scale, y * scale, w * scale, h * scale};
    if (!upright)
        box = (struct ost_clean_box){box.y, box.x, box.h, box.w};
    add_box(out, box);
}

static void take(struct line *line, const struct ost_mark *mark)
{
    line->x = smaller(line->x, mark->x);
    line->y = smaller(line->y, mark->y);
    line->right = larger(line->right, mark->x + mark->w);
    line->bottom = larger(line->bottom, mark->y + mark->h);
    line->height = larger(line->height, mark->h);
    line->edge += mark->edge;
    line->count++;
}

/* From each mark not yet in a line, on to the right as far as it goes. */
static void follow(const struct ost_mark *mark, unsigned char *used, size_t count, size_t first,
                   struct line *line)
{
    const struct ost_mark *last = &mark[first];
    *line = (struct line){last->x, last->y, last->x, last->y, 0, 0, 0.0f};
    take(line, last);
    used[first] = 1;
    for (size_t i = first + 1; i < count; i++) {
        if (mark[i].x > last->x + last->w + 3 * line->height)
            return;
        if (used[i] == 0 && continues(line, last, &mark[i])) {
            last = &mark[i];
            take(line, last);
            used[i] = 1;
        }
    }
}

void ost_marks_lines(const struct ost_marks *marks, bool upright, uint32_t scale,
                     struct ost_lettering *out)
{
    struct ost_mark *sorted = malloc((marks->count + 1) * sizeof *sorted);
    unsigned char *used = calloc(marks->count + 1, 1);
    size_t count = 0;
    for (size_t i = 0; sorted != NULL && used != NULL && i < marks->count; i++) {
        const struct ost_mark *m = &marks->mark[i];
        if (upright) {
            sorted[count++] = *m;
        } else if (m->w >= OST_MARK_LOW) { /* slivers along a slanted border are no letters */
            sorted[count++] = (struct ost_mark){m->y, m->x, m->h, m->w, m->edge};
        }
    }
    if (count > 0)
        qsort(sorted, count, sizeof *sorted, by_left);
    for (size_t i = 0; i < count; i++) {
        struct line line;
        if (used[i] != 0)
            continue;
        follow(sorted, used, count, i, &line);
        finish(&line, upright, scale, out);
    }
    free(sorted);
    free(used);
}
