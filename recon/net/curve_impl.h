/* The curves behind layers and their derivatives, which need only the value. */
#ifndef OST_NET_CURVE_IMPL_H
#define OST_NET_CURVE_IMPL_H

#include "recon/net/net.h"

#define OST_NET_LEAK 0.1F

/* y[i] = curve(y[i]) */
void ost_net_curve_apply(enum ost_net_curve curve, float *y, size_t count);

/* g[i] *= curve'(x) where y = curve(x) */
void ost_net_curve_pull(enum ost_net_curve curve, const float *y, float *g, size_t count);

#endif
