#include "recon/learn/school.h"

#include "recon/math/vec.h"
#include "recon/net/adam.h"
#include "recon/shape/predictor_vote.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 8, UNSEEN = 256, CHECKPOINT_MOST = 1 << 28 };
static const uint64_t unseen_seed = 1000000, seed_span = 900000; /* learners stay below unseen */
static const double warm_up = 0.03, final_rate = 0.01; /* shares of the steps, of the rate */

struct pool {
    struct ost_lesson_kind kind;
    uint32_t count;
    int8_t *patch; /* owned */
    float *want;   /* owned */
};

static size_t patch_size(const struct ost_lesson_kind *kind)
{
    return (size_t)kind->shape.width * kind->shape.height * kind->channels;
}

static struct ost_lesson lesson_at(const struct pool *pool, uint32_t index)
{
    return (struct ost_lesson){pool->patch + index * patch_size(&pool->kind),
                               pool->want + (size_t)index * pool->kind.wants};
}

static bool pool_init(struct pool *pool, struct ost_lesson_kind kind, uint32_t count,
                      struct ost_err *err)
{
    *pool = (struct pool){.kind = kind, .count = count};
    pool->patch = malloc(count * patch_size(&kind));
    pool->want = malloc((size_t)count * kind.wants * sizeof *pool->want);
    return (pool->patch != NULL && pool->want != NULL) ||
           ost_fail(err, OST_NOMEM, "school: no room for %u lessons", count);
}

static void pool_fini(struct pool *pool)
{
    free(pool->patch);
    free(pool->want);
}

/* What differs between the subjects. */
struct subject {
    struct ost_lesson_kind (*kind)(void);
    bool (*make)(const struct ost_scene_kit *, const struct ost_predictor_vertex *, uint64_t,
                 const struct ost_lesson *, uint32_t, struct ost_err *);
    int (*build)(struct ost_net *, int *);
    /* of a sample, from the network's output; also writes the output's slopes */
    double (*loss)(const float *out, const float *want, double part, float *slope);
    double (*miss_mm)(const float *out, const float *want);
    size_t width; /* of the output */
};

struct pupil {
    const struct subject *subject;
    const struct ost_school *school;
    struct pool pool, unseen;
    struct ost_net_weights *weights, *average; /* owned */
    struct ost_net *net, *exam;                /* owned */
    struct ost_net_adam *adam;                 /* owned */
    int input[2], output[2];
    uint64_t made; /* scenes */
    uint32_t next; /* the lesson to be renewed */
    double owed;   /* lessons */
};

static void class_fini(struct pupil *c)
{
    ost_net_adam_destroy(c->adam);
    ost_net_destroy(c->net);
    ost_net_destroy(c->exam);
    ost_net_weights_destroy(c->weights);
    ost_net_weights_destroy(c->average);
    pool_fini(&c->pool);
    pool_fini(&c->unseen);
}

/* Fills `count` lessons from `first` on, a scene for every few, on all cores. */
static bool teach(struct pupil *c, const struct pool *pool, uint32_t first, uint32_t count,
                  uint64_t seed, struct ost_err *err)
{
    bool done = true;
    const uint32_t scenes = (count + AT_ONCE - 1) / AT_ONCE;
#pragma omp parallel for schedule(dynamic)
    for (uint32_t s = 0; s < scenes; s++) {
        struct ost_lesson lesson[AT_ONCE];
        struct ost_err why = {.code = OST_OK};
        uint32_t n = 0;
        for (uint32_t i = s * AT_ONCE; i < count && n < AT_ONCE; i++)
            lesson[n++] = lesson_at(pool, (first + i) % pool->count);
        bool made = c->subject->make(&c->school->kit, c->school->points, seed + s, lesson, n, &why);
#pragma omp critical
        if (!made) {
            done = false;
            if (err != NULL)
                *err = why;
        }
    }
    return done;
}

static bool lay(struct pupil *c, struct ost_err *err)
{
    const struct ost_school *s = c->school;
    if (!ost_net_weights_create(&c->weights, s->seed, err) ||
        !ost_net_weights_create(&c->average, s->seed, err) ||
        !ost_net_create(&c->net, c->weights, OST_NET_TRAIN, s->batch, err) ||
        !ost_net_create(&c->exam, c->average, OST_NET_INFER, s->batch, err))
        return false;
    struct ost_net *const nets[2] = {c->net, c->exam};
    for (int i = 0; i < 2; i++) {
        c->output[i] = c->subject->build(nets[i], &c->input[i]);
        ost_net_output(nets[i], c->output[i]);
        if (!ost_net_finish(nets[i], err))
            return false;
    }
    if (s->from != NULL && !ost_net_weights_load(c->weights, s->from, err))
        return false;
    const struct ost_net_adam_rule rule = {.decay = 1e-4F, .clip = 5.0F, .average = 0.999F};
    return ost_net_adam_create(&c->adam, c->weights, rule, err);
}

static void load(const struct pool *pool, const uint32_t *index, uint32_t count, float *to)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct ost_lesson lesson = lesson_at(pool, index[i]);
        ost_lesson_open(&lesson, &pool->kind, to + i * patch_size(&pool->kind));
    }
}

/* |off| / b + log b, b = exp(log_b): adds the loss, writes both slopes. */
static double laplace(double off, double log_b, double weight, float *slope, float *slope_log_b)
{
    double held = fmin(fmax(log_b, -6.0), 3.0), b = exp(held), far = fabs(off);
    *slope = (float)(weight * (off > 0.0 ? 1.0 : off < 0.0 ? -1.0 : 0.0) / b);
    *slope_log_b = (float)(weight * (held != log_b ? (log_b - held) : 1.0 - far / b));
    return weight * (far / b + held);
}

static double logistic(double logit, double truth, double weight, float *slope)
{
    double p = 1.0 / (1.0 + exp(-logit));
    *slope = (float)(weight * (p - truth));
    return -weight * log(fmax(truth > 0.5 ? p : 1.0 - p, 1e-9));
}

/* What the reading network said of one sample. */
static double said_loss(const float *said, const float *want, double part, float *slope)
{
    enum { K = OST_PREDICTOR_POINTS };
    double loss = 0.0;
    for (int i = 0; i < 2 * K; i++) {
        double weight = part *
                        (i % K < OST_LANDMARKS        ? 2.0
                         : i % K < OST_PREDICTOR_NEAR ? 1.0
                                                      : 0.5) /
                        (2.0 * K);
        loss += laplace((double)(said[i] - want[i]), (double)said[2 * K + i], weight, &slope[i],
                        &slope[2 * K + i]);
    }
    for (int k = 0; k < 3; k++) {
        double off = (double)(said[4 * K + k] - want[2 * K + k]);
        slope[4 * K + k] = (float)(part * 2.0 * off);
        loss += part * off * off;
    }
    return loss + logistic((double)said[4 * K + 3], (double)want[2 * K + 3], 0.2 * part,
                           &slope[4 * K + 3]);
}

static double read_loss(const float *raw, const float *want, double part, float *slope)
{
    float said[OST_PREDICTOR_READ], slope_said[OST_PREDICTOR_READ];
    float share[OST_VOTE_CELLS * OST_PREDICTOR_POINTS];
    ost_vote_count(raw, said, share);
    double loss = said_loss(said, want, part, slope_said);
    ost_vote_pull(raw, said, share, slope_said, slope);
    return loss;
}

static double find_loss(const float *said, const float *want, double part, float *slope)
{
    double loss = 0.0;
    slope[4] = slope[5] = 0.0F;
    for (int i = 0; i < 4; i++) {
        float one = 0.0F;
        loss += laplace((double)(said[i] - want[i]), (double)said[4 + i / 2], 0.25 * part,
                        &slope[i], &one);
        slope[4 + i / 2] += one;
    }
    return loss + logistic((double)said[6], (double)want[4], 0.2 * part, &slope[6]);
}

/* Mean distance of the points, `stride` numbers between their u and v, mm. */
static double mean_miss(const float *said, const float *want, int stride, double unit_mm)
{
    double sum = 0.0;
    for (int i = 0; i < OST_PREDICTOR_NEAR; i++)
        sum += hypot((double)(said[i] - want[i]), (double)(said[stride + i] - want[stride + i]));
    return unit_mm * sum / OST_PREDICTOR_NEAR;
}

static double find_miss(const float *said, const float *want)
{
    return ost_predictor_find_unit * ost_predictor_find_shape().mm *
           hypot((double)(said[0] - want[0]), (double)(said[1] - want[1]));
}

static double read_miss(const float *raw, const float *want)
{
    float said[OST_PREDICTOR_READ], share[OST_VOTE_CELLS * OST_PREDICTOR_POINTS];
    ost_vote_count(raw, said, share);
    return mean_miss(said, want, OST_PREDICTOR_POINTS,
                     ost_predictor_read_unit * ost_predictor_read_shape().mm);
}

static const struct subject subjects[OST_SCHOOL_SUBJECTS] = {
    {ost_lesson_find_kind, ost_lesson_find, ost_predictor_find_net, find_loss, find_miss,
     OST_PREDICTOR_FIND},
    {ost_lesson_read_kind, ost_lesson_read, ost_predictor_read_net, read_loss, read_miss,
     OST_VOTE_RAW},
};

static bool learn(struct pupil *c, struct ost_rng *rng, double rate, double *loss,
                  struct ost_err *err)
{
    const struct ost_school *s = c->school;
    uint32_t index[1024];
    for (uint32_t i = 0; i < s->batch; i++)
        index[i] = (uint32_t)(ost_rng_next(rng) % c->pool.count);
    load(&c->pool, index, s->batch, ost_net_value(c->net, c->input[0]));
    if (!ost_net_forward(c->net, err))
        return false;
    const float *said = ost_net_value(c->net, c->output[0]);
    float *slope = ost_net_gradient(c->net, c->output[0]);
    const size_t width = c->subject->width;
    *loss = 0.0;
    for (uint32_t i = 0; i < s->batch; i++) {
        const float *want = lesson_at(&c->pool, index[i]).want;
        *loss += c->subject->loss(said + i * width, want, 1.0 / s->batch, slope + i * width);
    }
    return ost_net_backward(c->net, err) && ost_net_adam_step(c->adam, rate, NULL, err);
}

static bool examine(struct pupil *c, double *out, struct ost_err *err)
{
    const uint32_t batch = c->school->batch;
    const size_t width = c->subject->width;
    uint32_t index[1024], seen = 0;
    *out = 0.0;
    if (!ost_net_adam_average(c->adam, c->average, err))
        return false;
    for (uint32_t at = 0; at + batch <= c->unseen.count; at += batch) {
        for (uint32_t i = 0; i < batch; i++)
            index[i] = at + i;
        load(&c->unseen, index, batch, ost_net_value(c->exam, c->input[1]));
        if (!ost_net_forward(c->exam, err))
            return false;
        const float *said = ost_net_value(c->exam, c->output[1]);
        for (uint32_t i = 0; i < batch; i++, seen++)
            *out += c->subject->miss_mm(said + i * width, lesson_at(&c->unseen, at + i).want);
    }
    *out /= seen > 0 ? seen : 1;
    return true;
}

static double rate_of(const struct ost_school *s, uint32_t step)
{
    double t = (double)step / s->steps;
    if (t < warm_up)
        return s->rate * (t + 1e-3) / warm_up;
    return s->rate * (final_rate + (1.0 - final_rate) * 0.5 * (1.0 + cos(OST_PI * t)));
}

/* Lessons for the pool up to what is owed; whole scenes only. */
static bool renew(struct pupil *c, struct ost_err *err)
{
    c->owed += c->school->renew;
    uint32_t count = (uint32_t)(c->owed / (4 * AT_ONCE)) * 4 * AT_ONCE;
    if (count == 0)
        return true;
    c->owed -= count;
    uint64_t seed = c->school->seed * seed_span + c->made % seed_span;
    c->made += count / AT_ONCE;
    bool done = teach(c, &c->pool, c->next, count, seed, err);
    c->next = (c->next + count) % c->pool.count;
    return done;
}

static bool tell(struct pupil *c, struct ost_school_state *state, bool *go, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, CHECKPOINT_MOST);
    bool done =
        examine(c, &state->error_mm, err) && ost_net_adam_write(c->adam, NULL, 0, &bytes, err);
    if (done)
        *go = c->school->told == NULL || c->school->told(c->school->user, state, &bytes);
    ost_buf_fini(&bytes);
    return done;
}

static bool attend(struct pupil *c, struct ost_err *err)
{
    const struct ost_school *s = c->school;
    struct ost_school_state state = {.step = (uint32_t)ost_net_adam_steps(c->adam)};
    struct ost_rng rng = ost_rng_seed(s->seed + 77 + state.step);
    bool go = true, learns = state.step < s->steps;
    c->made = (uint64_t)(s->pool / AT_ONCE) + (uint64_t)(state.step * s->renew / AT_ONCE);
    if (!teach(c, &c->unseen, 0, UNSEEN, unseen_seed * seed_span, err))
        return false;
    if (!learns) /* how well it reads is told all the same */
        return tell(c, &state, &go, err);
    if (!teach(c, &c->pool, 0, s->pool, s->seed * seed_span + c->made, err))
        return false;
    while (go && state.step < s->steps) {
        double loss;
        state.rate = rate_of(s, state.step);
        if (!renew(c, err) || !learn(c, &rng, state.rate, &loss, err))
            return false;
        state.loss = state.step == 0 ? loss : 0.99 * state.loss + 0.01 * loss;
        state.step++;
        if ((state.step % s->every == 0 || state.step == s->steps) && !tell(c, &state, &go, err))
            return false;
    }
    return true;
}

static bool take_up(struct pupil *c, const void *bytes, size_t len, struct ost_err *err)
{
    struct ost_ostm *file = NULL;
    if (bytes == NULL)
        return true;
    bool done = ost_ostm_open(bytes, len, &file, err) && ost_net_adam_read(c->adam, file, err);
    ost_ostm_close(file);
    return done;
}

bool ost_school_run(const struct ost_school *school, const void *resume, size_t resume_len,
                    struct ost_net_weights *out, struct ost_err *err)
{
    struct pupil *c = calloc(1, sizeof *c);
    if (c == NULL || school->batch == 0 || school->batch > 1024 || school->every == 0) {
        free(c);
        return ost_fail(err, OST_INVALID, "school: a batch has 1 to 1024 lessons");
    }
    c->school = school;
    c->subject = &subjects[school->subject];
    const struct ost_lesson_kind kind = c->subject->kind();
    bool done = pool_init(&c->pool, kind, school->pool, err) &&
                pool_init(&c->unseen, kind, UNSEEN, err) && lay(c, err) &&
                take_up(c, resume, resume_len, err) && attend(c, err) &&
                ost_net_adam_average(c->adam, c->average, err);
    if (done && ost_net_weights_count(out) == 0) {
        struct ost_net *net = NULL;
        int input;
        done = ost_net_create(&net, out, OST_NET_INFER, 1, err);
        if (done) {
            ost_net_output(net, c->subject->build(net, &input));
            done = ost_net_finish(net, err);
        }
        ost_net_destroy(net);
    }
    done = done && ost_net_weights_copy(out, c->average, err);
    class_fini(c);
    free(c);
    return done;
}
