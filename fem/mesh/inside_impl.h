/* Which voxels of a band lie inside: two of three axis-parallel rays say so. */
#ifndef OST_FEM_MESH_INSIDE_IMPL_H
#define OST_FEM_MESH_INSIDE_IMPL_H

#include "fem/mesh/band_impl.h"
#include "fem/mesh/crossing_impl.h"

/*
 * Votes for a positive winding number in steps of 1, for a negative one in steps of 16; two or
 * more for a sign are a majority.
 */
enum { OST_POSITIVE = 1, OST_NEGATIVE = 16, OST_OPEN = 255 };

struct inside {
    const struct ost_mesh *mesh; /* borrowed, as is the band */
    const struct ost_band *band;
    struct voxel_box box;         /* all tiles */
    struct crossings crossing[2]; /* along y and z */
};

/* Must be ended also where it fails. */
OST_MUST_CHECK
bool inside_begin(const struct ost_mesh *mesh, const struct ost_band *band, struct inside *inside,
                  struct ost_err *err);
void inside_end(struct inside *inside);

/*
 * What every voxel of a tile into which no triangle comes gets, in `vote` (per tile; of tiles with
 * voxels nothing is written). OST_OPEN: rays through an open end differ side by side, and each
 * voxel has to be asked.
 */
OST_MUST_CHECK
bool inside_between(const struct inside *inside, unsigned char *vote, struct ost_err *err);

/* Adds what the rays say of every voxel to `votes`, per tile that has voxels, else NULL. */
OST_MUST_CHECK
bool inside_votes(const struct inside *inside, unsigned char *const *votes, struct ost_err *err);

#endif
