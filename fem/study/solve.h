/*
 * A study of one bone: load, supports, solve, stress; and how far the stress may be off
 * where the density is known only to an interval.
 */
#ifndef OST_FEM_STUDY_SOLVE_H
#define OST_FEM_STUDY_SOLVE_H

#include "fem/solve/problem.h"
#include "fem/study/contact.h"
#include "fem/study/load.h"
#include "fem/study/model.h"
#include "fem/study/plastic.h"
#include "fem/study/strength.h"

OST_C_BEGIN

/* Who solves; a service may put another engine here. */
struct ost_engine {
    bool (*solve)(const void *user, const struct ost_fem_problem *problem,
                  const struct ost_study *study, const struct ost_progress *progress,
                  struct ost_fem_result **out, struct ost_err *err);
    const void *user;
    const char *name; /* "own" */
};
struct ost_engine ost_engine_own(void);

struct ost_span {
    double value, low, high;
};

/* Von Mises over the elements that are mostly of one material, 10 mm at the held end left out. */
struct ost_material_stress {
    uint32_t tets;
    double volume;          /* mm3 */
    double mean, p99, peak; /* MPa, by volume */
};

struct ost_study_result {
    struct ost_fem_result *answer;
    double *modulus;           /* per element, MPa */
    double (*share)[4];        /* of it at its four points; NULL: it is the same all over */
    double *modulus_at_node;   /* MPa; the law's, of bone alone */
    double *von_mises;         /* per element, MPa */
    double *von_mises_at_node; /* MPa; see ost_fem_nodal_von_mises() */
    double *von_mises_on_face; /* MPa, per face of the model's boundary: over its Gauss points */
    double (*stress)[6];       /* per element, MPa: xx, yy, zz, xy, yz, zx */
    double *index;             /* per element: Coulomb-Mohr, 1 fails; -1 does not count */
    uint32_t unknowns;
    double clamped_share; /* of the volume: denser than the law's range */
    bool has_strength;    /* the law gives one: `index` and both estimates mean something */
    struct ost_failure coulomb_mohr, drucker_prager;
    /* Where the study yields: the load in steps, beside the linear answer to all of it. */
    struct ost_plastic_result *plastic;
    double diameters; /* from the joint to the held section, in diameters of that section */
    struct ost_disc disc[OST_FOSSAE];
    struct ost_disc_load load[OST_FOSSAE]; /* of discs; of an end the first alone */
    struct ost_disc_load ulna;             /* of a study with it: its head */
    struct ost_contact contact;            /* of a contact study */
    uint32_t touch_solves, touch_nodes;    /* where the bone gives way: of the matrix; touched */
    struct ost_material_stress material[OST_MATERIALS];
    /* At nodes of bone at least 10 mm from the held end, which is stiffer than life. */
    struct ost_span peak_von_mises; /* MPa */
    double p99_von_mises;           /* MPa; the share of 1 % lies above */
    double max_displacement;        /* mm */
};

/* What is solved; all borrowed. */
struct ost_study_case {
    const struct ost_study_bone *bone;
    const struct ost_study *study;
    const struct ost_bone_model *model;
    struct ost_engine engine;
    /*
     * NULL, or two shifts of the density that make the most and the least difference
     * between cortex and trabeculae: each is solved too and widens the peak's span.
     */
    const struct ost_density_shift *contrast;
};

/* Not converging is no error: it stands in answer->reason. */
OST_MUST_CHECK
bool ost_study_solve(const struct ost_study_case *study_case, const struct ost_progress *progress,
                     struct ost_study_result **out, struct ost_err *err);
void ost_study_result_destroy(struct ost_study_result *result); /* NULL is fine */
OST_AUTO_DEFINE(ost_study_result);

OST_C_END

#endif
