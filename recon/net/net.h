/*
 * A network as a graph that is laid down once, for one number of samples, and then run
 * forward and backward as often as wanted without allocating anything. The arithmetic
 * of kernels is oneDNN's; float32 throughout.
 *
 * Every node is an array [sample][position, last axis fastest][channel]: channels are
 * innermost, also at inputs and outputs (with one channel that is a plain picture). A
 * position has `rank` axes: 2 rows and columns, 3 slices, rows and columns; rank 0 is
 * a vector of channels.
 *
 * Laying down: each call returns the new node, or -1 after any mistake; -1 may be
 * handed on, and ost_net_finish tells of the first mistake. Layers of one name share
 * their weights. Losses are the caller's: after a forward run it reads the outputs'
 * values, writes the whole of every output's gradient and runs backward.
 *
 * The same seed, graph, data and number of OpenMP threads (set before ost_net_finish
 * and kept) give the same bits on every x86-64 processor with AVX2; forward, whatever the
 * number of threads. One thread at a time may use a net, or any nets on the same weights.
 */
#ifndef OST_NET_NET_H
#define OST_NET_NET_H

#include "recon/net/weights.h"

OST_C_BEGIN

enum ost_net_use {
    OST_NET_INFER = 1, /* forward only */
    OST_NET_WATCH,     /* backward to watched inputs; weights get no gradient */
    OST_NET_TRAIN      /* backward to weights and watched inputs */
};

enum ost_net_curve {
    OST_NET_LINEAR = 0,
    OST_NET_RELU,
    OST_NET_LEAKY, /* 0.1 times the negative part (Maas et al. 2013) */
    OST_NET_TANH,
    OST_NET_SIGMOID
};

enum { OST_NET_RANK = 3, OST_NET_NODES = 512, OST_NET_FAN = 8 };

struct ost_net_shape {
    uint32_t channels, rank; /* rank 0, 2 or 3 */
    uint32_t dim[OST_NET_RANK];
};

/* The same kernel, stride and padding with zeros along every axis. */
struct ost_net_conv {
    uint32_t channels, kernel, stride, pad;
    enum ost_net_curve curve;
};

struct ost_net;

/* `weights` is borrowed and must outlive the net; layers add to it what is missing. */
OST_MUST_CHECK
bool ost_net_create(struct ost_net **out, struct ost_net_weights *weights, enum ost_net_use use,
                    uint32_t samples, struct ost_err *err);
void ost_net_destroy(struct ost_net *net); /* NULL is fine */
OST_AUTO_DEFINE(ost_net);

int ost_net_input(struct ost_net *net, struct ost_net_shape shape);

/* Cross-correlation, bias, curve. An axis of n becomes (n + 2 pad - kernel) / stride + 1. */
int ost_net_conv(struct ost_net *net, int from, const char *name, struct ost_net_conv conv);

/* Every number of the node to every channel of a vector; then the curve. */
int ost_net_dense(struct ost_net *net, int from, const char *name, uint32_t channels,
                  enum ost_net_curve curve);

/*
 * Group normalisation (Wu and He 2018, eq. 1 to 6, epsilon 1e-5): per sample and group of
 * channels to mean 0 and variance 1, then scale and shift per channel, then the curve.
 * `groups` divides the channels.
 */
int ost_net_norm(struct ost_net *net, int from, const char *name, uint32_t groups,
                 enum ost_net_curve curve);

/* a + b of one shape, then the curve. */
int ost_net_add(struct ost_net *net, int a, int b, enum ost_net_curve curve);

/* The channels of up to OST_NET_FAN nodes of the same positions, one behind the other. */
int ost_net_join(struct ost_net *net, const int *node, size_t count);

/* Every position twice along every axis. */
int ost_net_upsample(struct ost_net *net, int from);

/*
 * Sub-pixel rearrangement (Shi et al. 2016, eq. 4): every axis doubled, channels divided by
 * 2^rank. Channel c of the offset o (last axis fastest) comes from channel o * C + c.
 */
int ost_net_shuffle(struct ost_net *net, int from);

/* The mean over positions: a vector. */
int ost_net_mean(struct ost_net *net, int from);

/* The same numbers in the same order under another shape; nothing is copied. */
int ost_net_reshape(struct ost_net *net, int from, struct ost_net_shape shape);

/* Marks an output: its gradient is the caller's to write. May be used further on. */
void ost_net_output(struct ost_net *net, int node);

/* Asks for the gradient of an input. */
void ost_net_watch(struct ost_net *net, int input);

/* Lays out memory and code. Fails with the first mistake made while laying down. */
OST_MUST_CHECK bool ost_net_finish(struct ost_net *net, struct ost_err *err);

/* After ost_net_finish. Values of inputs are written, all others read, by the caller. */
struct ost_net_shape ost_net_shape_of(const struct ost_net *net, int node);
size_t ost_net_count(const struct ost_net *net, int node); /* samples * positions * channels */
float *ost_net_value(struct ost_net *net, int node);

/* Of outputs (to write; a backward run overwrites it) and watched inputs; else NULL. */
float *ost_net_gradient(struct ost_net *net, int node);

OST_MUST_CHECK bool ost_net_forward(struct ost_net *net, struct ost_err *err);

/*
 * After a forward run, as often as wanted, each time with every output gradient written
 * anew. Adds to the gradients of the weights; those of watched inputs are overwritten.
 */
OST_MUST_CHECK bool ost_net_backward(struct ost_net *net, struct ost_err *err);

OST_C_END

#endif
