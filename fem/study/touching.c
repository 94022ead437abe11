/* A study's carpals on bone that gives way. */
#include "fem/study/solve_impl.h"
#include "fem/study/touch.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

static bool solve(const void *user, const struct ost_fem_problem *problem, double tolerance,
                  const struct ost_progress *progress, struct ost_fem_result **out,
                  struct ost_err *err)
{
    const struct ost_study_case *c = user;
    struct ost_study study = *c->study;
    study.tolerance = tolerance;
    return c->engine.solve(c->engine.user, problem, &study, progress, out, err);
}

static bool press(const struct ost_study_case *c, const struct ost_fem_problem *problem,
                  const struct ost_joint *joint, const struct ost_row *row,
                  const struct ost_study_result *start, const struct ost_progress *progress,
                  struct ost_touch_result **out, struct ost_err *err)
{
    const struct ost_field carpal[OST_FOSSAE] = {ost_field_of_ball(&row->ball[0]),
                                                 ost_field_of_ball(&row->ball[1])};
    const double h = row->cartilage.thickness;
    uint32_t(*face)[3] = calloc((size_t)joint->count + 1, sizeof *face);
    if (face == NULL)
        return ost_fail(err, OST_NOMEM, "contact: no room for %u faces", joint->count);
    for (uint32_t i = 0; i < joint->count; i++)
        memcpy(face[i], c->model->boundary->face[joint->face[i]], sizeof face[i]);
    struct ost_touch_ask ask = {.problem = problem,
                                .face = (const uint32_t(*)[3])face,
                                .face_count = joint->count,
                                .carpal = carpal,
                                .carpal_count = OST_FOSSAE,
                                .stiffness = ost_cartilage_confined(&row->cartilage) / h,
                                .thickness = h,
                                .ligament = row->cartilage.ligament,
                                .tolerance = 1e-5,
                                .engine = {solve, c}};
    memcpy(ask.force, row->force, sizeof ask.force);
    memcpy(ask.shift, start->contact.shift, sizeof ask.shift);
    bool ok = ost_touch_solve(&ask, progress, out, err);
    free(face);
    return ok;
}

bool study_touch(const struct ost_study_case *c, const struct ost_fem_problem *problem,
                 const struct ost_progress *progress, double (*force)[3],
                 struct ost_study_result *result, struct ost_err *err)
{
    const size_t nodes = c->model->mesh->node_count;
    struct ost_row row;
    OST_AUTO(ost_joint) joint = NULL;
    OST_AUTO(ost_touch_result) touch = NULL;
    struct ost_fem_problem bare = *problem;
    double(*none)[3] = calloc(nodes + 1, sizeof *none);
    if (none == NULL)
        return ost_fail(err, OST_NOMEM, "contact: no room for %zu nodes", nodes);
    bare.force = (const double(*)[3])none;
    bool ok = study_row(c, &joint, &row, err) && joint != NULL &&
              press(c, &bare, joint, &row, result, progress, &touch, err) && touch != NULL;
    free(none);
    if (!ok)
        return false;
    if (!touch->balanced)
        return ost_fail(err, OST_NOT_FOUND,
                        "contact: bone and row find no rest; %.1e of the load is left",
                        touch->contact.residual);
    memcpy(force, touch->force, nodes * sizeof *force);
    result->contact = touch->contact;
    result->touch_solves = touch->solves;
    result->touch_nodes = touch->active;
    return true;
}
