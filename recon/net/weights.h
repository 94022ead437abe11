/*
 * The parameters of a network: named tensors in plain order, whatever order the
 * machine likes to compute in. Several networks (one for training with many samples,
 * one for use with one) may stand on one set; a layer finds its tensors by name and
 * makes those that are missing.
 *
 *   conv   NAME.kernel [out][in][taps, row-major], NAME.bias [out]
 *   dense  NAME.kernel [out][in],                  NAME.bias [out]
 *   norm   NAME.scale [channels],                  NAME.shift [channels]
 *
 * Kernels start normal with the variance of He et al. 2015 eq. 10 (gain / inputs, gain 2
 * before ReLU, else 1), drawn by the set's seed and the tensor's name alone, so
 * neither order nor company changes them; bias and shift start at 0, scale at 1.
 *
 * A set is used by one thread at a time.
 */
#ifndef OST_NET_WEIGHTS_H
#define OST_NET_WEIGHTS_H

#include "recon/net/ostm.h"

OST_C_BEGIN

struct ost_net_weight {
    const char *name;
    uint32_t rank, dim[OST_OSTM_RANK];
    size_t count;
    float *value;    /* after writing here by hand call ost_net_weights_touch */
    float *gradient; /* a backward run adds to it; the optimiser's step clears it */
};

struct ost_net_weights;

OST_MUST_CHECK
bool ost_net_weights_create(struct ost_net_weights **out, uint64_t seed, struct ost_err *err);
void ost_net_weights_destroy(struct ost_net_weights *set); /* NULL is fine */
OST_AUTO_DEFINE(ost_net_weights);

size_t ost_net_weights_count(const struct ost_net_weights *set);
const struct ost_net_weight *ost_net_weights_view(const struct ost_net_weights *set, size_t index);
const struct ost_net_weight *ost_net_weights_find(const struct ost_net_weights *set,
                                                  const char *name); /* NULL: none */

/* How many numbers all tensors hold. */
size_t ost_net_weights_size(const struct ost_net_weights *set);

/* Tells the networks on this set that values changed. */
void ost_net_weights_touch(struct ost_net_weights *set);
void ost_net_weights_clear_gradient(struct ost_net_weights *set);

/* The values of `from`; both sets must hold the same tensors, else OST_INVALID. */
OST_MUST_CHECK
bool ost_net_weights_copy(struct ost_net_weights *to, const struct ost_net_weights *from,
                          struct ost_err *err);

/*
 * Fills every tensor of the set from the file, which may hold others besides. Build
 * the network first: it names what it needs. OST_NOT_FOUND names a tensor the file
 * has not, OST_INVALID one of another shape; the set is then as it was.
 */
OST_MUST_CHECK
bool ost_net_weights_load(struct ost_net_weights *set, const struct ost_ostm *file,
                          struct ost_err *err);

/*
 * Borrowed views of all tensors for a draft of a model file, as OST_OSTM_REAL (exact)
 * or OST_OSTM_REAL16 (half the bytes, each row rounded to 1 / 32767 of its largest
 * number). `out` has room for ost_net_weights_count of them.
 */
void ost_net_weights_draft(const struct ost_net_weights *set, enum ost_ostm_kind kind,
                           struct ost_ostm_tensor *out);

OST_C_END

#endif
