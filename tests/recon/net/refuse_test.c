/* What is refused, and with which word. */
#include "recon/net/adam.h"
#include "recon/net/net.h"
#include "tests/check.h"

#include <string.h>

typedef void wrong_fn(struct ost_net *net, int picture, int vector);

static const struct ost_net_conv good = {8, 3, 1, 1, OST_NET_RELU};

static void pad_too_wide(struct ost_net *net, int picture, int vector)
{
    (void)vector;
    (void)ost_net_conv(net, picture, "a", (struct ost_net_conv){8, 3, 1, 3, OST_NET_RELU});
}

static void kernel_too_large(struct ost_net *net, int picture, int vector)
{
    (void)vector;
    (void)ost_net_conv(net, picture, "a", (struct ost_net_conv){8, 9, 1, 0, OST_NET_RELU});
}

static void conv_of_a_vector(struct ost_net *net, int picture, int vector)
{
    (void)picture;
    (void)ost_net_conv(net, vector, "a", good);
}

static void name_with_a_space(struct ost_net *net, int picture, int vector)
{
    (void)vector;
    (void)ost_net_conv(net, picture, "a b", good);
}

static void one_name_two_shapes(struct ost_net *net, int picture, int vector)
{
    (void)ost_net_dense(net, vector, "a", 5, OST_NET_RELU);
    (void)ost_net_dense(net, picture, "a", 5, OST_NET_RELU);
}

static void groups_that_do_not_divide(struct ost_net *net, int picture, int vector)
{
    (void)vector;
    (void)ost_net_norm(net, picture, "n", 3, OST_NET_RELU);
}

static void sum_of_two_shapes(struct ost_net *net, int picture, int vector)
{
    (void)ost_net_add(net, picture, vector, OST_NET_RELU);
}

static void join_of_two_shapes(struct ost_net *net, int picture, int vector)
{
    (void)ost_net_join(net, (int[]){picture, vector}, 2);
}

static void shuffle_of_two_channels(struct ost_net *net, int picture, int vector)
{
    (void)vector;
    (void)ost_net_shuffle(net, picture);
}

static void reshape_to_more(struct ost_net *net, int picture, int vector)
{
    (void)picture;
    (void)ost_net_reshape(net, vector, (struct ost_net_shape){5, 2, {2, 1, 0}});
}

static void node_that_is_none(struct ost_net *net, int picture, int vector)
{
    (void)picture;
    (void)ost_net_dense(net, vector + 7, "a", 5, OST_NET_RELU);
}

static void one_axis(struct ost_net *net, int picture, int vector)
{
    (void)picture;
    (void)vector;
    (void)ost_net_input(net, (struct ost_net_shape){1, 1, {5, 0, 0}});
}

static void no_position(struct ost_net *net, int picture, int vector)
{
    (void)picture;
    (void)vector;
    (void)ost_net_input(net, (struct ost_net_shape){1, 2, {5, 0, 0}});
}

static void far_too_large(struct ost_net *net, int picture, int vector)
{
    (void)picture;
    (void)vector;
    (void)ost_net_input(net, (struct ost_net_shape){1, 3, {60000, 60000, 60000}});
}

static void watching_what_is_no_input(struct ost_net *net, int picture, int vector)
{
    (void)vector;
    ost_net_watch(net, ost_net_conv(net, picture, "a", good));
}

static void a_mistake_is_told_when_finishing(void **state)
{
    (void)state;
    static wrong_fn *const all[] = {
        pad_too_wide,      kernel_too_large,    conv_of_a_vector,
        name_with_a_space, one_name_two_shapes, groups_that_do_not_divide,
        sum_of_two_shapes, join_of_two_shapes,  shuffle_of_two_channels,
        reshape_to_more,   node_that_is_none,   one_axis,
        no_position,       far_too_large,       watching_what_is_no_input};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct ost_net_weights *set = NULL;
        struct ost_net *net = NULL;
        struct ost_err err = {0};
        assert_true(ost_net_weights_create(&set, 1, NULL));
        assert_true(ost_net_create(&net, set, OST_NET_TRAIN, 2, NULL));
        int picture = ost_net_input(net, (struct ost_net_shape){2, 2, {6, 6, 0}});
        int vector = ost_net_input(net, (struct ost_net_shape){5, 0, {0}});
        all[i](net, picture, vector);
        /* What is laid behind a mistake neither hides nor replaces it. */
        assert_int_equal(ost_net_dense(net, -1, "b", 3, OST_NET_RELU), -1);
        assert_false(ost_net_finish(net, &err));
        assert_int_equal(err.code, OST_INVALID);
        assert_memory_equal(err.msg, "net: ", 5);
        assert_false(ost_net_forward(net, &err));
        ost_net_destroy(net);
        ost_net_weights_destroy(set);
    }
}

static struct ost_net *simple(struct ost_net_weights *set, enum ost_net_use use, uint32_t channels)
{
    struct ost_net *net = NULL;
    assert_true(ost_net_create(&net, set, use, 1, NULL));
    int x = ost_net_input(net, (struct ost_net_shape){3, 0, {0}});
    ost_net_output(net, ost_net_dense(net, x, "a", channels, OST_NET_LINEAR));
    assert_true(ost_net_finish(net, NULL));
    return net;
}

static void running_the_wrong_way_is_refused(void **state)
{
    (void)state;
    struct ost_net_weights *set = NULL;
    struct ost_net *net = NULL;
    struct ost_err err;
    assert_true(ost_net_weights_create(&set, 1, NULL));
    assert_false(ost_net_create(&net, set, OST_NET_TRAIN, 0, &err));
    assert_null(net);
    struct ost_net *infer = simple(set, OST_NET_INFER, 4), *train = simple(set, OST_NET_TRAIN, 4);
    assert_true(ost_net_forward(infer, NULL));
    assert_false(ost_net_backward(infer, &err));
    assert_null(ost_net_gradient(infer, 1));
    assert_false(ost_net_backward(train, &err));
    assert_false(ost_net_finish(train, &err));
    assert_int_equal(ost_net_input(train, (struct ost_net_shape){1, 0, {0}}), -1);
    assert_null(ost_net_value(train, 2));
    assert_null(ost_net_gradient(train, 0)); /* not watched */
    ost_net_destroy(infer);
    ost_net_destroy(train);
    ost_net_weights_destroy(set);
}

/* A file without a tensor, or with it in another shape, changes nothing. */
static void files_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const float number[12] = {1.0F};
    struct ost_ostm_tensor tensor[2] = {
        {.name = "a.kernel", .kind = OST_OSTM_REAL, .rank = 2, .dim = {4, 3}, .real = number},
        {.name = "a.bias", .kind = OST_OSTM_REAL, .rank = 1, .dim = {5}, .real = number}};
    static const enum ost_code want[] = {OST_NOT_FOUND, OST_INVALID};
    struct ost_net_weights *set = NULL;
    assert_true(ost_net_weights_create(&set, 1, NULL));
    struct ost_net *net = simple(set, OST_NET_TRAIN, 4);
    float keep = ost_net_weights_find(set, "a.kernel")->value[0];
    for (size_t count = 1; count <= 2; count++) {
        struct ost_ostm_draft draft = {.tensor = tensor, .tensor_count = count};
        struct ost_buf out;
        struct ost_ostm *file = NULL;
        struct ost_err err;
        ost_buf_init(&out, 4096);
        assert_true(ost_ostm_write(&draft, &out, NULL));
        assert_true(ost_ostm_open(out.ptr, out.len, &file, NULL));
        assert_false(ost_net_weights_load(set, file, &err));
        assert_int_equal(err.code, want[count - 1]);
        assert_non_null(strstr(err.msg, "a.bias"));
        assert_true(ost_net_weights_find(set, "a.kernel")->value[0] == keep);
        struct ost_net_adam *adam = NULL;
        assert_true(ost_net_adam_create(&adam, set, (struct ost_net_adam_rule){0}, NULL));
        assert_false(ost_net_adam_read(adam, file, &err));
        assert_int_equal(err.code, OST_INVALID);
        ost_net_adam_destroy(adam);
        ost_ostm_close(file);
        ost_buf_fini(&out);
    }
    ost_net_destroy(net);
    ost_net_weights_destroy(set);
}

static void a_gradient_that_is_no_number_is_refused(void **state)
{
    (void)state;
    struct ost_net_weights *set = NULL, *other = NULL;
    struct ost_net_adam *adam = NULL;
    struct ost_err err;
    assert_true(ost_net_weights_create(&set, 1, NULL));
    assert_true(ost_net_weights_create(&other, 1, NULL));
    assert_false(ost_net_adam_create(&adam, set, (struct ost_net_adam_rule){0}, &err));
    struct ost_net *net = simple(set, OST_NET_TRAIN, 4), *wide = simple(other, OST_NET_INFER, 5);
    assert_false(ost_net_adam_create(&adam, set, (struct ost_net_adam_rule){.clip = -1.0F}, &err));
    assert_true(ost_net_adam_create(&adam, set, (struct ost_net_adam_rule){0}, NULL));
    const struct ost_net_weight *w = ost_net_weights_find(set, "a.kernel");
    float keep = w->value[1];
    w->gradient[1] = NAN;
    assert_false(ost_net_adam_step(adam, 0.1, NULL, &err));
    assert_int_equal(err.code, OST_INVALID);
    assert_true(w->value[1] == keep && w->gradient[1] == 0.0F);
    assert_int_equal(ost_net_adam_steps(adam), 0);
    assert_false(ost_net_adam_average(adam, other, &err));
    assert_false(ost_net_weights_copy(other, set, &err));
    ost_net_adam_destroy(adam);
    ost_net_destroy(wide);
    ost_net_destroy(net);
    ost_net_weights_destroy(other);
    ost_net_weights_destroy(set);
}

RUN(T(a_mistake_is_told_when_finishing), T(running_the_wrong_way_is_refused),
    T(files_that_do_not_fit_are_refused), T(a_gradient_that_is_no_number_is_refused))
