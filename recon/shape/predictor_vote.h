/*
 * What the reading network's last layer says, as numbers: every cell of a raster tells
 * where it takes each point to be and how far it is to be believed, and the point lies at
 * the mean of what all cells say (anchors of Xiong et al., "A2J", ICCV 2019, eq. 1 and 2,
 * in the plane; the mean over a raster of weights is Sun et al., "Integral human pose
 * regression", ECCV 2018, eq. 3). A point that the film hides is told by what is around it.
 */
#ifndef OST_SHAPE_PREDICTOR_VOTE_H
#define OST_SHAPE_PREDICTOR_VOTE_H

#include "recon/shape/predictor.h"

OST_C_BEGIN

/* Cells of the raster, and patch pixels from one to the next. */
enum { OST_VOTE_ROWS = 24, OST_VOTE_COLUMNS = 16, OST_VOTE_STEP = 8 };
enum { OST_VOTE_CELLS = OST_VOTE_ROWS * OST_VOTE_COLUMNS };

/* Per cell, row by row: the weights' logs of all points, then u, then v of where it says. */
enum { OST_VOTE_CHANNELS = 3 * OST_PREDICTOR_POINTS };

/* All that the network puts out: the cells', then what follows u and v in OST_PREDICTOR_READ. */
enum {
    OST_VOTE_REST = OST_PREDICTOR_READ - 2 * OST_PREDICTOR_POINTS,
    OST_VOTE_RAW = OST_VOTE_CELLS * OST_VOTE_CHANNELS + OST_VOTE_REST
};

/*
 * `said`: OST_PREDICTOR_READ numbers, as predictor.h tells them. `share`: room for
 * OST_VOTE_CELLS * OST_PREDICTOR_POINTS, how far each cell was believed.
 */
void ost_vote_count(const float *raw, float *said, float *share);

/* The slope of `said` taken back to `raw`; `said` and `share` as ost_vote_count left them. */
void ost_vote_pull(const float *raw, const float *said, const float *share, const float *slope_said,
                   float *slope_raw);

OST_C_END

#endif
