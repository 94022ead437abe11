/* What the parts of ost_find_create() share. */
#ifndef OST_SHAPE_FIND_IMPL_H
#define OST_SHAPE_FIND_IMPL_H

#include "recon/shape/find.h"
#include "recon/shape/fit_impl.h"

OST_C_BEGIN

/* Whether the radius is better explained as broken; the state is left at the better one. */
OST_MUST_CHECK bool find_break(struct fit *fit, double *cost, struct ost_err *err);

/* Fills every standard deviation of `out` from the state. */
OST_MUST_CHECK bool find_spread(struct fit *fit, struct ost_find *out, struct ost_err *err);

OST_C_END

#endif
