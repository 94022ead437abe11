/* A band made: the triangles of each tile, their distances, and which side is inside. */
#include "fem/mesh/band_impl.h"
#include "fem/mesh/sdf_impl.h"
#include "fem/mesh/splat_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>

/* Cells along a tile's side, but where one tile is all; tiles share the voxels between them. */
enum { SIDE = 32, TILES_MOST = 1 << 23 };

static bool band_create(const struct ost_mesh *mesh, const struct ost_sdf_options *o,
                        struct ost_band **out, struct ost_err *err)
{
    double size[3], covered[3], count = 1.0;
    OST_AUTO(ost_band) band = calloc(1, sizeof *band);
    *out = NULL;
    if (band == NULL)
        return ost_fail(err, OST_NOMEM, "distance: out of memory");
    band->spacing = o->spacing;
    band->band = o->band;
    if (!sdf_box(mesh, o, band->low, size, err))
        return false;
    const bool whole = size[0] * size[1] * size[2] <= o->whole_most;
    for (int k = 0; k < 3; k++) {
        band->high[k] = band->low[k] + o->spacing * (size[k] - 1.0);
        band->side[k] = whole ? (uint32_t)size[k] - 1 : SIDE;
        band->tiles[k] = (uint32_t)ceil((size[k] - 1.0) / band->side[k]);
        covered[k] = (double)band->tiles[k] * band->side[k] + 1.0;
        count *= band->tiles[k];
    }
    if (count > TILES_MOST) {
        return ost_fail(err, OST_LIMIT, "distance: %.0f x %.0f x %.0f voxels of %g mm; widen them",
                        size[0], size[1], size[2], o->spacing);
    }
    band->tile = calloc((size_t)count + 1, sizeof(struct ost_grid *));
    band->sign = calloc((size_t)count + 1, 1);
    if (band->tile == NULL || band->sign == NULL)
        return ost_fail(err, OST_NOMEM, "distance: no room for %.0f tiles", count);
    if (!hull_begin(&band->hull, band->low, o->spacing, covered + 1, err))
        return false;
    *out = ost_steal(&band);
    return true;
}

/* Seen along an axis, which triangles come near which tiles: index[first[c] .. first[c + 1]). */
struct columns {
    uint32_t *first, *index;
};

/* The band, and what is being made of it. */
struct tiling {
    const struct ost_mesh *mesh;
    struct ost_band *band;
    struct columns along[3];
    unsigned char **votes; /* per tile that has voxels */
    unsigned char *vote;   /* per tile that has none */
    double positive, negative;
};

/* The tiles a triangle comes near along one axis; false for none. */
static bool tiles_of(const struct ost_band *b, double p[3][3], int axis, uint32_t range[2])
{
    const double side = b->spacing * b->side[axis], last = b->tiles[axis] - 1.0;
    double low = fmin(p[0][axis], fmin(p[1][axis], p[2][axis])) - b->low[axis] - b->band;
    double high = fmax(p[0][axis], fmax(p[1][axis], p[2][axis])) - b->low[axis] + b->band;
    double from = floor(low / side - 1e-9), to = floor(high / side + 1e-9);
    if (!(to >= 0.0) || !(from <= last))
        return false;
    range[0] = (uint32_t)fmax(from, 0.0);
    range[1] = (uint32_t)fmin(to, last);
    return true;
}

static void put_in_column(struct columns *c, uint32_t column, uint32_t triangle)
{
    if (c->index != NULL)
        c->index[c->first[column + 1]++] = triangle;
    else
        c->first[column + 2]++;
}

/* One more in every column the triangle comes near, and where there is an index, itself. */
static void put_in_columns(const struct ost_band *b, double p[3][3], int axis, uint32_t triangle,
                           struct columns *c)
{
    uint32_t u[2], v[2];
    int across = (axis + 1) % 3, up = (axis + 2) % 3;
    if (!tiles_of(b, p, across, u) || !tiles_of(b, p, up, v))
        return;
    for (uint32_t j = v[0]; j <= v[1]; j++)
        for (uint32_t i = u[0]; i <= u[1]; i++)
            put_in_column(c, j * b->tiles[across] + i, triangle);
}

static void over_triangles(struct tiling *t, int axis)
{
    for (uint32_t i = 0; i < t->mesh->triangle_count; i++) {
        double p[3][3];
        sdf_corners(t->mesh, i, p);
        put_in_columns(t->band, p, axis, i, &t->along[axis]);
    }
}

/* Counted first, then filled: filling moves each beginning to the next one's. */
static bool make_columns(struct tiling *t, int axis, struct ost_err *err)
{
    struct columns *c = &t->along[axis];
    const uint32_t *tiles = t->band->tiles;
    size_t count = (size_t)tiles[(axis + 1) % 3] * tiles[(axis + 2) % 3];
    c->first = calloc(count + 2, sizeof *c->first);
    if (c->first == NULL)
        return ost_fail(err, OST_NOMEM, "distance: no room for %zu columns", count);
    over_triangles(t, axis);
    for (size_t i = 1; i < count + 2; i++)
        c->first[i] += c->first[i - 1];
    c->index = malloc(((size_t)c->first[count + 1] + 1) * sizeof *c->index);
    if (c->index == NULL)
        return ost_fail(err, OST_NOMEM, "distance: no room for %u triangles", c->first[count + 1]);
    over_triangles(t, axis);
    return true;
}

static void triangles_along(const struct tiling *t, const uint32_t at[3], struct triangles out[3])
{
    for (int axis = 0; axis < 3; axis++) {
        int across = (axis + 1) % 3, up = (axis + 2) % 3;
        const struct columns *c = &t->along[axis];
        uint32_t column = at[up] * t->band->tiles[across] + at[across];
        out[axis] = (struct triangles){c->index + c->first[column],
                                       c->first[column + 1] - c->first[column]};
    }
}

/* Whether the triangle comes near this tile along the third axis; along the others it does. */
static bool comes_near(const struct ost_band *b, double p[3][3], uint32_t layer)
{
    uint32_t range[2];
    return tiles_of(b, p, 2, range) && range[0] <= layer && layer <= range[1];
}

/* Distances of one tile, squared yet, and the votes on it. */
static bool fill_tile(struct tiling *t, const uint32_t at[3], const struct triangles along[3],
                      const struct ost_grid *box, struct ost_err *err)
{
    const size_t voxels = band_voxels(box);
    struct ost_band *b = t->band;
    size_t number = band_number(b, at);
    if (!ost_grid_create(&b->tile[number], box->size, box->origin, box->spacing, err))
        return false;
    struct ost_grid *tile = b->tile[number];
    unsigned char *votes = t->votes[number] = calloc(voxels, 1);
    if (votes == NULL)
        return ost_fail(err, OST_NOMEM, "distance: no room for %zu voxels", voxels);
    for (size_t i = 0; i < voxels; i++)
        tile->value[i] = (float)(b->band * b->band);
    for (uint32_t i = 0; i < along[2].count; i++) {
        double p[3][3];
        sdf_corners(t->mesh, along[2].index[i], p);
        if (comes_near(b, p, at[2]))
            splat_triangle(tile, p, b->band);
    }
    if (!inside_votes(t->mesh, tile, along, votes, err))
        return false;
    for (size_t i = 0; i < voxels; i++) {
        t->positive += votes[i] % OST_NEGATIVE >= 2;
        t->negative += votes[i] / OST_NEGATIVE >= 2;
    }
    return true;
}

static bool has_triangle(const struct tiling *t, const struct triangles *column, uint32_t layer)
{
    for (uint32_t i = 0; i < column->count; i++) {
        double p[3][3];
        sdf_corners(t->mesh, column->index[i], p);
        if (comes_near(t->band, p, layer))
            return true;
    }
    return false;
}

static bool make_tile(struct tiling *t, const uint32_t at[3], struct ost_err *err)
{
    const struct ost_band *b = t->band;
    struct triangles along[3];
    struct ost_grid box = {.size = {b->side[0] + 1, b->side[1] + 1, b->side[2] + 1}};
    bool alike = false;
    for (int k = 0; k < 3; k++) {
        box.spacing[k] = b->spacing;
        box.origin[k] = b->low[k] + b->spacing * ((double)b->side[k] * at[k]);
    }
    triangles_along(t, at, along);
    if (!has_triangle(t, &along[2], at[2])) {
        unsigned char *vote = &t->vote[band_number(b, at)];
        if (!inside_alike(t->mesh, &box, along, vote, &alike, err))
            return false;
        t->positive += *vote % OST_NEGATIVE >= 2 ? (double)band_voxels(&box) : 0.0;
        t->negative += *vote / OST_NEGATIVE >= 2 ? (double)band_voxels(&box) : 0.0;
    }
    return alike || fill_tile(t, at, along, &box, err);
}

/* Whether votes of a voxel say that it is inside. */
struct verdict {
    bool inside[256];
};

/* Signs of a tile's voxels, and from where to where each row is inside. */
static void sign_tile(struct ost_band *b, const uint32_t at[3], const unsigned char *votes,
                      const struct verdict *verdict)
{
    struct ost_grid *tile = b->tile[band_number(b, at)];
    const uint32_t first[3] = {b->side[0] * at[0], b->side[1] * at[1], b->side[2] * at[2]};
    float *value = tile->value;
    for (uint32_t row = 0; row < tile->size[1] * tile->size[2]; row++) {
        uint32_t least = UINT32_MAX, most = 0;
        for (uint32_t i = 0; i < tile->size[0]; i++, value++, votes++) {
            bool inside = verdict->inside[*votes];
            *value = inside ? -sqrtf(*value) : sqrtf(*value);
            least = inside && i < least ? i : least;
            most = inside ? i : most;
        }
        if (least <= most)
            hull_add(&b->hull, first[1] + row % tile->size[1], first[2] + row / tile->size[1],
                     first[0] + least, first[0] + most);
    }
}

/* A tile that has no voxels, and is inside as a whole. */
static void add_whole(struct ost_band *b, const uint32_t at[3])
{
    for (uint32_t k = 0; k <= b->side[2]; k++) {
        for (uint32_t j = 0; j <= b->side[1]; j++)
            hull_add(&b->hull, b->side[1] * at[1] + j, b->side[2] * at[2] + k, b->side[0] * at[0],
                     b->side[0] * (at[0] + 1));
    }
}

/* Where a tile stands among the others. */
static void place_of(const struct ost_band *b, size_t n, uint32_t at[3])
{
    at[0] = (uint32_t)(n % b->tiles[0]);
    at[1] = (uint32_t)(n / b->tiles[0] % b->tiles[1]);
    at[2] = (uint32_t)(n / b->tiles[0] / b->tiles[1]);
}

/* The majority over all tiles says which way the mesh is wound. */
static void take_signs(struct tiling *t)
{
    struct ost_band *b = t->band;
    const int per = t->positive >= t->negative ? OST_POSITIVE : OST_NEGATIVE;
    struct verdict verdict;
    for (int i = 0; i < 256; i++)
        verdict.inside[i] = i / per % OST_NEGATIVE >= 2;
    for (size_t n = 0; n < band_tiles(b); n++) {
        uint32_t at[3];
        place_of(b, n, at);
        b->sign[n] = verdict.inside[t->vote[n]] ? -1 : 1;
        if (b->tile[n] != NULL) {
            sign_tile(b, at, t->votes[n], &verdict);
        } else if (b->sign[n] < 0) {
            add_whole(b, at);
        }
    }
}

static bool make_tiles(struct tiling *t, struct ost_err *err)
{
    for (int axis = 0; axis < 3; axis++) {
        if (!make_columns(t, axis, err))
            return false;
    }
    for (size_t n = 0; n < band_tiles(t->band); n++) {
        uint32_t at[3];
        place_of(t->band, n, at);
        if (!make_tile(t, at, err))
            return false;
    }
    take_signs(t);
    return true;
}

bool ost_band_of_mesh(const struct ost_mesh *mesh, const struct ost_sdf_options *options,
                      struct ost_band **out, struct ost_err *err)
{
    OST_AUTO(ost_band) band = NULL;
    *out = NULL;
    if (!band_create(mesh, options, &band, err) || band == NULL)
        return false;
    size_t count = band_tiles(band);
    struct tiling t = {.mesh = mesh,
                       .band = band,
                       .votes = calloc(count + 1, sizeof(unsigned char *)),
                       .vote = calloc(count + 1, 1)};
    bool ok = t.votes != NULL && t.vote != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "distance: no room for %zu tiles", count);
    ok = ok && make_tiles(&t, err);
    for (size_t i = 0; i < count && t.votes != NULL; i++)
        free(t.votes[i]);
    for (int axis = 0; axis < 3; axis++) {
        free(t.along[axis].first);
        free(t.along[axis].index);
    }
    free(t.votes);
    free(t.vote);
    if (ok)
        *out = ost_steal(&band);
    return ok;
}
