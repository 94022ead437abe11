/* A body that yields: what its elements remember and how they answer. */
#ifndef OST_FEM_STUDY_PLASTIC_IMPL_H
#define OST_FEM_STUDY_PLASTIC_IMPL_H

#include "fem/study/plastic.h"

/* Vectors are three numbers per node. */
struct yielding {
    const struct ost_plastic_ask *ask;
    struct ost_yield_state *before, *after; /* per element */
    double (*tangent)[OST_TANGENT];
    double (*stress)[6], (*strain)[6];
    double (*u)[3], (*trial)[3], (*inner)[3], (*left)[3];
    struct ost_plastic_result *result;
};

/* Stress, what is remembered, tangents and inner forces at the moves `u`. */
void yielding_answer(struct yielding *y, double (*u)[3]);

/* left = load * force - inner where a node may move, else nothing; its norm over the load's. */
double yielding_left(struct yielding *y, double load);

/* What has happened by now, with y->u in balance under `load`. */
void yielding_judge(const struct yielding *y, double load, struct ost_plastic_step *step);

#endif
