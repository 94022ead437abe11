/*
 * Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and
 * Hutter 2019, algorithm 2; kernels only, never bias, scale or shift), the gradient
 * clipped by its norm over all tensors (Pascanu et al. 2013, algorithm 1), and a
 * running average of the weights (Polyak and Juditsky 1992, with exponential weights).
 *
 * One thread's arithmetic in a fixed order: equal gradients give equal bits.
 */
#ifndef OST_NET_ADAM_H
#define OST_NET_ADAM_H

#include "recon/net/weights.h"

OST_C_BEGIN

struct ost_net_adam_rule {
    float beta1, beta2, epsilon; /* all 0: 0.9, 0.999, 1e-8 */
    float decay;                 /* of a kernel per step, times the rate */
    float clip;                  /* greatest norm of the gradient; 0: any */
    float average;               /* 0: none; 0.999 remembers about 1,000 steps */
};

struct ost_net_adam;

/* For the tensors the set holds now: build the networks first. `set` is borrowed. */
OST_MUST_CHECK
bool ost_net_adam_create(struct ost_net_adam **out, struct ost_net_weights *set,
                         struct ost_net_adam_rule rule, struct ost_err *err);
void ost_net_adam_destroy(struct ost_net_adam *adam); /* NULL is fine */
OST_AUTO_DEFINE(ost_net_adam);

/*
 * One step of the given rate down the set's gradients, which are cleared. `norm` (NULL
 * is fine) gets the gradient's norm before clipping. A gradient that is not finite is
 * refused with OST_INVALID and cleared; weights and moments stay as they were.
 */
OST_MUST_CHECK
bool ost_net_adam_step(struct ost_net_adam *adam, double rate, double *norm, struct ost_err *err);
uint64_t ost_net_adam_steps(const struct ost_net_adam *adam);

/* The averaged weights into another set of the same tensors; OST_INVALID without average. */
OST_MUST_CHECK
bool ost_net_adam_average(const struct ost_net_adam *adam, struct ost_net_weights *into,
                          struct ost_err *err);

/*
 * A checkpoint: weights, moments, average and number of steps as the bytes of a model
 * file, exact. Read into the same networks and rule it continues with the same bits.
 * `text` is the caller's own (epoch, seed), without "adam.steps".
 */
OST_MUST_CHECK
bool ost_net_adam_write(const struct ost_net_adam *adam, const struct ost_ostm_text *text,
                        size_t text_count, struct ost_buf *out, struct ost_err *err);
OST_MUST_CHECK
bool ost_net_adam_read(struct ost_net_adam *adam, const struct ost_ostm *file, struct ost_err *err);

OST_C_END

#endif
