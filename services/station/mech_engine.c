/* Who solves a study, and whether the machine has the memory for it. */
#include "fem/solve/own.h"
#include "fem/solve/wire.h"
#include "services/fem_mpi/client.h"
#include "services/station/mech_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* The number in a file of the kernel's after `key`; UINT64_MAX where there is none. */
static uint64_t look_up(const char *path, const char *key)
{
    char line[128];
    uint64_t value = UINT64_MAX;
    FILE *file = fopen(path, "r");
    while (file != NULL && value == UINT64_MAX && fgets(line, sizeof line, file) != NULL) {
        char *end = NULL;
        if (strncmp(line, key, strlen(key)) != 0)
            continue;
        unsigned long long number = strtoull(line + strlen(key), &end, 10);
        if (end != line + strlen(key))
            value = (uint64_t)number;
    }
    if (file != NULL)
        (void)fclose(file);
    return value;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Of the machine, of the group of processes this one is in, and of this one: the least. */
static uint64_t free_bytes(void)
{
    struct rlimit limit;
    uint64_t machine = look_up("/proc/meminfo", "MemAvailable:");
    uint64_t most = look_up("/sys/fs/cgroup/memory.max", "");
    uint64_t used = look_up("/sys/fs/cgroup/memory.current", "");
    uint64_t cached = look_up("/sys/fs/cgroup/memory.stat", "inactive_file "); /* given back */
    uint64_t bytes = machine < UINT64_MAX >> 10 ? machine << 10 : UINT64_MAX;
    if (cached < used && used != UINT64_MAX)
        used -= cached;
    if (most != UINT64_MAX && used != UINT64_MAX)
        bytes = least(bytes, most > used ? most - used : 0);
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        bytes = least(bytes, (uint64_t)limit.rlim_cur);
    return bytes;
}

const char *ost_mech_engine_name(enum ost_mech_engine engine)
{
    static const char *const name[] = {[OST_MECH_OWN] = "own",
                                       [OST_MECH_PETSC] = "petsc",
                                       [OST_MECH_LATTICE] = "lattice",
                                       [OST_MECH_DIRECT] = "direct"};
    return (unsigned)engine < OST_MECH_ENGINES ? name[engine] : "unknown";
}

static bool by_petsc(const struct mech *m, enum ost_fem_mpi_method method,
                     const struct ost_fem_problem *problem, const struct ost_study *study,
                     const struct ost_progress *progress, struct ost_fem_result **out,
                     struct ost_err *err)
{
    struct ost_fem_mpi_options options = ost_fem_mpi_options_default();
    options.method = method;
    options.ranks = m->options->ranks > 0 ? m->options->ranks : 1;
    options.folder = m->case_dir; /* a killed worker's leavings go with the case's folder */
    options.tolerance = study->tolerance;
    options.iterations_most = study->iterations_most;
    return ost_fem_solve_mpi(problem, &options, progress, out, err);
}

static uint64_t bytes_for(const struct mech *m)
{
    return m->options->memory_bytes > 0 ? m->options->memory_bytes : free_bytes();
}

/*
 * What did not converge is factored, where that can be done: a slender bone takes some 6 kB an
 * unknown (measured: 266 MB for 55 000, 1.2 GB for 197 000). Where it cannot, what is there stays.
 */
static bool fall_back(const struct mech *m, const struct ost_fem_problem *problem,
                      const struct ost_study *study, const struct ost_progress *progress,
                      struct ost_fem_result **result, struct ost_err *err)
{
    const uint64_t each = 6000, unknowns = (uint64_t)3 * problem->mesh->node_count;
    OST_AUTO(ost_fem_result) direct = NULL;
    struct ost_err why = {0};
    if ((*result)->reason == OST_FEM_CONVERGED || !ost_fem_problem_is_writable(problem) ||
        unknowns * each > bytes_for(m))
        return true;
    if (!by_petsc(m, OST_FEM_MPI_DIRECT, problem, study, progress, &direct, &why)) {
        if (why.code != OST_CANCELLED)
            return true;
        *err = why;
        return false;
    }
    if (direct->reason != OST_FEM_CONVERGED || !(direct->relative_residual <= 1e-6))
        return true;
    direct->instead = "direct (MUMPS): ours did not converge";
    ost_fem_result_destroy(*result);
    *result = ost_steal(&direct);
    return true;
}

static bool solve_own(const void *user, const struct ost_fem_problem *problem,
                      const struct ost_study *study, const struct ost_progress *progress,
                      struct ost_fem_result **out, struct ost_err *err)
{
    const struct mech *m = user;
    const struct ost_engine own = ost_engine_own();
    return ost_fem_own_fits(problem, bytes_for(m), err) &&
           own.solve(own.user, problem, study, progress, out, err) &&
           fall_back(m, problem, study, progress, out, err);
}

static bool solve_petsc(const void *user, const struct ost_fem_problem *problem,
                        const struct ost_study *study, const struct ost_progress *progress,
                        struct ost_fem_result **out, struct ost_err *err)
{
    static const enum ost_fem_mpi_method method[OST_MECH_ENGINES] = {
        [OST_MECH_PETSC] = OST_FEM_MPI_GAMG,
        [OST_MECH_LATTICE] = OST_FEM_MPI_LATTICE,
        [OST_MECH_DIRECT] = OST_FEM_MPI_DIRECT};
    const struct mech *m = user;
    return by_petsc(m, method[m->options->engine], problem, study, progress, out, err);
}

struct ost_engine mech_engine(const struct mech *mech)
{
    bool own = mech->options->engine == OST_MECH_OWN;
    return (struct ost_engine){own ? solve_own : solve_petsc, mech,
                               ost_mech_engine_name(mech->options->engine)};
}
