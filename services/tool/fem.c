#include "recon/base/array.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/station/mech.h"
#include "services/tool/tool.h"

#include <jansson.h>

#include <stdio.h>
#include <string.h>

static const struct ost_option option[] = {
    {"study", "FILE", "a study file (see fem/study/axial.json); without it, the axial load"},
    {"engine", "own|petsc", "who solves: our multigrid, or PETSc in osteon-fem-mpi"},
    {"ranks", "N", "MPI ranks of PETSc, 1 to 256"},
    {"once", NULL, "solve once: the peak stress without its interval"},
};

static const struct ost_usage usage = {
    .line = "osteon fem CASE [--study FILE] [--engine own|petsc] [--ranks N]",
    .summary = "Elements, density, modulus and the stress of a load on the wrist: adds bmd.json, "
               "fem.json, radius.vtu and radius_fields.glb to CASE/result. Needs a CASE that "
               "`osteon recon` has been through. Exit 4 where the solve did not converge.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 1,
};

enum { OST_JSON_MOST = 1 << 20 };

static bool take_options(const struct ost_args *args, struct ost_station_mech_options *out,
                         struct ost_err *err)
{
    static const double range[2] = {1.0, 256.0};
    const char *engine = ost_args_value(args, "engine");
    double ranks = 1.0;
    if (engine != NULL && strcmp(engine, "own") != 0 && strcmp(engine, "petsc") != 0)
        return ost_fail(err, OST_INVALID, "--engine takes own or petsc");
    if (!ost_args_number(args, "ranks", range, 1.0, &ranks, err))
        return false;
    out->engine = engine != NULL && engine[0] == 'p' ? OST_MECH_PETSC : OST_MECH_OWN;
    out->ranks = (uint32_t)ranks;
    if (out->ranks > 1 && out->engine == OST_MECH_OWN)
        return ost_fail(err, OST_INVALID, "--ranks is of --engine petsc");
    out->study = ost_args_value(args, "study");
    out->no_interval = ost_args_value(args, "once") != NULL;
    return true;
}

static json_t *read_fem(const char *case_dir, struct ost_err *err)
{
    struct ost_buf bytes;
    json_t *root = NULL;
    ost_buf_init(&bytes, OST_JSON_MOST);
    if (ost_disk_read(case_dir, "result/fem.json", &bytes, err)) {
        root = json_loadb((const char *)bytes.ptr, bytes.len, 0, NULL);
        if (root == NULL)
            (void)ost_fail(err, OST_BUG, "fem.json cannot be read back");
    }
    ost_buf_fini(&bytes);
    return root;
}

static void print_lines(json_t *root, const struct ost_station_mech_summary *summary)
{
    const char *law = "", *reason = "", *engine = "";
    json_int_t tetrahedra = 0, dof = 0, iterations = 0;
    double residual = 0.0, peak = 0.0, low = 0.0, high = 0.0, move = 0.0, load = 0.0;
    (void)json_unpack(root, "{s:s, s:s, s:s, s:I, s:I, s:I, s:F, s:F, s:F, s:{s:F, s:F, s:F}}",
                      "law", &law, "reason", &reason, "engine", &engine, "tetrahedra", &tetrahedra,
                      "dof", &dof, "iterations", &iterations, "relative_residual", &residual,
                      "max_displacement_mm", &move, "load_n", &load, "peak_von_mises_mpa", "value",
                      &peak, "low", &low, "high", &high);
    (void)printf("%lld tetrahedra, %lld unknowns, %s: %s after %lld iterations, residual %.1e\n",
                 (long long)tetrahedra, (long long)dof, engine, reason, (long long)iterations,
                 residual);
    (void)printf("%g N on the wrist, %s: peak von Mises %.2f MPa (%.2f to %.2f), moves %.4f mm\n",
                 load, law, peak, low, high, move);
    (void)printf("mesh and density %.2f s, solve %.2f s\n", summary->model_seconds,
                 summary->solve_seconds);
}

static void print_json(json_t *root, const struct ost_station_mech_summary *summary)
{
    json_t *seconds =
        json_pack("{s:f, s:f, s:f}", "model", summary->model_seconds, "solve",
                  summary->solve_seconds, "total", summary->model_seconds + summary->solve_seconds);
    (void)json_object_set_new(root, "seconds", seconds);
    (void)json_dumpf(root, stdout, JSON_SORT_KEYS | JSON_REAL_PRECISION(10));
    (void)printf("\n");
}

int ost_tool_fem(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;

    struct ost_err err = {0};
    struct ost_station_mech_summary summary = {0};
    struct ost_station_mech_options options = {.summary = &summary};
    const struct ost_progress progress = ost_command_progress();
    if (!take_options(&args, &options, &err)) {
        return ost_command_refuse("fem", &err);
    }
    if (!ost_station_mech(args.word[0], &options, &progress, &err))
        return ost_command_fail("fem", &err);
    json_t *root = read_fem(args.word[0], &err);
    if (root == NULL)
        return ost_command_fail("fem", &err);
    if (args.json) {
        print_json(root, &summary);
    } else {
        print_lines(root, &summary);
    }
    json_decref(root);
    return summary.converged ? OST_EXIT_OK : OST_EXIT_NOT_CONVERGED;
}
