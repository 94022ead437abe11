/* The inside of a predictor. */
#ifndef OST_SHAPE_PREDICTOR_IMPL_H
#define OST_SHAPE_PREDICTOR_IMPL_H

#include "recon/shape/predictor.h"

OST_C_BEGIN

struct predictor_network {
    struct ost_net_weights *weights; /* owned */
    struct ost_net *net;             /* owned; NULL: the model has none of this kind */
    int input, output;
};

struct ost_predictor {
    const struct ost_prior *prior; /* borrowed */
    struct predictor_network find, read, tune;
    struct ost_predictor_vertex point[OST_PREDICTOR_POINTS];
    char digest[65];
};

OST_C_END

#endif
