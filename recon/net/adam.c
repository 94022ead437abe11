#include "recon/net/adam.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ost_net_adam {
    struct ost_net_weights *set; /* borrowed */
    struct ost_net_adam_rule rule;
    size_t tensors, size;
    float *first, *second, *average; /* owned; all tensors one behind the other */
    uint64_t steps;
};

void ost_net_adam_destroy(struct ost_net_adam *adam)
{
    if (adam == NULL)
        return;
    free(adam->first);
    free(adam->second);
    free(adam->average);
    free(adam);
}

static void gather(const struct ost_net_weights *set, float *out)
{
    for (size_t i = 0; i < ost_net_weights_count(set); i++) {
        const struct ost_net_weight *w = ost_net_weights_view(set, i);
        memcpy(out, w->value, w->count * sizeof *out);
        out += w->count;
    }
}

bool ost_net_adam_create(struct ost_net_adam **out, struct ost_net_weights *set,
                         struct ost_net_adam_rule rule, struct ost_err *err)
{
    *out = NULL;
    if (rule.beta1 == 0.0F && rule.beta2 == 0.0F && rule.epsilon == 0.0F) {
        rule.beta1 = 0.9F;
        rule.beta2 = 0.999F;
        rule.epsilon = 1e-8F;
    }
    if (!(rule.beta1 >= 0.0F && rule.beta1 < 1.0F && rule.beta2 >= 0.0F && rule.beta2 < 1.0F &&
          rule.epsilon > 0.0F && rule.decay >= 0.0F && rule.clip >= 0.0F && rule.average >= 0.0F &&
          rule.average < 1.0F)) {
        return ost_fail(err, OST_INVALID, "adam: betas and average in 0..1, the rest positive");
    }
    size_t size = ost_net_weights_size(set);
    if (size == 0)
        return ost_fail(err, OST_INVALID, "adam: no weights; build the network first");
    OST_AUTO(ost_net_adam) adam = calloc(1, sizeof *adam);
    if (adam == NULL)
        return ost_fail(err, OST_NOMEM, "adam: out of memory");
    adam->set = set;
    adam->rule = rule;
    adam->tensors = ost_net_weights_count(set);
    adam->size = size;
    adam->first = calloc(size, sizeof(float));
    adam->second = calloc(size, sizeof(float));
    adam->average = calloc(rule.average > 0.0F ? size : 1, sizeof(float));
    if (adam->first == NULL || adam->second == NULL || adam->average == NULL)
        return ost_fail(err, OST_NOMEM, "adam: no room for %zu moments", size);
    if (rule.average > 0.0F)
        gather(set, adam->average);
    *out = ost_steal(&adam);
    return true;
}

static double square_of_norm(const struct ost_net_weights *set)
{
    double sum = 0.0;
    for (size_t i = 0; i < ost_net_weights_count(set); i++) {
        const struct ost_net_weight *w = ost_net_weights_view(set, i);
        enum { LANES = 8 };
        double lane[LANES] = {0}, rest = 0.0; /* lanes: the sum is no chain of waits */
        size_t k = 0;
        for (; k + LANES <= w->count; k += LANES) {
            for (size_t j = 0; j < LANES; j++)
                lane[j] += (double)w->gradient[k + j] * (double)w->gradient[k + j];
        }
        for (; k < w->count; k++)
            rest += (double)w->gradient[k] * (double)w->gradient[k];
        for (size_t j = 0; j < LANES; j++)
            rest += lane[j];
        sum += rest;
    }
    return sum;
}

/* The numbers of one step, the same for all weights. */
struct stride {
    float beta1, beta2, epsilon, scale, rate1, root2, keep;
};

static void step_tensor(const struct stride *s, const struct ost_net_weight *w, float *first,
                        float *second)
{
    float *restrict value = w->value;
    float *restrict gradient = w->gradient;
    float *restrict m = first;
    float *restrict v = second;
    for (size_t i = 0; i < w->count; i++) {
        float g = gradient[i] * s->scale;
        m[i] = s->beta1 * m[i] + (1.0F - s->beta1) * g;
        v[i] = s->beta2 * v[i] + (1.0F - s->beta2) * g * g;
        value[i] = s->keep * value[i] - s->rate1 * m[i] / (sqrtf(v[i]) * s->root2 + s->epsilon);
        gradient[i] = 0.0F;
    }
}

static void average_tensor(float keep, const struct ost_net_weight *w, float *average)
{
    for (size_t i = 0; i < w->count; i++)
        average[i] += (1.0F - keep) * (w->value[i] - average[i]);
}

/* Early on the average remembers no more than about as many steps as there were. */
static float average_keep(const struct ost_net_adam *adam)
{
    float ramp = (1.0F + (float)adam->steps) / (10.0F + (float)adam->steps);
    return ramp < adam->rule.average ? ramp : adam->rule.average;
}

bool ost_net_adam_step(struct ost_net_adam *adam, double rate, double *norm, struct ost_err *err)
{
    if (ost_net_weights_count(adam->set) != adam->tensors)
        return ost_fail(err, OST_INVALID, "adam: tensors were added after it was made");
    double size = sqrt(square_of_norm(adam->set));
    if (norm != NULL)
        *norm = size;
    if (!isfinite(size)) {
        ost_net_weights_clear_gradient(adam->set);
        return ost_fail(err, OST_INVALID, "adam: the gradient of step %llu is not finite",
                        (unsigned long long)adam->steps + 1);
    }
    adam->steps++;
    const struct ost_net_adam_rule *rule = &adam->rule;
    double clip = (double)rule->clip, n = (double)adam->steps;
    struct stride s = {rule->beta1, rule->beta2, rule->epsilon, 1.0F, 0.0F, 0.0F, 1.0F};
    s.scale = clip > 0.0 && size > clip ? (float)(clip / size) : 1.0F;
    s.rate1 = (float)(rate / (1.0 - pow((double)rule->beta1, n)));
    s.root2 = (float)(1.0 / sqrt(1.0 - pow((double)rule->beta2, n)));
    float keep = average_keep(adam);
    size_t at = 0;
    for (size_t i = 0; i < adam->tensors; i++) {
        const struct ost_net_weight *w = ost_net_weights_view(adam->set, i);
        s.keep = w->rank >= 2 ? (float)(1.0 - rate * (double)rule->decay) : 1.0F;
        step_tensor(&s, w, adam->first + at, adam->second + at);
        if (rule->average > 0.0F)
            average_tensor(keep, w, adam->average + at);
        at += w->count;
    }
    ost_net_weights_touch(adam->set);
    return true;
}

uint64_t ost_net_adam_steps(const struct ost_net_adam *adam)
{
    return adam->steps;
}

bool ost_net_adam_average(const struct ost_net_adam *adam, struct ost_net_weights *into,
                          struct ost_err *err)
{
    if (adam->rule.average <= 0.0F)
        return ost_fail(err, OST_INVALID, "adam: its rule keeps no average");
    if (!ost_net_weights_copy(into, adam->set, err))
        return false;
    size_t at = 0;
    for (size_t i = 0; i < adam->tensors; i++) {
        const struct ost_net_weight *own = ost_net_weights_view(adam->set, i);
        const struct ost_net_weight *w = ost_net_weights_find(into, own->name);
        memcpy(w->value, adam->average + at, w->count * sizeof *w->value);
        at += w->count;
    }
    ost_net_weights_touch(into);
    return true;
}

enum { STATES = 3 };
static const char *const state_name[STATES] = {"adam.first", "adam.second", "adam.average"};

/* `state` gets the arrays of a checkpoint; how many there are. */
static size_t list_states(const struct ost_net_adam *adam, float *state[STATES])
{
    state[0] = adam->first;
    state[1] = adam->second;
    state[2] = adam->average;
    return adam->rule.average > 0.0F ? 3 : 2;
}

bool ost_net_adam_write(const struct ost_net_adam *adam, const struct ost_ostm_text *text,
                        size_t text_count, struct ost_buf *out, struct ost_err *err)
{
    if (adam->size > UINT32_MAX || text_count >= OST_OSTM_TEXTS)
        return ost_fail(err, OST_LIMIT, "adam: %zu weights, %zu texts", adam->size, text_count);
    struct ost_ostm_text all[OST_OSTM_TEXTS];
    char steps[24];
    (void)snprintf(steps, sizeof steps, "%llu", (unsigned long long)adam->steps);
    all[0] = (struct ost_ostm_text){"adam.steps", steps};
    for (size_t i = 0; i < text_count; i++)
        all[i + 1] = text[i];
    struct ost_ostm_tensor *tensor = calloc(adam->tensors + STATES, sizeof *tensor);
    if (tensor == NULL)
        return ost_fail(err, OST_NOMEM, "adam: no room for a checkpoint");
    ost_net_weights_draft(adam->set, OST_OSTM_REAL, tensor);
    float *state[STATES];
    size_t states = list_states(adam, state);
    for (size_t i = 0; i < states; i++) {
        tensor[adam->tensors + i] = (struct ost_ostm_tensor){.name = state_name[i],
                                                             .kind = OST_OSTM_REAL,
                                                             .rank = 1,
                                                             .dim = {(uint32_t)adam->size},
                                                             .real = state[i]};
    }
    struct ost_ostm_draft draft = {all, text_count + 1, tensor, adam->tensors + states};
    bool ok = ost_ostm_write(&draft, out, err);
    free(tensor);
    return ok;
}

static bool read_steps(const struct ost_ostm *file, uint64_t *steps, struct ost_err *err)
{
    const char *text = ost_ostm_text_view(file, "adam.steps");
    char *end = NULL;
    *steps = text != NULL ? strtoull(text, &end, 10) : 0;
    if (text == NULL || end == text || *end != '\0')
        return ost_fail(err, OST_INVALID, "adam: the model file is no checkpoint");
    return true;
}

bool ost_net_adam_read(struct ost_net_adam *adam, const struct ost_ostm *file, struct ost_err *err)
{
    uint64_t steps;
    if (!read_steps(file, &steps, err))
        return false;
    float *state[STATES];
    size_t states = list_states(adam, state);
    for (size_t i = 0; i < states; i++) {
        const struct ost_ostm_tensor *t = ost_ostm_tensor_view(file, state_name[i]);
        if (t == NULL || t->real == NULL || ost_ostm_count(t) != adam->size) {
            return ost_fail(err, OST_INVALID, "adam: the checkpoint's %s does not fit %zu weights",
                            state_name[i], adam->size);
        }
    }
    if (!ost_net_weights_load(adam->set, file, err))
        return false;
    for (size_t i = 0; i < states; i++) {
        memcpy(state[i], ost_ostm_tensor_view(file, state_name[i])->real,
               adam->size * sizeof(float));
    }
    adam->steps = steps;
    return true;
}
