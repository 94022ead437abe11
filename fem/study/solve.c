#include "fem/study/solve.h"

#include "fem/material/density.h"
#include "fem/solve/own.h"
#include "fem/solve/stress.h"
#include "fem/study/solve_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

static bool solve_own(const void *user, const struct ost_fem_problem *problem,
                      const struct ost_study *study, const struct ost_progress *progress,
                      struct ost_fem_result **out, struct ost_err *err)
{
    (void)user;
    struct ost_fem_options options = ost_fem_options_default();
    options.tolerance = study->tolerance;
    options.iterations_most = study->iterations_most;
    return ost_fem_solve_own(problem, &options, progress, out, err);
}

struct ost_engine ost_engine_own(void)
{
    return (struct ost_engine){solve_own, NULL, "own"};
}

void ost_study_result_destroy(struct ost_study_result *result)
{
    if (result == NULL)
        return;
    ost_fem_result_destroy(result->answer);
    ost_plastic_result_destroy(result->plastic);
    free(result->modulus);
    free(result->share);
    free(result->modulus_at_node);
    free(result->von_mises);
    free(result->von_mises_at_node);
    free(result->von_mises_on_face);
    free(result->stress);
    free(result->index);
    free(result);
}

/* The law and the shift, voxel by voxel. */
struct stiffness {
    const struct ost_study *study;
    const struct ost_density_shift *shift;
};

static double modulus_of(const void *user, double mineral)
{
    const struct stiffness *s = user;
    double shifted = s->shift != NULL ? ost_density_shifted(s->shift, mineral) : mineral;
    return ost_modulus_of_mineral(s->study->law, shifted, s->study->least_mpa);
}

/* Supports and loads, one row per node; and where there is one, the cortex' membrane. */
struct setup {
    uint8_t *held;
    double (*force)[3];
    double *stiffness; /* N/mm, per face of the outer surface; NULL without a membrane */
    struct ost_fem_membranes membranes;
};

/* The modulus integrated over every element, and as it is at every node. */
static bool map_modulus(const struct ost_study_case *c, const struct setup *setup,
                        const struct ost_density_shift *shift, struct ost_study_result *r,
                        struct ost_err *err)
{
    double *modulus = r->modulus, *at_node = r->modulus_at_node;
    const struct stiffness how = {c->study, shift};
    OST_AUTO(ost_grid) grid = NULL;
    if (!ost_density_apply(c->model->extended, modulus_of, &how, &grid, err))
        return false;
    study_modulus(c, grid, modulus_of, &how, modulus, r->share);
    if (setup->stiffness != NULL)
        study_cortex(c, grid, setup->stiffness);
    for (uint32_t e = 0; e < c->model->mesh->tet_count; e++) {
        modulus[e] = fmax(modulus[e], c->study->least_mpa);
        if (c->model->material == NULL)
            continue;
        modulus[e] = ost_mixture_modulus(&c->model->mixture[e], modulus[e]);
        /* Where bone is not all, its points say nothing of the whole. */
        for (int q = 0; q < 4 && r->share != NULL && c->model->mixture[e].bone < 1.0; q++)
            r->share[e][q] = 1.0;
    }
    for (uint32_t n = 0; n < c->model->mesh->node_count; n++)
        at_node[n] = ost_grid_at(grid, c->model->mesh->node[n], c->study->least_mpa);
    return true;
}

static double clamped_share(const struct ost_study_case *c)
{
    double clamped = 0.0, volume = 0.0;
    for (uint32_t e = 0; e < c->model->mesh->tet_count; e++) {
        if (!ost_bone_model_is_bone(c->model, e))
            continue;
        double here = ost_tet_volume(c->model->mesh, e);
        volume += here;
        if (ost_law_density_of_mineral(c->study->law, c->model->density[e]) > c->study->law->high)
            clamped += here;
    }
    return volume > 0.0 ? clamped / volume : 0.0;
}

static bool set_up_cortex(const struct ost_study_case *c, struct setup *setup, struct ost_err *err)
{
    const struct ost_boundary *b = c->model->boundary;
    if (!(c->study->membrane_mm > 0.0))
        return true;
    setup->stiffness = calloc((size_t)b->face_count + 1, sizeof *setup->stiffness);
    setup->membranes = (struct ost_fem_membranes){b->face_count, (const uint32_t(*)[3])b->face,
                                                  b->tet, setup->stiffness};
    return setup->stiffness != NULL ||
           ost_fail(err, OST_NOMEM, "study: no room for %u faces", b->face_count);
}

static bool set_up(const struct ost_study_case *c, struct setup *setup,
                   struct ost_study_result *result, struct ost_err *err)
{
    const struct ost_tet_mesh *mesh = c->model->mesh;
    setup->held = calloc((size_t)mesh->node_count + 1, 1);
    setup->force = calloc((size_t)mesh->node_count + 1, sizeof *setup->force);
    if (setup->held == NULL || setup->force == NULL)
        return ost_fail(err, OST_NOMEM, "study: no room for %u nodes", mesh->node_count);
    if (!set_up_cortex(c, setup, err))
        return false;
    if (!ost_bone_model_held(c->model, c->bone, c->study, setup->held, err))
        return false;
    for (uint32_t n = 0; n < mesh->node_count; n++)
        result->unknowns += setup->held[n] == 0 ? 3 : 0;
    return study_load(c, setup->force, result, err);
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The largest and the 99th percentile of the nodal stress away from the held end. */
static bool measure(const struct ost_study_case *c, struct ost_study_result *r, struct ost_err *err)
{
    const struct ost_tet_mesh *mesh = c->model->mesh;
    double *sorted = calloc((size_t)mesh->node_count + 1, sizeof *sorted);
    uint8_t *counts = study_bone_nodes(c);
    size_t count = 0;
    if (sorted == NULL || counts == NULL) {
        free(sorted);
        free(counts);
        return ost_fail(err, OST_NOMEM, "study: no room for %u nodes", mesh->node_count);
    }
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        r->max_displacement = fmax(r->max_displacement, ost_length(r->answer->displacement[n]));
        if (counts[n])
            sorted[count++] = r->von_mises_at_node[n];
    }
    qsort(sorted, count, sizeof *sorted, rising);
    double peak = count > 0 ? sorted[count - 1] : 0.0;
    r->peak_von_mises = (struct ost_span){peak, peak, peak};
    r->p99_von_mises = count > 0 ? sorted[(count - 1) * 99 / 100] : 0.0;
    free(sorted);
    free(counts);
    return study_materials(c, r, err);
}

static bool find_stress(const struct ost_study_case *c, const struct ost_fem_problem *problem,
                        struct ost_study_result *r, struct ost_err *err)
{
    const struct ost_boundary *b = c->model->boundary;
    ost_fem_stress(problem, (const double(*)[3])r->answer->displacement, r->stress);
    ost_fem_von_mises((const double(*)[6])r->stress, problem->mesh->tet_count, r->von_mises);
    for (uint32_t i = 0; i < b->face_count; i++) {
        r->von_mises_on_face[i] = ost_fem_face_von_mises(
            problem, (const double(*)[3])r->answer->displacement, b->tet[i], b->face[i]);
    }
    return ost_fem_nodal_von_mises(problem, (const double(*)[3])r->answer->displacement,
                                   r->modulus_at_node, r->von_mises_at_node, err) &&
           study_between(c, r, err);
}

/* A couple has no resultant to compare with: the reactions' beside all of its forces. */
static double left_over(const struct ost_fem_problem *problem, const struct ost_fem_result *answer)
{
    double sum = 0.0;
    for (uint32_t n = 0; n < problem->mesh->node_count; n++)
        sum += ost_length(problem->force[n]);
    return sum > 0.0 ? ost_length(answer->reaction) / sum : 0.0;
}

static struct ost_fem_problem problem_of(const struct ost_study_case *c, const struct setup *setup,
                                         const struct ost_study_result *r)
{
    return (struct ost_fem_problem){.mesh = c->model->mesh,
                                    .modulus = r->modulus,
                                    .share = (const double(*)[4])r->share,
                                    .poisson = c->study->poisson,
                                    .held = setup->held,
                                    .force = (const double(*)[3])setup->force,
                                    .membranes =
                                        setup->stiffness != NULL ? &setup->membranes : NULL};
}

/* Modulus by modulus: `shift` NULL is the study itself. */
static bool solve_once(const struct ost_study_case *c, const struct setup *setup,
                       const struct ost_density_shift *shift, const struct ost_progress *progress,
                       struct ost_study_result *r, struct ost_err *err)
{
    const struct ost_fem_problem problem = problem_of(c, setup, r);
    if (!map_modulus(c, setup, shift, r, err) ||
        (shift == NULL && !ost_fem_problem_check(&problem, err)) ||
        !c->engine.solve(c->engine.user, &problem, c->study, progress, &r->answer, err))
        return false;
    if (c->study->load == OST_LOAD_COUPLE)
        r->answer->reaction_error = left_over(&problem, r->answer);
    return find_stress(c, &problem, r, err) && measure(c, r, err);
}

static bool result_create(const struct ost_study_case *c, struct ost_study_result **out,
                          struct ost_err *err)
{
    const struct ost_tet_mesh *mesh = c->model->mesh;
    OST_AUTO(ost_study_result) r = calloc(1, sizeof *r);
    *out = NULL;
    if (r == NULL)
        return ost_fail(err, OST_NOMEM, "study: out of memory");
    r->modulus_at_node = calloc((size_t)mesh->node_count + 1, sizeof *r->modulus_at_node);
    r->modulus = calloc((size_t)mesh->tet_count + 1, sizeof *r->modulus);
    r->von_mises = calloc((size_t)mesh->tet_count + 1, sizeof *r->von_mises);
    r->von_mises_at_node = calloc((size_t)mesh->node_count + 1, sizeof *r->von_mises_at_node);
    r->von_mises_on_face =
        calloc((size_t)c->model->boundary->face_count + 1, sizeof *r->von_mises_on_face);
    r->stress = calloc((size_t)mesh->tet_count + 1, sizeof *r->stress);
    r->index = calloc((size_t)mesh->tet_count + 1, sizeof *r->index);
    /* An element of four nodes has one strain all over, and its mean is all that counts. */
    const bool varies = mesh->middle != NULL && c->study->mapping == OST_MAPPING_GAUSS;
    r->share = varies ? calloc((size_t)mesh->tet_count + 1, sizeof *r->share) : NULL;
    if ((varies && r->share == NULL) || r->modulus == NULL || r->modulus_at_node == NULL ||
        r->von_mises == NULL || r->von_mises_at_node == NULL || r->von_mises_on_face == NULL ||
        r->stress == NULL || r->index == NULL)
        return ost_fail(err, OST_NOMEM, "study: no room for %u elements", mesh->tet_count);
    *out = ost_steal(&r);
    return true;
}

/* The peak under one of the contrasts widens the span. */
static bool widen(const struct ost_study_case *c, const struct setup *setup, int which,
                  const struct ost_progress *progress, struct ost_study_result *r,
                  struct ost_err *err)
{
    OST_AUTO(ost_study_result) other = NULL;
    if (!result_create(c, &other, err) || other == NULL ||
        !solve_once(c, setup, &c->contrast[which], progress, other, err))
        return false;
    r->peak_von_mises.low = fmin(r->peak_von_mises.low, other->peak_von_mises.value);
    r->peak_von_mises.high = fmax(r->peak_von_mises.high, other->peak_von_mises.value);
    return true;
}

/* Where the bone gives way under its carpals, the forces are found with it. */
static bool touch(const struct ost_study_case *c, const struct setup *setup,
                  const struct ost_progress *progress, struct ost_study_result *r,
                  struct ost_err *err)
{
    if (c->study->load != OST_LOAD_TOUCH)
        return true;
    const struct ost_fem_problem problem = problem_of(c, setup, r);
    return map_modulus(c, setup, NULL, r, err) && ost_fem_problem_check(&problem, err) &&
           study_touch(c, &problem, progress, setup->force, r, err);
}

bool ost_study_solve(const struct ost_study_case *study_case, const struct ost_progress *progress,
                     struct ost_study_result **out, struct ost_err *err)
{
    *out = NULL;
    struct setup setup = {0};
    OST_AUTO(ost_study_result) r = NULL;
    bool spans = study_case->contrast != NULL;
    bool yields = study_case->study->yield != OST_YIELD_NONE;
    /* A load in steps takes ten times what a solve does. */
    const double solves = yields ? 0.2 : 1.0;
    struct ost_progress first = ost_progress_part(progress, 0.0, solves * (spans ? 0.34 : 1.0));
    struct ost_progress rest = ost_progress_part(progress, solves, 1.0);
    bool ok = result_create(study_case, &r, err) && r != NULL &&
              set_up(study_case, &setup, r, err) && touch(study_case, &setup, &first, r, err) &&
              solve_once(study_case, &setup, NULL, &first, r, err);
    for (int i = 0; i < 2 && ok && spans; i++) {
        struct ost_progress part =
            ost_progress_part(progress, solves * (0.34 + 0.33 * i), solves * (0.67 + 0.33 * i));
        ok = widen(study_case, &setup, i, &part, r, err);
    }
    ok = ok && study_strength(study_case, r, err);
    if (ok && yields) {
        const struct ost_fem_problem problem = problem_of(study_case, &setup, r);
        ok = study_yield(study_case, &problem, &rest, r, err);
    }
    if (ok)
        r->clamped_share = clamped_share(study_case);
    free(setup.held);
    free(setup.force);
    free(setup.stiffness);
    if (ok)
        *out = ost_steal(&r);
    return ok;
}
