#include "fem/solve/ladder.h"

#include "fem/solve/level_impl.h"
#include "fem/solve/multigrid_impl.h"

#include <stdlib.h>

_Static_assert(OST_LADDER_MOST == MULTIGRID_LEVELS - 1, "a step from each level to the next");

void ost_ladder_destroy(struct ost_ladder *ladder)
{
    if (ladder == NULL)
        return;
    for (int i = 0; i < ladder->count; i++) {
        free(ladder->step[i].row);
        free(ladder->step[i].weight);
    }
    free(ladder);
}

/* The weights of a settled level's rows. */
static bool take_step(const struct level *fine, uint32_t coarse, struct ost_ladder_step *step,
                      struct ost_err *err)
{
    step->fine = fine->rows;
    step->coarse = coarse;
    step->row = malloc(((size_t)fine->rows + 1) * sizeof *step->row);
    step->weight = malloc(((size_t)fine->rows + 1) * sizeof *step->weight);
    if (step->row == NULL || step->weight == NULL)
        return ost_fail(err, OST_NOMEM, "ladder: no room for %u rows", fine->rows);
    for (uint32_t i = 0; i < fine->rows; i++) {
        level_weights(fine->part[i], step->weight[i]);
        for (int c = 0; c < 8; c++) {
            uint32_t row = fine->corner[fine->cell[i]][c];
            step->row[i][c] = row < coarse && step->weight[i][c] > 0.0F ? row : OST_NO_ROW;
        }
    }
    return true;
}

/* From a level with seats to the next, as the multigrid goes. */
static bool climb(struct ost_ladder *ladder, struct level *fine, struct level *coarse,
                  struct ost_err *err)
{
    struct ost_ladder_step *step = &ladder->step[ladder->count];
    if (!level_settle(fine, coarse, err))
        return false;
    ladder->count++;
    return take_step(fine, coarse->rows, step, err);
}

bool ost_ladder_create(struct ost_ladder **out, const struct ost_fem_system *system,
                       const struct ost_tet_mesh *mesh, struct ost_err *err)
{
    struct level level[OST_LADDER_MOST + 1] = {{0}};
    *out = NULL;
    OST_AUTO(ost_ladder) ladder = calloc(1, sizeof *ladder);
    if (ladder == NULL)
        return ost_fail(err, OST_NOMEM, "ladder: out of memory");
    bool ok = multigrid_seat(&level[0], system, mesh, false, err), more = true;
    while (ok && more && ladder->count < OST_LADDER_MOST &&
           level[ladder->count].rows > MULTIGRID_BOTTOM) {
        struct level *fine = &level[ladder->count];
        ok = climb(ladder, fine, fine + 1, err);
        more = level_shrinks(fine, fine + 1);
    }
    for (int i = 0; i <= OST_LADDER_MOST; i++)
        level_fini(&level[i], i == 0);
    if (!ok)
        return false;
    *out = ost_steal(&ladder);
    return true;
}
