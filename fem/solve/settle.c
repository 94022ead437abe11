#include "fem/solve/level_impl.h"

#include <stdlib.h>
#include <string.h>

/* Numbers for lattice sites as they are first met: an open hash table; `key` is never 0. */
struct sites {
    uint64_t *key;
    uint32_t *number;
    size_t size;
    uint32_t count;
};

static uint64_t key_of(const struct site *s)
{
    const uint64_t bias = 1 << 15;
    return (((uint64_t)s->piece & 0xffff) + 1) << 48 | ((uint64_t)s->place[0] + bias) << 32 |
           ((uint64_t)s->place[1] + bias) << 16 | ((uint64_t)s->place[2] + bias);
}

static size_t seek(const struct sites *s, uint64_t key)
{
    /* All bits of the key reach the upper half of a product. */
    uint64_t mixed = (key ^ key >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(mixed >> 32) & (s->size - 1);
    while (s->key[at] != 0 && s->key[at] != key)
        at = (at + 1) & (s->size - 1);
    return at;
}

static void sites_fini(struct sites *s)
{
    free(s->key);
    free(s->number);
}

/* Twice the room, so that a table is never more than three quarters full. */
static bool widen(struct sites *s)
{
    size_t size = s->size > 0 ? 2 * s->size : 1024;
    struct sites more = {calloc(size, sizeof(uint64_t)), malloc(size * sizeof(uint32_t)), size,
                         s->count};
    if (more.key == NULL || more.number == NULL) {
        sites_fini(&more);
        return false;
    }
    for (size_t i = 0; i < s->size; i++) {
        if (s->key[i] == 0)
            continue;
        size_t at = seek(&more, s->key[i]);
        more.key[at] = s->key[i];
        more.number[at] = s->number[i];
    }
    sites_fini(s);
    *s = more;
    return true;
}

/* The site's number; OST_NO_ROW without memory. */
static uint32_t number_of(struct sites *s, const struct site *site)
{
    uint64_t key = key_of(site);
    if ((size_t)s->count * 4 >= s->size * 3 && !widen(s))
        return OST_NO_ROW;
    size_t at = seek(s, key);
    if (s->key[at] == 0) {
        s->key[at] = key;
        s->number[at] = s->count++;
    }
    return s->number[at];
}

static struct site corner_of(const struct site *cell, unsigned c)
{
    struct site s = *cell;
    for (unsigned k = 0; k < 3; k++)
        s.place[k] += (int32_t)(c >> k & 1);
    return s;
}

/* Bits for the corners of a cell that have a weight for somebody at `part`. */
static unsigned corners_at(const float part[3])
{
    float weight[8];
    unsigned bits = 0;
    level_weights(part, weight);
    for (unsigned c = 0; c < 8; c++)
        bits |= weight[c] > 0.0F ? 1U << c : 0;
    return bits;
}

/* Each row into its cell; `bits` are the corners that each cell needs. */
static bool find_cells(struct level *l, unsigned char *bits)
{
    struct sites cells = {0};
    bool ok = true;
    for (uint32_t i = 0; i < l->rows && ok; i++) {
        const struct seat *s = &l->seat[i];
        uint32_t cell = number_of(&cells, &s->site);
        ok = cell != OST_NO_ROW;
        if (!ok)
            break;
        l->cell[i] = cell;
        l->site[cell] = s->site;
        memcpy(l->part[i], s->part, sizeof s->part);
        bits[cell] = (unsigned char)(bits[cell] | corners_at(s->part));
    }
    l->cells = cells.count;
    sites_fini(&cells);
    return ok;
}

/* The rows of the next level: the corners in use. */
static bool find_corners(struct level *l, const unsigned char *bits, uint32_t *rows)
{
    struct sites corners = {0};
    bool ok = true;
    for (size_t at = 0; at < (size_t)8 * l->cells && ok; at++) {
        const struct site site = corner_of(&l->site[at / 8], at % 8);
        bool used = bits[at / 8] >> (at % 8) & 1;
        l->corner[at / 8][at % 8] = used ? number_of(&corners, &site) : OST_NO_ROW;
        ok = !used || l->corner[at / 8][at % 8] != OST_NO_ROW;
    }
    *rows = corners.count;
    sites_fini(&corners);
    return ok;
}

/* Where the corners sit one lattice up; those that nobody needs become the row of padding. */
static void seat_corners(struct level *l, struct level *coarse)
{
    for (size_t at = 0; at < (size_t)8 * l->cells; at++) {
        uint32_t *row = &l->corner[at / 8][at % 8];
        if (*row == OST_NO_ROW) {
            *row = coarse->rows;
            continue;
        }
        struct seat s = {.site = corner_of(&l->site[at / 8], at % 8)};
        for (int k = 0; k < 3; k++) {
            s.part[k] = (s.site.place[k] & 1) != 0 ? 0.5F : 0.0F;
            s.site.place[k] >>= 1;
        }
        coarse->seat[*row] = s;
    }
}

bool level_settle(struct level *fine, struct level *coarse, struct ost_err *err)
{
    size_t rows = (size_t)fine->rows + 1;
    unsigned char *bits = calloc(rows, 1);
    fine->cell = malloc(rows * sizeof *fine->cell);
    fine->part = malloc(rows * sizeof *fine->part);
    fine->site = malloc(rows * sizeof *fine->site);
    bool ok = bits != NULL && fine->cell != NULL && fine->part != NULL && fine->site != NULL &&
              find_cells(fine, bits);
    if (ok) {
        free(fine->seat);
        fine->seat = NULL;
        fine->corner = malloc(((size_t)fine->cells + 1) * sizeof *fine->corner);
        ok = fine->corner != NULL && find_corners(fine, bits, &coarse->rows);
    }
    free(bits);
    coarse->seat = ok ? calloc((size_t)coarse->rows + 1, sizeof *coarse->seat) : NULL;
    if (coarse->seat == NULL)
        return ost_fail(err, OST_NOMEM, "multigrid: no room for %u rows", fine->rows);
    seat_corners(fine, coarse);
    return true;
}
