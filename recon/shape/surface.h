/*
 * The shape prior laid on a radius and an ulna that are known as surfaces, from a CT:
 * so that landmarks, frames, numbers and plans mean there what they mean on films.
 */
#ifndef OST_SHAPE_SURFACE_H
#define OST_SHAPE_SURFACE_H

#include "recon/base/progress.h"
#include "recon/image/film.h"
#include "recon/shape/arm.h"

OST_C_BEGIN

struct ost_surface_ask {
    const struct ost_mesh *bone[OST_BONES]; /* borrowed; closed, LPS, mm; may end proximally */
    double proximal[3];                     /* unit: from the hand to the elbow */
    enum ost_side side;                     /* unknown: both are tried */
};

struct ost_surface_fit {
    struct ost_arm arm;
    double side_cost[OST_SIDES];      /* mean squared mm; 0 where not tried */
    double residual;                  /* mm: root mean square of the model to the surface */
    struct ost_mesh *laid[OST_BONES]; /* owned; the prior's topology on the surfaces */
    float *off[OST_BONES];            /* owned; per vertex, mm moved onto the surface;
                                         negative: beyond the CT, as the model has it */
};

/*
 * Point to plane (Chen and Medioni 1992) from the model's vertices to the surfaces, with
 * the prior on every unknown, for a whole arm and then for one whose radius is broken
 * where that explains clearly more. Fails with OST_NOT_FOUND where nothing fits.
 */
OST_MUST_CHECK
bool ost_surface_fit(const struct ost_prior *prior, const struct ost_surface_ask *ask,
                     const struct ost_progress *progress, struct ost_surface_fit *out,
                     struct ost_err *err);
void ost_surface_fit_fini(struct ost_surface_fit *fit);

OST_C_END

#endif
