/* The voxels of a phantom. */
#ifndef OST_BONE_PHANTOM_IMPL_H
#define OST_BONE_PHANTOM_IMPL_H

#include "recon/bone/phantom.h"
#include "recon/image/grid.h"

/* Mineral, mgHA/cm3. */
OST_MUST_CHECK
bool phantom_mineral(const struct ost_bone_phantom *phantom, struct ost_grid **out,
                     struct ost_err *err);

/* Soft tissue, g/cm3, round the bone and beyond its ends. */
OST_MUST_CHECK
bool phantom_flesh(const struct ost_bone_phantom *phantom, struct ost_grid **out,
                   struct ost_err *err);

#endif
