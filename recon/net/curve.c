#include "recon/net/curve_impl.h"

#include <math.h>

void ost_net_curve_apply(enum ost_net_curve curve, float *y, size_t count)
{
    switch (curve) {
    case OST_NET_LINEAR:
        break;
    case OST_NET_RELU:
        for (size_t i = 0; i < count; i++)
            y[i] = y[i] > 0.0F ? y[i] : 0.0F;
        break;
    case OST_NET_LEAKY:
        for (size_t i = 0; i < count; i++)
            y[i] *= y[i] > 0.0F ? 1.0F : OST_NET_LEAK;
        break;
    case OST_NET_TANH:
        for (size_t i = 0; i < count; i++)
            y[i] = tanhf(y[i]);
        break;
    case OST_NET_SIGMOID:
        for (size_t i = 0; i < count; i++)
            y[i] = 1.0F / (1.0F + expf(-y[i]));
        break;
    }
}

void ost_net_curve_pull(enum ost_net_curve curve, const float *y, float *g, size_t count)
{
    switch (curve) {
    case OST_NET_LINEAR:
        break;
    case OST_NET_RELU:
        for (size_t i = 0; i < count; i++)
            g[i] = y[i] > 0.0F ? g[i] : 0.0F;
        break;
    case OST_NET_LEAKY:
        for (size_t i = 0; i < count; i++)
            g[i] *= y[i] > 0.0F ? 1.0F : OST_NET_LEAK;
        break;
    case OST_NET_TANH:
        for (size_t i = 0; i < count; i++)
            g[i] *= 1.0F - y[i] * y[i];
        break;
    case OST_NET_SIGMOID:
        for (size_t i = 0; i < count; i++)
            g[i] *= y[i] * (1.0F - y[i]);
        break;
    }
}
