#include "fem/mesh/inside_impl.h"
#include "recon/base/wide.h"

#include <stdlib.h>
#include <string.h>

/*
 * All rays along one axis at once, from their far ends, slice by slice. Tiles share the voxels
 * between them, so that a slice may be the first of one layer of tiles and the last of the next.
 */
struct sweep {
    const struct ost_band *band;
    const struct crossings *crossing;
    int16_t *winding;     /* of every ray, in this slice */
    uint32_t (*reach)[2]; /* which rays of a row have met anything: first, and past the last */
    uint32_t slice;
    unsigned char *const *votes; /* to be added to; or */
    unsigned char *vote;         /* to be found for tiles without voxels */
};

static inline int cast_of(int winding)
{
    return (winding > 0 ? OST_POSITIVE : 0) + (winding < 0 ? OST_NEGATIVE : 0);
}

static void enter_slice(struct sweep *s)
{
    const struct crossings *x = s->crossing;
    for (uint32_t i = x->first[s->slice]; i < x->first[s->slice + 1]; i++) {
        uint32_t ray = x->at[i].ray, row = ray / x->size[x->a], at = ray % x->size[x->a];
        s->winding[ray] = (int16_t)(s->winding[ray] + x->at[i].by);
        if (s->reach[row][0] == s->reach[row][1])
            s->reach[row][0] = s->reach[row][1] = at;
        s->reach[row][0] = at < s->reach[row][0] ? at : s->reach[row][0];
        s->reach[row][1] = at >= s->reach[row][1] ? at + 1 : s->reach[row][1];
    }
}

/* `count` voxels `stride` apart. */
static inline void add_votes(const int16_t *winding, uint32_t count, size_t stride,
                             unsigned char *votes)
{
    for (uint32_t i = 0; i < count; i++) {
        int cast = cast_of(winding[i]);
        votes[i * stride] = (unsigned char)(votes[i * stride] + cast);
    }
}

OST_WIDE static void add_votes_beside(const int16_t *winding, uint32_t count, unsigned char *votes)
{
    add_votes(winding, count, 1, votes);
}

/* This slice of a tile that has voxels. */
static void vote_on_tile(const struct sweep *s, const uint32_t tile[3], unsigned char *votes)
{
    const struct crossings *x = s->crossing;
    const uint32_t *side = s->band->side;
    const size_t stride[3] = {1, side[0] + 1, (size_t)(side[0] + 1) * (side[1] + 1)};
    uint32_t begin = tile[x->a] * side[x->a];
    votes += (s->slice - (size_t)tile[x->axis] * side[x->axis]) * stride[x->axis];
    for (uint32_t j = 0; j <= side[x->b]; j++) {
        size_t row = (size_t)tile[x->b] * side[x->b] + j;
        uint32_t from = s->reach[row][0], to = s->reach[row][1];
        from = from > begin ? from : begin;
        to = to < begin + side[x->a] + 1 ? to : begin + side[x->a] + 1;
        if (from >= to)
            continue;
        const int16_t *winding = s->winding + row * x->size[x->a] + from;
        unsigned char *at = votes + j * stride[x->b] + (from - begin) * stride[x->a];
        if (x->a == 0)
            add_votes_beside(winding, to - from, at);
        else
            add_votes(winding, to - from, stride[x->a], at);
    }
}

/* What all rays through a tile say where no triangle comes into it; OST_OPEN where they differ. */
static unsigned char vote_between(const struct sweep *s, const uint32_t tile[3])
{
    const struct crossings *x = s->crossing;
    const uint32_t *side = s->band->side;
    size_t begin = (size_t)tile[x->a] * side[x->a], row = (size_t)tile[x->b] * side[x->b];
    const int16_t first = s->winding[row * x->size[x->a] + begin];
    for (uint32_t j = 0; j <= side[x->b]; j++) {
        const int16_t *winding = s->winding + (row + j) * x->size[x->a] + begin;
        for (uint32_t i = 0; i <= side[x->a]; i++) {
            if (winding[i] != first)
                return OST_OPEN;
        }
    }
    return (unsigned char)cast_of(first);
}

/* Twice the same is a majority; anything else must be asked voxel by voxel. */
static void find_between(struct sweep *s, const uint32_t tile[3], unsigned char *vote)
{
    unsigned char cast = vote_between(s, tile);
    if (s->crossing->axis == 1)
        *vote = cast;
    else
        *vote = cast != *vote || cast == OST_OPEN ? OST_OPEN : (unsigned char)(2 * cast);
}

static void visit_layer(struct sweep *s, uint32_t layer)
{
    const struct crossings *x = s->crossing;
    const bool last = s->slice == (layer + 1) * s->band->side[x->axis];
    uint32_t at[3];
    at[x->axis] = layer;
    for (at[x->b] = 0; at[x->b] < s->band->tiles[x->b]; at[x->b]++) {
        for (at[x->a] = 0; at[x->a] < s->band->tiles[x->a]; at[x->a]++) {
            size_t n = band_number(s->band, at);
            if (s->votes != NULL && s->votes[n] != NULL)
                vote_on_tile(s, at, s->votes[n]);
            else if (s->vote != NULL && last && s->band->tile[n] == NULL)
                find_between(s, at, &s->vote[n]);
        }
    }
}

static bool sweep(struct sweep *s, struct ost_err *err)
{
    const struct crossings *x = s->crossing;
    const uint32_t side = s->band->side[x->axis], layers = s->band->tiles[x->axis];
    size_t rows = x->size[x->b], rays = rows * x->size[x->a];
    s->winding = calloc(rays, sizeof *s->winding);
    s->reach = calloc(rows, sizeof *s->reach);
    bool ok = s->winding != NULL && s->reach != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "distance: no room for %zu rays", rays);
    for (s->slice = x->size[x->axis]; ok && s->slice-- > 0;) {
        uint32_t layer = s->slice / side;
        enter_slice(s);
        if (layer < layers)
            visit_layer(s, layer);
        if (layer > 0 && s->slice % side == 0)
            visit_layer(s, layer - 1);
    }
    free(s->winding);
    free(s->reach);
    return ok;
}

bool inside_begin(const struct ost_mesh *mesh, const struct ost_band *band, struct inside *inside,
                  struct ost_err *err)
{
    *inside = (struct inside){.mesh = mesh, .band = band, .box = {.spacing = band->spacing}};
    for (int k = 0; k < 3; k++) {
        inside->box.low[k] = band->low[k];
        inside->box.size[k] = band->tiles[k] * band->side[k] + 1;
    }
    return crossings_of(mesh, &inside->box, 1, NULL, &inside->crossing[0], err) &&
           crossings_of(mesh, &inside->box, 2, NULL, &inside->crossing[1], err);
}

void inside_end(struct inside *inside)
{
    crossings_fini(&inside->crossing[0]);
    crossings_fini(&inside->crossing[1]);
}

bool inside_between(const struct inside *inside, unsigned char *vote, struct ost_err *err)
{
    for (int i = 0; i < 2; i++) {
        struct sweep s = {.band = inside->band, .crossing = &inside->crossing[i]};
        s.vote = vote;
        if (!sweep(&s, err))
            return false;
    }
    return true;
}

/* Marks the rows of a tile where one vote stands for a sign, or one against it. */
static bool mark_open(const struct inside *inside, const uint32_t tile[3],
                      const unsigned char *votes, unsigned char *open)
{
    const uint32_t *side = inside->band->side;
    bool any = false;
    for (uint32_t k = 0; k <= side[2]; k++) {
        for (uint32_t j = 0; j <= side[1]; j++) {
            unsigned bits = 0;
            for (uint32_t i = 0; i <= side[0]; i++)
                bits |= *votes++;
            if ((bits & (OST_POSITIVE | OST_NEGATIVE)) == 0)
                continue;
            size_t z = (size_t)tile[2] * side[2] + k, y = (size_t)tile[1] * side[1] + j;
            open[z * inside->box.size[1] + y] = 1;
            any = true;
        }
    }
    return any;
}

static bool find_open(const struct inside *inside, unsigned char *const *votes, unsigned char *open)
{
    bool any = false;
    for (size_t n = 0; n < band_tiles(inside->band); n++) {
        uint32_t at[3];
        band_place(inside->band, n, at);
        any = (votes[n] != NULL && mark_open(inside, at, votes[n], open)) || any;
    }
    return any;
}

/*
 * Rays along rows are the slowest: they are cast where the other two do not agree. There the
 * third one's vote is all that counts: a ray not wanted finds nothing and casts none.
 */
static bool cast_where_open(const struct inside *inside, unsigned char *const *votes,
                            struct ost_err *err)
{
    size_t rows = (size_t)inside->box.size[1] * inside->box.size[2];
    unsigned char *open = calloc(rows, 1);
    struct crossings crossing = {0};
    if (open == NULL)
        return ost_fail(err, OST_NOMEM, "distance: no room for %zu rows", rows);
    bool any = find_open(inside, votes, open);
    bool ok = !any || crossings_of(inside->mesh, &inside->box, 0, open, &crossing, err);
    struct sweep s = {.band = inside->band, .crossing = &crossing, .votes = votes};
    ok = ok && (!any || sweep(&s, err));
    crossings_fini(&crossing);
    free(open);
    return ok;
}

bool inside_votes(const struct inside *inside, unsigned char *const *votes, struct ost_err *err)
{
    for (int i = 0; i < 2; i++) {
        struct sweep s = {.band = inside->band, .crossing = &inside->crossing[i], .votes = votes};
        if (!sweep(&s, err))
            return false;
    }
    return cast_where_open(inside, votes, err);
}
