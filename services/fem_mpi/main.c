/*
 * osteon-fem-mpi PROBLEM RESULT: reads a problem file, solves it on all ranks it was
 * started with, writes a result file. Exit 0 where a result was written, 3 on a bad
 * problem, 5 otherwise. PETSc's options may follow.
 */
#include "services/fem_mpi/engine_impl.h"

#include <petscsys.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

/*
 * Threshold, smoother and near null space as measured best for bone: the defaults cost
 * up to three times the iterations. Given options win over these.
 */
static const char settings[] =
    "-ksp_type cg -ksp_norm_type unpreconditioned -pc_type gamg -pc_gamg_threshold 0.01 "
    "-mg_levels_ksp_max_it 2 -mg_levels_pc_type jacobi";

enum { OST_INPUT = 3, OST_TROUBLE = 5 };

static unsigned char *take_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = NULL;
    if (file == NULL)
        return NULL;
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (size > 0 && fseek(file, 0, SEEK_SET) == 0)
        bytes = malloc((size_t)size);
    *len = bytes != NULL ? fread(bytes, 1, (size_t)size, file) : 0;
    (void)fclose(file);
    return bytes;
}

static bool put_result(const char *path, const struct ost_fem_result *result)
{
    struct ost_buf out;
    ost_buf_init(&out, (size_t)result->node_count * 24 + 64);
    bool ok = ost_fem_result_write(result, &out, NULL);
    FILE *file = ok ? fopen(path, "wb") : NULL;
    ok = file != NULL && fwrite(out.ptr, 1, out.len, file) == out.len;
    ok = file != NULL && fclose(file) == 0 && ok;
    ost_buf_fini(&out);
    return ok;
}

static bool read_problem(const char *path, struct ost_fem_parcel **parcel,
                         struct ost_fem_system **system)
{
    struct ost_err err = {0};
    size_t len = 0;
    unsigned char *bytes = take_file(path, &len);
    bool ok = bytes != NULL && ost_fem_problem_read(bytes, len, parcel, &err);
    free(bytes);
    ok = ok && ost_fem_problem_check(&(*parcel)->problem, &err) &&
         ost_fem_system_create(system, &(*parcel)->problem, &err);
    if (!ok)
        (void)fprintf(stderr, "osteon-fem-mpi: %s\n", bytes != NULL ? err.msg : "no problem file");
    return ok;
}

static int solve(const char *in, const char *out)
{
    OST_AUTO(ost_fem_parcel) parcel = NULL;
    OST_AUTO(ost_fem_system) system = NULL;
    OST_AUTO(ost_fem_result) result = NULL;
    int rank = 0;
    if (!read_problem(in, &parcel, &system))
        return OST_INPUT;
    if (!ost_fem_result_create(&result, parcel->mesh->node_count, NULL) ||
        !engine_solve(parcel, system, result))
        return OST_TROUBLE;
    (void)MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
    return rank == 0 && !put_result(out, result) ? OST_TROUBLE : 0;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)fprintf(stderr, "usage: osteon-fem-mpi PROBLEM RESULT [PETSc options]\n");
        return 2;
    }
    /* A rank is nothing without its mpirun, however that one ends. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (PetscInitialize(&argc, &argv, NULL, NULL) != 0)
        return OST_TROUBLE;
    /* Ours first, the command line's over them. */
    int code = PetscOptionsClear(NULL) != 0 || PetscOptionsInsertString(NULL, settings) != 0 ||
                       PetscOptionsInsertArgs(NULL, argc, argv) != 0
                   ? OST_TROUBLE
                   : solve(argv[1], argv[2]);
    return PetscFinalize() != 0 && code == 0 ? OST_TROUBLE : code;
}
