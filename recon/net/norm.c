/*
 * Group normalisation, Wu and He 2018. With x' = (x - mean) r over one sample's group of M
 * numbers, y = scale x' + shift and g = dL/dy:
 *
 *   dL/dscale = sum g x',  dL/dshift = sum g   (over samples and positions)
 *   dL/dx = r (scale g - sum(scale g) / M - x' sum(scale g x') / M)
 *
 * Each sample is one thread's; sums over samples go in their order, so that the number
 * of threads changes no bit.
 */
#include "recon/net/curve_impl.h"
#include "recon/net/net_impl.h"
#include "recon/net/weights_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 }; /* positions summed in float before they join the double sums */
static const double epsilon = 1e-5;

struct norm {
    const struct ost_net_weight *scale, *shift;
    enum ost_net_curve curve;
    size_t channels, groups, positions;
    float *mean, *rstd;     /* owned: per sample and channel */
    float *dscale, *dshift; /* owned: the same */
    float *row[3];          /* owned: coefficients or block sums, the same */
    double *first, *second; /* owned: sums, the same */
};

static void destroy_norm(void *state)
{
    struct norm *n = state;
    if (n == NULL)
        return;
    free(n->mean);
    free(n->rstd);
    free(n->dscale);
    free(n->dshift);
    for (size_t i = 0; i < 3; i++)
        free(n->row[i]);
    free(n->first);
    free(n->second);
    free(n);
}

static bool prepare(struct ost_net *net, struct ost_net_op *op, struct ost_err *err)
{
    struct norm *n = op->state;
    size_t count = net->samples * n->channels;
    float **array[] = {&n->mean,   &n->rstd,   &n->dscale, &n->dshift,
                       &n->row[0], &n->row[1], &n->row[2]};
    bool ok = true;
    for (size_t i = 0; i < sizeof array / sizeof *array; i++) {
        *array[i] = ost_net_floats(count);
        ok = ok && *array[i] != NULL;
    }
    n->first = calloc(count, sizeof *n->first);
    n->second = calloc(count, sizeof *n->second);
    if (!ok || n->first == NULL || n->second == NULL)
        return ost_fail(err, OST_NOMEM, "no room for %zu sums", count);
    return true;
}

static void flush(size_t channels, float *restrict part, double *restrict sum)
{
    for (size_t c = 0; c < channels; c++) {
        sum[c] += (double)part[c];
        part[c] = 0.0F;
    }
}

/* sum[c] of x, or of (x - mean)^2 */
static void sum_values(const struct norm *n, const float *x, const float *mean, float *part,
                       double *sum)
{
    size_t channels = n->channels;
    memset(sum, 0, channels * sizeof *sum);
    memset(part, 0, channels * sizeof *part);
    for (size_t p = 0; p < n->positions; p++) {
        const float *restrict row = x + p * channels;
        float *restrict to = part;
        for (size_t c = 0; mean == NULL && c < channels; c++)
            to[c] += row[c];
        for (size_t c = 0; mean != NULL && c < channels; c++)
            to[c] += (row[c] - mean[c]) * (row[c] - mean[c]);
        if (p % BLOCK == BLOCK - 1)
            flush(channels, part, sum);
    }
    flush(channels, part, sum);
}

/* The mean of each group over its channels and positions, given back to its channels. */
static void spread_groups(const struct norm *n, const double *sum, float *out)
{
    size_t each = n->channels / n->groups;
    for (size_t g = 0; g < n->groups; g++) {
        double total = 0.0;
        for (size_t c = g * each; c < (g + 1) * each; c++)
            total += sum[c];
        total /= (double)(each * n->positions);
        for (size_t c = g * each; c < (g + 1) * each; c++)
            out[c] = (float)total;
    }
}

static void scale_rows(const struct norm *n, const float *x, const float *mean, const float *factor,
                       float *y)
{
    size_t channels = n->channels;
    const float *restrict shift = n->shift->value;
    for (size_t p = 0; p < n->positions; p++) {
        const float *restrict from = x + p * channels;
        float *restrict to = y + p * channels;
        for (size_t c = 0; c < channels; c++)
            to[c] = (from[c] - mean[c]) * factor[c] + shift[c];
        if (n->curve != OST_NET_LINEAR && p % BLOCK == BLOCK - 1)
            ost_net_curve_apply(n->curve, y + (p + 1 - BLOCK) * channels, BLOCK * channels);
    }
    size_t done = n->positions / BLOCK * BLOCK;
    ost_net_curve_apply(n->curve, y + done * channels, (n->positions - done) * channels);
}

static void forward_sample(const struct norm *n, size_t at, const float *x, float *y)
{
    float *mean = n->mean + at, *rstd = n->rstd + at, *factor = n->row[0] + at;
    sum_values(n, x, NULL, n->row[1] + at, n->first + at);
    spread_groups(n, n->first + at, mean);
    sum_values(n, x, mean, n->row[1] + at, n->first + at);
    spread_groups(n, n->first + at, rstd);
    for (size_t c = 0; c < n->channels; c++) {
        rstd[c] = (float)(1.0 / sqrt((double)rstd[c] + epsilon));
        factor[c] = n->scale->value[c] * rstd[c];
    }
    scale_rows(n, x, mean, factor, y);
}

static bool forward(struct ost_net *net, struct ost_net_op *op, struct ost_err *err)
{
    (void)err;
    const struct norm *n = op->state;
    const float *x = ost_net_slot_of(net, op->in[0])->value;
    float *y = ost_net_slot_of(net, op->out)->value;
    size_t each = n->positions * n->channels;
#pragma omp parallel for schedule(static) if (net->samples * each > OST_NET_ALONE)
    for (uint32_t i = 0; i < net->samples; i++)
        forward_sample(n, i * n->channels, x + i * each, y + i * each);
    return true;
}

/* first[c] = sum of g, second[c] = sum of g (x - mean); g goes back through the curve. */
static void sum_gradients(const struct norm *n, size_t at, const float *x, const float *y, float *g)
{
    size_t channels = n->channels;
    float *a = n->row[0] + at, *b = n->row[1] + at;
    const float *mean = n->mean + at;
    memset(n->first + at, 0, channels * sizeof *n->first);
    memset(n->second + at, 0, channels * sizeof *n->second);
    memset(a, 0, channels * sizeof *a);
    memset(b, 0, channels * sizeof *b);
    for (size_t p = 0; p < n->positions; p++) {
        const float *restrict value = x + p * channels;
        float *restrict grad = g + p * channels;
        float *restrict sum = a;
        float *restrict moment = b;
        ost_net_curve_pull(n->curve, y + p * channels, grad, channels);
        for (size_t c = 0; c < channels; c++) {
            sum[c] += grad[c];
            moment[c] += grad[c] * (value[c] - mean[c]);
        }
        if (p % BLOCK == BLOCK - 1) {
            flush(channels, a, n->first + at);
            flush(channels, b, n->second + at);
        }
    }
    flush(channels, a, n->first + at);
    flush(channels, b, n->second + at);
}

static void pull_rows(const struct norm *n, size_t at, const float *x, const float *g, bool first,
                      float *dx)
{
    size_t channels = n->channels;
    const float *restrict mean = n->mean + at;
    const float *restrict keep = n->row[0] + at;
    const float *restrict level = n->row[1] + at;
    const float *restrict slope = n->row[2] + at;
    for (size_t p = 0; p < n->positions; p++) {
        const float *restrict value = x + p * channels;
        const float *restrict grad = g + p * channels;
        float *restrict to = dx + p * channels;
        for (size_t c = 0; first && c < channels; c++)
            to[c] = keep[c] * grad[c] - level[c] - slope[c] * (value[c] - mean[c]);
        for (size_t c = 0; !first && c < channels; c++)
            to[c] += keep[c] * grad[c] - level[c] - slope[c] * (value[c] - mean[c]);
    }
}

static void backward_sample(const struct norm *n, size_t at, const float *x, const float *y,
                            float *g, bool first, float *dx)
{
    const float *rstd = n->rstd + at;
    float *keep = n->row[0] + at, *level = n->row[1] + at, *slope = n->row[2] + at;
    double *sum = n->first + at, *moment = n->second + at;
    sum_gradients(n, at, x, y, g);
    for (size_t c = 0; c < n->channels; c++) {
        moment[c] *= (double)rstd[c];
        n->dshift[at + c] = (float)sum[c];
        n->dscale[at + c] = (float)moment[c];
        sum[c] *= (double)n->scale->value[c];
        moment[c] *= (double)n->scale->value[c];
        keep[c] = rstd[c] * n->scale->value[c];
    }
    if (dx == NULL)
        return;
    spread_groups(n, sum, level);
    spread_groups(n, moment, slope);
    for (size_t c = 0; c < n->channels; c++) {
        level[c] *= rstd[c];
        slope[c] *= rstd[c] * rstd[c];
    }
    pull_rows(n, at, x, g, first, dx);
}

static bool backward(struct ost_net *net, struct ost_net_op *op, struct ost_err *err)
{
    (void)err;
    const struct norm *n = op->state;
    const struct ost_net_slot *in = ost_net_slot_of(net, op->in[0]);
    const struct ost_net_slot *out = ost_net_slot_of(net, op->out);
    size_t each = n->positions * n->channels;
#pragma omp parallel for schedule(static) if (net->samples * each > OST_NET_ALONE)
    for (uint32_t i = 0; i < net->samples; i++) {
        backward_sample(n, i * n->channels, in->value + i * each, out->value + i * each,
                        out->gradient + i * each, op->first[0],
                        op->pull[0] ? in->gradient + i * each : NULL);
    }
    for (uint32_t i = 0; net->use == OST_NET_TRAIN && i < net->samples; i++) {
        for (size_t c = 0; c < n->channels; c++) {
            n->scale->gradient[c] += n->dscale[i * n->channels + c];
            n->shift->gradient[c] += n->dshift[i * n->channels + c];
        }
    }
    return true;
}

static const struct ost_net_op_kind norm_kind = {"norm", prepare, forward, backward, destroy_norm};

int ost_net_norm(struct ost_net *net, int from, const char *name, uint32_t groups,
                 enum ost_net_curve curve)
{
    const struct ost_net_node *in = ost_net_node_view(net, from);
    if (in == NULL)
        return -1;
    uint32_t channels = in->shape.channels;
    if (groups == 0 || channels % groups != 0 || curve < OST_NET_LINEAR || curve > OST_NET_SIGMOID)
        return ost_net_mistake(net, OST_INVALID, "norm's groups must divide the channels");
    struct ost_net_claim scale = {
        .layer = name, .part = "scale", .rank = 1, .dim = {channels}, .fill = 1.0F};
    struct ost_net_claim shift = {.layer = name, .part = "shift", .rank = 1, .dim = {channels}};
    struct norm *n = calloc(1, sizeof *n);
    if (n == NULL)
        return ost_net_mistake(net, OST_NOMEM, "out of memory");
    n->curve = curve;
    n->channels = channels;
    n->groups = groups;
    n->positions = ost_net_positions(&in->shape);
    struct ost_err err;
    if (!ost_net_weights_claim(net->weights, &scale, &n->scale, &err) ||
        !ost_net_weights_claim(net->weights, &shift, &n->shift, &err)) {
        destroy_norm(n);
        return ost_net_mistake(net, err.code, err.msg);
    }
    int node = ost_net_lay(net, &norm_kind, &from, 1, in->shape, n);
    if (node >= 0)
        net->op[net->ops - 1].learns = true;
    return node;
}
