#include "services/fem_mpi/client.h"

#include "fem/solve/wire.h"
#include "services/fem_mpi/spawn_impl.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OST_PATH = 1024 };

struct ost_fem_mpi_options ost_fem_mpi_options_default(void)
{
    return (struct ost_fem_mpi_options){
        .ranks = 1, .timeout_s = 600.0, .tolerance = 1e-8, .iterations_most = 500};
}

/* Beside the running program, or, for tests, one folder up. */
static bool find_program(const char *given, char path[OST_PATH], struct ost_err *err)
{
    char self[OST_PATH / 2];
    if (given != NULL) {
        int length = snprintf(path, OST_PATH, "%s", given);
        if (length > 0 && length < OST_PATH && access(path, X_OK) == 0)
            return true;
        return ost_fail(err, OST_UNAVAILABLE, "engine: no such program");
    }
    ssize_t got = readlink("/proc/self/exe", self, sizeof self - 1);
    self[got > 0 ? got : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash != NULL)
        *slash = '\0';
    for (int i = 0; slash != NULL && i < 2; i++) {
        (void)snprintf(path, OST_PATH, i == 0 ? "%s/osteon-fem-mpi" : "%s/../osteon-fem-mpi", self);
        if (access(path, X_OK) == 0)
            return true;
    }
    return ost_fail(err, OST_UNAVAILABLE,
                    "osteon-fem-mpi is not installed; build with libpetsc-real-dev or use the "
                    "own engine");
}

static bool put_file(const char *path, const struct ost_buf *bytes, struct ost_err *err)
{
    FILE *file = fopen(path, "wbx");
    if (file == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "engine: no place for a problem file");
    bool ok = fwrite(bytes->ptr, 1, bytes->len, file) == bytes->len;
    ok = fclose(file) == 0 && ok;
    return ok || ost_fail(err, OST_UNAVAILABLE, "engine: no room for %zu bytes", bytes->len);
}

static bool put_problem(const struct ost_fem_problem *problem,
                        const struct ost_fem_mpi_options *options, const char *path,
                        struct ost_err *err)
{
    struct ost_fem_order order = {options->tolerance, options->iterations_most};
    struct ost_buf bytes;
    ost_buf_init(&bytes, (size_t)problem->mesh->node_count * 73 +
                             (size_t)problem->mesh->tet_count * 48 + 256);
    bool ok = ost_fem_problem_write(problem, &order, &bytes, err) && put_file(path, &bytes, err);
    ost_buf_fini(&bytes);
    return ok;
}

static bool take_result(const char *path, uint32_t nodes, struct ost_fem_result **out,
                        struct ost_err *err)
{
    size_t room = (size_t)nodes * 24 + 64;
    unsigned char *bytes = malloc(room);
    FILE *file = bytes != NULL ? fopen(path, "rb") : NULL;
    if (file == NULL) {
        free(bytes);
        return ost_fail(err, OST_UNAVAILABLE, "engine: it left no result");
    }
    size_t len = fread(bytes, 1, room, file);
    (void)fclose(file);
    bool ok = ost_fem_result_read(bytes, len, nodes, out, err);
    free(bytes);
    return ok;
}

/* PETSc's options of each method, beyond those the program begins with. */
enum { METHOD_WORDS = 8, METHOD_WORD = 32 };
static const char method[OST_FEM_MPI_METHODS][METHOD_WORDS][METHOD_WORD] = {
    /* Columns of our weights may depend on each other: the coarsest matrix is only semi-definite.
     */
    [OST_FEM_MPI_LATTICE] = {"-pc_type", "mg", "-mg_coarse_pc_type", "redundant",
                             "-mg_coarse_redundant_pc_type", "svd"},
    [OST_FEM_MPI_DIRECT] = {"-ksp_type", "preonly", "-pc_type", "cholesky",
                            "-pc_factor_mat_solver_type", "mumps"},
};

/* The words of a command and where they are kept. */
struct words {
    char method[METHOD_WORDS][METHOD_WORD];
    char mpirun[5][16], ranks[16];
    char program[OST_PATH], in[OST_PATH], out[OST_PATH];
    char *argv[10 + METHOD_WORDS];
};

/* Under mpirun where there are several ranks. */
static void arrange(struct words *w, uint32_t ranks, enum ost_fem_mpi_method how)
{
    static const char mpirun[5][16] = {"mpirun", "--oversubscribe", "--bind-to", "none", "-np"};
    size_t at = 0;
    memcpy(w->mpirun, mpirun, sizeof mpirun);
    (void)snprintf(w->ranks, sizeof w->ranks, "%u", ranks);
    for (size_t i = 0; i < 5 && ranks > 1; i++)
        w->argv[at++] = w->mpirun[i];
    if (ranks > 1)
        w->argv[at++] = w->ranks;
    w->argv[at++] = w->program;
    w->argv[at++] = w->in;
    w->argv[at++] = w->out;
    memcpy(w->method, method[how], sizeof w->method);
    for (size_t i = 0; i < METHOD_WORDS && w->method[i][0] != '\0'; i++)
        w->argv[at++] = w->method[i];
    w->argv[at] = NULL;
}

bool ost_fem_solve_mpi(const struct ost_fem_problem *problem,
                       const struct ost_fem_mpi_options *options,
                       const struct ost_progress *progress, struct ost_fem_result **out,
                       struct ost_err *err)
{
    char folder[OST_PATH / 2];
    struct words w;
    *out = NULL;
    if ((unsigned)options->method >= OST_FEM_MPI_METHODS || options->ranks == 0 ||
        options->ranks > 4096 || !(options->timeout_s > 0.0) || !(options->cpu_s >= 0.0) ||
        !isfinite(options->cpu_s)) {
        return ost_fail(err, OST_INVALID, "engine: %u ranks, %g s, %g s of the processor",
                        options->ranks, options->timeout_s, options->cpu_s);
    }
    if (!find_program(options->program, w.program, err))
        return false;
    int length = snprintf(folder, sizeof folder, "%s/osteon-fem-XXXXXX",
                          options->folder != NULL ? options->folder : "/tmp");
    if (length < 0 || (size_t)length >= sizeof folder || mkdtemp(folder) == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "engine: no folder for its files");
    (void)snprintf(w.in, sizeof w.in, "%s/problem", folder);
    (void)snprintf(w.out, sizeof w.out, "%s/result", folder);
    arrange(&w, options->ranks, options->method);
    OST_AUTO(ost_fem_result) result = NULL;
    const struct spawn_limit limit = {options->timeout_s, options->cpu_s};
    bool ok = put_problem(problem, options, w.in, err) &&
              spawn_and_wait(w.argv, &limit, progress, err) &&
              take_result(w.out, problem->mesh->node_count, &result, err);
    (void)unlink(w.in);
    (void)unlink(w.out);
    (void)rmdir(folder);
    if (!ok || !ost_fem_result_judge(problem, result, err))
        return false;
    *out = ost_steal(&result);
    return true;
}
