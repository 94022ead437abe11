/* The two networks, and what goes into them. */
#include "recon/shape/predictor_vote.h"

#include <math.h>

struct ost_patch_shape ost_predictor_find_shape(void)
{
    return (struct ost_patch_shape){.width = 96, .height = 96, .anchor = {47.5, 47.5}, .mm = 2.0};
}

struct ost_patch_shape ost_predictor_read_shape(void)
{
    return (struct ost_patch_shape){.width = 128, .height = 192, .anchor = {63.5, 78.0}, .mm = 0.7};
}

struct ost_patch_frame ost_predictor_whole(uint32_t width, uint32_t height)
{
    const struct ost_patch_shape shape = ost_predictor_find_shape();
    double across = (double)width / shape.width, down = (double)height / shape.height;
    return (struct ost_patch_frame){
        .middle = {0.5 * (width - 1.0), 0.5 * (height - 1.0)},
        .down = {0.0, 1.0},
        .step = fmax(across, down),
    };
}

struct ost_patch_frame ost_predictor_frame(const double near[2], const double shaft[2])
{
    double along[2] = {shaft[0] - near[0], shaft[1] - near[1]};
    double length = fmax(hypot(along[0], along[1]), 1e-3);
    return (struct ost_patch_frame){
        .middle = {near[0], near[1]},
        .down = {along[0] / length, along[1] / length},
        .step = length / ost_predictor_span_mm * ost_predictor_read_shape().mm,
    };
}

static int widen(struct ost_net *net, int from, const char *name, const char *norm,
                 uint32_t channels, uint32_t kernel)
{
    const struct ost_net_conv conv = {
        .channels = channels, .kernel = kernel, .stride = 2, .pad = kernel / 2};
    return ost_net_norm(net, ost_net_conv(net, from, name, conv), norm, channels / 8,
                        OST_NET_LEAKY);
}

/* He et al. 2016: two kernels beside a way past them. */
static int residual(struct ost_net *net, int from, const char *const name[4], uint32_t channels)
{
    const struct ost_net_conv conv = {.channels = channels, .kernel = 3, .stride = 1, .pad = 1};
    int one = ost_net_norm(net, ost_net_conv(net, from, name[0], conv), name[1], channels / 8,
                           OST_NET_LEAKY);
    int two = ost_net_norm(net, ost_net_conv(net, one, name[2], conv), name[3], channels / 8,
                           OST_NET_LINEAR);
    return ost_net_add(net, from, two, OST_NET_LEAKY);
}

static int input_of(struct ost_net *net, const struct ost_patch_shape *shape)
{
    return ost_net_input(net, (struct ost_net_shape){.channels = OST_PATCH_CHANNELS,
                                                     .rank = 2,
                                                     .dim = {shape->height, shape->width}});
}

int ost_predictor_find_net(struct ost_net *net, int *input)
{
    const struct ost_patch_shape shape = ost_predictor_find_shape();
    *input = input_of(net, &shape);
    int x = widen(net, *input, "find.a", "find.an", 16, 5);
    x = widen(net, x, "find.b", "find.bn", 32, 3);
    x = residual(net, x, (const char *const[]){"find.b1", "find.b1n", "find.b2", "find.b2n"}, 32);
    x = widen(net, x, "find.c", "find.cn", 64, 3);
    x = widen(net, x, "find.d", "find.dn", 96, 3);
    x = residual(net, x, (const char *const[]){"find.d1", "find.d1n", "find.d2", "find.d2n"}, 96);
    x = ost_net_dense(net, x, "find.e", 128, OST_NET_LEAKY);
    return ost_net_dense(net, x, "find.out", OST_PREDICTOR_FIND, OST_NET_LINEAR);
}

/* Finer positions take in what the coarser ones made out. */
static int rise(struct ost_net *net, int coarse, int fine, const char *name, const char *norm,
                uint32_t channels)
{
    const struct ost_net_conv conv = {.channels = channels, .kernel = 3, .stride = 1, .pad = 1};
    const int both[2] = {ost_net_upsample(net, coarse), fine};
    return ost_net_norm(net, ost_net_conv(net, ost_net_join(net, both, 2), name, conv), norm,
                        channels / 8, OST_NET_LEAKY);
}

/* The cells' channels and the rest as one vector. */
static int speak(struct ost_net *net, int cells, int whole)
{
    const struct ost_net_conv conv = {.channels = OST_VOTE_CHANNELS, .kernel = 1, .stride = 1};
    const struct ost_net_shape flat = {.channels = OST_VOTE_CELLS * OST_VOTE_CHANNELS, .rank = 0};
    int f = ost_net_dense(net, whole, "read.f", 256, OST_NET_LEAKY);
    const int both[2] = {
        ost_net_reshape(net, ost_net_conv(net, cells, "read.vote", conv), flat),
        ost_net_dense(net, f, "read.out", OST_VOTE_REST, OST_NET_LINEAR),
    };
    return ost_net_join(net, both, 2);
}

int ost_predictor_read_net(struct ost_net *net, int *input)
{
    const struct ost_patch_shape shape = ost_predictor_read_shape();
    *input = input_of(net, &shape);
    int x = widen(net, *input, "read.a", "read.an", 16, 5);
    x = widen(net, x, "read.b", "read.bn", 32, 3);
    x = residual(net, x, (const char *const[]){"read.b1", "read.b1n", "read.b2", "read.b2n"}, 32);
    x = widen(net, x, "read.c", "read.cn", 64, 3);
    int c =
        residual(net, x, (const char *const[]){"read.c1", "read.c1n", "read.c2", "read.c2n"}, 64);
    x = widen(net, c, "read.d", "read.dn", 96, 3);
    int d =
        residual(net, x, (const char *const[]){"read.d1", "read.d1n", "read.d2", "read.d2n"}, 96);
    x = widen(net, d, "read.e", "read.en", 128, 3);
    int e =
        residual(net, x, (const char *const[]){"read.e1", "read.e1n", "read.e2", "read.e2n"}, 128);
    x = rise(net, e, d, "read.g", "read.gn", 96);
    x = rise(net, x, c, "read.h", "read.hn", 64);
    x = residual(net, x, (const char *const[]){"read.h1", "read.h1n", "read.h2", "read.h2n"}, 64);
    return speak(net, x, e);
}
