/*
 * The graph inside. A node is a shape on a slot of memory; nodes that are reshapes of
 * one another share a slot. An op reads slots and writes one; ops run in the order
 * they were laid down, and backward in the opposite one.
 */
#ifndef OST_NET_NET_IMPL_H
#define OST_NET_NET_IMPL_H

#include "recon/net/net.h"

/* Fewer numbers than this are done by one thread before a second would wake. */
enum { OST_NET_ALONE = 1 << 15 };

struct ost_net_device; /* oneDNN's engine, stream and scratch memory: device_impl.h */

struct ost_net_slot {
    size_t count;    /* of one sample */
    float *value;    /* samples * count, owned */
    float *gradient; /* the same; NULL where nobody wants it */
    bool is_input, watched, output;
    bool wanted;  /* something in front of it learns or is watched */
    bool reached; /* an output lies behind it */
    bool written; /* while planning: somebody has given it a gradient */
};

struct ost_net_node {
    struct ost_net_shape shape;
    int slot;
};

struct ost_net_op {
    const struct ost_net_op_kind *kind;
    int in[OST_NET_FAN], out; /* nodes */
    size_t fan;
    bool learns; /* has weights */

    /* Planned: does backward run, and which inputs want a gradient, written by this op
     * first or added to what is there? */
    bool active, pull[OST_NET_FAN], first[OST_NET_FAN];
    void *state; /* owned */
};

struct ost_net_op_kind {
    const char *noun;
    bool (*prepare)(struct ost_net *net, struct ost_net_op *op, struct ost_err *err);
    bool (*forward)(struct ost_net *net, struct ost_net_op *op, struct ost_err *err);
    bool (*backward)(struct ost_net *net, struct ost_net_op *op, struct ost_err *err);
    void (*destroy)(void *state);
};

struct ost_net {
    struct ost_net_weights *weights; /* borrowed */
    enum ost_net_use use;
    uint32_t samples;
    struct ost_net_node node[OST_NET_NODES];
    struct ost_net_slot slot[OST_NET_NODES];
    struct ost_net_op op[OST_NET_NODES];
    int nodes, slots, ops;
    bool broken, finished, ready, ran;
    struct ost_err mistake;
    size_t spill_count;
    float *spill; /* for gradients on their way to where they are added */
    struct ost_net_device *device;
};

/* For laying down: -1, and the mistake is kept if it is the first. */
int ost_net_mistake(struct ost_net *net, enum ost_code code, const char *what);

/* The node, or NULL with the mistake kept. */
const struct ost_net_node *ost_net_node_view(struct ost_net *net, int node);

/*
 * A new op of `fan` inputs and its output node; takes `state` over, also where it fails. The
 * output's index, or -1.
 */
int ost_net_lay(struct ost_net *net, const struct ost_net_op_kind *kind, const int *in, size_t fan,
                struct ost_net_shape shape, void *state);

size_t ost_net_positions(const struct ost_net_shape *shape);

/* While laying down: the spill will hold at least `count` floats. */
void ost_net_spill_need(struct ost_net *net, size_t count);

static inline struct ost_net_slot *ost_net_slot_of(struct ost_net *net, int node)
{
    return &net->slot[net->node[node].slot];
}

/* The spill's memory; from preparing on. */
static inline float *ost_net_spill_view(struct ost_net *net)
{
    return net->spill;
}

/* 64-byte aligned and zeroed; free() releases it. NULL where there is no room. */
float *ost_net_floats(size_t count);

#endif
