/*
 * Contact of a body that deforms with rigid bones that move as one row, as an active set: the
 * nodes that have come nearer than `thickness` to a bone are pushed off it by springs along its
 * normal, p = stiffness * depth on each node's part of the surface, no tension, no friction.
 * Body and row come to rest together by Newton: each step's springs stand on the diagonal of
 * the elastic matrix, the row's moves are eliminated through one solve for each of its ways.
 * With cartilage's k / h as stiffness it is contact.h's law on bone that gives way; with a
 * stiffness far above the body's it is a penalty for bare surfaces (Wriggers, Computational
 * Contact Mechanics, 2006, ch. 9).
 */
#ifndef OST_FEM_STUDY_TOUCH_H
#define OST_FEM_STUDY_TOUCH_H

#include "fem/mesh/boundary.h"
#include "fem/study/contact.h"
#include "fem/study/plastic.h"

OST_C_BEGIN

struct ost_touch_ask {
    const struct ost_fem_problem *problem; /* held, and loaded by what else there is */
    const uint32_t (*face)[3];             /* borrowed; nodes of what may touch */
    size_t face_count;
    const struct ost_field *carpal; /* borrowed; at most OST_CARPALS_MOST */
    size_t carpal_count;
    double stiffness, thickness; /* MPa/mm, mm */
    double ligament;             /* N/mm, as in contact.h */
    double force[3];             /* N, on the row */
    double shift[3];             /* mm: where the row begins, best in contact */
    bool straight;               /* it moves along its force alone */
    double tolerance;            /* what is out of balance over the force: 1e-6 */
    struct ost_plastic_engine engine;
};

struct ost_touch_result {
    struct ost_contact contact;
    bool balanced;             /* else contact.residual says how far it came */
    uint32_t solves;           /* of the elastic matrix */
    uint32_t active;           /* nodes in contact */
    double (*displacement)[3]; /* owned; per node */
    double (*force)[3];        /* owned; N, per node, from the row */
    double *pressure;          /* owned; per node, MPa */
};

/*
 * Fails with OST_INVALID where no face may touch, no force pushes, or nothing is in contact at
 * the start; not coming to rest is told in the result.
 */
OST_MUST_CHECK
bool ost_touch_solve(const struct ost_touch_ask *ask, const struct ost_progress *progress,
                     struct ost_touch_result **out, struct ost_err *err);
void ost_touch_result_destroy(struct ost_touch_result *result); /* NULL is fine */
OST_AUTO_DEFINE(ost_touch_result);

OST_C_END

#endif
