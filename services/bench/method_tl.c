/* The published T-L networks as ways of the ladder (recon/learn/tl_forearm.h). */
#include "recon/learn/tl_forearm.h"
#include "recon/mesh/measure.h"
#include "services/bench/method.h"

#include <stdlib.h>
#include <string.h>

/* The frame's axes as columns. */
static struct ost_rigid axes(const struct ost_anatomy *f)
{
    struct ost_rigid m;
    memcpy(m.r, f->radial, sizeof f->radial);
    memcpy(m.r + 3, f->volar, sizeof f->volar);
    memcpy(m.r + 6, f->axis, sizeof f->axis);
    memcpy(m.t, f->origin, sizeof f->origin);
    return m;
}

static void mirror(struct ost_mesh *mesh)
{
    for (uint32_t v = 0; v < mesh->vertex_count; v++)
        mesh->vertex[v][0] = -mesh->vertex[v][0];
    ost_mesh_flip(mesh);
}

static bool mean_frame(const struct ost_prior *prior, bool left, struct ost_anatomy *out,
                       struct ost_err *err)
{
    OST_AUTO(ost_mesh) mean = NULL;
    if (!ost_prior_mean(prior, OST_RADIUS, 1.0, &mean, err))
        return false;
    if (left)
        mirror(mean);
    ost_anatomy_of_arm(prior, (const float(*)[3])mean->vertex, left, out);
    return true;
}

/*
 * The network's volume lies as the prior's mean does. From there to the truth's own joint is
 * where the search for the best motion begins, no more: without cameras the pose is free.
 */
static bool begin_at_truth(const struct ost_bench_case *c, bool left, struct ost_rigid *out,
                           struct ost_err *err)
{
    struct ost_anatomy mean, truth;
    if (!mean_frame(c->prior, left, &mean, err))
        return false;
    ost_anatomy_of_arm(c->prior, (const float(*)[3])c->patient->bone[OST_RADIUS]->vertex, left,
                       &truth);
    const struct ost_rigid from = axes(&mean), to = axes(&truth);
    const struct ost_rigid back = ost_rigid_inverse(&from);
    *out = ost_rigid_then(&back, &to);
    return true;
}

static bool look(const struct ost_bench_case *c, bool left, float *film, struct ost_err *err)
{
    for (uint32_t v = 0; v < OST_PATIENT_FILMS; v++) {
        const struct ost_tl_forearm_film one = {c->input[v].image, c->input[v].spacing,
                                                c->patient->film[v].bone};
        if (!ost_tl_forearm_look(&one, v, left, film, err))
            return false;
    }
    return true;
}

bool ost_bench_tl(const struct ost_bench_case *c, enum ost_tl_recipe recipe,
                  struct ost_bench_answer *out, struct ost_err *err)
{
    const struct ost_tl_size *size = &ost_tl_forearm_size;
    const bool left = c->side == OST_SIDE_LEFT;
    if (c->tl[recipe] == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "the baseline's model is not there");
    float *film = malloc(ost_tl_film_count(size) * sizeof *film);
    float *odds = malloc(ost_tl_volume_count(size) * sizeof *odds);
    bool ok =
        ((film != NULL && odds != NULL) || ost_fail(err, OST_NOMEM, "bench: out of memory")) &&
        look(c, left, film, err) && ost_tl_predict(c->tl[recipe], film, odds, err);
    for (uint32_t b = 0; ok && b < OST_BONES; b++) {
        ok = ost_tl_surface(size, b, odds, &out->bone[b], err);
        if (ok && left)
            mirror(out->bone[b]);
    }
    out->foreign = true;
    ok = ok && begin_at_truth(c, left, &out->start, err);
    free(film);
    free(odds);
    return ok;
}
