#include "fem/solve/level_impl.h"

#include <stdlib.h>
#include <string.h>

/* Coarse unknowns by lattice place: an open hash table; `key` is never 0. */
struct places {
    uint64_t *key;
    uint32_t *row;
    uint64_t mask;
    uint32_t count;
};

static uint64_t key_of(const int32_t place[3], uint32_t piece)
{
    const uint64_t bias = 1 << 15;
    return (((uint64_t)piece & 0xffff) + 1) << 48 | ((uint64_t)place[0] + bias) << 32 |
           ((uint64_t)place[1] + bias) << 16 | ((uint64_t)place[2] + bias);
}

static uint32_t find_or_add(struct places *p, uint64_t key)
{
    uint64_t at = (key * UINT64_C(0x9e3779b97f4a7c15)) >> 20 & p->mask;
    while (p->key[at] != 0 && p->key[at] != key)
        at = (at + 1) & p->mask;
    if (p->key[at] == 0) {
        p->key[at] = key;
        p->row[at] = p->count++;
    }
    return p->row[at];
}

/* The eight corners of the cell a row sits in, with their trilinear weights. */
static void seat_row(struct level *fine, uint32_t i, struct places *places)
{
    const struct seat *s = &fine->seat[i];
    for (unsigned c = 0; c < 8; c++) {
        float weight = 1.0F;
        int32_t place[3];
        for (unsigned k = 0; k < 3; k++) {
            bool far = c >> k & 1;
            weight *= far ? s->part[k] : 1.0F - s->part[k];
            place[k] = s->cell[k] + far;
        }
        fine->weight[i][c] = weight;
        fine->parent[i][c] =
            weight > 0.0F ? find_or_add(places, key_of(place, s->piece)) : OST_NO_ROW;
    }
}

/* The seat, one lattice up, of corner `c` of the cell a finer row sits in. */
static struct seat seat_above(const struct seat *fine, unsigned c)
{
    struct seat s = {.piece = fine->piece};
    for (unsigned k = 0; k < 3; k++) {
        int32_t place = fine->cell[k] + (int32_t)(c >> k & 1);
        s.cell[k] = place >> 1;
        s.part[k] = (place & 1) != 0 ? 0.5F : 0.0F;
    }
    return s;
}

static void seat_coarse(const struct level *fine, struct level *coarse)
{
    for (uint32_t i = 0; i < fine->rows; i++) {
        for (unsigned c = 0; c < 8; c++) {
            uint32_t parent = fine->parent[i][c];
            if (parent != OST_NO_ROW)
                coarse->seat[parent] = seat_above(&fine->seat[i], c);
        }
    }
}

static bool make_transfer(struct level *fine, struct level *coarse, struct ost_err *err)
{
    size_t size = 64;
    while (size < (size_t)fine->rows * 4)
        size *= 2;
    struct places places = {calloc(size, sizeof(uint64_t)), malloc(size * sizeof(uint32_t)),
                            size - 1, 0};
    fine->parent = calloc((size_t)fine->rows + 1, sizeof *fine->parent);
    fine->weight = malloc(((size_t)fine->rows + 1) * sizeof *fine->weight);
    bool ok =
        places.key != NULL && places.row != NULL && fine->parent != NULL && fine->weight != NULL;
    for (uint32_t i = 0; i < fine->rows && ok; i++) {
        /* Never more than three quarters full: a very sparse set would need a larger table. */
        ok = places.count < size / 4 * 3;
        if (ok)
            seat_row(fine, i, &places);
    }
    coarse->rows = places.count;
    free(places.key);
    free(places.row);
    coarse->seat = calloc((size_t)coarse->rows + 1, sizeof *coarse->seat);
    if (!ok || coarse->seat == NULL)
        return ost_fail(err, OST_NOMEM, "multigrid: no room for %u rows", fine->rows);
    seat_coarse(fine, coarse);
    return true;
}

/*
 * The product P' A P by rows of A. A row's neighbours sit at most one cell away, so the
 * columns its row of A P reaches lie in a box of 4 x 4 x 4 lattice places, counted from
 * one cell below its own: a place is 16 z + 4 y + x. Seen from a coarse row the columns
 * lie in a box of 5 x 5 x 5; `slot` leads from there to the block, or to OST_NO_ROW.
 */
struct product {
    const struct level *fine;
    uint32_t (*slot)[125];
    float *value; /* the coarse level's, as it grows */
    uint32_t id[64];
    double sum[64][9];
    uint64_t used; /* bit per place */
};

static unsigned place_of(const int32_t offset[3], unsigned corner)
{
    unsigned place = 0;
    for (unsigned k = 3; k-- > 0;)
        place = 4 * place + (unsigned)(offset[k] + 1) + (corner >> k & 1);
    return place;
}

static unsigned slot_of(unsigned corner, unsigned place)
{
    unsigned slot = 0;
    for (unsigned k = 3; k-- > 0;)
        slot = 5 * slot + (place >> (2 * k) & 3) + 1 - (corner >> k & 1);
    return slot;
}

static bool offset_of(const struct level *fine, uint32_t from, uint32_t to, int32_t offset[3])
{
    memset(offset, 0, 3 * sizeof *offset);
    bool near = fine->seat[from].piece == fine->seat[to].piece;
    for (int k = 0; k < 3; k++) {
        offset[k] = fine->seat[to].cell[k] - fine->seat[from].cell[k];
        near = near && offset[k] >= -1 && offset[k] <= 1;
    }
    return near;
}

/* Which places row `i` of A P reaches. */
static bool reach(struct product *p, uint32_t i)
{
    const struct level *fine = p->fine;
    int32_t offset[3];
    p->used = 0;
    for (uint32_t k = fine->first[i]; k < fine->first[i + 1]; k++) {
        uint32_t j = fine->column[k];
        if (!offset_of(fine, i, j, offset))
            return false;
        for (unsigned c = 0; c < 8; c++) {
            if (fine->parent[j][c] == OST_NO_ROW)
                continue;
            unsigned place = place_of(offset, c);
            p->id[place] = fine->parent[j][c];
            p->used |= UINT64_C(1) << place;
        }
    }
    return true;
}

static void mark(struct product *p, uint32_t i)
{
    for (unsigned c = 0; c < 8; c++) {
        uint32_t row = p->fine->parent[i][c];
        for (uint64_t left = p->used; row != OST_NO_ROW && left != 0; left &= left - 1) {
            unsigned place = (unsigned)__builtin_ctzll(left);
            p->slot[row][slot_of(c, place)] = p->id[place];
        }
    }
}

/* Columns in the order of the box; slots then hold the block's number. */
static bool number_blocks(struct product *p, struct level *coarse, struct ost_err *err)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < coarse->rows; i++) {
        for (int s = 0; s < 125; s++)
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
        for (int s = 0; s < 125; s++) {
            if (p->slot[i][s] == OST_NO_ROW)
                continue;
            coarse->column[at] = p->slot[i][s];
            p->slot[i][s] = at++;
        }
    }
    coarse->first[coarse->rows] = at;
    return true;
}

/* Block k of row i as the coarse matrix sees it: components held alone take no part. */
static void seen_block(const struct level *fine, uint32_t i, uint32_t k, double out[9])
{
    const float *a = fine->value + (size_t)9 * k;
    for (int m = 0; m < 9; m++)
        out[m] = (double)a[m];
    if (fine->held == NULL)
        return;
    unsigned row = fine->held[i], column = fine->held[fine->column[k]];
    for (unsigned m = 0; m < 9; m++) {
        if ((row >> (m % 3) & 1) || (column >> (m / 3) & 1))
            out[m] = 0.0;
    }
}

static void add_row(struct product *p, uint32_t i)
{
    const struct level *fine = p->fine;
    int32_t offset[3];
    double block[9];
    (void)reach(p, i);
    memset(p->sum, 0, sizeof p->sum);
    for (uint32_t k = fine->first[i]; k < fine->first[i + 1]; k++) {
        uint32_t j = fine->column[k];
        (void)offset_of(fine, i, j, offset);
        seen_block(fine, i, k, block);
        for (unsigned c = 0; c < 8; c++) {
            double weight = (double)fine->weight[j][c];
            double *sum = p->sum[place_of(offset, c)];
            for (int m = 0; m < 9; m++)
                sum[m] += weight * block[m];
        }
    }
    for (unsigned c = 0; c < 8; c++) {
        uint32_t row = fine->parent[i][c];
        double weight = (double)fine->weight[i][c];
        for (uint64_t left = p->used; row != OST_NO_ROW && left != 0; left &= left - 1) {
            unsigned place = (unsigned)__builtin_ctzll(left);
            float *value = p->value + (size_t)9 * p->slot[row][slot_of(c, place)];
            for (int m = 0; m < 9; m++)
                value[m] += (float)(weight * p->sum[place][m]);
        }
    }
}

static bool multiply_out(struct product *p, struct level *coarse, struct ost_err *err)
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

bool level_coarsen(struct level *fine, struct level *coarse, struct ost_err *err)
{
    if (!make_transfer(fine, coarse, err))
        return false;
    struct product *p = calloc(1, sizeof *p);
    if (p == NULL)
        return ost_fail(err, OST_NOMEM, "multigrid: out of memory");
    p->fine = fine;
    p->slot = malloc(((size_t)coarse->rows + 1) * sizeof *p->slot);
    bool ok = p->slot != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "multigrid: no room for %u rows", coarse->rows);
    ok = ok && multiply_out(p, coarse, err);
    free(p->slot);
    free(p->value);
    free(p);
    return ok;
}
