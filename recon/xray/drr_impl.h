/* Exact paths of several rays at once, slab by slab; the one ray of drr.h is their judge. */
#ifndef OST_XRAY_DRR_IMPL_H
#define OST_XRAY_DRR_IMPL_H

#include "recon/image/grid.h"

#include <stdint.h>

enum { OST_SLAB_RAYS = 8 };

/* A grid and where it holds anything. */
struct ost_slabs {
    const struct ost_grid *grid;
    double source[3];  /* in voxels from the grid's low corner */
    uint32_t brick[3]; /* bricks along each axis */
    uint8_t *full;     /* owned; whether a brick holds anything but zero */
};

OST_MUST_CHECK
bool ost_slabs_init(struct ost_slabs *slabs, const struct ost_grid *grid, const double source[3],
                    struct ost_err *err);
void ost_slabs_fini(struct ost_slabs *slabs);

/* False, and nothing done, where no axis leads for all of these rays. */
OST_MUST_CHECK
bool ost_slabs_trace(const struct ost_slabs *slabs, double direction[OST_SLAB_RAYS][3],
                     float out[OST_SLAB_RAYS]);

#endif
