/*
 * The levels of our multigrid as weights alone, for engines that multiply their own matrices
 * out: how a row of each level follows from those of the next coarser one.
 */
#ifndef OST_FEM_SOLVE_LADDER_H
#define OST_FEM_SOLVE_LADDER_H

#include "fem/solve/system.h"

OST_C_BEGIN

/* Trilinear: at most eight rows above, OST_NO_ROW where there are fewer; weights sum to one. */
struct ost_ladder_step {
    uint32_t fine, coarse; /* rows, three components each */
    uint32_t (*row)[8];    /* owned; of each fine row */
    float (*weight)[8];    /* owned */
};

enum { OST_LADDER_MOST = 15 };

struct ost_ladder {
    int count;
    struct ost_ladder_step step[OST_LADDER_MOST]; /* the first leads to the system's rows */
};

/* Down to two hundred rows or fewer where that can be. Held components are the caller's to mind. */
OST_MUST_CHECK
bool ost_ladder_create(struct ost_ladder **out, const struct ost_fem_system *system,
                       const struct ost_tet_mesh *mesh, struct ost_err *err);
void ost_ladder_destroy(struct ost_ladder *ladder); /* NULL is fine */
OST_AUTO_DEFINE(ost_ladder);

OST_C_END

#endif
