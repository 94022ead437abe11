#include "fem/solve/own.h"
#include "services/bench/fem.h"
#include "services/bench/machine.h"
#include "services/bench/peer.h"
#include "services/bench/run.h"
#include "services/fem_mpi/client.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of the processor; by the clock only where a machine gives a twentieth of one. */
static const double petsc_cpu_s = 1800.0, petsc_wall_s = 36000.0;

/* What is solved. Lattices are chosen for about so many unknowns of the radius of 85 mm. */
struct plan {
    const char *name;
    struct ost_bench_fem_size size;
    bool quick;     /* also where there is little time */
    bool direct;    /* SPOOLES takes minutes and 10 GB beyond */
    bool iterative; /* of CalculiX; with ten nodes it takes six minutes at a million */
    bool peers;
};
static const struct plan plan[] = {
    {"tet4_50k", {1.34, false, 0.0}, true, true, true, true},
    {"tet10_50k", {2.5, true, 0.0}, true, true, true, true},
    {"tet4_50k_contrast_1", {1.34, false, 1.0}, true, false, false, false},
    {"tet4_50k_contrast_1e9", {1.34, false, 1e9}, true, false, false, false},
    {"tet4_200k", {0.82, false, 0.0}, false, true, true, true},
    {"tet10_200k", {1.62, true, 0.0}, false, true, true, true},
    {"tet4_1m", {0.475, false, 0.0}, false, false, true, true},
    {"tet10_1m", {0.96, true, 0.0}, false, false, false, true},
};

/* One run of ours: its seconds and its f.u. */
struct own_run {
    double seconds, cpu_s, work, residual, iterations;
};

static bool run_own(const struct ost_bench_fem_load *load, double tolerance, struct own_run *out,
                    struct ost_err *err)
{
    struct ost_fem_options options = ost_fem_options_default();
    OST_AUTO(ost_fem_result) result = NULL;
    options.tolerance = tolerance;
    double begin = ost_bench_clock(), cpu = ost_bench_cpu();
    if (!ost_fem_solve_own(&load->problem, &options, NULL, &result, err))
        return false;
    *out = (struct own_run){ost_bench_clock() - begin, ost_bench_cpu() - cpu, result->work,
                            result->relative_residual, result->iterations};
    return result->reason == OST_FEM_CONVERGED ||
           ost_fail(err, OST_UNAVAILABLE, "ours did not converge: %s",
                    ost_fem_reason_name(result->reason));
}

static bool again(const struct ost_bench_fem_load *load, struct ost_bench_fem_case *c,
                  struct ost_err *err)
{
    struct own_run run;
    if (!run_own(load, 1e-8, &run, err))
        return false;
    c->seconds = fmax(c->seconds, run.seconds);
    c->cpu_s = fmax(c->cpu_s, run.cpu_s);
    c->iterations = run.iterations;
    c->f_dot_u = run.work;
    c->relative_residual = run.residual;
    return true;
}

/*
 * Compared as it is where f.u agrees to 1e-6. One that stops earlier is compared with ours
 * loosened until ours loses as much; a direct one that is further off is not compared.
 */
static bool compare(const struct ost_bench_fem_load *load, const struct ost_bench_fem_case *c,
                    bool loosen, struct ost_bench_fem_peer *peer, double work, struct ost_err *err)
{
    static const double tolerance[] = {1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8};
    peer->f_dot_u_gap = fabs(work / c->f_dot_u - 1.0);
    peer->ours_cpu_s = c->cpu_s;
    peer->ours_gap = 0.0;
    if (!(peer->f_dot_u_gap <= 1e-6) && !(loosen && peer->f_dot_u_gap < 1e-2)) {
        (void)snprintf(peer->why, sizeof peer->why, "f.u differs by %.1e: not the same answer",
                       peer->f_dot_u_gap);
        return true;
    }
    bool found = peer->f_dot_u_gap <= 1e-6;
    for (size_t i = 0; i < sizeof tolerance / sizeof tolerance[0] && !found; i++) {
        struct own_run run;
        if (!run_own(load, tolerance[i], &run, err))
            return false;
        peer->ours_gap = fabs(run.work / c->f_dot_u - 1.0);
        peer->ours_cpu_s = run.cpu_s;
        found = peer->ours_gap <= peer->f_dot_u_gap;
    }
    peer->ratio = peer->cpu_s / peer->ours_cpu_s;
    return true;
}

static bool run_petsc(const struct ost_bench_fem_load *load, struct ost_bench_fem_peer *peer,
                      double *work, struct ost_err *err)
{
    struct ost_fem_mpi_options options = ost_fem_mpi_options_default();
    OST_AUTO(ost_fem_result) result = NULL;
    options.cpu_s = petsc_cpu_s;
    options.timeout_s = petsc_wall_s;
    double begin = ost_bench_clock(), cpu = ost_bench_children_cpu();
    if (!ost_fem_solve_mpi(&load->problem, &options, NULL, &result, err))
        return false;
    peer->seconds = ost_bench_clock() - begin;
    peer->cpu_s = ost_bench_children_cpu() - cpu;
    *work = result->work;
    return true;
}

static bool run_peer(const struct ost_bench_fem_load *load, struct ost_bench_fem_case *c, int which,
                     struct ost_err *err)
{
    static const char *const name[OST_BENCH_FEM_PEERS] = {"SPOOLES", "ITERATIVECHOLESKY",
                                                          "PETSc GAMG"};
    struct ost_bench_fem_peer *peer = &c->peer[which];
    struct ost_err why = {0};
    double work = NAN;
    bool ran = which == OST_BENCH_PETSC
                   ? run_petsc(load, peer, &work, &why)
                   : ost_bench_calculix(load, which == OST_BENCH_SPOOLES, peer, &work, &why);
    (void)snprintf(peer->name, sizeof peer->name, "%s", name[which]);
    if (!ran) {
        (void)snprintf(peer->why, sizeof peer->why, "%.95s", why.msg);
        return true;
    }
    /* Beside the slower of ours before it and after it. */
    return again(load, c, err) &&
           compare(load, c, which == OST_BENCH_CCX_ITERATIVE, peer, work, err);
}

static void tell_peer(const struct ost_bench_fem_case *c, const struct ost_bench_fem_peer *peer)
{
    if (peer->why[0] != '\0')
        ost_bench_tell("%s, %s: %s", c->name, peer->name, peer->why);
    else
        ost_bench_tell("%s, %s: %.2f s of the processor, %.1f times ours (%.2f s); f.u off by %.1e",
                       c->name, peer->name, peer->cpu_s, peer->ratio, peer->ours_cpu_s,
                       peer->f_dot_u_gap);
}

static bool run_peers(const struct plan *p, const struct ost_bench_fem_load *load,
                      struct ost_bench_fem_case *c, struct ost_err *err)
{
    for (int which = 0; which < OST_BENCH_FEM_PEERS; which++) {
        c->peer[which].why[0] = '\0';
        if ((which == OST_BENCH_SPOOLES && !p->direct) ||
            (which == OST_BENCH_CCX_ITERATIVE && !p->iterative))
            (void)snprintf(c->peer[which].why, sizeof c->peer[which].why, "too large for it");
        else if (!run_peer(load, c, which, err))
            return false;
        else
            tell_peer(c, &c->peer[which]);
    }
    return true;
}

static bool run_case(const struct ost_bench_fem_run *run, const struct ost_bench_fem_bone *bone,
                     const struct plan *p, struct ost_bench_fem_case *c, struct ost_err *err)
{
    OST_AUTO(ost_bench_fem_load) load = NULL;
    *c = (struct ost_bench_fem_case){0};
    (void)snprintf(c->name, sizeof c->name, "%s", p->name);
    for (int i = 0; i < OST_BENCH_FEM_PEERS; i++) {
        c->peer[i] = (struct ost_bench_fem_peer){.ratio = NAN};
        (void)snprintf(c->peer[i].why, sizeof c->peer[i].why, "not asked for");
    }
    (void)malloc_trim(0); /* what the case before gave back is not this one's to reuse */
    double before = ost_bench_resident_mb();
    if (!ost_bench_fem_load_create(bone, &p->size, &load, err))
        return false;
    if (!ost_fem_own_fits(&load->problem, ost_bench_memory(), err))
        return false;
    c->dof = load->dof;
    (void)malloc_trim(0); /* nor is the surface's distance, which the mesh needed, the solver's */
    ost_bench_peak_reset();
    if (!again(load, c, err))
        return false;
    c->bytes_per_dof = (ost_bench_peak_mb() - before) * 1048576.0 / c->dof;
    ost_bench_tell("%s: %.0f unknowns, %.0f iterations, %.2f s of the processor, %.0f B each",
                   c->name, c->dof, c->iterations, c->cpu_s, c->bytes_per_dof);
    if (run->peers && p->peers && !run_peers(p, load, c, err))
        return false;
    c->load = ost_bench_load();
    return true;
}

bool ost_bench_fem_solves(struct ost_bench_fem_run *run, struct ost_err *err)
{
    OST_AUTO(ost_bench_fem_bone) bone = NULL;
    if (!ost_bench_fem_bone_create(run->data, &bone, err))
        return false;
    for (size_t i = 0; i < sizeof plan / sizeof plan[0]; i++) {
        if (run->quick && !plan[i].quick)
            continue;
        if (!run_case(run, bone, &plan[i], &run->report->solve[run->report->cases], err))
            return ost_err_note(err, "%s", plan[i].name);
        run->report->cases++;
    }
    return true;
}
