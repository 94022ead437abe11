#include "fem/material/density.h"
#include "fem/study/solve_impl.h"
#include "recon/math/vec.h"

#include <stdlib.h>

static const double share = 0.02, mohr_ratio = 0.5, prager_ratio = 0.8;

static double depth_of(const struct ost_study_case *c, uint32_t e)
{
    const struct ost_tet_mesh *mesh = c->model->mesh;
    double depth = 0.0, from[3];
    for (int k = 0; k < 4; k++) {
        ost_sub(c->bone->anatomy.origin, mesh->node[mesh->tet[e][k]], from);
        depth += 0.25 * ost_dot(from, c->bone->anatomy.axis);
    }
    return depth;
}

/* The compressive strength of an element; 0 where it does not count. */
static double strength_of(const struct ost_study_case *c, uint32_t e)
{
    const struct ost_law *law = c->study->law;
    double density = ost_law_density_of_mineral(law, c->model->density[e]);
    bool gripped = c->study->load == OST_LOAD_END || c->study->load == OST_LOAD_COUPLE;
    double mould = gripped ? c->model->tip + c->study->end_mm : -INFINITY;
    double depth = depth_of(c, e);
    if (!(c->model->density[e] > 0.0) || !ost_bone_model_is_bone(c->model, e) ||
        depth > c->model->cut - study_end_mm || depth < mould)
        return 0.0;
    return law->strength(fmin(law->high, density));
}

/* The section's area as the mean over six millimetres next to where it is held. */
static double diameters_of(const struct ost_study_case *c)
{
    const double near = 2.0, far = 8.0;
    double volume = 0.0;
    for (uint32_t e = 0; e < c->model->mesh->tet_count; e++) {
        double off = c->model->cut - depth_of(c, e);
        bool beside = c->model->material != NULL && c->model->material[e] == OST_MATERIAL_ULNA;
        volume += off > near && off < far && !beside ? ost_tet_volume(c->model->mesh, e) : 0.0;
    }
    double area = volume / (far - near);
    return area > 0.0 ? c->model->cut / sqrt(4.0 * area / OST_PI) : 0.0;
}

bool study_strength(const struct ost_study_case *c, struct ost_study_result *result,
                    struct ost_err *err)
{
    uint32_t tets = c->model->mesh->tet_count;
    result->diameters = diameters_of(c);
    result->has_strength = c->study->law->strength != NULL;
    if (!result->has_strength)
        return true;
    double *prager = calloc((size_t)tets + 1, sizeof *prager);
    if (prager == NULL)
        return ost_fail(err, OST_NOMEM, "strength: no room for %u elements", tets);
    for (uint32_t e = 0; e < tets; e++) {
        double s = strength_of(c, e);
        result->index[e] = s > 0.0 ? ost_coulomb_mohr(result->stress[e], s, mohr_ratio) : -1.0;
        prager[e] =
            s > 0.0 ? fmax(0.0, ost_drucker_prager(result->stress[e], prager_ratio)) / s : -1.0;
    }
    bool ok =
        ost_failure_estimate(c->model->mesh, result->index, share, &result->coulomb_mohr, err) &&
        ost_failure_estimate(c->model->mesh, prager, share, &result->drucker_prager, err);
    free(prager);
    return ok;
}
