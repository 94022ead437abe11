/* Ops that change how many positions there are: twice, sub-pixel, mean. */
#include "recon/net/net_impl.h"

#include <stdlib.h>
#include <string.h>

/*
 * Doubling walks the fine positions; each has one coarse position and an offset in the
 * 2^rank cell. Upsampling copies the coarse channels, shuffling takes the offset's part
 * of them.
 */
struct cell {
    size_t coarse, offset;
};

/* Two axes are three with a single slice, which is not doubled. */
struct doubling {
    bool shuffles;
    size_t axis[3];          /* fine */
    size_t channels, stride; /* of a fine position; of a coarse one */
    bool slices;             /* the first axis is doubled too */
};

static struct cell cell_of(const struct doubling *d, size_t z, size_t y, size_t x)
{
    size_t cz = d->slices ? z / 2 : z, oz = d->slices ? z % 2 : 0;
    size_t coarse = (cz * (d->axis[1] / 2) + y / 2) * (d->axis[2] / 2) + x / 2;
    return (struct cell){coarse, (oz * 2 + y % 2) * 2 + x % 2};
}

static const float *source_of(const struct doubling *d, const float *coarse, struct cell cell)
{
    return coarse + cell.coarse * d->stride + (d->shuffles ? cell.offset * d->channels : 0);
}

static void spread_slice(const struct doubling *d, size_t z, const float *coarse, float *fine)
{
    for (size_t y = 0; y < d->axis[1]; y++) {
        for (size_t x = 0; x < d->axis[2]; x++) {
            float *to = fine + ((z * d->axis[1] + y) * d->axis[2] + x) * d->channels;
            memcpy(to, source_of(d, coarse, cell_of(d, z, y, x)), d->channels * sizeof *to);
        }
    }
}

static void collect_slice(const struct doubling *d, size_t z, const float *fine, float *coarse)
{
    for (size_t y = 0; y < d->axis[1]; y++) {
        for (size_t x = 0; x < d->axis[2]; x++) {
            const float *restrict from =
                fine + ((z * d->axis[1] + y) * d->axis[2] + x) * d->channels;
            struct cell cell = cell_of(d, z, y, x);
            float *restrict to =
                coarse + cell.coarse * d->stride + (d->shuffles ? cell.offset * d->channels : 0);
            for (size_t c = 0; c < d->channels; c++)
                to[c] += from[c];
        }
    }
}

static bool double_forward(struct ost_net *net, struct ost_net_op *op, struct ost_err *err)
{
    (void)err;
    const struct doubling *d = op->state;
    const struct ost_net_slot *in = ost_net_slot_of(net, op->in[0]);
    const struct ost_net_slot *out = ost_net_slot_of(net, op->out);
#pragma omp parallel for schedule(static) if (net->samples * out->count > OST_NET_ALONE)
    for (uint32_t n = 0; n < net->samples; n++) {
        for (size_t z = 0; z < d->axis[0]; z++)
            spread_slice(d, z, in->value + n * in->count, out->value + n * out->count);
    }
    return true;
}

static bool double_backward(struct ost_net *net, struct ost_net_op *op, struct ost_err *err)
{
    (void)err;
    if (!op->pull[0])
        return true;
    const struct doubling *d = op->state;
    const struct ost_net_slot *in = ost_net_slot_of(net, op->in[0]);
    const struct ost_net_slot *out = ost_net_slot_of(net, op->out);
#pragma omp parallel for schedule(static) if (net->samples * out->count > OST_NET_ALONE)
    for (uint32_t n = 0; n < net->samples; n++) {
        float *to = in->gradient + n * in->count;
        if (op->first[0])
            memset(to, 0, in->count * sizeof *to);
        for (size_t z = 0; z < d->axis[0]; z++)
            collect_slice(d, z, out->gradient + n * out->count, to);
    }
    return true;
}

static const struct ost_net_op_kind double_kind = {"upsample", NULL, double_forward,
                                                   double_backward, NULL};

static int lay_double(struct ost_net *net, int from, bool shuffles)
{
    const struct ost_net_node *in = ost_net_node_view(net, from);
    if (in == NULL)
        return -1;
    uint32_t rank = in->shape.rank, parts = shuffles ? 1U << rank : 1;
    if (rank < 2 || in->shape.channels % parts != 0)
        return ost_net_mistake(net, OST_INVALID,
                               "doubling wants axes, a shuffle channels divided by 2^axes");
    struct ost_net_shape shape = in->shape;
    shape.channels /= parts;
    for (uint32_t i = 0; i < rank; i++)
        shape.dim[i] *= 2;
    struct doubling *d = calloc(1, sizeof *d);
    if (d == NULL)
        return ost_net_mistake(net, OST_NOMEM, "out of memory");
    d->shuffles = shuffles;
    d->slices = rank == 3;
    d->axis[0] = d->slices ? shape.dim[0] : 1;
    d->axis[1] = shape.dim[rank - 2];
    d->axis[2] = shape.dim[rank - 1];
    d->channels = shape.channels;
    d->stride = in->shape.channels;
    return ost_net_lay(net, &double_kind, &from, 1, shape, d);
}

int ost_net_upsample(struct ost_net *net, int from)
{
    return lay_double(net, from, false);
}

int ost_net_shuffle(struct ost_net *net, int from)
{
    return lay_double(net, from, true);
}

static bool mean_forward(struct ost_net *net, struct ost_net_op *op, struct ost_err *err)
{
    (void)err;
    const struct ost_net_shape *shape = &net->node[op->in[0]].shape;
    const float *from = ost_net_slot_of(net, op->in[0])->value;
    float *to = ost_net_slot_of(net, op->out)->value;
    size_t positions = ost_net_positions(shape), channels = shape->channels;
    float part = 1.0F / (float)positions;
    memset(to, 0, net->samples * channels * sizeof *to);
    for (size_t r = 0; r < net->samples * positions; r++) {
        float *row = to + r / positions * channels;
        for (size_t c = 0; c < channels; c++)
            row[c] += part * from[r * channels + c];
    }
    return true;
}

static bool mean_backward(struct ost_net *net, struct ost_net_op *op, struct ost_err *err)
{
    (void)err;
    const struct ost_net_shape *shape = &net->node[op->in[0]].shape;
    const float *from = ost_net_slot_of(net, op->out)->gradient;
    float *to = ost_net_slot_of(net, op->in[0])->gradient;
    size_t positions = ost_net_positions(shape), channels = shape->channels;
    float part = 1.0F / (float)positions;
    for (size_t r = 0; op->pull[0] && r < net->samples * positions; r++) {
        const float *row = from + r / positions * channels;
        for (size_t c = 0; op->first[0] && c < channels; c++)
            to[r * channels + c] = part * row[c];
        for (size_t c = 0; !op->first[0] && c < channels; c++)
            to[r * channels + c] += part * row[c];
    }
    return true;
}

static const struct ost_net_op_kind mean_kind = {"mean", NULL, mean_forward, mean_backward, NULL};

int ost_net_mean(struct ost_net *net, int from)
{
    const struct ost_net_node *in = ost_net_node_view(net, from);
    if (in == NULL)
        return -1;
    struct ost_net_shape shape = {.channels = in->shape.channels};
    return ost_net_lay(net, &mean_kind, &from, 1, shape, NULL);
}
