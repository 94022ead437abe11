/*
 * Every layer's gradient beside central differences of its forward run. The loss is a
 * fixed random sum of the outputs; it is summed in double, and each step is small beside
 * the curvature and large beside float's rounding.
 */
#include "recon/base/rng.h"
#include "recon/net/net.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 3, OUTPUTS = 2, PROBES = 12 };

struct graph {
    struct ost_net *net;
    struct ost_net_weights *weights;
    int input[2], output[OUTPUTS];
    int inputs, outputs;
    float *mix[OUTPUTS];
};

typedef void lay_fn(struct graph *graph);

static int input(struct graph *g, uint32_t channels, uint32_t rank, uint32_t size)
{
    struct ost_net_shape shape = {channels, rank, {size, size + 1, size}};
    int node = ost_net_input(g->net, shape);
    ost_net_watch(g->net, node);
    g->input[g->inputs++] = node;
    return node;
}

static void output(struct graph *g, int node)
{
    ost_net_output(g->net, node);
    g->output[g->outputs++] = node;
}

static void fill(struct ost_rng *rng, float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = (float)ost_rng_normal(rng);
}

static double loss_of(struct graph *g)
{
    struct ost_err err;
    if (!ost_net_forward(g->net, &err))
        fail_msg("%s", err.msg);
    double sum = 0.0;
    for (int o = 0; o < g->outputs; o++) {
        const float *y = ost_net_value(g->net, g->output[o]);
        for (size_t i = 0; i < ost_net_count(g->net, g->output[o]); i++)
            sum += (double)y[i] * (double)g->mix[o][i];
    }
    return sum;
}

static void run_backward(struct graph *g)
{
    for (int o = 0; o < g->outputs; o++) {
        float *to = ost_net_gradient(g->net, g->output[o]);
        for (size_t i = 0; i < ost_net_count(g->net, g->output[o]); i++)
            to[i] = g->mix[o][i];
    }
    struct ost_err err;
    if (!ost_net_backward(g->net, &err))
        fail_msg("%s", err.msg);
}

static double slope_of(struct graph *g, float *x, double step)
{
    float keep = *x, up = keep + (float)step, down = keep - (float)step;
    *x = up;
    ost_net_weights_touch(g->weights);
    double above = loss_of(g);
    *x = down;
    ost_net_weights_touch(g->weights);
    double below = loss_of(g);
    *x = keep;
    ost_net_weights_touch(g->weights);
    return (above - below) / ((double)up - (double)down);
}

/* Some numbers of one array: each within `tol` of the largest gradient of the array. */
static void probe(struct graph *g, struct ost_rng *rng, float *x, const float *gradient,
                  size_t count, double step, double tol)
{
    double most = 0.0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs((double)gradient[i]));
    assert_true(most > 1e-3);
    for (int k = 0; k < PROBES; k++) {
        size_t i = ost_rng_next(rng) % count;
        assert_near(slope_of(g, &x[i], step), (double)gradient[i], tol * most);
    }
}

static void open_graph(struct graph *g, lay_fn *lay, struct ost_rng *rng)
{
    struct ost_err err;
    *g = (struct graph){0};
    assert_true(ost_net_weights_create(&g->weights, 5, NULL));
    assert_true(ost_net_create(&g->net, g->weights, OST_NET_TRAIN, SAMPLES, NULL));
    lay(g);
    if (!ost_net_finish(g->net, &err))
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < ost_net_weights_count(g->weights); i++) {
        const struct ost_net_weight *w = ost_net_weights_view(g->weights, i);
        for (size_t k = 0; w->rank == 1 && k < w->count; k++)
            w->value[k] += 0.3F * (float)ost_rng_normal(rng);
    }
    ost_net_weights_touch(g->weights);
    for (int i = 0; i < g->inputs; i++)
        fill(rng, ost_net_value(g->net, g->input[i]), ost_net_count(g->net, g->input[i]));
    for (int o = 0; o < g->outputs; o++) {
        size_t count = ost_net_count(g->net, g->output[o]);
        g->mix[o] = calloc(count, sizeof(float));
        fill(rng, g->mix[o], count);
    }
}

static void check(lay_fn *lay, double step, double tol)
{
    struct graph g;
    struct ost_rng rng = ost_rng_seed(17);
    open_graph(&g, lay, &rng);
    (void)loss_of(&g);
    run_backward(&g);
    for (int i = 0; i < g.inputs; i++) {
        size_t count = ost_net_count(g.net, g.input[i]);
        float *gradient = malloc(count * sizeof *gradient); /* the probe's runs keep it */
        const float *from = ost_net_gradient(g.net, g.input[i]);
        for (size_t k = 0; k < count; k++)
            gradient[k] = from[k];
        probe(&g, &rng, ost_net_value(g.net, g.input[i]), gradient, count, step, tol);
        free(gradient);
    }
    for (size_t i = 0; i < ost_net_weights_count(g.weights); i++) {
        const struct ost_net_weight *w = ost_net_weights_view(g.weights, i);
        probe(&g, &rng, w->value, w->gradient, w->count, step, tol);
    }
    for (int o = 0; o < g.outputs; o++)
        free(g.mix[o]);
    ost_net_destroy(g.net);
    ost_net_weights_destroy(g.weights);
}

static void conv2(struct graph *g)
{
    int x = input(g, 3, 2, 7);
    x = ost_net_conv(g->net, x, "a", (struct ost_net_conv){20, 3, 1, 1, OST_NET_TANH});
    output(g, ost_net_conv(g->net, x, "b", (struct ost_net_conv){5, 3, 2, 1, OST_NET_LINEAR}));
}

static void conv2_wide(struct graph *g)
{
    int x = input(g, 1, 2, 9);
    x = ost_net_conv(g->net, x, "a", (struct ost_net_conv){16, 5, 2, 2, OST_NET_SIGMOID});
    output(g, ost_net_conv(g->net, x, "b", (struct ost_net_conv){32, 1, 1, 0, OST_NET_TANH}));
}

static void conv3(struct graph *g)
{
    int x = input(g, 2, 3, 5);
    x = ost_net_conv(g->net, x, "a", (struct ost_net_conv){16, 3, 1, 1, OST_NET_TANH});
    output(g, ost_net_conv(g->net, x, "b", (struct ost_net_conv){6, 3, 2, 1, OST_NET_LINEAR}));
}

static void dense(struct graph *g)
{
    int x = input(g, 2, 2, 4);
    x = ost_net_dense(g->net, x, "a", 33, OST_NET_TANH);
    output(g, ost_net_dense(g->net, x, "b", 7, OST_NET_SIGMOID));
}

/* Every other channel far on either side of the bend, where a difference is exact. */
static int bend(struct graph *g, int x, const char *name, enum ost_net_curve curve)
{
    int y = ost_net_conv(g->net, x, name, (struct ost_net_conv){16, 3, 1, 1, curve});
    const struct ost_net_weight *w =
        ost_net_weights_view(g->weights, ost_net_weights_count(g->weights) - 1);
    for (size_t i = 0; i < w->count; i++)
        w->value[i] = i % 2 == 0 ? 6.0F : -6.0F;
    return y;
}

static void bends(struct graph *g)
{
    int x = input(g, 2, 2, 6);
    int a = bend(g, x, "a", OST_NET_RELU), b = bend(g, x, "b", OST_NET_LEAKY);
    x = ost_net_join(g->net, (int[]){a, b}, 2);
    output(g, ost_net_dense(g->net, x, "c", 4, OST_NET_LINEAR));
}

/* The same curves behind a sum and a norm. */
static void bends_elsewhere(struct graph *g)
{
    int x = bend(g, input(g, 2, 2, 6), "a", OST_NET_LINEAR);
    int a = ost_net_norm(g->net, x, "n", 1, OST_NET_LEAKY);
    output(g, ost_net_add(g->net, a, x, OST_NET_RELU));
}

static void norm2(struct graph *g)
{
    int x = input(g, 6, 2, 9);
    x = ost_net_norm(g->net, x, "n", 3, OST_NET_TANH);
    x = ost_net_conv(g->net, x, "a", (struct ost_net_conv){8, 3, 1, 1, OST_NET_LINEAR});
    output(g, ost_net_norm(g->net, x, "m", 2, OST_NET_LINEAR));
}

static void norm3(struct graph *g)
{
    int x = input(g, 4, 3, 4);
    output(g, ost_net_norm(g->net, x, "n", 1, OST_NET_SIGMOID));
}

static void norm_of_a_vector(struct graph *g)
{
    int x = input(g, 2, 2, 4);
    x = ost_net_dense(g->net, x, "a", 24, OST_NET_LINEAR);
    output(g, ost_net_norm(g->net, x, "n", 2, OST_NET_TANH));
}

/* A residual block: one node with two readers, the second adding to its gradient. */
static void residual(struct graph *g)
{
    int x = input(g, 16, 2, 5);
    int y = ost_net_conv(g->net, x, "a", (struct ost_net_conv){16, 3, 1, 1, OST_NET_TANH});
    int z = ost_net_conv(g->net, y, "b", (struct ost_net_conv){16, 3, 1, 1, OST_NET_LINEAR});
    output(g, ost_net_add(g->net, z, y, OST_NET_TANH));
}

/* The same node twice, and an output that is used further on. */
static void doubled(struct graph *g)
{
    int x = input(g, 3, 2, 4);
    int y = ost_net_conv(g->net, x, "a", (struct ost_net_conv){4, 3, 1, 1, OST_NET_TANH});
    output(g, y);
    output(g, ost_net_add(g->net, y, y, OST_NET_SIGMOID));
}

static void join(struct graph *g)
{
    int x = input(g, 3, 2, 6);
    int y = input(g, 5, 2, 6);
    int z = ost_net_conv(g->net, x, "a", (struct ost_net_conv){4, 1, 1, 0, OST_NET_TANH});
    x = ost_net_join(g->net, (int[]){x, y, z}, 3);
    output(g, ost_net_conv(g->net, x, "b", (struct ost_net_conv){5, 3, 1, 1, OST_NET_TANH}));
}

static void grow(struct graph *g, uint32_t rank)
{
    int x = input(g, 8, rank, 3);
    int up = ost_net_upsample(g->net, x);
    int fine = ost_net_shuffle(g->net, x);
    up = ost_net_conv(g->net, up, "a", (struct ost_net_conv){8, 3, 1, 1, OST_NET_TANH});
    x = ost_net_join(g->net, (int[]){up, fine}, 2);
    output(g, ost_net_conv(g->net, x, "b", (struct ost_net_conv){3, 3, 1, 1, OST_NET_LINEAR}));
}

static void grow2(struct graph *g)
{
    grow(g, 2);
}

static void grow3(struct graph *g)
{
    grow(g, 3);
}

static void mean(struct graph *g)
{
    int x = input(g, 7, 2, 5);
    int m = ost_net_mean(g->net, x);
    output(g, ost_net_dense(g->net, m, "a", 9, OST_NET_TANH));
    output(g, ost_net_dense(g->net, x, "b", 3, OST_NET_TANH));
}

/* A code unfolded into a grid. */
static void reshape(struct graph *g)
{
    int x = input(g, 10, 0, 0);
    x = ost_net_dense(g->net, x, "a", 8 * 27, OST_NET_TANH);
    x = ost_net_reshape(g->net, x, (struct ost_net_shape){8, 3, {3, 3, 3}});
    output(g, ost_net_conv(g->net, x, "b", (struct ost_net_conv){4, 3, 1, 1, OST_NET_LINEAR}));
}

/* Two pictures through the same layers. */
static void shared(struct graph *g)
{
    int x[2];
    for (int i = 0; i < 2; i++) {
        x[i] = input(g, 2, 2, 6);
        x[i] = ost_net_conv(g->net, x[i], "a", (struct ost_net_conv){8, 3, 2, 1, OST_NET_TANH});
        x[i] = ost_net_norm(g->net, x[i], "n", 2, OST_NET_TANH);
    }
    int y = ost_net_join(g->net, x, 2);
    output(g, ost_net_dense(g->net, y, "b", 5, OST_NET_LINEAR));
}

static lay_fn *const layer[] = {
    conv2, conv2_wide,       conv3,    dense,   bends, bends_elsewhere, norm2,
    norm3, norm_of_a_vector, residual, doubled, join,  grow2,           grow3,
    mean,  reshape,          shared};

static void layers_agree_with_differences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof layer / sizeof *layer; i++)
        check(layer[i], 4e-3, 1.5e-3);
}

/* Gradients of inputs alone: the same numbers, and the weights get none. */
static void watching_leaves_the_weights_alone(void **state)
{
    (void)state;
    struct graph g;
    struct ost_rng rng = ost_rng_seed(17);
    open_graph(&g, shared, &rng);
    (void)loss_of(&g);
    run_backward(&g);
    struct graph w = g;
    w.inputs = w.outputs = 0;
    assert_true(ost_net_create(&w.net, g.weights, OST_NET_WATCH, SAMPLES, NULL));
    shared(&w);
    assert_true(ost_net_finish(w.net, NULL));
    for (int i = 0; i < 2; i++) {
        size_t bytes = ost_net_count(g.net, g.input[i]) * sizeof(float);
        memcpy(ost_net_value(w.net, w.input[i]), ost_net_value(g.net, g.input[i]), bytes);
    }
    ost_net_weights_clear_gradient(g.weights);
    (void)loss_of(&w);
    for (int again = 0; again < 2; again++) { /* one forward run serves many backward */
        run_backward(&w);
        for (int i = 0; i < 2; i++) {
            size_t bytes = ost_net_count(g.net, g.input[i]) * sizeof(float);
            assert_memory_equal(ost_net_gradient(w.net, w.input[i]),
                                ost_net_gradient(g.net, g.input[i]), bytes);
        }
    }
    for (size_t i = 0; i < ost_net_weights_count(g.weights); i++) {
        const struct ost_net_weight *weight = ost_net_weights_view(g.weights, i);
        for (size_t k = 0; k < weight->count; k++)
            assert_true(weight->gradient[k] == 0.0F);
    }
    free(g.mix[0]);
    ost_net_destroy(w.net);
    ost_net_destroy(g.net);
    ost_net_weights_destroy(g.weights);
}

RUN(T(layers_agree_with_differences), T(watching_leaves_the_weights_alone))
