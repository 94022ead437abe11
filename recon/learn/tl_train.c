#include "recon/learn/tl_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double noise_sd = 0.1;      /* of the denoised volume: variance 0.01 */
static const double sparse = 1e-3;       /* of the code's absolute sum */
static const double voxel_weight = 1500; /* Girdhar's joint stage; code: 1 */
static const double feature = 1e-2;      /* of the encoder's distance, Shiode's third stage */

/* Everything one training holds. */
struct course {
    struct ost_tl *tl;
    const struct ost_tl_plan *plan;
    const struct ost_tl_example *example;
    size_t count, volume, film; /* examples; numbers of one volume, of one example's films */
    struct tl_net whole, encode, decode, picture;
    struct ost_net_adam *of_volume, *of_picture; /* owned */
    float *label, *wish;                         /* owned; the batch's volumes; its codes */
    struct ost_rng rng;
};

static void course_fini(struct course *c)
{
    tl_net_fini(&c->whole);
    tl_net_fini(&c->encode);
    tl_net_fini(&c->decode);
    tl_net_fini(&c->picture);
    ost_net_adam_destroy(c->of_volume);
    ost_net_adam_destroy(c->of_picture);
    free(c->label);
    free(c->wish);
}

static bool course_init(struct course *c, struct ost_err *err)
{
    const struct ost_net_adam_rule rule = {.clip = 10.0F};
    const uint32_t batch = c->plan->batch;
    c->volume = ost_tl_volume_count(&c->tl->size);
    c->film = ost_tl_film_count(&c->tl->size);
    c->label = malloc(batch * c->volume * sizeof *c->label);
    c->wish = malloc(batch * (size_t)OST_TL_CODE * sizeof *c->wish);
    if (c->label == NULL || c->wish == NULL)
        return ost_fail(err, OST_NOMEM, "tl: no room for batches of %u", batch);
    return tl_net_volume(&c->whole, c->tl, TL_WHOLE, OST_NET_TRAIN, batch, err) &&
           tl_net_volume(&c->encode, c->tl, TL_ENCODER, OST_NET_WATCH, batch, err) &&
           tl_net_volume(&c->decode, c->tl, TL_DECODER, OST_NET_WATCH, batch, err) &&
           tl_net_picture(&c->picture, c->tl, OST_NET_TRAIN, batch, err) &&
           ost_net_adam_create(&c->of_volume, c->tl->volume, rule, err) &&
           ost_net_adam_create(&c->of_picture, c->tl->picture, rule, err);
}

/* Volumes to `label`, films to the picture network. */
static void draw_batch(struct course *c)
{
    float *film = ost_net_value(c->picture.net, c->picture.in);
    for (size_t s = 0; s < c->plan->batch; s++) {
        const struct ost_tl_example *e =
            &c->example[(size_t)(ost_rng_uniform(&c->rng) * (double)c->count)];
        for (size_t i = 0; i < c->volume; i++)
            c->label[s * c->volume + i] = (float)e->inside[i] / 255.0F;
        memcpy(film + s * c->film, e->film, c->film * sizeof *film);
    }
}

/* The labels into a network's input, with noise where asked for. */
static void show(struct course *c, const struct tl_net *to, double noise)
{
    float *in = ost_net_value(to->net, to->in);
    size_t all = c->plan->batch * c->volume;
    memcpy(in, c->label, all * sizeof *in);
    for (size_t i = 0; noise > 0.0 && i < all; i++)
        in[i] += (float)(noise * ost_rng_normal(&c->rng));
}

static size_t codes(const struct course *c)
{
    return c->plan->batch * (size_t)OST_TL_CODE;
}

/* Adds the slope of the absolute sum; returns it, weighed. */
static double hold_sparse(const struct course *c, const float *code, float *gradient)
{
    double sum = 0.0, weight = sparse / c->plan->batch;
    for (size_t i = 0; i < codes(c); i++) {
        sum += weight * fabs((double)code[i]);
        gradient[i] += (float)(code[i] > 0.0F ? weight : code[i] < 0.0F ? -weight : 0.0);
    }
    return sum;
}

static double volume_loss(const struct course *c, const float *odds, double weight, float *gradient)
{
    return (c->tl->recipe == OST_TL_SHIODE ? tl_dice : tl_cross_entropy)(
        odds, c->label, c->plan->batch, c->volume, weight, gradient);
}

/* Stage 1 of both: the autoencoder alone. */
static bool learn_volume(struct course *c, double *loss, struct ost_err *err)
{
    const struct tl_net *n = &c->whole;
    bool shiode = c->tl->recipe == OST_TL_SHIODE;
    show(c, n, shiode ? noise_sd : 0.0);
    if (!ost_net_forward(n->net, err))
        return false;
    float *slope = ost_net_gradient(n->net, n->code);
    memset(slope, 0, codes(c) * sizeof *slope);
    *loss = volume_loss(c, ost_net_value(n->net, n->out), 1.0, ost_net_gradient(n->net, n->out));
    if (shiode)
        *loss += hold_sparse(c, ost_net_value(n->net, n->code), slope);
    return ost_net_backward(n->net, err) &&
           ost_net_adam_step(c->of_volume, c->plan->rate, NULL, err);
}

/* Half the mean squared distance of the films' code from `wish`, and its slopes. */
static double code_loss(const struct course *c, float *gradient)
{
    const float *code = ost_net_value(c->picture.net, c->picture.code);
    double sum = 0.0, share = 1.0 / c->plan->batch;
    for (size_t i = 0; i < codes(c); i++) {
        double off = (double)code[i] - (double)c->wish[i];
        sum += 0.5 * share * off * off;
        gradient[i] = (float)(share * off);
    }
    return sum;
}

/* Girdhar 2: the autoencoder's code is what the films should say. */
static bool learn_code(struct course *c, double *loss, struct ost_err *err)
{
    show(c, &c->encode, 0.0);
    if (!ost_net_forward(c->encode.net, err) || !ost_net_forward(c->picture.net, err))
        return false;
    memcpy(c->wish, ost_net_value(c->encode.net, c->encode.code), codes(c) * sizeof *c->wish);
    *loss = code_loss(c, ost_net_gradient(c->picture.net, c->picture.code));
    return ost_net_backward(c->picture.net, err) &&
           ost_net_adam_step(c->of_picture, c->plan->rate, NULL, err);
}

/* Girdhar 3: both losses, everything learns, the code from both sides. */
static bool learn_both(struct course *c, double *loss, struct ost_err *err)
{
    const struct tl_net *n = &c->whole, *p = &c->picture;
    show(c, n, 0.0);
    if (!ost_net_forward(n->net, err) || !ost_net_forward(p->net, err))
        return false;
    memcpy(c->wish, ost_net_value(n->net, n->code), codes(c) * sizeof *c->wish);
    float *from_films = ost_net_gradient(p->net, p->code);
    float *from_volume = ost_net_gradient(n->net, n->code);
    *loss = code_loss(c, from_films) + voxel_weight * volume_loss(c, ost_net_value(n->net, n->out),
                                                                  voxel_weight,
                                                                  ost_net_gradient(n->net, n->out));
    for (size_t i = 0; i < codes(c); i++)
        from_volume[i] = -from_films[i];
    return ost_net_backward(n->net, err) && ost_net_backward(p->net, err) &&
           ost_net_adam_step(c->of_volume, c->plan->rate, NULL, err) &&
           ost_net_adam_step(c->of_picture, c->plan->rate, NULL, err);
}

/* Shiode 3: how far the encoder finds the result from the truth; adds to the odds' slopes. */
static bool add_feature(struct course *c, double *loss, struct ost_err *err)
{
    const struct tl_net *e = &c->encode, *d = &c->decode;
    const float *odds = ost_net_value(d->net, d->out);
    float *slope = ost_net_gradient(d->net, d->out), *in = ost_net_value(e->net, e->in);
    size_t all = c->plan->batch * c->volume;
    show(c, e, 0.0);
    if (!ost_net_forward(e->net, err))
        return false;
    memcpy(c->wish, ost_net_value(e->net, e->code), codes(c) * sizeof *c->wish);
    for (size_t i = 0; i < all; i++)
        in[i] = (float)(1.0 / (1.0 + exp(-(double)odds[i])));
    if (!ost_net_forward(e->net, err))
        return false;
    const float *code = ost_net_value(e->net, e->code);
    float *pull = ost_net_gradient(e->net, e->code);
    for (size_t s = 0; s < c->plan->batch; s++) {
        double square = 1e-12, weight = feature / c->plan->batch;
        const size_t at = s * OST_TL_CODE;
        for (size_t i = at; i < at + OST_TL_CODE; i++)
            square += pow((double)code[i] - (double)c->wish[i], 2.0);
        for (size_t i = at; i < at + OST_TL_CODE; i++)
            pull[i] = (float)(weight * ((double)code[i] - (double)c->wish[i]) / sqrt(square));
        *loss += weight * sqrt(square);
    }
    if (!ost_net_backward(e->net, err))
        return false;
    const float *back = ost_net_gradient(e->net, e->in);
    for (size_t i = 0; i < all; i++)
        slope[i] += back[i] * in[i] * (1.0F - in[i]);
    return true;
}

/* Shiode 2 and 3: the films' code is judged by the volume it decodes to. */
static bool learn_through(struct course *c, bool with_feature, double *loss, struct ost_err *err)
{
    const struct tl_net *p = &c->picture, *d = &c->decode;
    if (!ost_net_forward(p->net, err))
        return false;
    const float *code = ost_net_value(p->net, p->code);
    memcpy(ost_net_value(d->net, d->in), code, codes(c) * sizeof *code);
    if (!ost_net_forward(d->net, err))
        return false;
    *loss = volume_loss(c, ost_net_value(d->net, d->out), 1.0, ost_net_gradient(d->net, d->out));
    if ((with_feature && !add_feature(c, loss, err)) || !ost_net_backward(d->net, err))
        return false;
    float *slope = ost_net_gradient(p->net, p->code);
    memcpy(slope, ost_net_gradient(d->net, d->in), codes(c) * sizeof *slope);
    *loss += hold_sparse(c, code, slope);
    return ost_net_backward(p->net, err) &&
           ost_net_adam_step(c->of_picture, c->plan->rate, NULL, err);
}

static bool learn(struct course *c, uint32_t stage, double *loss, struct ost_err *err)
{
    draw_batch(c);
    if (stage == 1)
        return learn_volume(c, loss, err);
    if (c->tl->recipe == OST_TL_SHIODE)
        return learn_through(c, stage == 3, loss, err);
    return stage == 2 ? learn_code(c, loss, err) : learn_both(c, loss, err);
}

static bool run_stage(struct course *c, uint32_t stage, struct ost_err *err)
{
    const struct ost_tl_plan *plan = c->plan;
    double sum = 0.0, since = 0.0;
    for (uint32_t step = 1; step <= plan->steps[stage - 1]; step++) {
        double loss = 0.0;
        if (!learn(c, stage, &loss, err))
            return false;
        sum += loss;
        since += 1.0;
        if (step % plan->every != 0 && step != plan->steps[stage - 1])
            continue;
        const struct ost_tl_state state = {.stage = stage, .step = step, .loss = sum / since};
        sum = since = 0.0;
        if (plan->told != NULL && !plan->told(plan->user, &state))
            return ost_fail(err, OST_CANCELLED, "tl: stopped");
    }
    return true;
}

bool ost_tl_train(struct ost_tl *tl, const struct ost_tl_plan *plan,
                  const struct ost_tl_example *example, size_t count, struct ost_err *err)
{
    struct ost_tl_plan own = *plan;
    own.rate = own.rate > 0.0 ? own.rate : 2e-4;
    own.every = own.every > 0 ? own.every : 100;
    if (count == 0 || own.batch == 0)
        return ost_fail(err, OST_INVALID, "tl: no examples, or batches of none");
    struct course c = {.tl = tl, .plan = &own, .example = example, .count = count};
    c.rng = ost_rng_seed(own.seed);
    bool ok = course_init(&c, err);
    for (uint32_t stage = 1; ok && stage <= OST_TL_STAGES; stage++)
        ok = run_stage(&c, stage, err);
    course_fini(&c);
    return ok;
}
