/* What the files of a bone's model share. */
#ifndef OST_FEM_STUDY_MODEL_IMPL_H
#define OST_FEM_STUDY_MODEL_IMPL_H

#include "fem/study/model.h"

static inline void model_vertex(const struct ost_mesh *surface, uint32_t i, double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = (double)surface->vertex[i][k];
}

/* Depth of a point from the anatomy's origin, mm. */
double model_depth(const struct ost_study_anatomy *anatomy, const double point[3]);

/*
 * The most distal and the most proximal depth of a surface, of pieces that are no specks; beyond
 * all bounds where it has none.
 */
OST_MUST_CHECK
bool model_extent(const struct ost_mesh *surface, const struct ost_study_anatomy *anatomy,
                  double *tip, double *end, struct ost_err *err);

/* Distance, elements, surface and quality; `tip` and `cut` are known. */
OST_MUST_CHECK
bool model_make_mesh(const struct ost_study_bone *bone, const struct ost_study *study,
                     struct ost_bone_model *model, struct ost_err *err);

/* From where to where a bone is to be meshed, and how many elements were left out. */
struct reach {
    const char *name;
    double tip, cut; /* depths, mm */
    uint32_t islands;
};

/* Fails with OST_INVALID where what was meshed, the largest piece, ends between tip and cut. */
OST_MUST_CHECK
bool model_check_reach(const struct ost_tet_mesh *mesh, const struct ost_study_anatomy *anatomy,
                       const struct reach *reach, struct ost_err *err);

/* Fails with OST_INVALID where the density is none a bone can have; says what to change. */
OST_MUST_CHECK bool model_check_density(const struct ost_bone_model *model, struct ost_err *err);

#endif
