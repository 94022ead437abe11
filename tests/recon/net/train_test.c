/* Learning, and going on where one left off. */
#include "recon/base/rng.h"
#include "recon/net/adam.h"
#include "recon/net/net.h"
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 16, SIDE = 12 };

struct pupil {
    struct ost_net_weights *weights;
    struct ost_net *net;
    struct ost_net_adam *adam;
    struct ost_rng rng;
    int input, output;
};

static const struct ost_net_adam_rule rule = {.decay = 1e-4F, .clip = 5.0F, .average = 0.99F};

/* Tells where a bright spot is, in -1..1. */
static void lay(struct pupil *p, enum ost_net_use use, uint32_t samples)
{
    struct ost_err err;
    if (!ost_net_create(&p->net, p->weights, use, samples, &err))
        fail_msg("%s", err.msg);
    int x = p->input = ost_net_input(p->net, (struct ost_net_shape){1, 2, {SIDE, SIDE, 0}});
    x = ost_net_conv(p->net, x, "first", (struct ost_net_conv){16, 3, 2, 1, OST_NET_LINEAR});
    x = ost_net_norm(p->net, x, "first", 4, OST_NET_LEAKY);
    int y = ost_net_conv(p->net, x, "second", (struct ost_net_conv){16, 3, 1, 1, OST_NET_LINEAR});
    x = ost_net_add(p->net, x, y, OST_NET_LEAKY);
    p->output = ost_net_dense(p->net, x, "place", 2, OST_NET_LINEAR);
    ost_net_output(p->net, p->output);
    if (!ost_net_finish(p->net, &err))
        fail_msg("%s", err.msg);
}

static void open_pupil(struct pupil *p, uint64_t seed)
{
    assert_true(ost_net_weights_create(&p->weights, seed, NULL));
    lay(p, OST_NET_TRAIN, SAMPLES);
    assert_true(ost_net_adam_create(&p->adam, p->weights, rule, NULL));
    p->rng = ost_rng_seed(seed + 1);
}

static void close_pupil(struct pupil *p)
{
    ost_net_adam_destroy(p->adam);
    ost_net_destroy(p->net);
    ost_net_weights_destroy(p->weights);
}

static void draw(struct ost_rng *rng, float *picture, double place[2])
{
    for (int k = 0; k < 2; k++)
        place[k] = 2.0 * ost_rng_uniform(rng) - 1.0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        double y = 2.0 * (i / SIDE) / (SIDE - 1) - 1.0 - place[0];
        double x = 2.0 * (i % SIDE) / (SIDE - 1) - 1.0 - place[1];
        picture[i] = (float)(exp(-8.0 * (x * x + y * y)) + 0.02 * ost_rng_normal(rng));
    }
}

/* Mean square error of one batch, before the step. */
static double teach(struct pupil *p, double rate)
{
    double place[SAMPLES][2], sum = 0.0;
    for (int n = 0; n < SAMPLES; n++)
        draw(&p->rng, ost_net_value(p->net, p->input) + n * SIDE * SIDE, place[n]);
    assert_true(ost_net_forward(p->net, NULL));
    const float *y = ost_net_value(p->net, p->output);
    float *g = ost_net_gradient(p->net, p->output);
    for (int i = 0; i < SAMPLES * 2; i++) {
        double off = (double)y[i] - place[i / 2][i % 2];
        sum += off * off / (SAMPLES * 2);
        g[i] = (float)(2.0 * off / (SAMPLES * 2));
    }
    assert_true(ost_net_backward(p->net, NULL));
    struct ost_err err;
    if (!ost_net_adam_step(p->adam, rate, NULL, &err))
        fail_msg("%s", err.msg);
    return sum;
}

static void assert_same_weights(const struct ost_net_weights *a, const struct ost_net_weights *b)
{
    for (size_t i = 0; i < ost_net_weights_count(a); i++) {
        const struct ost_net_weight *w = ost_net_weights_view(a, i);
        assert_memory_equal(w->value, ost_net_weights_find(b, w->name)->value,
                            w->count * sizeof(float));
    }
}

static void a_small_net_learns(void **state)
{
    (void)state;
    struct pupil p;
    open_pupil(&p, 1);
    double before = 0.0, after = 0.0;
    for (int i = 0; i < 400; i++) {
        double loss = teach(&p, i < 300 ? 5e-3 : 1e-3);
        before += i < 5 ? loss / 5.0 : 0.0;
        after += i >= 380 ? loss / 20.0 : 0.0;
    }
    assert_true(before > 0.2);
    assert_true(after < 2e-3);
    assert_int_equal(ost_net_adam_steps(p.adam), 400);
    close_pupil(&p);
}

static void the_same_seed_gives_the_same_bits(void **state)
{
    (void)state;
    struct pupil a, b, c;
    open_pupil(&a, 4);
    open_pupil(&b, 4);
    open_pupil(&c, 5);
    for (int i = 0; i < 10; i++) {
        assert_true(teach(&a, 1e-2) == teach(&b, 1e-2));
        (void)teach(&c, 1e-2);
    }
    assert_same_weights(a.weights, b.weights);
    const struct ost_net_weight *w = ost_net_weights_find(a.weights, "first.kernel");
    assert_memory_not_equal(w->value, ost_net_weights_find(c.weights, "first.kernel")->value,
                            w->count * sizeof(float));
    close_pupil(&a);
    close_pupil(&b);
    close_pupil(&c);
}

/* Only its own name and the set's seed decide how a layer starts. */
static void a_layer_starts_the_same_in_other_company(void **state)
{
    (void)state;
    struct pupil p;
    open_pupil(&p, 4);
    struct ost_net_weights *set = NULL;
    struct ost_net *net = NULL;
    assert_true(ost_net_weights_create(&set, 4, NULL));
    assert_true(ost_net_create(&net, set, OST_NET_INFER, 1, NULL));
    int x = ost_net_input(net, (struct ost_net_shape){16, 2, {5, 5, 0}});
    (void)ost_net_conv(net, x, "second", (struct ost_net_conv){16, 3, 1, 1, OST_NET_LINEAR});
    assert_true(ost_net_finish(net, NULL));
    const struct ost_net_weight *w = ost_net_weights_find(set, "second.kernel");
    const struct ost_net_weight *other = ost_net_weights_find(p.weights, "second.kernel");
    assert_memory_equal(w->value, other->value, w->count * sizeof(float));
    double square = 0.0;
    for (size_t i = 0; i < w->count; i++)
        square += (double)w->value[i] * (double)w->value[i] / (double)w->count;
    assert_near(square * 144.0, 1.0, 0.1); /* variance 1 / inputs */
    ost_net_destroy(net);
    ost_net_weights_destroy(set);
    close_pupil(&p);
}

static void a_checkpoint_goes_on_with_the_same_bits(void **state)
{
    (void)state;
    struct pupil a, b;
    open_pupil(&a, 7);
    open_pupil(&b, 8);
    for (int i = 0; i < 12; i++)
        (void)teach(&a, 1e-2);
    struct ost_buf out;
    ost_buf_init(&out, 1 << 20);
    const struct ost_ostm_text text = {"epoch", "12"};
    assert_true(ost_net_adam_write(a.adam, &text, 1, &out, NULL));
    struct ost_ostm *file = NULL;
    assert_true(ost_ostm_open(out.ptr, out.len, &file, NULL));
    assert_string_equal(ost_ostm_text_view(file, "epoch"), "12");
    (void)teach(&b, 1e-2);
    assert_true(ost_net_adam_read(b.adam, file, NULL));
    assert_int_equal(ost_net_adam_steps(b.adam), 12);
    b.rng = a.rng;
    for (int i = 0; i < 5; i++)
        assert_true(teach(&a, 1e-2) == teach(&b, 1e-2));
    assert_same_weights(a.weights, b.weights);
    assert_true(ost_net_adam_average(a.adam, a.weights, NULL));
    assert_true(ost_net_adam_average(b.adam, b.weights, NULL));
    assert_same_weights(a.weights, b.weights);
    ost_ostm_close(file);
    ost_buf_fini(&out);
    close_pupil(&a);
    close_pupil(&b);
}

/* One weight alone, beside the paper's algorithm in double. */
static void adam_is_algorithm_1(void **state)
{
    (void)state;
    struct ost_net_weights *set = NULL;
    struct ost_net *net = NULL;
    struct ost_net_adam *adam = NULL;
    assert_true(ost_net_weights_create(&set, 3, NULL));
    assert_true(ost_net_create(&net, set, OST_NET_TRAIN, 1, NULL));
    int x = ost_net_input(net, (struct ost_net_shape){1, 0, {0}});
    ost_net_output(net, ost_net_dense(net, x, "a", 1, OST_NET_LINEAR));
    assert_true(ost_net_finish(net, NULL));
    struct ost_net_adam_rule own = {.decay = 0.1F, .average = 0.5F, .clip = 2.0F};
    assert_true(ost_net_adam_create(&adam, set, own, NULL));
    const struct ost_net_weight *k = ost_net_weights_find(set, "a.kernel");
    k->value[0] = 0.7F;
    double value = 0.7, m = 0.0, v = 0.0, norm;
    for (int t = 1; t <= 20; t++) {
        double g = 3.0 * sin(t), clipped = fabs(g) > 2.0 ? g / fabs(g) * 2.0 : g;
        k->gradient[0] = (float)g;
        assert_true(ost_net_adam_step(adam, 0.05, &norm, NULL));
        assert_near(norm, fabs(g), 1e-6);
        m = 0.9 * m + 0.1 * clipped;
        v = 0.999 * v + 0.001 * clipped * clipped;
        value -= 0.05 * 0.1 * value;
        value -= 0.05 * m / (1.0 - pow(0.9, t)) / (sqrt(v / (1.0 - pow(0.999, t))) + 1e-8);
        assert_near((double)k->value[0], value, 2e-5);
        assert_true(k->gradient[0] == 0.0F);
    }
    ost_net_adam_destroy(adam);
    ost_net_destroy(net);
    ost_net_weights_destroy(set);
}

static void save(const struct ost_net_weights *set, enum ost_ostm_kind kind, struct ost_ostm **file)
{
    struct ost_ostm_tensor tensor[16];
    assert_true(ost_net_weights_count(set) <= 16);
    ost_net_weights_draft(set, kind, tensor);
    struct ost_ostm_draft draft = {.tensor = tensor, .tensor_count = ost_net_weights_count(set)};
    struct ost_buf out;
    ost_buf_init(&out, 1 << 20);
    assert_true(ost_ostm_write(&draft, &out, NULL));
    assert_true(ost_ostm_open(out.ptr, out.len, file, NULL));
    ost_buf_fini(&out);
}

/* A net for one sample on a set of its own answers as the one that was trained. */
static void saved_weights_answer_the_same(void **state)
{
    (void)state;
    struct pupil a, b = {0};
    open_pupil(&a, 2);
    for (int i = 0; i < 50; i++)
        (void)teach(&a, 5e-3);
    (void)teach(&a, 0.0);
    assert_true(ost_net_weights_create(&b.weights, 99, NULL));
    lay(&b, OST_NET_INFER, 1);
    for (int kind = OST_OSTM_REAL; kind <= OST_OSTM_REAL16; kind += 2) {
        struct ost_ostm *file = NULL;
        save(a.weights, (enum ost_ostm_kind)kind, &file);
        assert_true(ost_net_weights_load(b.weights, file, NULL));
        ost_ostm_close(file);
        for (int n = 0; n < SAMPLES; n++) {
            memcpy(ost_net_value(b.net, b.input), ost_net_value(a.net, a.input) + n * SIDE * SIDE,
                   SIDE * SIDE * sizeof(float));
            assert_true(ost_net_forward(b.net, NULL));
            for (int k = 0; k < 2; k++) {
                assert_near((double)ost_net_value(b.net, b.output)[k],
                            (double)ost_net_value(a.net, a.output)[n * 2 + k],
                            kind == OST_OSTM_REAL ? 1e-5 : 2e-3);
            }
        }
    }
    close_pupil(&a);
    close_pupil(&b);
}

RUN(T(a_small_net_learns), T(the_same_seed_gives_the_same_bits),
    T(a_layer_starts_the_same_in_other_company), T(a_checkpoint_goes_on_with_the_same_bits),
    T(adam_is_algorithm_1), T(saved_weights_answer_the_same))
