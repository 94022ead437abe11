/*
 * Solids that touch themselves along an edge or at a corner of the lattice only, or whose
 * face lies on the lattice but for what rounding leaves: a film of no thickness, whose two
 * sides fall together in a file. No surface with two triangles along each edge bounds
 * those, and no printer can make them: they are parted before a surface is drawn.
 */
#ifndef OST_VOLUME_PINCH_H
#define OST_VOLUME_PINCH_H

#include "recon/volume/volume.h"

OST_C_BEGIN

/*
 * Opens the inside (below 0) of dense values, x fastest. Values within a fiftieth of a
 * voxel of 0 become outside. Then, until it is well composed (Latecki, Eckhardt and
 * Rosenfeld 1995), no square of four voxels and no cube of eight is held together by a
 * diagonal alone: of each such diagonal the voxel nearest to the surface goes. Nothing is
 * ever filled, so no face moves outwards, and none inwards by more than a voxel. Returns
 * how many voxels the diagonals cost.
 */
uint64_t ost_volume_unpinch(float *values, const struct ost_volume_box *box, double spacing);

OST_C_END

#endif
