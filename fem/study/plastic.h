/*
 * Load in steps until the bone gives way, as Mechanical Finder goes: every element yields by
 * Drucker and Prager with a twentieth of its stiffness left (fem/material/yield.h),
 * cracks where its largest principal stress passes a share of its compressive strength, and is
 * crushed where its smallest principal strain passes a limit. What has cracked or is crushed
 * is counted, not taken out: no load is let go of.
 *
 * Every step is brought to balance by Newton with the return's own tangents and a search along
 * each step, the energy of an increment being convex (associated flow, hardening).
 */
#ifndef OST_FEM_STUDY_PLASTIC_H
#define OST_FEM_STUDY_PLASTIC_H

#include "fem/material/yield.h"
#include "fem/solve/problem.h"
#include "recon/base/progress.h"

OST_C_BEGIN

struct ost_plastic_law {
    double ratio;     /* tensile over compressive strength of the cone: 0.8 */
    double slope;     /* of the modulus after yielding: 0.05 */
    double crack;     /* of the compressive strength, largest principal stress: 0.8 */
    double crush;     /* smallest principal strain: 0.01, in compression */
    double share;     /* of the counted volume that has failed at the failure load: 0.02 */
    double tolerance; /* of balance, unbalanced force over load: 1e-6 */
    uint32_t steps;   /* to the whole load: 1 to 1000 */
};
struct ost_plastic_law ost_plastic_law_default(void); /* 20 steps */

/* Solves K du = force for one set of tangents; `tolerance` is relative. */
struct ost_plastic_engine {
    bool (*solve)(const void *user, const struct ost_fem_problem *problem, double tolerance,
                  const struct ost_progress *progress, struct ost_fem_result **out,
                  struct ost_err *err);
    const void *user;
};
struct ost_plastic_engine ost_plastic_engine_own(void);

struct ost_plastic_ask {
    const struct ost_fem_problem *problem; /* the whole load; four nodes, held at nothing */
    const double *compressive;             /* per element, MPa; 0: never yields */
    const uint8_t *counted;                /* per element: of the volume that fails; NULL: all */
    struct ost_plastic_law law;
    struct ost_plastic_engine engine;
};

enum { OST_YIELDED = 1, OST_CRACKED = 2, OST_CRUSHED = 4 };

struct ost_plastic_step {
    double load;                      /* of the whole */
    double yielded, cracked, crushed; /* shares of the counted volume */
    double failed;                    /* cracked, crushed or both */
    double move;                      /* mm, the largest displacement */
    double work;                      /* N mm, load times displacement */
    double residual;                  /* unbalanced force over load */
    uint32_t newton;                  /* steps to balance */
};

enum ost_plastic_end {
    OST_PLASTIC_HELD,   /* the whole load, and it has not failed */
    OST_PLASTIC_FAILED, /* more than the share has */
    OST_PLASTIC_UNBALANCED,
    OST_PLASTIC_ENDS
};
const char *ost_plastic_end_name(enum ost_plastic_end end); /* "held" */

/* Loads are shares of the whole; NaN where none of the steps came to it. */
struct ost_plastic_result {
    uint32_t count;
    struct ost_plastic_step *step; /* owned */
    enum ost_plastic_end end;
    double first_yield;        /* the step by which any counted element has yielded */
    double first_fail;         /* likewise: cracked or crushed */
    double failure;            /* between two steps, in a straight line */
    double (*displacement)[3]; /* owned; at the last step in balance */
    double (*stress)[6];       /* owned; per element, MPa */
    uint8_t *fate;             /* owned; per element, of the bits above */
};

/*
 * Fails with OST_INVALID for a law out of range or ten-node elements. That a step does not
 * come to balance is an end, no error.
 */
OST_MUST_CHECK
bool ost_plastic_solve(const struct ost_plastic_ask *ask, const struct ost_progress *progress,
                       struct ost_plastic_result **out, struct ost_err *err);
void ost_plastic_result_destroy(struct ost_plastic_result *result); /* NULL is fine */
OST_AUTO_DEFINE(ost_plastic_result);

OST_C_END

#endif
