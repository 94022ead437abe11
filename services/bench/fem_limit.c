/* What memory allows an iteration to take, and how long it is from a volume to stress. */
#include "fem/solve/own.h"
#include "fem/solve/stress.h"
#include "services/bench/fem.h"
#include "services/bench/machine.h"
#include "services/bench/run.h"

#include <math.h>
#include <stdlib.h>

enum { TRIAD = 8 << 20, RUNS = 25, ITERATIONS = 24 };

/* STREAM's triad over arrays of 64 MB, on one thread: the best of some runs. */
static bool measure_triad(double *gb_per_s, struct ost_err *err)
{
    double *a = calloc((size_t)3 * TRIAD, sizeof *a), *b = a + TRIAD, *c = b + TRIAD;
    if (a == NULL)
        return ost_fail(err, OST_NOMEM, "bench fem: no room for the triad");
    double best = INFINITY;
    for (int run = 0; run < RUNS; run++) {
        double begin = ost_bench_cpu();
        for (size_t i = 0; i < TRIAD; i++)
            a[i] = b[i] + (1.0 + run) * c[i];
        b[run] = a[TRIAD - 1 - run];
        best = fmin(best, ost_bench_cpu() - begin);
    }
    /* As STREAM counts, and we: two read, one written, what caches read to write not counted. */
    *gb_per_s = 3.0 * TRIAD * sizeof *a / best * 1e-9;
    free(a);
    return true;
}

/* When the iteration before ended, and the shortest yet. */
struct steps {
    double last, best;
};

static bool time_step(void *user, double part, const char *stage)
{
    struct steps *steps = user;
    double now = ost_bench_cpu();
    (void)part;
    (void)stage;
    steps->best = fmin(steps->best, now - steps->last);
    steps->last = now;
    return true;
}

/* Seconds of an iteration: the shortest, as of the triad, which lasts about as long. */
static bool time_iteration(const struct ost_bench_fem_load *load, double *seconds, uint64_t *bytes,
                           struct ost_err *err)
{
    struct ost_fem_options options = ost_fem_options_default();
    struct steps steps = {.best = INFINITY};
    const struct ost_progress progress = {.report = time_step, .user = &steps};
    options.tolerance = 1e-14;
    options.iterations_most = ITERATIONS;
    for (int i = 0; i < 3; i++) {
        OST_AUTO(ost_fem_result) result = NULL;
        steps.last = -INFINITY; /* what is done before the first is none */
        if (!ost_fem_solve_own(&load->problem, &options, &progress, &result, err))
            return false;
        *bytes = result->iteration_bytes;
    }
    *seconds = steps.best;
    return true;
}

bool ost_bench_fem_limit(struct ost_bench_fem_run *run, struct ost_err *err)
{
    const struct ost_bench_fem_size size = {run->quick ? 1.34 : 0.82, false, 0.0};
    struct ost_bench_fem_report *report = run->report;
    OST_AUTO(ost_bench_fem_bone) bone = NULL;
    OST_AUTO(ost_bench_fem_load) load = NULL;
    uint64_t bytes = 0;
    if (!measure_triad(&report->triad_gb_s, err) ||
        !ost_bench_fem_bone_create(run->data, &bone, err) ||
        !ost_bench_fem_load_create(bone, &size, &load, err) ||
        !time_iteration(load, &report->iteration_s, &bytes, err))
        return false;
    report->iteration_bytes = (double)bytes;
    report->iteration_over_byte_limit =
        report->iteration_s / ((double)bytes / (report->triad_gb_s * 1e9));
    ost_bench_tell("an iteration: %.2f ms, %.2f times the limit of its %.0f MB at %.1f GB/s",
                   1e3 * report->iteration_s, report->iteration_over_byte_limit,
                   1e-6 * report->iteration_bytes, report->triad_gb_s);
    return true;
}

/* From the surface and its density volume: distance, elements, moduli, solve, nodal stress. */
static bool whole_way(const struct ost_bench_fem_bone *bone, bool quadratic, double seconds[2],
                      struct ost_err *err)
{
    const struct ost_bench_fem_size size = {1.12, quadratic, 0.0};
    struct ost_fem_options options = ost_fem_options_default();
    OST_AUTO(ost_bench_fem_load) load = NULL;
    OST_AUTO(ost_fem_result) result = NULL;
    double begin = ost_bench_clock(), cpu = ost_bench_cpu();
    if (!ost_bench_fem_load_create(bone, &size, &load, err) ||
        !ost_fem_solve_own(&load->problem, &options, NULL, &result, err))
        return false;
    size_t nodes = load->mesh->node_count;
    double *stress = calloc(nodes + 1, sizeof *stress),
           *modulus = calloc(nodes + 1, sizeof *modulus);
    bool ok = stress != NULL && modulus != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "bench fem: no room for %zu nodes", nodes);
    ok = ok && ost_fem_nodal_mean(load->mesh, load->modulus, modulus, err) &&
         ost_fem_nodal_von_mises(&load->problem, (const double(*)[3])result->displacement, modulus,
                                 stress, err);
    free(stress);
    free(modulus);
    seconds[0] = ost_bench_clock() - begin;
    seconds[1] = ost_bench_cpu() - cpu;
    return ok;
}

bool ost_bench_fem_stress(struct ost_bench_fem_run *run, struct ost_err *err)
{
    OST_AUTO(ost_bench_fem_bone) bone = NULL;
    if (!ost_bench_fem_bone_create(run->data, &bone, err))
        return false;
    for (int i = 0; i < 2; i++) {
        const double *took = run->report->ct_to_stress_s[i];
        if (!whole_way(bone, i == 1, run->report->ct_to_stress_s[i], err))
            return false;
        ost_bench_tell("density volume to stress, TET%d: %.2f s, %.2f s of the processor",
                       i == 1 ? 10 : 4, took[0], took[1]);
    }
    return true;
}
