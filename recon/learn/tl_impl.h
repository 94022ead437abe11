/* A T-L network from the inside. */
#ifndef OST_LEARN_TL_IMPL_H
#define OST_LEARN_TL_IMPL_H

#include "recon/base/rng.h"
#include "recon/learn/tl.h"
#include "recon/net/adam.h"
#include "recon/net/net.h"

/* One laid-down network: what goes in, what comes out. */
struct tl_net {
    struct ost_net *net; /* owned */
    int in, code, out;   /* nodes; -1 where it has none */
};
void tl_net_fini(struct tl_net *n);

static inline uint32_t tl_bodies(const struct ost_tl_size *size)
{
    return size->bodies > 0 ? size->bodies : 1;
}

struct ost_tl {
    enum ost_tl_recipe recipe;
    struct ost_tl_size size;
    struct ost_net_weights *volume, *picture; /* owned */
    struct tl_net recall, look, decode;       /* of one sample, forward only */
};

enum tl_part { TL_WHOLE, TL_ENCODER, TL_DECODER };

/* Encoder and decoder, or one of them alone. */
OST_MUST_CHECK
bool tl_net_volume(struct tl_net *out, const struct ost_tl *tl, enum tl_part part,
                   enum ost_net_use use, uint32_t samples, struct ost_err *err);
OST_MUST_CHECK
bool tl_net_picture(struct tl_net *out, const struct ost_tl *tl, enum ost_net_use use,
                    uint32_t samples, struct ost_err *err);

/* Mean loss over `samples` of `count` odds; its gradient times `weight` into `gradient`. */
double tl_cross_entropy(const float *odds, const float *label, size_t samples, size_t count,
                        double weight, float *gradient);
double tl_dice(const float *odds, const float *label, size_t samples, size_t count, double weight,
               float *gradient);

#endif
