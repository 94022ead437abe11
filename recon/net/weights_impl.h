/* How layers come by their tensors. */
#ifndef OST_NET_WEIGHTS_IMPL_H
#define OST_NET_WEIGHTS_IMPL_H

#include "recon/net/weights.h"

struct ost_net_claim {
    const char *layer, *part; /* the tensor's name is layer.part */
    uint32_t rank, dim[OST_OSTM_RANK];
    float fill;     /* what a new tensor starts with ... */
    float variance; /* ... plus normal numbers of this variance */
};

/* The tensor of that name, made where it is missing; refuses another shape. */
OST_MUST_CHECK
bool ost_net_weights_claim(struct ost_net_weights *set, const struct ost_net_claim *claim,
                           const struct ost_net_weight **out, struct ost_err *err);

/* Changes with every ost_net_weights_touch; never 0. */
uint64_t ost_net_weights_version(const struct ost_net_weights *set);

#endif
