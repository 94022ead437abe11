#include "services/bench/subject.h"

#include <stdlib.h>

/* The one table: seeds first .. first + count - 1. Films as recon/cohort has each family. */
struct set {
    const char *name;
    enum ost_family family;
    uint64_t first;
    size_t count;
    double malunion; /* share of them that has one */
};

static const struct set set_table[OST_BENCH_SETS] = {
    [OST_BENCH_SIMULATED] = {"simulated", OST_FAMILY_TRAINED, 2000000, 40, 0.5},
    [OST_BENCH_SHIFTED] = {"shifted", OST_FAMILY_SHIFTED, 2100000, 40, 0.5},
};

const char *ost_bench_set_name(enum ost_bench_set set)
{
    return set_table[set].name;
}

size_t ost_bench_set_count(enum ost_bench_set set)
{
    return set_table[set].count;
}

static struct ost_patient_request request_of(const struct set *set, size_t index,
                                             const struct ost_bench_spoil *spoil)
{
    struct ost_patient_request request = ost_patient_random(set->first + index, set->malunion);
    request.family = set->family;
    if (spoil != NULL) {
        request.noise = spoil->noise;
        request.jpeg = spoil->jpeg;
        request.view_turn_deg = spoil->view_turn_deg;
    }
    return request;
}

bool ost_bench_case_create(const struct ost_prior *prior, enum ost_bench_set set, size_t index,
                           const struct ost_bench_spoil *spoil, struct ost_bench_case **out,
                           struct ost_err *err)
{
    const struct set *s = &set_table[set];
    const struct ost_patient_request request = request_of(s, index, spoil);
    *out = NULL;
    OST_AUTO(ost_bench_case) c = calloc(1, sizeof *c);
    if (c == NULL)
        return ost_fail(err, OST_NOMEM, "bench: no room for a case");
    if (index >= s->count)
        return ost_fail(err, OST_INVALID, "bench: no case %zu in a set of %zu", index, s->count);
    if (!ost_patient_create(prior, &request, NULL, &c->patient, err))
        return false;
    c->prior = prior;
    c->side = request.left ? OST_SIDE_LEFT : OST_SIDE_RIGHT;
    for (int n = 0; n < OST_PATIENT_FILMS; n++) {
        const struct ost_patient_film *film = &c->patient->film[n];
        c->input[n] = (struct ost_fit_film){.image = film->image,
                                            .projection = film->projection,
                                            .bone = OST_BONE_AUTO,
                                            .spacing = film->spacing,
                                            .has_camera = spoil != NULL && spoil->has_cameras,
                                            .camera = film->camera};
    }
    *out = ost_steal(&c);
    return true;
}

void ost_bench_case_destroy(struct ost_bench_case *kase)
{
    if (kase == NULL)
        return;
    ost_patient_destroy(kase->patient);
    free(kase);
}
