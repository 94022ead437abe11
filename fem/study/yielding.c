/* A study's load in steps: what each element is made of when it yields. */
#include "fem/material/density.h"
#include "fem/study/solve_impl.h"

#include <math.h>
#include <stdlib.h>

/* Below this ash density, g/cm3, nothing yields in Mechanical Finder's set of laws. */
static const double least_ash = 0.2;

struct by_study {
    const struct ost_study_case *c;
};

static bool solve(const void *user, const struct ost_fem_problem *problem, double tolerance,
                  const struct ost_progress *progress, struct ost_fem_result **out,
                  struct ost_err *err)
{
    const struct ost_study_case *c = ((const struct by_study *)user)->c;
    struct ost_study study = *c->study;
    study.tolerance = tolerance;
    return c->engine.solve(c->engine.user, problem, &study, progress, out, err);
}

/* MPa in compression; 0 where it never yields. */
static double strength_of(const struct ost_study_case *c, uint32_t tet)
{
    const struct ost_law *law = c->study->law;
    const double mineral = c->model->density[tet];
    if (ost_ash_of_mineral(mineral) < least_ash)
        return 0.0;
    return law->strength(fmin(law->high, ost_law_density_of_mineral(law, mineral)));
}

bool study_yield(const struct ost_study_case *c, const struct ost_fem_problem *problem,
                 const struct ost_progress *progress, struct ost_study_result *result,
                 struct ost_err *err)
{
    const uint32_t tets = c->model->mesh->tet_count;
    const struct by_study user = {c};
    double *compressive = calloc((size_t)tets + 1, sizeof *compressive);
    uint8_t *counted = calloc((size_t)tets + 1, 1);
    bool ok = compressive != NULL && counted != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "study: no room for %u strengths", tets);
    for (uint32_t e = 0; e < tets && ok; e++) {
        compressive[e] = strength_of(c, e);
        counted[e] = result->index[e] >= 0.0; /* as of the linear estimate */
    }
    struct ost_plastic_ask ask = {.problem = problem,
                                  .compressive = compressive,
                                  .counted = counted,
                                  .law = ost_plastic_law_default(),
                                  .engine = {solve, &user}};
    ask.law.steps = c->study->increments;
    ok = ok && ost_plastic_solve(&ask, progress, &result->plastic, err);
    free(compressive);
    free(counted);
    return ok;
}
