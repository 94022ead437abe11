/*
 * Layers that multiply by a kernel: convolution and dense, by oneDNN. Forward with bias
 * and curve fused; backward to the input and to kernel and bias. Each of the three
 * primitives may like the kernel in an order of its own.
 */
#include "recon/net/curve_impl.h"
#include "recon/net/device_impl.h"
#include "recon/net/net_impl.h"
#include "recon/net/weights_impl.h"

#include <stdlib.h>
#include <string.h>

struct product {
    bool is_conv;
    struct ost_net_conv conv; /* of a dense layer: channels and curve */
    const struct ost_net_weight *kernel, *bias;
    dnnl_memory_desc_t src, dst, kernel_md, bias_md;
    dnnl_memory_desc_t wish; /* the kernel in the order, or any, that primitives are asked for */
    dnnl_dims_t stride, before, after;
    uint64_t version; /* of the weights that are packed */
    struct ost_net_packed ahead, back, learn;
    struct ost_net_call forward, data, gradient;
};

static void destroy_product(void *state)
{
    struct product *p = state;
    if (p == NULL)
        return;
    ost_net_packed_fini(&p->ahead);
    ost_net_packed_fini(&p->back);
    ost_net_packed_fini(&p->learn);
    ost_net_call_fini(&p->forward);
    ost_net_call_fini(&p->data);
    ost_net_call_fini(&p->gradient);
    free(p);
}

static bool describe(dnnl_memory_desc_t *md, int rank, const dnnl_dims_t dims,
                     dnnl_format_tag_t tag, struct ost_err *err)
{
    return ost_net_dnn(dnnl_memory_desc_init_by_tag(md, rank, dims, dnnl_f32, tag), "a shape", err);
}

static bool describe_conv(const struct ost_net *net, const struct ost_net_op *op, struct product *p,
                          struct ost_err *err)
{
    const struct ost_net_shape *in = &net->node[op->in[0]].shape;
    const struct ost_net_shape *out = &net->node[op->out].shape;
    const struct ost_net_conv *c = &p->conv;
    dnnl_dims_t src = {net->samples, in->channels}, dst = {net->samples, out->channels};
    dnnl_dims_t kernel = {out->channels, in->channels};
    for (uint32_t i = 0; i < in->rank; i++) {
        src[2 + i] = in->dim[i];
        dst[2 + i] = out->dim[i];
        kernel[2 + i] = c->kernel;
        p->stride[i] = c->stride;
        p->before[i] = c->pad;
        p->after[i] = (dst[2 + i] - 1) * c->stride + c->kernel - src[2 + i] - c->pad;
    }
    bool flat = in->rank == 2;
    int rank = (int)in->rank + 2;
    return describe(&p->src, rank, src, flat ? dnnl_nhwc : dnnl_ndhwc, err) &&
           describe(&p->dst, rank, dst, flat ? dnnl_nhwc : dnnl_ndhwc, err) &&
           describe(&p->kernel_md, rank, kernel, flat ? dnnl_oihw : dnnl_oidhw, err) &&
           describe(&p->wish, rank, kernel, dnnl_format_tag_any, err);
}

static bool describe_dense(struct ost_net *net, const struct ost_net_op *op, struct product *p,
                           struct ost_err *err)
{
    dnnl_dims_t src = {net->samples, (dnnl_dim_t)ost_net_slot_of(net, op->in[0])->count};
    dnnl_dims_t dst = {net->samples, p->conv.channels};
    dnnl_dims_t kernel = {dst[1], src[1]};
    /* Learning changes the kernel at every step: packing costs more than it gains. */
    dnnl_format_tag_t order = net->use == OST_NET_TRAIN ? dnnl_oi : dnnl_format_tag_any;
    return describe(&p->src, 2, src, dnnl_nc, err) && describe(&p->dst, 2, dst, dnnl_nc, err) &&
           describe(&p->kernel_md, 2, kernel, dnnl_oi, err) &&
           describe(&p->wish, 2, kernel, order, err);
}

static bool add_curve(dnnl_primitive_attr_t attr, enum ost_net_curve curve, struct ost_err *err)
{
    if (curve == OST_NET_LINEAR)
        return true;
    dnnl_alg_kind_t kind = curve == OST_NET_TANH      ? dnnl_eltwise_tanh
                           : curve == OST_NET_SIGMOID ? dnnl_eltwise_logistic
                                                      : dnnl_eltwise_relu;
    float slope = curve == OST_NET_LEAKY ? OST_NET_LEAK : 0.0F;
    dnnl_post_ops_t after;
    if (!ost_net_dnn(dnnl_post_ops_create(&after), "a curve", err))
        return false;
    bool ok =
        ost_net_dnn(dnnl_post_ops_append_eltwise(after, 1.0F, kind, slope, 0.0F), "a curve", err) &&
        ost_net_dnn(dnnl_primitive_attr_set_post_ops(attr, after), "a curve", err);
    dnnl_post_ops_destroy(after);
    return ok;
}

static bool plan_forward(const struct ost_net *net, struct product *p, dnnl_primitive_desc_t *out,
                         struct ost_err *err)
{
    dnnl_prop_kind_t kind =
        net->use == OST_NET_INFER ? dnnl_forward_inference : dnnl_forward_training;
    dnnl_convolution_desc_t conv;
    dnnl_inner_product_desc_t dense;
    dnnl_status_t status =
        p->is_conv ? dnnl_convolution_forward_desc_init(&conv, kind, dnnl_convolution_direct,
                                                        &p->src, &p->wish, &p->bias_md, &p->dst,
                                                        p->stride, p->before, p->after)
                   : dnnl_inner_product_forward_desc_init(&dense, kind, &p->src, &p->wish,
                                                          &p->bias_md, &p->dst);
    const void *desc = p->is_conv ? (const void *)&conv : (const void *)&dense;
    dnnl_primitive_attr_t attr;
    if (!ost_net_dnn(status, "this shape forward", err) ||
        !ost_net_dnn(dnnl_primitive_attr_clone(&attr, net->device->plain), "attributes", err))
        return false;
    bool ok = add_curve(attr, p->conv.curve, err) &&
              ost_net_dnn(dnnl_primitive_desc_create(out, desc, attr, net->device->engine, NULL),
                          "this shape forward", err);
    dnnl_primitive_attr_destroy(attr);
    return ok;
}

static bool prepare_forward(struct ost_net *net, const struct ost_net_op *op, struct product *p,
                            const_dnnl_primitive_desc_t desc, struct ost_err *err)
{
    struct ost_net_device *d = net->device;
    const dnnl_memory_desc_t *liked = dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0);
    return ost_net_packed_init(d, OST_NET_PACK, &p->kernel_md, p->kernel->value, liked, &p->ahead,
                               err) &&
           ost_net_call_init(d, desc, &p->forward, err) &&
           ost_net_call_bind(d, &p->forward, DNNL_ARG_SRC, &p->src,
                             ost_net_slot_of(net, op->in[0])->value, err) &&
           ost_net_call_bind(d, &p->forward, DNNL_ARG_WEIGHTS, &p->ahead.md, p->ahead.data, err) &&
           ost_net_call_bind(d, &p->forward, DNNL_ARG_BIAS, &p->bias_md, p->bias->value, err) &&
           ost_net_call_bind(d, &p->forward, DNNL_ARG_DST, &p->dst,
                             ost_net_slot_of(net, op->out)->value, err);
}

/* To the input; straight into its gradient where nobody wrote one before. */
static bool bind_data(struct ost_net *net, const struct ost_net_op *op, struct product *p,
                      const_dnnl_primitive_desc_t desc, struct ost_err *err)
{
    struct ost_net_device *d = net->device;
    const struct ost_net_slot *in = ost_net_slot_of(net, op->in[0]);
    const dnnl_memory_desc_t *liked = dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0);
    return ost_net_packed_init(d, OST_NET_PACK, &p->kernel_md, p->kernel->value, liked, &p->back,
                               err) &&
           ost_net_call_init(d, desc, &p->data, err) &&
           ost_net_call_bind(d, &p->data, DNNL_ARG_DIFF_DST, &p->dst,
                             ost_net_slot_of(net, op->out)->gradient, err) &&
           ost_net_call_bind(d, &p->data, DNNL_ARG_WEIGHTS, &p->back.md, p->back.data, err) &&
           ost_net_call_bind(d, &p->data, DNNL_ARG_DIFF_SRC, &p->src,
                             op->first[0] ? in->gradient : ost_net_spill_view(net), err);
}

static bool prepare_data(struct ost_net *net, const struct ost_net_op *op, struct product *p,
                         const_dnnl_primitive_desc_t hint, struct ost_err *err)
{
    dnnl_convolution_desc_t conv;
    dnnl_inner_product_desc_t dense;
    dnnl_status_t status =
        p->is_conv ? dnnl_convolution_backward_data_desc_init(&conv, dnnl_convolution_direct,
                                                              &p->src, &p->wish, &p->dst, p->stride,
                                                              p->before, p->after)
                   : dnnl_inner_product_backward_data_desc_init(&dense, &p->src, &p->wish, &p->dst);
    const void *wish = p->is_conv ? (const void *)&conv : (const void *)&dense;
    dnnl_primitive_desc_t desc;
    if (!ost_net_dnn(status, "this shape backward", err) ||
        !ost_net_dnn(
            dnnl_primitive_desc_create(&desc, wish, net->device->plain, net->device->engine, hint),
            "this shape backward", err))
        return false;
    bool ok = bind_data(net, op, p, desc, err);
    dnnl_primitive_desc_destroy(desc);
    return ok;
}

/* Kernel and bias one behind the other in the spill, from where they are added. */
static bool bind_gradient(struct ost_net *net, const struct ost_net_op *op, struct product *p,
                          const_dnnl_primitive_desc_t desc, struct ost_err *err)
{
    struct ost_net_device *d = net->device;
    float *kernel = ost_net_spill_view(net), *bias = kernel + p->kernel->count;
    const dnnl_memory_desc_t *liked =
        dnnl_primitive_desc_query_md(desc, dnnl_query_diff_weights_md, 0);
    return ost_net_packed_init(d, OST_NET_UNPACK, &p->kernel_md, kernel, liked, &p->learn, err) &&
           ost_net_call_init(d, desc, &p->gradient, err) &&
           ost_net_call_bind(d, &p->gradient, DNNL_ARG_SRC, &p->src,
                             ost_net_slot_of(net, op->in[0])->value, err) &&
           ost_net_call_bind(d, &p->gradient, DNNL_ARG_DIFF_DST, &p->dst,
                             ost_net_slot_of(net, op->out)->gradient, err) &&
           ost_net_call_bind(d, &p->gradient, DNNL_ARG_DIFF_WEIGHTS, &p->learn.md, p->learn.data,
                             err) &&
           ost_net_call_bind(d, &p->gradient, DNNL_ARG_DIFF_BIAS, &p->bias_md, bias, err);
}

static bool prepare_gradient(struct ost_net *net, const struct ost_net_op *op, struct product *p,
                             const_dnnl_primitive_desc_t hint, struct ost_err *err)
{
    dnnl_convolution_desc_t conv;
    dnnl_inner_product_desc_t dense;
    dnnl_status_t status = p->is_conv ? dnnl_convolution_backward_weights_desc_init(
                                            &conv, dnnl_convolution_direct, &p->src, &p->wish,
                                            &p->bias_md, &p->dst, p->stride, p->before, p->after)
                                      : dnnl_inner_product_backward_weights_desc_init(
                                            &dense, &p->src, &p->wish, &p->bias_md, &p->dst);
    const void *wish = p->is_conv ? (const void *)&conv : (const void *)&dense;
    dnnl_primitive_desc_t desc;
    if (!ost_net_dnn(status, "this kernel's gradient", err) ||
        !ost_net_dnn(
            dnnl_primitive_desc_create(&desc, wish, net->device->plain, net->device->engine, hint),
            "this kernel's gradient", err))
        return false;
    bool ok = bind_gradient(net, op, p, desc, err);
    dnnl_primitive_desc_destroy(desc);
    return ok;
}

static bool prepare(struct ost_net *net, struct ost_net_op *op, struct ost_err *err)
{
    struct product *p = op->state;
    dnnl_dims_t channels = {p->conv.channels};
    dnnl_primitive_desc_t forward;
    if (!(p->is_conv ? describe_conv(net, op, p, err) : describe_dense(net, op, p, err)) ||
        !describe(&p->bias_md, 1, channels, dnnl_x, err) || !plan_forward(net, p, &forward, err))
        return false;
    bool ok = prepare_forward(net, op, p, forward, err);
    if (ok && op->active && op->pull[0])
        ok = prepare_data(net, op, p, forward, err);
    if (ok && op->active && net->use == OST_NET_TRAIN)
        ok = prepare_gradient(net, op, p, forward, err);
    dnnl_primitive_desc_destroy(forward);
    return ok;
}

static bool forward(struct ost_net *net, struct ost_net_op *op, struct ost_err *err)
{
    struct product *p = op->state;
    uint64_t version = ost_net_weights_version(net->weights);
    if (p->version != version) {
        if (!ost_net_packed_run(net->device, &p->ahead, err) ||
            !ost_net_packed_run(net->device, &p->back, err))
            return false;
        p->version = version;
    }
    return ost_net_call_run(net->device, &p->forward, err);
}

static bool learn(struct ost_net *net, const struct product *p, struct ost_err *err)
{
    if (!ost_net_call_run(net->device, &p->gradient, err) ||
        !ost_net_packed_run(net->device, &p->learn, err))
        return false;
    const float *kernel = ost_net_spill_view(net), *bias = kernel + p->kernel->count;
    for (size_t i = 0; i < p->kernel->count; i++)
        p->kernel->gradient[i] += kernel[i];
    for (size_t i = 0; i < p->bias->count; i++)
        p->bias->gradient[i] += bias[i];
    return true;
}

static bool backward(struct ost_net *net, struct ost_net_op *op, struct ost_err *err)
{
    struct product *p = op->state;
    const struct ost_net_slot *out = ost_net_slot_of(net, op->out);
#pragma omp parallel for schedule(static) if (net->samples * out->count > OST_NET_ALONE)
    for (uint32_t n = 0; n < net->samples; n++) {
        size_t at = n * out->count;
        ost_net_curve_pull(p->conv.curve, out->value + at, out->gradient + at, out->count);
    }
    if (net->use == OST_NET_TRAIN && !learn(net, p, err))
        return false;
    if (!op->pull[0])
        return true;
    if (!ost_net_call_run(net->device, &p->data, err))
        return false;
    const struct ost_net_slot *in = ost_net_slot_of(net, op->in[0]);
    const float *spill = ost_net_spill_view(net);
    for (size_t i = 0; !op->first[0] && i < net->samples * in->count; i++)
        in->gradient[i] += spill[i];
    return true;
}

static const struct ost_net_op_kind conv_kind = {"conv", prepare, forward, backward,
                                                 destroy_product};
static const struct ost_net_op_kind dense_kind = {"dense", prepare, forward, backward,
                                                  destroy_product};

/* Kernel and bias of the layer; `inputs` are the numbers one output is made of. */
static bool claim(struct ost_net *net, struct product *p, const char *name,
                  struct ost_net_claim kernel, size_t inputs)
{
    bool bends = p->conv.curve == OST_NET_RELU || p->conv.curve == OST_NET_LEAKY;
    struct ost_net_claim bias = {
        .layer = name, .part = "bias", .rank = 1, .dim = {p->conv.channels}};
    kernel.layer = name;
    kernel.part = "kernel";
    kernel.variance = (bends ? 2.0F : 1.0F) / (float)inputs;
    struct ost_err err;
    if (ost_net_weights_claim(net->weights, &kernel, &p->kernel, &err) &&
        ost_net_weights_claim(net->weights, &bias, &p->bias, &err)) {
        size_t need = p->kernel->count + p->bias->count;
        ost_net_spill_need(net, need);
        return true;
    }
    (void)ost_net_mistake(net, err.code, err.msg);
    return false;
}

static bool curve_is_known(enum ost_net_curve curve)
{
    return curve >= OST_NET_LINEAR && curve <= OST_NET_SIGMOID;
}

static int lay(struct ost_net *net, int from, const char *name, const struct product *draft,
               const struct ost_net_claim *kernel, size_t inputs, struct ost_net_shape out)
{
    struct product *p = malloc(sizeof *p);
    if (p == NULL)
        return ost_net_mistake(net, OST_NOMEM, "out of memory");
    *p = *draft;
    if (!claim(net, p, name, *kernel, inputs)) {
        destroy_product(p);
        return -1;
    }
    int node = ost_net_lay(net, p->is_conv ? &conv_kind : &dense_kind, &from, 1, out, p);
    if (node >= 0) {
        net->op[net->ops - 1].learns = true;
        ost_net_spill_need(net, net->samples * ost_net_slot_of(net, from)->count);
    }
    return node;
}

int ost_net_conv(struct ost_net *net, int from, const char *name, struct ost_net_conv conv)
{
    const struct ost_net_node *in = ost_net_node_view(net, from);
    if (in == NULL)
        return -1;
    if (in->shape.rank < 2 || conv.channels == 0 || conv.kernel == 0 || conv.stride == 0 ||
        conv.kernel > 64 || conv.stride > 64 || conv.pad >= conv.kernel ||
        !curve_is_known(conv.curve)) {
        return ost_net_mistake(net, OST_INVALID,
                               "conv wants 2 or 3 axes, a kernel of 1..64, its pad below that");
    }
    struct ost_net_shape out = {.channels = conv.channels, .rank = in->shape.rank};
    struct ost_net_claim kernel = {.rank = 3, .dim = {conv.channels, in->shape.channels, 1}};
    for (uint32_t i = 0; i < out.rank; i++) {
        uint32_t room = in->shape.dim[i] + 2 * conv.pad;
        if (room < conv.kernel)
            return ost_net_mistake(net, OST_INVALID, "conv's kernel is larger than its input");
        out.dim[i] = (room - conv.kernel) / conv.stride + 1;
        kernel.dim[2] *= conv.kernel;
    }
    size_t inputs = (size_t)in->shape.channels * kernel.dim[2];
    struct product draft = {.is_conv = true, .conv = conv};
    return lay(net, from, name, &draft, &kernel, inputs, out);
}

int ost_net_dense(struct ost_net *net, int from, const char *name, uint32_t channels,
                  enum ost_net_curve curve)
{
    const struct ost_net_node *in = ost_net_node_view(net, from);
    if (in == NULL)
        return -1;
    size_t inputs = net->slot[in->slot].count;
    if (channels == 0 || !curve_is_known(curve) || inputs > INT32_MAX)
        return ost_net_mistake(net, OST_INVALID, "dense wants channels and a curve");
    struct ost_net_shape out = {.channels = channels};
    struct ost_net_claim kernel = {.rank = 2, .dim = {channels, (uint32_t)inputs}};
    struct product draft = {.conv = {.channels = channels, .curve = curve}};
    return lay(net, from, name, &draft, &kernel, inputs, out);
}
