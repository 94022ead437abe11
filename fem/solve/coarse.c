#include "fem/solve/lanes_impl.h"
#include "fem/solve/level_impl.h"

#include <stdlib.h>
#include <string.h>

/*
 * The product P' A P by rows of A. A row's neighbours sit at most one cell away, so the
 * columns its row of A P reaches lie in a box of 4 x 4 x 4 lattice places, counted from
 * one cell below its own: a place is 16 z + 4 y + x. Seen from a coarse row the columns
 * lie in a box of 5 x 5 x 5; `slot` leads from there to the block, or to OST_NO_ROW.
 *
 * A is half there: U, the half with the diagonal halved. With S = P' U P the product is S + S',
 * so that what S has left of the diagonal is added, turned, to its mirror image.
 */
enum { BOX = 125, MIDDLE = 62, ROOM = 12 };

struct product {
    const struct level *fine;
    uint32_t (*slot)[BOX];
    float *value; /* the coarse level's, as it grows */
    uint32_t none;
    unsigned char slot_at[8][64]; /* by corner and place */
    uint64_t *marked;             /* of each cell: places whose slots are marked */
    uint32_t id[64];
    float sum[64][ROOM], turned[64][ROOM]; /* rows of three, each with a place more */
    uint64_t used;                         /* bit per place */
};

/* Of a cell's corners in the box that begins at place 0. */
static const unsigned corner_place[8] = {0, 1, 4, 5, 16, 17, 20, 21};

static unsigned slot_of(unsigned corner, unsigned place)
{
    unsigned slot = 0;
    for (unsigned k = 3; k-- > 0;)
        slot = 5 * slot + (place >> (2 * k) & 3) + 1 - (corner >> k & 1);
    return slot;
}

/* The place where a cell begins, seen from another; 64 or more where it is too far. */
static unsigned begin_of(const struct site *from, const struct site *to)
{
    unsigned begin = from->piece == to->piece ? 0 : 64;
    for (int k = 3; k-- > 0;) {
        unsigned step = (unsigned)(to->place[k] - from->place[k] + 1);
        begin = 4 * begin + (step < 3 ? step : 64);
    }
    return begin;
}

/* Which places row `i` of U P reaches. */
static bool reach(struct product *p, uint32_t i)
{
    const struct level *fine = p->fine;
    const struct site *mine = &fine->site[fine->cell[i]];
    uint32_t last = OST_NO_ROW;
    p->used = 0;
    for (uint32_t k = fine->first[i]; k < fine->first[i + 1]; k++) {
        uint32_t cell = fine->cell[fine->column[k]];
        if (cell == last)
            continue;
        last = cell;
        unsigned begin = begin_of(mine, &fine->site[cell]);
        if (begin >= 64)
            return false;
        for (unsigned c = 0; c < 8; c++) {
            if (fine->corner[cell][c] == p->none)
                continue;
            p->id[begin + corner_place[c]] = fine->corner[cell][c];
            p->used |= UINT64_C(1) << (begin + corner_place[c]);
        }
    }
    return true;
}

/* What the cell's other rows have marked is marked for this one too. */
static void mark(struct product *p, uint32_t i)
{
    uint32_t cell = p->fine->cell[i];
    const uint32_t *corner = p->fine->corner[cell];
    uint64_t fresh = p->used & ~p->marked[cell];
    p->marked[cell] |= fresh;
    for (unsigned c = 0; c < 8; c++) {
        uint32_t row = corner[c];
        for (uint64_t left = fresh; row != p->none && left != 0; left &= left - 1) {
            unsigned place = (unsigned)__builtin_ctzll(left);
            uint32_t other = p->id[place];
            if (other >= row)
                p->slot[row][p->slot_at[c][place]] = other;
            else
                p->slot[other][BOX - 1 - p->slot_at[c][place]] = row;
        }
    }
}

/* The diagonal, then columns in the order of the box; slots then hold the block's number. */
static bool number_blocks(struct product *p, struct level *coarse, struct ost_err *err)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < coarse->rows; i++) {
        for (int s = 0; s < BOX; s++)
            total += p->slot[i][s] != OST_NO_ROW;
    }
    coarse->first = calloc((size_t)coarse->rows + 1, sizeof *coarse->first);
    coarse->column = malloc(((size_t)total + 1) * sizeof *coarse->column);
    p->value = calloc(((size_t)total + 1) * 9, sizeof *p->value);
    if (coarse->first == NULL || coarse->column == NULL || p->value == NULL)
        return ost_fail(err, OST_NOMEM, "multigrid: no room for %u blocks", total);
    uint32_t at = 0;
    for (uint32_t i = 0; i < coarse->rows; i++) {
        coarse->first[i] = at;
        for (int s = -1; s < BOX; s++) {
            uint32_t *slot = &p->slot[i][s < 0 ? MIDDLE : s];
            if (*slot == OST_NO_ROW || s == MIDDLE)
                continue;
            coarse->column[at] = *slot;
            *slot = at++;
        }
    }
    coarse->first[coarse->rows] = at;
    return true;
}

/* Block k of row i of U as the coarse matrix sees it: components held alone take no part. */
static void seen_block(const struct level *fine, uint32_t i, uint32_t k, float out[ROOM])
{
    float half = fine->column[k] == i ? 0.5F : 1.0F;
    for (size_t m = 0; m < 9; m++)
        out[m] = half * fine->value[(size_t)9 * k + m];
    if (fine->held == NULL)
        return;
    unsigned row = fine->held[i], column = fine->held[fine->column[k]];
    for (unsigned m = 0; m < 9; m++) {
        if ((row >> (m / 3) & 1) || (column >> (m % 3) & 1))
            out[m] = 0.0F;
    }
}

/* The sums in use, to begin with and at the end: without what stands fourth, and turned. */
static void clear_sums(struct product *p)
{
    for (uint64_t left = p->used; left != 0; left &= left - 1)
        memset(p->sum[__builtin_ctzll(left)], 0, sizeof *p->sum);
}

static void turn_sums(struct product *p)
{
    for (uint64_t left = p->used; left != 0; left &= left - 1) {
        float *sum = p->sum[__builtin_ctzll(left)], *turned = p->turned[__builtin_ctzll(left)];
        for (size_t r = 0; r < 3; r++) {
            sum[4 * r + 3] = 0.0F;
            for (size_t c = 0; c < 3; c++)
                turned[4 * r + c] = sum[4 * c + r];
        }
    }
}

/* Row `i` of U P. */
static void sum_row(struct product *p, uint32_t i)
{
    const struct level *fine = p->fine;
    float block[ROOM] = {0.0F}, weight[8];
    clear_sums(p);
    for (uint32_t k = fine->first[i]; k < fine->first[i + 1]; k++) {
        uint32_t j = fine->column[k];
        unsigned begin = begin_of(&fine->site[fine->cell[i]], &fine->site[fine->cell[j]]);
        seen_block(fine, i, k, block);
        level_weights(fine->part[j], weight);
        lanes a = load(block), b = load(block + 3), c = load(block + 6);
        for (unsigned corner = 0; corner < 8; corner++) {
            float *sum = p->sum[begin + corner_place[corner]], w = weight[corner];
            store(sum, load(sum) + w * a);
            store(sum + 4, load(sum + 4) + w * b);
            store(sum + 8, load(sum + 8) + w * c);
        }
    }
    turn_sums(p);
}

/* Nine numbers and no more: the next block is loaded at once, and a load waits for a store. */
static inline void add_block(float *to, float weight, const float *rows)
{
    lanes a = load(to) + weight * load(rows), b = load(to + 3) + weight * load(rows + 4);
    lanes c = load(to + 6) + weight * load(rows + 8);
    store(to, a);
    store(to + 3, b);
    memcpy(to + 6, &c, sizeof(float[3]));
}

/* What corner `c` of row i's cell, coarse row `row`, gets of the row, but for its diagonal. */
static void add_corner(struct product *p, unsigned c, uint32_t row, float weight)
{
    /* The cell stands one place up in the box each way, and so its corner here. */
    const unsigned own = corner_place[c] + corner_place[7];
    for (uint64_t left = p->used & ~(UINT64_C(1) << own); left != 0; left &= left - 1) {
        unsigned place = (unsigned)__builtin_ctzll(left), slot = p->slot_at[c][place];
        uint32_t other = p->id[place];
        /* Which of the two is the lower nobody can foretell: no branches. */
        bool later = other > row;
        const float *rows = later ? p->sum[place] : p->turned[place];
        uint32_t from = later ? row : other, at = later ? slot : BOX - 1 - slot;
        add_block(p->value + (size_t)9 * p->slot[from][at], weight, rows);
    }
    if (p->used >> own & 1) {
        float *value = p->value + (size_t)9 * p->slot[row][MIDDLE];
        add_block(value, weight, p->sum[own]);
        add_block(value, weight, p->turned[own]);
    }
}

static void add_row(struct product *p, uint32_t i)
{
    const struct level *fine = p->fine;
    const uint32_t *corner = fine->corner[fine->cell[i]];
    float weight[8];
    (void)reach(p, i);
    sum_row(p, i);
    level_weights(fine->part[i], weight);
    for (unsigned c = 0; c < 8; c++) {
        if (weight[c] > 0.0F)
            add_corner(p, c, corner[c], weight[c]);
    }
}

static bool multiply(struct product *p, struct level *coarse, struct ost_err *err)
{
    memset(p->slot, 0xff, (size_t)coarse->rows * sizeof *p->slot);
    for (uint32_t i = 0; i < p->fine->rows; i++) {
        if (!reach(p, i))
            return ost_fail(err, OST_BUG, "multigrid: row %u sits too far from a neighbour", i);
        mark(p, i);
    }
    if (!number_blocks(p, coarse, err))
        return false;
    for (uint32_t i = 0; i < p->fine->rows; i++)
        add_row(p, i);
    coarse->value = p->value;
    p->value = NULL;
    return true;
}

bool level_multiply_out(const struct level *fine, struct level *coarse, struct ost_err *err)
{
    struct product *p = calloc(1, sizeof *p);
    if (p == NULL)
        return ost_fail(err, OST_NOMEM, "multigrid: out of memory");
    p->fine = fine;
    p->none = coarse->rows;
    p->slot = malloc(((size_t)coarse->rows + 1) * sizeof *p->slot);
    p->marked = calloc((size_t)fine->cells + 1, sizeof *p->marked);
    for (unsigned at = 0; at < 8 * 64; at++)
        p->slot_at[at / 64][at % 64] = (unsigned char)slot_of(at / 64, at % 64);
    bool ok = p->slot != NULL && p->marked != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "multigrid: no room for %u rows", coarse->rows);
    ok = ok && multiply(p, coarse, err);
    free(p->slot);
    free(p->marked);
    free(p->value);
    free(p);
    return ok;
}
