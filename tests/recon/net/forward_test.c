/* Forward runs beside plain loops in double. */
#include "recon/base/rng.h"
#include "recon/net/net.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 2 };

static struct ost_net_weights *weights;
static struct ost_net *net;

static void open_net(void)
{
    assert_true(ost_net_weights_create(&weights, 9, NULL));
    assert_true(ost_net_create(&net, weights, OST_NET_INFER, SAMPLES, NULL));
}

static const float *run(int input, int output)
{
    struct ost_err err;
    struct ost_rng rng = ost_rng_seed(3);
    ost_net_output(net, output);
    if (!ost_net_finish(net, &err))
        fail_msg("%s", err.msg);
    float *x = ost_net_value(net, input);
    for (size_t i = 0; i < ost_net_count(net, input); i++)
        x[i] = (float)ost_rng_normal(&rng);
    for (size_t i = 0; i < ost_net_weights_count(weights); i++) {
        const struct ost_net_weight *w = ost_net_weights_view(weights, i);
        for (size_t k = 0; w->rank == 1 && k < w->count; k++)
            w->value[k] = (float)ost_rng_normal(&rng);
    }
    ost_net_weights_touch(weights);
    assert_true(ost_net_forward(net, NULL));
    return ost_net_value(net, output);
}

static void close_net(void)
{
    ost_net_destroy(net);
    ost_net_weights_destroy(weights);
}

/* The number at sample n, place (z, y, x), channel c; 0 outside. */
static double at(const float *value, const struct ost_net_shape *s, size_t n, const long *place,
                 size_t c)
{
    size_t index = n;
    for (uint32_t i = 0; i < s->rank && i < OST_NET_RANK; i++) {
        if (place[i] < 0 || place[i] >= (long)s->dim[i])
            return 0.0;
        index = index * s->dim[i] + (size_t)place[i];
    }
    return (double)value[index * s->channels + c];
}

static double conv_by_hand(const float *x, const struct ost_net_shape *in,
                           const struct ost_net_conv *conv, size_t n, const long *place, size_t o)
{
    const struct ost_net_weight *k = ost_net_weights_find(weights, "a.kernel");
    double sum = (double)ost_net_weights_find(weights, "a.bias")->value[o];
    for (size_t c = 0; c < in->channels; c++) {
        for (size_t t = 0; t < k->dim[2]; t++) {
            long from[OST_NET_RANK] = {0}, rest = (long)t;
            for (uint32_t i = in->rank; i-- > 0; rest /= (long)conv->kernel) {
                long tap = rest % (long)conv->kernel;
                from[i] = place[i] * (long)conv->stride + tap - (long)conv->pad;
            }
            sum += (double)k->value[(o * in->channels + c) * k->dim[2] + t] * at(x, in, n, from, c);
        }
    }
    return sum > 0.0 || conv->curve == OST_NET_LINEAR ? sum : 0.1 * sum;
}

static void check_conv(struct ost_net_shape in, struct ost_net_conv conv)
{
    open_net();
    int input = ost_net_input(net, in), node = ost_net_conv(net, input, "a", conv);
    const float *y = run(input, node), *x = ost_net_value(net, input);
    struct ost_net_shape out = ost_net_shape_of(net, node);
    for (uint32_t i = 0; i < in.rank; i++)
        assert_int_equal(out.dim[i], (in.dim[i] + 2 * conv.pad - conv.kernel) / conv.stride + 1);
    size_t count = ost_net_count(net, node);
    for (size_t k = 0; k < count; k++) {
        size_t rest = k / out.channels;
        long place[OST_NET_RANK] = {0};
        for (uint32_t i = out.rank; i-- > 0; rest /= out.dim[i])
            place[i] = (long)(rest % out.dim[i]);
        assert_near((double)y[k], conv_by_hand(x, &in, &conv, rest, place, k % out.channels), 2e-5);
    }
    close_net();
}

static void convolutions_are_what_they_say(void **state)
{
    (void)state;
    struct ost_net_shape flat = {3, 2, {9, 12, 0}}, one = {1, 2, {8, 8, 0}};
    struct ost_net_shape deep = {5, 3, {6, 5, 7}};
    check_conv(flat, (struct ost_net_conv){16, 3, 1, 1, OST_NET_LINEAR});
    check_conv(flat, (struct ost_net_conv){20, 3, 2, 1, OST_NET_LEAKY});
    check_conv(flat, (struct ost_net_conv){1, 5, 3, 0, OST_NET_LINEAR});
    check_conv(one, (struct ost_net_conv){16, 4, 2, 1, OST_NET_LEAKY});
    check_conv(deep, (struct ost_net_conv){16, 3, 1, 1, OST_NET_LEAKY});
    check_conv(deep, (struct ost_net_conv){3, 3, 2, 1, OST_NET_LINEAR});
    check_conv(deep, (struct ost_net_conv){32, 2, 2, 0, OST_NET_LINEAR});
}

static void dense_is_what_it_says(void **state)
{
    (void)state;
    open_net();
    int input = ost_net_input(net, (struct ost_net_shape){3, 2, {4, 5, 0}});
    int node = ost_net_dense(net, input, "a", 6, OST_NET_TANH);
    const float *y = run(input, node), *x = ost_net_value(net, input);
    const float *kernel = ost_net_weights_find(weights, "a.kernel")->value;
    const float *bias = ost_net_weights_find(weights, "a.bias")->value;
    for (size_t k = 0; k < (size_t)SAMPLES * 6; k++) {
        double sum = (double)bias[k % 6];
        for (size_t i = 0; i < 60; i++)
            sum += (double)kernel[k % 6 * 60 + i] * (double)x[k / 6 * 60 + i];
        assert_near((double)y[k], tanh(sum), 1e-5);
    }
    close_net();
}

static void norm_is_what_it_says(void **state)
{
    (void)state;
    open_net();
    struct ost_net_shape in = {6, 2, {13, 11, 0}};
    int input = ost_net_input(net, in), node = ost_net_norm(net, input, "n", 2, OST_NET_LEAKY);
    const float *y = run(input, node), *x = ost_net_value(net, input);
    const float *scale = ost_net_weights_find(weights, "n.scale")->value;
    const float *shift = ost_net_weights_find(weights, "n.shift")->value;
    size_t each = (size_t)13 * 11;
    for (size_t n = 0; n < SAMPLES; n++) {
        for (size_t g = 0; g < 2; g++) {
            double sum = 0.0, square = 0.0, count = (double)each * 3.0;
            for (size_t k = 0; k < each * 3; k++) {
                double v = (double)x[(n * each + k / 3) * 6 + g * 3 + k % 3];
                sum += v / count;
                square += v * v / count;
            }
            double r = 1.0 / sqrt(square - sum * sum + 1e-5);
            for (size_t k = 0; k < each * 3; k++) {
                size_t c = g * 3 + k % 3, i = (n * each + k / 3) * 6 + c;
                double want = ((double)x[i] - sum) * r * (double)scale[c] + (double)shift[c];
                assert_near((double)y[i], want > 0.0 ? want : 0.1 * want, 1e-5);
            }
        }
    }
    close_net();
}

static void doubling_puts_numbers_where_it_says(void **state)
{
    (void)state;
    open_net();
    struct ost_net_shape in = {8, 3, {2, 3, 2}};
    int input = ost_net_input(net, in), fine = ost_net_shuffle(net, input);
    int up = ost_net_upsample(net, fine);
    const float *y = run(input, up), *x = ost_net_value(net, input);
    const float *f = ost_net_value(net, fine);
    struct ost_net_shape mid = ost_net_shape_of(net, fine), out = ost_net_shape_of(net, up);
    assert_int_equal(mid.channels, 1);
    for (size_t k = 0; k < ost_net_count(net, fine); k++) {
        size_t a = k % mid.dim[2], b = k / mid.dim[2] % mid.dim[1],
               rest = k / mid.dim[2] / mid.dim[1];
        size_t c = rest % mid.dim[0], n = rest / mid.dim[0];
        long place[3] = {(long)c / 2, (long)b / 2, (long)a / 2};
        assert_near((double)f[k], at(x, &in, n, place, c % 2 * 4 + b % 2 * 2 + a % 2), 0.0);
    }
    for (size_t k = 0; k < ost_net_count(net, up); k++) {
        size_t a = k % out.dim[2], b = k / out.dim[2] % out.dim[1],
               rest = k / out.dim[2] / out.dim[1];
        size_t c = rest % out.dim[0], n = rest / out.dim[0];
        long place[3] = {(long)c / 2, (long)b / 2, (long)a / 2};
        assert_near((double)y[k], at(f, &mid, n, place, 0), 0.0);
    }
    close_net();
}

static void mean_and_join_are_what_they_say(void **state)
{
    (void)state;
    open_net();
    struct ost_net_shape in = {2, 2, {5, 7, 0}};
    int input = ost_net_input(net, in), twice = ost_net_add(net, input, input, OST_NET_LINEAR);
    int both = ost_net_join(net, (int[]){input, twice}, 2), mean = ost_net_mean(net, both);
    const float *y = run(input, mean), *x = ost_net_value(net, input);
    for (size_t n = 0; n < SAMPLES; n++) {
        for (size_t c = 0; c < 2; c++) {
            double sum = 0.0;
            for (size_t p = 0; p < 35; p++)
                sum += (double)x[(n * 35 + p) * 2 + c] / 35.0;
            assert_near((double)y[n * 4 + c], sum, 1e-6);
            assert_near((double)y[n * 4 + 2 + c], 2.0 * sum, 2e-6);
        }
    }
    close_net();
}

RUN(T(convolutions_are_what_they_say), T(dense_is_what_it_says), T(norm_is_what_it_says),
    T(doubling_puts_numbers_where_it_says), T(mean_and_join_are_what_they_say))
