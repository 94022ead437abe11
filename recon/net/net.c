#include "recon/net/net.h"

#include "recon/base/array.h"
#include "recon/net/device_impl.h"
#include "recon/net/net_impl.h"

#include <stdlib.h>
#include <string.h>

enum { LINE = 64, MOST_SAMPLES = 65536, MOST_AXIS = 65536 };
static const size_t most_numbers = (size_t)1 << 31; /* of one node */

float *ost_net_floats(size_t count)
{
    size_t bytes = (count * sizeof(float) + LINE - 1) / LINE * LINE + LINE;
    float *out = aligned_alloc(LINE, bytes);
    if (out != NULL)
        memset(out, 0, bytes);
    return out;
}

bool ost_net_create(struct ost_net **out, struct ost_net_weights *weights, enum ost_net_use use,
                    uint32_t samples, struct ost_err *err)
{
    *out = NULL;
    if (samples == 0 || samples > MOST_SAMPLES || use < OST_NET_INFER || use > OST_NET_TRAIN) {
        return ost_fail(err, OST_INVALID, "net: %u samples, use %d; 1 to %d, 1 to 3", samples,
                        (int)use, MOST_SAMPLES);
    }
    struct ost_net *net = calloc(1, sizeof *net);
    if (net == NULL)
        return ost_fail(err, OST_NOMEM, "net: out of memory");
    net->weights = weights;
    net->use = use;
    net->samples = samples;
    if (!ost_net_device_create(&net->device, err)) {
        ost_net_destroy(net);
        return false;
    }
    *out = net;
    return true;
}

void ost_net_destroy(struct ost_net *net)
{
    if (net == NULL)
        return;
    for (int i = 0; i < net->ops; i++) {
        if (net->op[i].kind->destroy != NULL)
            net->op[i].kind->destroy(net->op[i].state);
        else
            free(net->op[i].state);
    }
    for (int i = 0; i < net->slots; i++) {
        free(net->slot[i].value);
        free(net->slot[i].gradient);
    }
    free(net->spill);
    ost_net_device_destroy(net->device);
    free(net);
}

int ost_net_mistake(struct ost_net *net, enum ost_code code, const char *what)
{
    if (!net->broken)
        (void)ost_fail(&net->mistake, code, "net: %s (after %d nodes)", what, net->nodes);
    net->broken = true;
    return -1;
}

const struct ost_net_node *ost_net_node_view(struct ost_net *net, int node)
{
    if (node >= 0 && node < net->nodes && !net->finished)
        return &net->node[node];
    (void)ost_net_mistake(net, OST_INVALID, net->finished ? "it is finished" : "no such node");
    return NULL;
}

size_t ost_net_positions(const struct ost_net_shape *shape)
{
    size_t positions = 1;
    for (uint32_t i = 0; i < shape->rank; i++)
        positions *= shape->dim[i];
    return positions;
}

static bool shape_is_sound(const struct ost_net *net, const struct ost_net_shape *shape)
{
    if (shape->rank == 1 || shape->rank > OST_NET_RANK || shape->channels == 0)
        return false;
    size_t count = net->samples;
    if (!ost_array_bytes(count, shape->channels, &count, NULL))
        return false;
    for (uint32_t i = 0; i < shape->rank; i++) {
        if (shape->dim[i] == 0 || shape->dim[i] > MOST_AXIS ||
            !ost_array_bytes(count, shape->dim[i], &count, NULL)) {
            return false;
        }
    }
    return count <= most_numbers;
}

/* A node, on a slot of its own where `slot` is -1. */
static int add_node(struct ost_net *net, struct ost_net_shape shape, int slot)
{
    if (net->finished)
        return ost_net_mistake(net, OST_INVALID, "it is finished");
    if (!shape_is_sound(net, &shape))
        return ost_net_mistake(net, OST_INVALID, "a node's shape is empty, too large or of rank 1");
    if (net->nodes == OST_NET_NODES)
        return ost_net_mistake(net, OST_LIMIT, "too many nodes");
    for (uint32_t i = shape.rank; i < OST_NET_RANK; i++)
        shape.dim[i] = 1;
    if (slot < 0) {
        slot = net->slots++;
        net->slot[slot].count = ost_net_positions(&shape) * shape.channels;
    }
    net->node[net->nodes] = (struct ost_net_node){.shape = shape, .slot = slot};
    return net->nodes++;
}

int ost_net_input(struct ost_net *net, struct ost_net_shape shape)
{
    int node = add_node(net, shape, -1);
    if (node >= 0)
        ost_net_slot_of(net, node)->is_input = true;
    return node;
}

int ost_net_lay(struct ost_net *net, const struct ost_net_op_kind *kind, const int *in, size_t fan,
                struct ost_net_shape shape, void *state)
{
    int out = net->broken ? -1 : add_node(net, shape, -1);
    if (out < 0) {
        if (kind->destroy != NULL)
            kind->destroy(state);
        else
            free(state);
        return -1;
    }
    struct ost_net_op *op = &net->op[net->ops++];
    *op = (struct ost_net_op){.kind = kind, .out = out, .fan = fan, .state = state};
    memcpy(op->in, in, fan * sizeof *in);
    return out;
}

int ost_net_reshape(struct ost_net *net, int from, struct ost_net_shape shape)
{
    const struct ost_net_node *node = ost_net_node_view(net, from);
    if (node == NULL)
        return -1;
    if (!shape_is_sound(net, &shape) ||
        ost_net_positions(&shape) * shape.channels != net->slot[node->slot].count) {
        return ost_net_mistake(net, OST_INVALID, "a reshape must keep how many numbers there are");
    }
    return add_node(net, shape, node->slot);
}

void ost_net_output(struct ost_net *net, int node)
{
    const struct ost_net_node *view = ost_net_node_view(net, node);
    if (view != NULL)
        net->slot[view->slot].output = true;
}

void ost_net_watch(struct ost_net *net, int input)
{
    const struct ost_net_node *view = ost_net_node_view(net, input);
    if (view != NULL && !net->slot[view->slot].is_input)
        (void)ost_net_mistake(net, OST_INVALID, "only inputs are watched");
    else if (view != NULL)
        net->slot[view->slot].watched = true;
}

struct ost_net_shape ost_net_shape_of(const struct ost_net *net, int node)
{
    if (node < 0 || node >= net->nodes)
        return (struct ost_net_shape){0};
    return net->node[node].shape;
}

size_t ost_net_count(const struct ost_net *net, int node)
{
    if (node < 0 || node >= net->nodes)
        return 0;
    return net->samples * net->slot[net->node[node].slot].count;
}

float *ost_net_value(struct ost_net *net, int node)
{
    return node >= 0 && node < net->nodes ? ost_net_slot_of(net, node)->value : NULL;
}

float *ost_net_gradient(struct ost_net *net, int node)
{
    if (node < 0 || node >= net->nodes)
        return NULL;
    const struct ost_net_slot *slot = ost_net_slot_of(net, node);
    return slot->output || slot->watched ? slot->gradient : NULL;
}
