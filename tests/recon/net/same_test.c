/* What a net says does not depend on the machine: neither on its threads nor on its kernels. */
#include "recon/base/rng.h"
#include "recon/net/net.h"
#include "tests/check.h"

#include <dnnl.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* A convolution down, two on a few cells, one of a single tap, and a long dense row. */
static int layers(struct ost_net *net, int *input)
{
    const struct ost_net_conv down = {32, 3, 2, 1, OST_NET_LEAKY}, on = {64, 3, 1, 1, OST_NET_TANH};
    const struct ost_net_conv tap = {19, 1, 1, 0, OST_NET_LINEAR};
    *input = ost_net_input(net, (struct ost_net_shape){4, 2, {40, 28, 0}});
    int x = ost_net_conv(net, *input, "a", down);
    x = ost_net_norm(net, x, "n", 4, OST_NET_LEAKY);
    x = ost_net_conv(net, ost_net_conv(net, x, "b", on), "c", on);
    x = ost_net_conv(net, x, "d", tap);
    return ost_net_dense(net, x, "e", 100, OST_NET_LINEAR);
}

static void say(int threads, float *out, size_t room)
{
    struct ost_net_weights *weights;
    struct ost_net *net;
    struct ost_rng rng = ost_rng_seed(5);
    int input;
    omp_set_num_threads(threads);
    assert_true(ost_net_weights_create(&weights, 9, NULL));
    assert_true(ost_net_create(&net, weights, OST_NET_INFER, 1, NULL));
    int output = layers(net, &input);
    ost_net_output(net, output);
    assert_true(ost_net_finish(net, NULL));
    float *x = ost_net_value(net, input);
    for (size_t i = 0; i < ost_net_count(net, input); i++)
        x[i] = (float)ost_rng_normal(&rng);
    assert_true(ost_net_forward(net, NULL));
    assert_int_equal(ost_net_count(net, output), room);
    memcpy(out, ost_net_value(net, output), room * sizeof *out);
    ost_net_destroy(net);
    ost_net_weights_destroy(weights);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    float one[100], many[100];
    say(1, one, 100);
    for (int threads = 2; threads <= 5; threads++) {
        say(threads, many, 100);
        assert_memory_equal(one, many, sizeof one);
    }
}

static void kernels_are_those_of_every_processor(void **state)
{
    (void)state;
    const int isa = (int)dnnl_get_effective_cpu_isa();
    if (!__builtin_cpu_supports("avx2"))
        skip(); /* too old: it reads a little differently */
    assert_int_equal(isa, dnnl_cpu_isa_avx2);
}

int main(void)
{
    const struct CMUnitTest all[] = {T(threads_change_nothing),
                                     T(kernels_are_those_of_every_processor)};
    setenv("DNNL_MAX_CPU_ISA", "SSE41", 1); /* whoever starts us does not choose either */
    return cmocka_run_group_tests(all, NULL, NULL);
}
