#include "fem/mesh/band_impl.h"

#include <stdlib.h>

void ost_band_destroy(struct ost_band *band)
{
    if (band == NULL)
        return;
    size_t count = band_tiles(band);
    for (size_t i = 0; i < count && band->tile != NULL; i++)
        ost_grid_destroy(band->tile[i]);
    free(band->tile);
    free(band->sign);
    hull_fini(&band->hull);
    free(band);
}

size_t ost_band_voxels(const struct ost_band *band)
{
    size_t count = band_tiles(band), kept = 0;
    for (size_t n = 0; n < count; n++)
        kept += band->tile[n] != NULL ? band_voxels(band->tile[n]) : 0;
    return kept;
}

/* The tile a coordinate lies in; false beyond the voxels. */
static inline bool tile_of(const struct ost_band *b, double x, int axis, uint32_t *out)
{
    const double slack = 1e-9 * (b->high[axis] - b->low[axis]);
    double at = (x - b->low[axis]) / (b->spacing * b->side[axis]);
    if (!(x >= b->low[axis] - slack && x <= b->high[axis] + slack))
        return false;
    *out = at > 0.0 ? (uint32_t)at : 0;
    *out = *out < b->tiles[axis] ? *out : b->tiles[axis] - 1;
    return true;
}

/* The tile that is all, where one is. */
static inline const struct ost_grid *whole_of(const struct ost_band *b)
{
    return b->tiles[0] == 1 && b->tiles[1] == 1 && b->tiles[2] == 1 ? b->tile[0] : NULL;
}

static double at_band(const void *user, const double point[3])
{
    const struct ost_band *b = user;
    const struct ost_grid *whole = whole_of(b);
    uint32_t at[3];
    if (whole != NULL)
        return ost_grid_at(whole, point, b->spacing);
    for (int k = 0; k < 3; k++) {
        if (!tile_of(b, point[k], k, &at[k]))
            return b->spacing;
    }
    size_t number = band_number(b, at);
    return b->tile[number] != NULL ? ost_grid_at(b->tile[number], point, b->spacing)
                                   : b->sign[number] * b->band;
}

/* How many points of a row lie beside the first in one tile, or as it beyond all of them. */
static uint32_t run_of(const struct ost_band *b, const double (*point)[3], uint32_t count,
                       bool *inside, uint32_t *tile)
{
    uint32_t run = 1, next = 0;
    *tile = 0;
    *inside = tile_of(b, point[0][0], 0, tile);
    while (run < count && tile_of(b, point[run][0], 0, &next) == *inside && next == *tile)
        run++;
    return run;
}

static void row_in_tile(const struct ost_band *b, const uint32_t at[3], const double (*point)[3],
                        uint32_t count, double *out)
{
    const size_t number = band_number(b, at);
    if (b->tile[number] != NULL) {
        ost_grid_row(b->tile[number], point, count, b->spacing, out);
        return;
    }
    for (uint32_t k = 0; k < count; k++)
        out[k] = b->sign[number] * b->band;
}

/* Points of a row go tile by tile. */
static void row_of_band(const void *user, const double (*point)[3], uint32_t count, double *out)
{
    const struct ost_band *b = user;
    const struct ost_grid *whole = whole_of(b);
    uint32_t at[3] = {0};
    if (whole != NULL) {
        ost_grid_row(whole, point, count, b->spacing, out);
        return;
    }
    bool within =
        count > 0 && tile_of(b, point[0][1], 1, &at[1]) && tile_of(b, point[0][2], 2, &at[2]);
    for (uint32_t i = 0, run; i < count; i += run) {
        bool inside;
        run = run_of(b, point + i, count - i, &inside, &at[0]);
        if (within && inside)
            row_in_tile(b, (const uint32_t *)at, point + i, run, out + i);
        for (uint32_t k = 0; k < run && !(within && inside); k++)
            out[i + k] = b->spacing;
    }
}

static bool span_of_band(const void *user, const double low[2], const double high[2], double x[2])
{
    const struct ost_band *b = user;
    return hull_span(&b->hull, low, high, x);
}

struct ost_field ost_field_of_band(const struct ost_band *band)
{
    struct ost_field field = {
        .at = at_band, .user = band, .row = row_of_band, .span = span_of_band};
    for (int k = 0; k < 3; k++) {
        field.low[k] = band->low[k];
        field.high[k] = band->high[k];
    }
    return field;
}
