/* How far the modes of a bone reach: the model pulled onto a surface that is known. */
#ifndef OST_SHAPE_REACH_H
#define OST_SHAPE_REACH_H

#include "recon/mesh/mesh.h"
#include "recon/shape/prior.h"

OST_C_BEGIN

struct ost_reach {
    const struct ost_prior_bone *bone; /* borrowed; at most 256 modes */
    const struct ost_mesh *target;     /* borrowed; whole, or a piece */
    struct ost_rigid start;            /* lays the mean near the target */
    double size_sd;                    /* of the logarithm of the size about the mean */
    double spacing;                    /* mm between samples of the target; 0: 1 */
};

/*
 * Fits size, place and all modes to the target, held by their prior at a noise of 0.2
 * mm (Gauss and Newton, the target's samples to the model's nearest points). `mean`:
 * mm from the target to the model. `shape`, where not NULL: the model as fitted.
 */
OST_MUST_CHECK
bool ost_reach_fit(const struct ost_reach *reach, double *mean, struct ost_mesh **shape,
                   struct ost_err *err);

OST_C_END

#endif
