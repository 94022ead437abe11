#include "recon/net/weights.h"

#include "recon/base/array.h"
#include "recon/base/rng.h"
#include "recon/net/ostm_impl.h"
#include "recon/net/weights_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item {
    struct ost_net_weight view;
    char name[OST_OSTM_NAME];
};

struct ost_net_weights {
    struct item *item[OST_OSTM_TENSORS]; /* owned, never moved: layers point at them */
    size_t count;
    uint64_t seed, version;
};

bool ost_net_weights_create(struct ost_net_weights **out, uint64_t seed, struct ost_err *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ost_fail(err, OST_NOMEM, "net: no room for a set of weights");
    (*out)->seed = seed;
    (*out)->version = 1;
    return true;
}

static void free_item(struct item *item)
{
    if (item == NULL)
        return;
    free(item->view.value);
    free(item->view.gradient);
    free(item);
}

void ost_net_weights_destroy(struct ost_net_weights *set)
{
    for (size_t i = 0; set != NULL && i < set->count; i++)
        free_item(set->item[i]);
    free(set);
}

size_t ost_net_weights_count(const struct ost_net_weights *set)
{
    return set->count;
}

const struct ost_net_weight *ost_net_weights_view(const struct ost_net_weights *set, size_t index)
{
    return index < set->count ? &set->item[index]->view : NULL;
}

const struct ost_net_weight *ost_net_weights_find(const struct ost_net_weights *set,
                                                  const char *name)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->item[i]->name, name) == 0)
            return &set->item[i]->view;
    }
    return NULL;
}

size_t ost_net_weights_size(const struct ost_net_weights *set)
{
    size_t size = 0;
    for (size_t i = 0; i < set->count; i++)
        size += set->item[i]->view.count;
    return size;
}

void ost_net_weights_touch(struct ost_net_weights *set)
{
    set->version++;
}

uint64_t ost_net_weights_version(const struct ost_net_weights *set)
{
    return set->version;
}

void ost_net_weights_clear_gradient(struct ost_net_weights *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct ost_net_weight *w = &set->item[i]->view;
        memset(w->gradient, 0, w->count * sizeof *w->gradient);
    }
}

static bool same_shape(const struct ost_net_weight *weight, uint32_t rank, const uint32_t *dim)
{
    return weight->rank == rank && memcmp(weight->dim, dim, rank * sizeof *dim) == 0;
}

/* FNV-1a: the name's part in the seed. */
static uint64_t name_hash(const char *name)
{
    uint64_t hash = 14695981039346656037U;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211U;
    return hash;
}

static void start_values(struct item *item, const struct ost_net_claim *claim, uint64_t seed)
{
    struct ost_rng rng = ost_rng_seed(seed ^ name_hash(item->name));
    double deviation = sqrt((double)claim->variance);
    for (size_t i = 0; i < item->view.count; i++) {
        double noise = deviation > 0.0 ? deviation * ost_rng_normal(&rng) : 0.0;
        item->view.value[i] = claim->fill + (float)noise;
    }
}

static bool make_item(struct item **out, const char *name, const struct ost_net_claim *claim,
                      struct ost_err *err)
{
    size_t count = 1, bytes;
    for (uint32_t i = 0; i < claim->rank; i++) {
        if (!ost_array_bytes(count, claim->dim[i], &count, err))
            return false;
    }
    if (!ost_array_bytes(count, sizeof(float), &bytes, err))
        return false;
    struct item *item = calloc(1, sizeof *item);
    if (item == NULL)
        return ost_fail(err, OST_NOMEM, "net: no room for a tensor");
    memcpy(item->name, name, strlen(name) + 1);
    item->view = (struct ost_net_weight){.name = item->name, .rank = claim->rank, .count = count};
    memcpy(item->view.dim, claim->dim, sizeof item->view.dim);
    item->view.value = calloc(count, sizeof(float));
    item->view.gradient = calloc(count, sizeof(float));
    if (item->view.value == NULL || item->view.gradient == NULL) {
        free_item(item);
        return ost_fail(err, OST_NOMEM, "net: no room for a tensor of %zu numbers", count);
    }
    *out = item;
    return true;
}

bool ost_net_weights_claim(struct ost_net_weights *set, const struct ost_net_claim *claim,
                           const struct ost_net_weight **out, struct ost_err *err)
{
    char name[OST_OSTM_NAME];
    int len = snprintf(name, sizeof name, "%s.%s", claim->layer, claim->part);
    if (len < 0 || (size_t)len >= sizeof name || !ost_ostm_name_is_sound(name, (size_t)len))
        return ost_fail(err, OST_INVALID, "a layer's name is a-z, 0-9, '.', '_' and short");
    *out = ost_net_weights_find(set, name);
    if (*out != NULL && !same_shape(*out, claim->rank, claim->dim))
        return ost_fail(err, OST_INVALID, "%s exists with another shape", name);
    if (*out != NULL)
        return true;
    if (set->count == OST_OSTM_TENSORS)
        return ost_fail(err, OST_LIMIT, "more than %d tensors", OST_OSTM_TENSORS);
    struct item *item = NULL;
    if (!make_item(&item, name, claim, err))
        return false;
    start_values(item, claim, set->seed);
    set->item[set->count++] = item;
    *out = &item->view;
    return true;
}

bool ost_net_weights_copy(struct ost_net_weights *to, const struct ost_net_weights *from,
                          struct ost_err *err)
{
    if (to->count != from->count) {
        return ost_fail(err, OST_INVALID, "net: %zu tensors do not fill %zu", from->count,
                        to->count);
    }
    for (size_t i = 0; i < to->count; i++) {
        const struct ost_net_weight *w = ost_net_weights_find(from, to->item[i]->name);
        if (w == NULL || !same_shape(&to->item[i]->view, w->rank, w->dim)) {
            return ost_fail(err, OST_INVALID, "net: %s is missing or has another shape",
                            to->item[i]->name);
        }
    }
    for (size_t i = 0; i < to->count; i++) {
        const struct ost_net_weight *w = ost_net_weights_find(from, to->item[i]->name);
        memcpy(to->item[i]->view.value, w->value, w->count * sizeof *w->value);
    }
    ost_net_weights_touch(to);
    return true;
}

bool ost_net_weights_load(struct ost_net_weights *set, const struct ost_ostm *file,
                          struct ost_err *err)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct ost_net_weight *w = &set->item[i]->view;
        const struct ost_ostm_tensor *t = ost_ostm_tensor_view(file, w->name);
        if (t == NULL)
            return ost_fail(err, OST_NOT_FOUND, "net: the model file has no %s", w->name);
        if (t->real == NULL || !same_shape(w, t->rank, t->dim)) {
            return ost_fail(err, OST_INVALID, "net: %s of the model file has another shape",
                            w->name);
        }
    }
    for (size_t i = 0; i < set->count; i++) {
        struct ost_net_weight *w = &set->item[i]->view;
        const struct ost_ostm_tensor *t = ost_ostm_tensor_view(file, w->name);
        memcpy(w->value, t->real, w->count * sizeof *w->value);
    }
    ost_net_weights_touch(set);
    return true;
}

void ost_net_weights_draft(const struct ost_net_weights *set, enum ost_ostm_kind kind,
                           struct ost_ostm_tensor *out)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct ost_net_weight *w = &set->item[i]->view;
        out[i] = (struct ost_ostm_tensor){
            .name = w->name, .kind = kind, .rank = w->rank, .real = w->value};
        memcpy(out[i].dim, w->dim, sizeof out[i].dim);
    }
}
