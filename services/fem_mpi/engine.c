#include "fem/solve/ladder.h"
#include "services/fem_mpi/engine_impl.h"

#include <petscksp.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a solve holds; everything is PETSc's. Its calls give 0 where all is well. */
struct engine {
    Mat k;
    Vec right, x, place;
    KSP ksp;
    PetscInt first, end; /* this rank's block rows */
};

/* Which block rows fall to this rank. */
static bool share_rows(struct engine *e, PetscInt rows)
{
    PetscInt local = PETSC_DECIDE;
    if (PetscSplitOwnership(PETSC_COMM_WORLD, &local, &rows) != 0 ||
        MPI_Scan(&local, &e->end, 1, MPIU_INT, MPI_SUM, PETSC_COMM_WORLD) != 0)
        return false;
    e->first = e->end - local;
    return true;
}

/* How many blocks each row has among this rank's columns, and among the others'. */
static void count_block(const struct engine *e, PetscInt row, PetscInt column, PetscInt *on,
                        PetscInt *off)
{
    bool ours = column >= e->first && column < e->end;
    if (row >= e->first && row < e->end)
        (ours ? on : off)[row - e->first]++;
}

/* The system holds the half from the diagonal on; the other is its mirror image. */
static void count_blocks(const struct engine *e, const struct ost_fem_system *s, PetscInt *on,
                         PetscInt *off)
{
    for (uint32_t i = 0; i < s->k.rows; i++) {
        for (uint32_t k = s->k.first[i]; k < s->k.first[i + 1]; k++) {
            count_block(e, (PetscInt)i, (PetscInt)s->k.column[k], on, off);
            if (s->k.column[k] != i)
                count_block(e, (PetscInt)s->k.column[k], (PetscInt)i, on, off);
        }
    }
}

/* GAMG wants AIJ; the block size tells it that three unknowns belong together. */
static bool shape_matrix(struct engine *e, const struct ost_fem_system *s)
{
    PetscInt local = e->end - e->first;
    PetscInt *on = calloc((size_t)local + 1, sizeof *on),
             *off = calloc((size_t)local + 1, sizeof *off);
    bool ok = on != NULL && off != NULL;
    if (ok)
        count_blocks(e, s, on, off);
    ok = ok && MatCreate(PETSC_COMM_WORLD, &e->k) == 0 &&
         MatSetSizes(e->k, 3 * local, 3 * local, PETSC_DETERMINE, PETSC_DETERMINE) == 0 &&
         MatSetType(e->k, MATAIJ) == 0 && MatSetBlockSize(e->k, 3) == 0 &&
         MatXAIJSetPreallocation(e->k, 3, on, off, NULL, NULL) == 0;
    free(on);
    free(off);
    return ok;
}

/* A block into this rank's rows, as it is or turned. */
static bool put_block(struct engine *e, PetscInt row, PetscInt column, const double block[9],
                      bool turned)
{
    double mirrored[9];
    if (row < e->first || row >= e->end)
        return true;
    for (size_t m = 0; m < 9; m++)
        mirrored[m] = block[3 * (m % 3) + m / 3];
    return MatSetValuesBlocked(e->k, 1, &row, 1, &column, turned ? mirrored : block,
                               INSERT_VALUES) == 0;
}

static bool fill_matrix(struct engine *e, const struct ost_fem_system *s)
{
    bool ok = true;
    for (uint32_t i = 0; i < s->k.rows && ok; i++) {
        for (uint32_t k = s->k.first[i]; k < s->k.first[i + 1] && ok; k++) {
            PetscInt row = (PetscInt)i, column = (PetscInt)s->k.column[k];
            double block[9];
            ost_blocks_get(&s->k, k, block);
            ok = put_block(e, row, column, block, false) &&
                 (row == column || put_block(e, column, row, block, true));
        }
    }
    return ok && MatAssemblyBegin(e->k, MAT_FINAL_ASSEMBLY) == 0 &&
           MatAssemblyEnd(e->k, MAT_FINAL_ASSEMBLY) == 0 &&
           MatSetOption(e->k, MAT_SPD, PETSC_TRUE) == 0;
}

static bool fill_vectors(struct engine *e, const struct ost_fem_system *s,
                         const struct ost_tet_mesh *mesh)
{
    PetscScalar *right = NULL, *place = NULL;
    if (MatCreateVecs(e->k, &e->x, &e->right) != 0 || VecDuplicate(e->x, &e->place) != 0 ||
        VecSetBlockSize(e->place, 3) != 0 || VecGetArray(e->right, &right) != 0 ||
        VecGetArray(e->place, &place) != 0)
        return false;
    for (PetscInt i = 3 * e->first; i < 3 * e->end; i++) {
        right[i - 3 * e->first] = s->right[i / 3 * OST_WIDTH + i % 3];
        place[i - 3 * e->first] = mesh->node[s->node_of_row[i / 3]][i % 3];
    }
    return VecRestoreArray(e->right, &right) == 0 && VecRestoreArray(e->place, &place) == 0;
}

/* The six rigid motions follow from where the nodes stand; aggregation must know them. */
static bool tell_rigid_motions(struct engine *e)
{
    MatNullSpace rigid = NULL;
    return MatNullSpaceCreateRigidBody(e->place, &rigid) == 0 &&
           MatSetNearNullSpace(e->k, rigid) == 0 && MatNullSpaceDestroy(&rigid) == 0;
}

/* A step of the ladder as a matrix over this rank's fine rows; `held` NULL or bits a fine row. */
static bool step_matrix(const struct ost_ladder_step *step, const uint8_t *held, Mat *out)
{
    PetscInt fine = PETSC_DECIDE, coarse = PETSC_DECIDE, begin = 0, end = 0;
    PetscInt rows = (PetscInt)step->fine, columns = (PetscInt)step->coarse;
    if (PetscSplitOwnership(PETSC_COMM_WORLD, &fine, &rows) != 0 ||
        PetscSplitOwnership(PETSC_COMM_WORLD, &coarse, &columns) != 0 ||
        MatCreateAIJ(PETSC_COMM_WORLD, 3 * fine, 3 * coarse, PETSC_DETERMINE, PETSC_DETERMINE, 8,
                     NULL, 8, NULL, out) != 0 ||
        MatGetOwnershipRange(*out, &begin, &end) != 0)
        return false;
    bool ok = true;
    for (PetscInt row = begin; row < end && ok; row++) {
        PetscInt i = row / 3, component = row % 3;
        for (int c = 0; c < 8 && ok; c++) {
            bool none = step->row[i][c] == OST_NO_ROW || (held != NULL && held[i] >> component & 1);
            if (!none)
                ok = MatSetValue(*out, row, 3 * (PetscInt)step->row[i][c] + component,
                                 (PetscScalar)step->weight[i][c], INSERT_VALUES) == 0;
        }
    }
    return ok && MatAssemblyBegin(*out, MAT_FINAL_ASSEMBLY) == 0 &&
           MatAssemblyEnd(*out, MAT_FINAL_ASSEMBLY) == 0;
}

/* Our levels in PETSc's multigrid: its own Galerkin products, smoothers and coarse solve. */
static bool give_levels(PC pc, const struct ost_ladder *ladder, const struct ost_fem_system *s)
{
    bool ok = PCMGSetLevels(pc, ladder->count + 1, NULL) == 0 &&
              PCMGSetGalerkin(pc, PC_MG_GALERKIN_BOTH) == 0;
    for (int i = 0; i < ladder->count && ok; i++) {
        const uint8_t *held = i == 0 && s->some_held ? s->held : NULL;
        Mat p = NULL;
        /* PETSc counts levels from the coarsest. */
        ok = step_matrix(&ladder->step[i], held, &p) &&
             PCMGSetInterpolation(pc, ladder->count - i, p) == 0 && MatDestroy(&p) == 0;
    }
    return ok;
}

static bool set_up(struct engine *e, const struct ost_fem_system *s,
                   const struct ost_tet_mesh *mesh)
{
    OST_AUTO(ost_ladder) ladder = NULL;
    PetscBool lattice = PETSC_FALSE;
    PC pc = NULL;
    if (KSPSetFromOptions(e->ksp) != 0 || KSPGetPC(e->ksp, &pc) != 0 ||
        PetscObjectTypeCompare((PetscObject)pc, PCMG, &lattice) != 0)
        return false;
    if (!lattice)
        return true;
    return ost_ladder_create(&ladder, s, mesh, NULL) && give_levels(pc, ladder, s) &&
           KSPSetFromOptions(e->ksp) == 0;
}

static bool run(struct engine *e, const struct ost_fem_parcel *parcel,
                const struct ost_fem_system *s)
{
    const struct ost_fem_order *order = &parcel->order;
    return KSPCreate(PETSC_COMM_WORLD, &e->ksp) == 0 && KSPSetOperators(e->ksp, e->k, e->k) == 0 &&
           KSPSetTolerances(e->ksp, order->tolerance, 1e-300, PETSC_DEFAULT,
                            (PetscInt)order->iterations_most) == 0 &&
           set_up(e, s, parcel->mesh) && KSPSolve(e->ksp, e->right, e->x) == 0;
}

static enum ost_fem_reason reason_of(KSPConvergedReason reason)
{
    if (reason > 0)
        return OST_FEM_CONVERGED;
    switch (reason) {
    case KSP_DIVERGED_ITS:
        return OST_FEM_ITERATION_LIMIT;
    case KSP_DIVERGED_NANORINF:
    case KSP_DIVERGED_DTOL:
        return OST_FEM_NOT_FINITE;
    case KSP_DIVERGED_INDEFINITE_MAT:
    case KSP_DIVERGED_INDEFINITE_PC:
        return OST_FEM_INDEFINITE;
    default:
        return OST_FEM_STAGNATED;
    }
}

static bool take_reason(const struct engine *e, struct ost_fem_result *result)
{
    KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
    PetscInt iterations = 0;
    if (KSPGetConvergedReason(e->ksp, &reason) != 0 ||
        KSPGetIterationNumber(e->ksp, &iterations) != 0)
        return false;
    result->reason = reason_of(reason);
    result->iterations = (uint32_t)iterations;
    return true;
}

/* Node by node, with what was held. What is no number is a reason, and stands as zero. */
static void hand_out(const PetscScalar *x, const struct ost_fem_parcel *p,
                     const struct ost_fem_system *s, struct ost_fem_result *result)
{
    for (uint32_t n = 0; n < p->mesh->node_count; n++) {
        for (uint32_t c = 0; c < 3; c++) {
            bool held = p->held[n] >> c & 1;
            double place = p->place != NULL ? p->place[n][c] : 0.0;
            double move = held ? place : x[3 * s->row_of_node[n] + c];
            if (!isfinite(move))
                result->reason = OST_FEM_NOT_FINITE;
            result->displacement[n][c] = isfinite(move) ? move : 0.0;
        }
    }
}

/* Everything to rank 0; the others get an empty vector. */
static bool gather(const struct engine *e, const struct ost_fem_parcel *p,
                   const struct ost_fem_system *s, struct ost_fem_result *result)
{
    VecScatter to_first = NULL;
    Vec all = NULL;
    const PetscScalar *x = NULL;
    PetscInt size = 0;
    if (VecScatterCreateToZero(e->x, &to_first, &all) != 0 ||
        VecScatterBegin(to_first, e->x, all, INSERT_VALUES, SCATTER_FORWARD) != 0 ||
        VecScatterEnd(to_first, e->x, all, INSERT_VALUES, SCATTER_FORWARD) != 0 ||
        VecGetLocalSize(all, &size) != 0 || VecGetArrayRead(all, &x) != 0)
        return false;
    if (size > 0)
        hand_out(x, p, s, result);
    return VecRestoreArrayRead(all, &x) == 0 && VecScatterDestroy(&to_first) == 0 &&
           VecDestroy(&all) == 0;
}

bool engine_solve(const struct ost_fem_parcel *parcel, const struct ost_fem_system *system,
                  struct ost_fem_result *result)
{
    struct engine e = {0};
    if (!share_rows(&e, (PetscInt)system->k.rows) || !shape_matrix(&e, system) ||
        !fill_matrix(&e, system) || !fill_vectors(&e, system, parcel->mesh) ||
        !tell_rigid_motions(&e) || !run(&e, parcel, system) || !take_reason(&e, result) ||
        !gather(&e, parcel, system, result))
        return false;
    return KSPDestroy(&e.ksp) == 0 && MatDestroy(&e.k) == 0 && VecDestroy(&e.x) == 0 &&
           VecDestroy(&e.right) == 0 && VecDestroy(&e.place) == 0;
}
