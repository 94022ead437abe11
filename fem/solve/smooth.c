#include "fem/solve/lanes_impl.h"
#include "fem/solve/level_impl.h"
#include "recon/base/wide.h"

#include <string.h>

/* Numbers of the matrix to ask memory for in advance: 4 kB, measured. */
enum { AHEAD = 1024 };

static inline lanes splat(float x)
{
    return (lanes){x, x, x, x};
}

/* The first three numbers, and a zero. */
static inline lanes three_of(lanes v)
{
    return __builtin_shufflevector(v, splat(0.0F), 0, 1, 2, 4);
}

/* The sums of the first three numbers of each; what comes fourth is nobody's. */
static inline lanes sums_of(lanes a, lanes b, lanes c)
{
    lanes ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    lanes third = __builtin_shufflevector(a, b, 2, 6, 2, 6);
    lanes first = __builtin_shufflevector(ab, c, 0, 1, 4, 4);
    lanes second = __builtin_shufflevector(ab, c, 2, 3, 5, 5);
    return first + second + __builtin_shufflevector(third, c, 0, 1, 6, 6);
}

/* D^-1 v of one row; the inverses are symmetric. */
static inline lanes turn(const struct level *l, uint32_t i, lanes v)
{
    const float *m = l->inverse + (size_t)9 * i;
    return three_of(load(m) * splat(v[0]) + load(m + 3) * splat(v[1]) + load(m + 6) * splat(v[2]));
}

/*
 * U x of one row, U being what stands right of the diagonal. Memory is asked in advance for what
 * lies `ahead` numbers from each block, as in push(); 0 where the other of the two does.
 */
static inline lanes pull(const struct level *l, uint32_t i, const float *x, ptrdiff_t ahead)
{
    size_t begin = (size_t)l->first[i] + 1, k = l->first[i + 1];
    const float *a = l->value + 9 * k;
    lanes s0 = splat(0.0F), s1 = s0, s2 = s0;
    while (k-- > begin) {
        a -= 9;
        lanes v = load(x + (size_t)OST_WIDTH * l->column[k]);
        if (ahead != 0)
            __builtin_prefetch(a + ahead);
        s0 += load(a) * v;
        s1 += load(a + 3) * v;
        s2 += load(a + 6) * v;
    }
    return sums_of(s0, s1, s2);
}

/* r -= U' v for what stands in row i of U, of rows below it. */
static inline void push(const struct level *l, uint32_t i, lanes v, float *r, ptrdiff_t ahead)
{
    size_t k = (size_t)l->first[i] + 1, end = l->first[i + 1];
    const float *a = l->value + 9 * k;
    lanes x = splat(v[0]), y = splat(v[1]), z = splat(v[2]);
    for (; k < end; k++, a += 9) {
        float *to = r + (size_t)OST_WIDTH * l->column[k];
        if (ahead != 0)
            __builtin_prefetch(a + ahead);
        store(to, load(to) - (load(a) * x + load(a + 3) * y + load(a + 6) * z));
    }
}

/* (D + U) x = b from the last row up, from x = 0, and r = -U' x, which is what A leaves of b. */
static inline void backward_first(struct level *l)
{
    for (uint32_t i = l->rows; i-- > 0;) {
        size_t at = (size_t)OST_WIDTH * i;
        lanes x = turn(l, i, load(l->b + at) - pull(l, i, l->x, -AHEAD));
        store(l->x + at, x);
        store(l->r + at, splat(0.0F));
        push(l, i, x, l->r, 0);
    }
}

/* (D + U) d = r likewise, and x += d. */
static inline void backward(struct level *l)
{
    for (uint32_t i = l->rows; i-- > 0;) {
        size_t at = (size_t)OST_WIDTH * i;
        lanes d = turn(l, i, load(l->r + at) - pull(l, i, l->d, -AHEAD));
        store(l->d + at, d);
        store(l->x + at, load(l->x + at) + d);
        store(l->r + at, splat(0.0F));
        push(l, i, d, l->r, 0);
    }
}

/* x = D^-1 (b - (A - D) x) from the first row down, those above with their new values. */
static inline void forward(struct level *l)
{
    memcpy(l->r, l->b, (size_t)OST_WIDTH * l->rows * sizeof *l->r);
    for (uint32_t i = 0; i < l->rows; i++) {
        size_t at = (size_t)OST_WIDTH * i;
        lanes x = turn(l, i, load(l->r + at) - pull(l, i, l->x, 0));
        store(l->x + at, x);
        push(l, i, x, l->r, AHEAD);
    }
}

OST_WIDE void level_smooth_down(struct level *level)
{
    backward_first(level);
    for (int step = 1; step < level->steps; step++)
        backward(level);
}

OST_WIDE void level_smooth_up(struct level *level)
{
    for (int step = 0; step < level->steps; step++)
        forward(level);
}
