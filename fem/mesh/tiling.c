/* A band made: the triangles of each tile, their distances, and which side is inside. */
#include "fem/mesh/inside_impl.h"
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

/* The band, and what is being made of it. */
struct tiling {
    const struct ost_mesh *mesh;
    struct ost_band *band;
    uint32_t *first, *index; /* triangles near tile n: index[first[n] .. first[n + 1]) */
    unsigned char **votes;   /* per tile that has voxels */
    unsigned char *vote;     /* per tile that has none */
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

/* Counted where there is no index yet. */
static void put_in_tile(struct tiling *t, const uint32_t at[3], uint32_t triangle)
{
    size_t n = band_number(t->band, at);
    if (t->index != NULL)
        t->index[t->first[n + 1]++] = triangle;
    else
        t->first[n + 2]++;
}

/* Once more in every tile the triangle comes near. */
static void put_in_tiles(struct tiling *t, uint32_t triangle)
{
    uint32_t range[3][2], at[3];
    double p[3][3];
    sdf_corners(t->mesh, triangle, p);
    for (int axis = 0; axis < 3; axis++) {
        if (!tiles_of(t->band, p, axis, range[axis]))
            return;
    }
    for (at[2] = range[2][0]; at[2] <= range[2][1]; at[2]++)
        for (at[1] = range[1][0]; at[1] <= range[1][1]; at[1]++)
            for (at[0] = range[0][0]; at[0] <= range[0][1]; at[0]++)
                put_in_tile(t, at, triangle);
}

/* Counted first, then filled: filling moves each beginning to the next one's. */
static bool list_triangles(struct tiling *t, struct ost_err *err)
{
    size_t count = band_tiles(t->band), sum = 0;
    for (uint32_t i = 0; i < t->mesh->triangle_count; i++)
        put_in_tiles(t, i);
    for (size_t i = 1; i < count + 2; i++) {
        sum += t->first[i];
        t->first[i] += t->first[i - 1];
    }
    if (sum < UINT32_MAX)
        t->index = malloc((sum + 1) * sizeof *t->index);
    if (t->index == NULL)
        return ost_fail(err, OST_NOMEM, "distance: no room for %zu triangles", sum);
    for (uint32_t i = 0; i < t->mesh->triangle_count; i++)
        put_in_tiles(t, i);
    return true;
}

/* Distances of one tile, squared yet, and room for the votes on it. */
static bool fill_tile(struct tiling *t, size_t n, struct ost_err *err)
{
    struct ost_band *b = t->band;
    const double spacing[3] = {b->spacing, b->spacing, b->spacing};
    uint32_t at[3], size[3];
    double origin[3];
    band_place(b, n, at);
    for (int k = 0; k < 3; k++) {
        size[k] = b->side[k] + 1;
        origin[k] = b->low[k] + b->spacing * ((double)b->side[k] * at[k]);
    }
    if (!ost_grid_create(&b->tile[n], size, origin, spacing, err))
        return false;
    struct ost_grid *tile = b->tile[n];
    t->votes[n] = calloc(band_voxels(tile), 1);
    if (t->votes[n] == NULL)
        return ost_fail(err, OST_NOMEM, "distance: no room for %zu voxels", band_voxels(tile));
    for (size_t i = 0; i < band_voxels(tile); i++)
        tile->value[i] = (float)(b->band * b->band);
    for (uint32_t i = t->first[n]; i < t->first[n + 1]; i++) {
        double p[3][3];
        sdf_corners(t->mesh, t->index[i], p);
        splat_triangle(tile, p, b->band);
    }
    return true;
}

/* Tiles that triangles come near, or else those that have to be asked voxel by voxel. */
static bool fill_tiles(struct tiling *t, bool near, struct ost_err *err)
{
    for (size_t n = 0; n < band_tiles(t->band); n++) {
        bool wanted = near ? t->first[n] < t->first[n + 1] : t->vote[n] == OST_OPEN;
        if (wanted && !fill_tile(t, n, err))
            return false;
    }
    return true;
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

/* Voxels with a majority for a positive winding number, less those with one for a negative. */
static double lead_of(const struct tiling *t, size_t n)
{
    const struct ost_band *b = t->band;
    long lead = 0;
    if (t->votes[n] == NULL) {
        double voxels = (b->side[0] + 1.0) * (b->side[1] + 1.0) * (b->side[2] + 1.0);
        return voxels * ((t->vote[n] % OST_NEGATIVE >= 2) - (t->vote[n] / OST_NEGATIVE >= 2));
    }
    for (size_t i = 0; i < band_voxels(b->tile[n]); i++)
        lead += (t->votes[n][i] % OST_NEGATIVE >= 2) - (t->votes[n][i] / OST_NEGATIVE >= 2);
    return (double)lead;
}

/* The majority over all tiles says which way the mesh is wound. */
static void take_signs(struct tiling *t)
{
    struct ost_band *b = t->band;
    double lead = 0.0;
    for (size_t n = 0; n < band_tiles(b); n++)
        lead += lead_of(t, n);
    const int per = lead >= 0.0 ? OST_POSITIVE : OST_NEGATIVE;
    struct verdict verdict;
    for (int i = 0; i < 256; i++)
        verdict.inside[i] = i / per % OST_NEGATIVE >= 2;
    for (size_t n = 0; n < band_tiles(b); n++) {
        uint32_t at[3];
        band_place(b, n, at);
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
    struct inside inside = {0};
    bool ok = list_triangles(t, err) && fill_tiles(t, true, err) &&
              inside_begin(t->mesh, t->band, &inside, err);
    if (ok && band_tiles(t->band) > 1)
        ok = inside_between(&inside, t->vote, err) && fill_tiles(t, false, err);
    ok = ok && inside_votes(&inside, t->votes, err);
    inside_end(&inside);
    if (ok)
        take_signs(t);
    return ok;
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
                       .first = calloc(count + 2, sizeof(uint32_t)),
                       .votes = calloc(count + 1, sizeof(unsigned char *)),
                       .vote = calloc(count + 1, 1)};
    bool ok = t.first != NULL && t.votes != NULL && t.vote != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "distance: no room for %zu tiles", count);
    ok = ok && make_tiles(&t, err);
    for (size_t i = 0; i < count && t.votes != NULL; i++)
        free(t.votes[i]);
    free(t.first);
    free(t.index);
    free(t.votes);
    free(t.vote);
    if (ok)
        *out = ost_steal(&band);
    return ok;
}
