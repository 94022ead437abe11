/* A body that deforms and a row that presses it: where they stand and what is out of balance. */
#ifndef OST_FEM_STUDY_TOUCH_IMPL_H
#define OST_FEM_STUDY_TOUCH_IMPL_H

#include "fem/study/touch.h"

enum { TOUCH_WAYS = 3 };

/* A body and a row on the way to their rest; vectors are three numbers per node. */
struct touching {
    const struct ost_touch_ask *ask;
    double *area;        /* mm2 of surface, per node; 0: cannot touch */
    double (*spring)[6]; /* of the nodes in contact, N/mm */
    double (*u)[3], (*left)[3], (*trial)[3];
    double (
        *way[TOUCH_WAYS + 1])[3]; /* answers: to what is left over, and to each of the row's ways */
    double shift[3], row[3];      /* mm; N out of balance on the row */
    double basis[TOUCH_WAYS][3];
    int ways;
    double now;                     /* out of balance, of the force */
    double pull[9];                 /* of springs and ligaments on the row, N/mm */
    double total[OST_CARPALS_MOST]; /* N, as sizes */
    struct ost_touch_result *result;
};

/* Who touches, how hard, and what is out of balance: its size over the force. */
double touching_answer(struct touching *touching);

#endif
