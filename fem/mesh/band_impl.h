/* What the files of a band share. */
#ifndef OST_FEM_MESH_BAND_IMPL_H
#define OST_FEM_MESH_BAND_IMPL_H

#include "fem/mesh/band.h"
#include "fem/mesh/hull_impl.h"

struct ost_band {
    double low[3], high[3], spacing, band;
    uint32_t tiles[3], side[3];
    struct ost_grid **tile; /* NULL where all of it is on one side, further than the band */
    signed char *sign;      /* -1 inside; of tiles that are not there */
    struct hull hull;       /* of what is inside */
};

static inline size_t band_tiles(const struct ost_band *b)
{
    return (size_t)b->tiles[0] * b->tiles[1] * b->tiles[2];
}

static inline size_t band_number(const struct ost_band *b, const uint32_t at[3])
{
    return ((size_t)at[2] * b->tiles[1] + at[1]) * b->tiles[0] + at[0];
}

/* Where a tile stands among the others. */
static inline void band_place(const struct ost_band *b, size_t number, uint32_t at[3])
{
    at[0] = (uint32_t)(number % b->tiles[0]);
    at[1] = (uint32_t)(number / b->tiles[0] % b->tiles[1]);
    at[2] = (uint32_t)(number / b->tiles[0] / b->tiles[1]);
}

static inline size_t band_voxels(const struct ost_grid *tile)
{
    return (size_t)tile->size[0] * tile->size[1] * tile->size[2];
}

#endif
