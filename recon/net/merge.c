/* Ops that bring nodes together: addition and channels side by side. */
#include "recon/net/curve_impl.h"
#include "recon/net/net_impl.h"

#include <stdlib.h>
#include <string.h>

struct sum {
    enum ost_net_curve curve;
};

static bool add_forward(struct ost_net *net, struct ost_net_op *op, struct ost_err *err)
{
    (void)err;
    const struct sum *sum = op->state;
    const float *a = ost_net_slot_of(net, op->in[0])->value;
    const float *b = ost_net_slot_of(net, op->in[1])->value;
    const struct ost_net_slot *out = ost_net_slot_of(net, op->out);
#pragma omp parallel for schedule(static) if (net->samples * out->count > OST_NET_ALONE)
    for (uint32_t n = 0; n < net->samples; n++) {
        size_t at = n * out->count;
        for (size_t i = at; i < at + out->count; i++)
            out->value[i] = a[i] + b[i];
        ost_net_curve_apply(sum->curve, out->value + at, out->count);
    }
    return true;
}

static bool add_backward(struct ost_net *net, struct ost_net_op *op, struct ost_err *err)
{
    (void)err;
    const struct sum *sum = op->state;
    const struct ost_net_slot *out = ost_net_slot_of(net, op->out);
#pragma omp parallel for schedule(static) if (net->samples * out->count > OST_NET_ALONE)
    for (uint32_t n = 0; n < net->samples; n++) {
        size_t at = n * out->count;
        ost_net_curve_pull(sum->curve, out->value + at, out->gradient + at, out->count);
        for (size_t k = 0; k < 2; k++) {
            float *to = ost_net_slot_of(net, op->in[k])->gradient;
            if (op->pull[k] && op->first[k])
                memcpy(to + at, out->gradient + at, out->count * sizeof *to);
            for (size_t i = at; op->pull[k] && !op->first[k] && i < at + out->count; i++)
                to[i] += out->gradient[i];
        }
    }
    return true;
}

static bool same_positions(const struct ost_net_shape *a, const struct ost_net_shape *b)
{
    return a->rank == b->rank && memcmp(a->dim, b->dim, sizeof a->dim) == 0;
}

static const struct ost_net_op_kind add_kind = {"add", NULL, add_forward, add_backward, NULL};

int ost_net_add(struct ost_net *net, int a, int b, enum ost_net_curve curve)
{
    const struct ost_net_node *one = ost_net_node_view(net, a), *two = ost_net_node_view(net, b);
    if (one == NULL || two == NULL)
        return -1;
    if (!same_positions(&one->shape, &two->shape) || one->shape.channels != two->shape.channels)
        return ost_net_mistake(net, OST_INVALID, "add wants two nodes of one shape");
    if (curve < OST_NET_LINEAR || curve > OST_NET_SIGMOID)
        return ost_net_mistake(net, OST_INVALID, "add does not know this curve");
    struct sum *sum = calloc(1, sizeof *sum);
    if (sum == NULL)
        return ost_net_mistake(net, OST_NOMEM, "out of memory");
    sum->curve = curve;
    int in[2] = {a, b};
    return ost_net_lay(net, &add_kind, in, 2, one->shape, sum);
}

static bool join_forward(struct ost_net *net, struct ost_net_op *op, struct ost_err *err)
{
    (void)err;
    const struct ost_net_shape *shape = &net->node[op->out].shape;
    size_t rows = net->samples * ost_net_positions(shape), at = 0;
    float *to = ost_net_slot_of(net, op->out)->value;
    for (size_t k = 0; k < op->fan; k++) {
        const float *from = ost_net_slot_of(net, op->in[k])->value;
        size_t channels = net->node[op->in[k]].shape.channels;
        for (size_t r = 0; r < rows; r++)
            memcpy(to + r * shape->channels + at, from + r * channels, channels * sizeof *to);
        at += channels;
    }
    return true;
}

static bool join_backward(struct ost_net *net, struct ost_net_op *op, struct ost_err *err)
{
    (void)err;
    const struct ost_net_shape *shape = &net->node[op->out].shape;
    size_t rows = net->samples * ost_net_positions(shape), at = 0;
    const float *gradient = ost_net_slot_of(net, op->out)->gradient;
    for (size_t k = 0; k < op->fan; k++) {
        float *to = ost_net_slot_of(net, op->in[k])->gradient;
        size_t channels = net->node[op->in[k]].shape.channels;
        for (size_t r = 0; op->pull[k] && r < rows; r++) {
            const float *from = gradient + r * shape->channels + at;
            float *row = to + r * channels;
            if (op->first[k])
                memcpy(row, from, channels * sizeof *row);
            for (size_t c = 0; !op->first[k] && c < channels; c++)
                row[c] += from[c];
        }
        at += channels;
    }
    return true;
}

static const struct ost_net_op_kind join_kind = {"join", NULL, join_forward, join_backward, NULL};

int ost_net_join(struct ost_net *net, const int *node, size_t count)
{
    if (count == 0 || count > OST_NET_FAN)
        return ost_net_mistake(net, OST_INVALID, "join wants 1 to 8 nodes");
    struct ost_net_shape shape = {0};
    for (size_t i = 0; i < count; i++) {
        const struct ost_net_node *view = ost_net_node_view(net, node[i]);
        if (view == NULL)
            return -1;
        if (i > 0 && !same_positions(&shape, &view->shape))
            return ost_net_mistake(net, OST_INVALID, "join wants nodes of the same positions");
        uint32_t channels = shape.channels;
        shape = view->shape;
        shape.channels += channels;
    }
    return ost_net_lay(net, &join_kind, node, count, shape, NULL);
}
