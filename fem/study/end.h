/*
 * Loads on the whole distal end: what a mould round it passes on. A force is spread over
 * the faces that look along the axis; a couple turns all of the end as one, so that its
 * nodal forces add up to the moment and to no force.
 */
#ifndef OST_FEM_STUDY_END_H
#define OST_FEM_STUDY_END_H

#include "fem/study/load.h"

OST_C_BEGIN

struct ost_end {
    double from, to; /* depth from the anatomy's origin, mm: what belongs to the end */
};

/*
 * Adds `force` (N), even over the area seen along the axis. Fails with OST_INVALID where
 * no face of the end looks along it.
 */
OST_MUST_CHECK
bool ost_end_press(const struct ost_pressed *body, const struct ost_end *end, const double force[3],
                   double (*nodal)[3], struct ost_disc_load *out, struct ost_err *err);

/*
 * Adds forces a_n w x (x_n - c) at the end's surface nodes, a_n a node's share of the
 * surface, c their middle, w such that the moment about c is `moment` (N mm). Fails with
 * OST_INVALID where the end has too few nodes for a couple.
 */
OST_MUST_CHECK
bool ost_end_couple(const struct ost_pressed *body, const struct ost_end *end,
                    const double moment[3], double (*nodal)[3], struct ost_disc_load *out,
                    struct ost_err *err);

OST_C_END

#endif
