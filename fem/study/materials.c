/* What each material of a study bears, and where the bone itself is. */
#include "fem/solve/stress.h"
#include "fem/study/model_impl.h"
#include "fem/study/solve_impl.h"

#include <math.h>
#include <stdlib.h>

/* Of one thing all through, whose modulus is the law's: bone of either kind. */
static bool is_even(const struct ost_bone_model *model, uint32_t tet)
{
    return ost_bone_model_is_bone(model, tet) || model->material[tet] == OST_MATERIAL_ULNA;
}

bool study_between(const struct ost_study_case *c, struct ost_study_result *r, struct ost_err *err)
{
    const struct ost_tet_mesh *mesh = c->model->mesh;
    if (c->model->material == NULL)
        return true;
    double *mean = calloc((size_t)mesh->node_count + 1, sizeof *mean);
    bool ok =
        mean != NULL || ost_fail(err, OST_NOMEM, "study: no room for %u nodes", mesh->node_count);
    ok = ok && ost_fem_nodal_mean(mesh, r->von_mises, mean, err);
    for (uint32_t e = 0; e < mesh->tet_count && ok; e++) {
        uint32_t node[10], count = ost_tet_nodes(mesh, e, node);
        for (uint32_t k = 0; k < count && !is_even(c->model, e); k++)
            r->von_mises_at_node[node[k]] = mean[node[k]];
    }
    free(mean);
    return ok;
}

uint8_t *study_bone_nodes(const struct ost_study_case *c)
{
    const struct ost_tet_mesh *mesh = c->model->mesh;
    const double last = c->model->cut - study_end_mm;
    uint8_t *counts = calloc((size_t)mesh->node_count + 1, 1);
    for (uint32_t n = 0; n < mesh->node_count && counts != NULL; n++)
        counts[n] = model_depth(&c->bone->anatomy, mesh->node[n]) < last;
    for (uint32_t e = 0; e < mesh->tet_count && counts != NULL; e++) {
        uint32_t node[10], count = ost_tet_nodes(mesh, e, node);
        for (uint32_t k = 0; k < count && !ost_bone_model_is_bone(c->model, e); k++)
            counts[node[k]] = 0;
    }
    return counts;
}

struct piece {
    double stress, volume;
};

static int rising(const void *a, const void *b)
{
    double x = ((const struct piece *)a)->stress, y = ((const struct piece *)b)->stress;
    return x < y ? -1 : x > y;
}

/* Whether an element tells of a material: of bone where it is nothing but that. */
static bool tells_of(const struct ost_study_case *c, uint32_t e, enum ost_material material)
{
    const struct ost_bone_model *m = c->model;
    const uint32_t *t = m->mesh->tet[e];
    double depth = 0.0, end = material == OST_MATERIAL_ULNA ? m->ulna_cut : m->cut;
    for (int k = 0; k < 4; k++)
        depth += 0.25 * model_depth(&c->bone->anatomy, m->mesh->node[t[k]]);
    if (!(depth < end - study_end_mm))
        return false;
    if (material == OST_MATERIAL_BONE)
        return ost_bone_model_is_bone(m, e);
    return m->material != NULL && m->material[e] == material;
}

static struct ost_material_stress sum_up(struct piece *piece, uint32_t count)
{
    struct ost_material_stress out = {.tets = count};
    double below = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        out.volume += piece[i].volume;
        out.mean += piece[i].volume * piece[i].stress;
    }
    if (count == 0)
        return out;
    qsort(piece, count, sizeof *piece, rising);
    out.mean /= out.volume;
    out.peak = out.p99 = piece[count - 1].stress;
    for (uint32_t i = 0; i < count && below < 0.99 * out.volume; i++) {
        below += piece[i].volume;
        out.p99 = piece[i].stress;
    }
    return out;
}

bool study_materials(const struct ost_study_case *c, struct ost_study_result *r,
                     struct ost_err *err)
{
    const struct ost_tet_mesh *mesh = c->model->mesh;
    struct piece *piece = calloc((size_t)mesh->tet_count + 1, sizeof *piece);
    if (piece == NULL)
        return ost_fail(err, OST_NOMEM, "study: no room for %u elements", mesh->tet_count);
    for (int m = 0; m < OST_MATERIALS; m++) {
        uint32_t count = 0;
        if (c->model->material == NULL && m != OST_MATERIAL_BONE)
            continue;
        for (uint32_t e = 0; e < mesh->tet_count; e++) {
            if (tells_of(c, e, (enum ost_material)m))
                piece[count++] = (struct piece){r->von_mises[e], ost_tet_volume(mesh, e)};
        }
        r->material[m] = sum_up(piece, count);
    }
    free(piece);
    return true;
}
