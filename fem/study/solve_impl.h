/* What the files of a solve share. */
#ifndef OST_FEM_STUDY_SOLVE_IMPL_H
#define OST_FEM_STUDY_SOLVE_IMPL_H

#include "fem/study/joint.h"
#include "fem/study/solve.h"

static const double study_end_mm = 10.0; /* near the held end stresses are no bone's */

/* The study's loads, added to `force`; what was loaded goes to the result. */
OST_MUST_CHECK
bool study_load(const struct ost_study_case *c, double (*force)[3], struct ost_study_result *result,
                struct ost_err *err);

/* What presses on the joint of a contact: its patches and two carpals seated on them. */
OST_MUST_CHECK
bool study_row(const struct ost_study_case *c, struct ost_joint **joint, struct ost_row *row,
               struct ost_err *err);

/* The forces of a contact on bone of these moduli, in the place of those in `force`. */
OST_MUST_CHECK
bool study_touch(const struct ost_study_case *c, const struct ost_fem_problem *problem,
                 const struct ost_progress *progress, double (*force)[3],
                 struct ost_study_result *result, struct ost_err *err);

/* Moduli of the elements in the study's way; `grid` holds the law's modulus per voxel. `share` is
 * NULL or, where the way is by Gauss points, gets each point's part. */
void study_modulus(const struct ost_study_case *c, const struct ost_grid *grid,
                   double (*law)(const void *user, double density), const void *user,
                   double *modulus, double (*share)[4]);

/*
 * Where something else meets bone, strain jumps and bone's modulus times its mean is no stress:
 * the nodes there get the mean of the elements' own, by volume.
 */
OST_MUST_CHECK
bool study_between(const struct ost_study_case *c, struct ost_study_result *r, struct ost_err *err);

/* 1 at nodes of bone alone, away from where it is held; the caller frees. NULL without memory. */
uint8_t *study_bone_nodes(const struct ost_study_case *c);

/* The stress in every material. */
OST_MUST_CHECK
bool study_materials(const struct ost_study_case *c, struct ost_study_result *r,
                     struct ost_err *err);

/* N/mm of a membrane on each face of the outer surface; `modulus` is the law's per voxel. */
void study_cortex(const struct ost_study_case *c, const struct ost_grid *modulus,
                  double *stiffness);

/* Failure indices, both estimates, and how far away the bone is held. */
OST_MUST_CHECK
bool study_strength(const struct ost_study_case *c, struct ost_study_result *result,
                    struct ost_err *err);

/* The load in steps, on the problem the linear answer is of; after study_strength(). */
OST_MUST_CHECK
bool study_yield(const struct ost_study_case *c, const struct ost_fem_problem *problem,
                 const struct ost_progress *progress, struct ost_study_result *result,
                 struct ost_err *err);

#endif
