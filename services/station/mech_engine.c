/* Who solves a study, and whether the machine has the memory for it. */
#include "fem/solve/own.h"
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

static bool solve_own(const void *user, const struct ost_fem_problem *problem,
                      const struct ost_study *study, const struct ost_progress *progress,
                      struct ost_fem_result **out, struct ost_err *err)
{
    const struct mech *m = user;
    const uint64_t given = m->options->memory_bytes;
    const struct ost_engine own = ost_engine_own();
    return ost_fem_own_fits(problem, given > 0 ? given : free_bytes(), err) &&
           own.solve(own.user, problem, study, progress, out, err);
}

static bool solve_petsc(const void *user, const struct ost_fem_problem *problem,
                        const struct ost_study *study, const struct ost_progress *progress,
                        struct ost_fem_result **out, struct ost_err *err)
{
    const struct mech *m = user;
    struct ost_fem_mpi_options options = ost_fem_mpi_options_default();
    options.ranks = m->options->ranks > 0 ? m->options->ranks : 1;
    options.folder = m->case_dir; /* a killed worker's leavings go with the case's folder */
    options.tolerance = study->tolerance;
    options.iterations_most = study->iterations_most;
    return ost_fem_solve_mpi(problem, &options, progress, out, err);
}

struct ost_engine mech_engine(const struct mech *mech)
{
    if (mech->options->engine == OST_MECH_PETSC)
        return (struct ost_engine){solve_petsc, mech, "petsc"};
    return (struct ost_engine){solve_own, mech, "own"};
}
