/* Planning memory and gradients, and running. */
#include "recon/net/device_impl.h"
#include "recon/net/net_impl.h"
#include "recon/net/weights_impl.h"

#include <string.h>

void ost_net_spill_need(struct ost_net *net, size_t count)
{
    net->spill_count = count > net->spill_count ? count : net->spill_count;
}

static void find_wanted(struct ost_net *net)
{
    for (int i = 0; i < net->slots; i++)
        net->slot[i].wanted = net->slot[i].watched;
    for (int i = 0; i < net->ops; i++) {
        struct ost_net_op *op = &net->op[i];
        bool wanted = op->learns && net->use == OST_NET_TRAIN;
        for (size_t k = 0; k < op->fan; k++)
            wanted = wanted || ost_net_slot_of(net, op->in[k])->wanted;
        ost_net_slot_of(net, op->out)->wanted = wanted;
    }
}

/* Who writes a gradient first and who adds to it, once and for all. */
static void plan_backward(struct ost_net *net)
{
    find_wanted(net);
    for (int i = 0; i < net->slots; i++)
        net->slot[i].reached = net->slot[i].written = net->slot[i].output;
    for (int i = net->ops - 1; i >= 0; i--) {
        struct ost_net_op *op = &net->op[i];
        const struct ost_net_slot *out = ost_net_slot_of(net, op->out);
        op->active = out->reached && out->wanted;
        for (size_t k = 0; op->active && k < op->fan; k++) {
            struct ost_net_slot *in = ost_net_slot_of(net, op->in[k]);
            op->pull[k] = in->wanted;
            op->first[k] = in->wanted && !in->written;
            in->reached = in->reached || in->wanted;
            in->written = in->written || in->wanted;
        }
    }
}

static bool allocate(struct ost_net *net, struct ost_err *err)
{
    for (int i = 0; i < net->slots; i++) {
        struct ost_net_slot *slot = &net->slot[i];
        size_t count = net->samples * slot->count;
        bool gradient = net->use != OST_NET_INFER &&
                        (slot->output || slot->watched || (slot->wanted && slot->reached));
        slot->value = ost_net_floats(count);
        slot->gradient = gradient ? ost_net_floats(count) : NULL;
        if (slot->value == NULL || (gradient && slot->gradient == NULL))
            return ost_fail(err, OST_NOMEM, "net: no room for a node of %zu numbers", count);
    }
    return true;
}

bool ost_net_finish(struct ost_net *net, struct ost_err *err)
{
    if (net->broken) {
        if (err != NULL)
            *err = net->mistake;
        return false;
    }
    if (net->finished)
        return ost_fail(err, OST_INVALID, "net: it is finished already");
    net->finished = true;
    if (net->use != OST_NET_INFER)
        plan_backward(net);
    net->spill = ost_net_floats(net->spill_count);
    if (net->spill == NULL)
        return ost_fail(err, OST_NOMEM, "net: no room for %zu numbers", net->spill_count);
    if (!allocate(net, err))
        return false;
    for (int i = 0; i < net->ops; i++) {
        struct ost_net_op *op = &net->op[i];
        if (op->kind->prepare != NULL && !op->kind->prepare(net, op, err))
            return ost_err_note(err, "net: %s, node %d", op->kind->noun, op->out);
    }
    net->ready = ost_net_device_settle(net->device, err);
    return net->ready;
}

bool ost_net_forward(struct ost_net *net, struct ost_err *err)
{
    if (!net->ready)
        return ost_fail(err, OST_INVALID, "net: finish it before it runs");
    for (int i = 0; i < net->ops; i++) {
        if (!net->op[i].kind->forward(net, &net->op[i], err))
            return ost_err_note(err, "net: %s", net->op[i].kind->noun);
    }
    net->ran = true;
    return true;
}

bool ost_net_backward(struct ost_net *net, struct ost_err *err)
{
    if (!net->ran || net->use == OST_NET_INFER)
        return ost_fail(err, OST_INVALID, "net: backward needs a forward run and a net to train");
    for (int i = net->ops - 1; i >= 0; i--) {
        struct ost_net_op *op = &net->op[i];
        if (op->active && !op->kind->backward(net, op, err))
            return ost_err_note(err, "net: %s", op->kind->noun);
    }
    return true;
}
