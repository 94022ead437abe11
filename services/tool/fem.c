#include "recon/base/array.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/station/mech.h"
#include "services/tool/farm.h"
#include "services/tool/tool.h"

#include <jansson.h>

#include <stdio.h>
#include <string.h>

static const struct ost_option option[] = {
    {"study", "FILE", "a study file (see fem/study/*.json); without it, the axial load"},
    {"bone", "NAME",
     "another bone of a segmentation, by its name in segment.json: between its ends"},
    {"against", "CASE",
     "a case that has been through fem: both joints side by side, joint_shift.json"},
    {"planned", NULL,
     "the bone of CASE/plan.json, beside the bone as it is and, with --against, the other side's: "
     "compare.json"},
    {"sweep", NULL,
     "no stress: the load of two carpals as the joint is tilted from 20 to -30 degrees, "
     "tilt_sweep.json"},
    {"engine", "own|petsc|lattice|direct",
     "who solves: our multigrid; or in osteon-fem-mpi PETSc's GAMG, PETSc on the levels of ours, or "
     "MUMPS' factors"},
    {"ranks", "N", "MPI ranks of PETSc, 1 to 256"},
    {"farm", "N", "several cases, N at a time, each in a process of its own; 1 to 64"},
    {"memory-mb", "N",
     "refuse a mesh that takes more to solve; what the machine has free when not given"},
    {"once", NULL, "solve once: the peak stress without its interval"},
};

static const struct ost_usage usage = {
    .line =
        "osteon fem CASE... [--bone NAME] [--study FILE] [--planned] [--against CASE] [--sweep]",
    .summary =
        "Elements, density, modulus and the stress of a load: adds bmd.json, fem.json, "
        "joint.json, radius.vtu, radius_fields.glb and radius_stress.pdf to CASE/result. Needs a CASE that "
        "`osteon recon`, or `osteon segment`, has been through. Exit 4 where the solve did "
        "not converge.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = OST_ARGS_WORDS,
};

enum { OST_JSON_MOST = 1 << 20 };

static bool take_options(const struct ost_args *args, struct ost_station_mech_options *out,
                         struct ost_err *err)
{
    static const double range[2] = {1.0, 256.0};
    const char *engine = ost_args_value(args, "engine");
    static const double memory_range[2] = {1.0, 1e8};
    double ranks = 1.0, memory_mb = 0.0;
    out->engine = OST_MECH_OWN;
    while (engine != NULL && out->engine < OST_MECH_ENGINES &&
           strcmp(engine, ost_mech_engine_name(out->engine)) != 0)
        out->engine++;
    if (out->engine == OST_MECH_ENGINES)
        return ost_fail(err, OST_INVALID, "--engine takes own, petsc, lattice or direct");
    if (!ost_args_number(args, "ranks", range, 1.0, &ranks, err) ||
        !ost_args_number(args, "memory-mb", memory_range, 0.0, &memory_mb, err))
        return false;
    out->memory_bytes = (uint64_t)(memory_mb * 1048576.0);
    out->ranks = (uint32_t)ranks;
    if (out->ranks > 1 && out->engine == OST_MECH_OWN)
        return ost_fail(err, OST_INVALID, "--ranks is of --engine petsc, lattice or direct");
    out->study = ost_args_value(args, "study");
    out->bone = ost_args_value(args, "bone");
    out->against = ost_args_value(args, "against");
    if (out->bone != NULL && strcmp(out->bone, "radius") == 0)
        out->bone = NULL;
    if (out->bone != NULL && out->against != NULL)
        return ost_fail(err, OST_INVALID, "--against compares joints of the radius, not --bone");
    out->no_interval = ost_args_value(args, "once") != NULL;
    out->planned = out->compare = ost_args_value(args, "planned") != NULL;
    out->sweep_only = ost_args_value(args, "sweep") != NULL;
    if (out->bone != NULL && (out->planned || out->sweep_only))
        return ost_fail(err, OST_INVALID, "--planned and --sweep are of the radius, not --bone");
    return true;
}

static json_t *read_file(const char *case_dir, const char *name, struct ost_err *err)
{
    struct ost_buf bytes;
    json_t *root = NULL;
    ost_buf_init(&bytes, OST_JSON_MOST);
    if (ost_disk_read(case_dir, name, &bytes, err)) {
        root = json_loadb((const char *)bytes.ptr, bytes.len, 0, NULL);
        if (root == NULL)
            (void)ost_fail(err, OST_BUG, "%s cannot be read back", name);
    }
    ost_buf_fini(&bytes);
    return root;
}

/* How far it may be trusted: law, calibration, what was clamped, how near to failing. */
static void print_trust(json_t *root)
{
    const char *law = "", *calibration = "", *refused = NULL, *unit = "N";
    double clamped = 0.0, diameters = 0.0, mohr = 0.0, prager = 0.0;
    (void)json_unpack(root, "{s:s, s:s, s:F, s:F, s:{s?s, s?{s:F, s:s}, s?{s:F}}}", "law", &law,
                      "calibration", &calibration, "clamped_share", &clamped, "fixation_diameters",
                      &diameters, "failure", "refused", &refused, "coulomb_mohr", "load", &mohr,
                      "unit", &unit, "drucker_prager", "load", &prager);
    (void)printf("law %s; density %s\n", law, calibration);
    (void)printf("%.2f %% of the volume denser than the law goes, clamped\n", 100.0 * clamped);
    if (refused != NULL) {
        (void)printf("failure load: %s\n", refused);
    } else {
        (void)printf("failure load, a linear estimate: %.0f %s (Coulomb-Mohr), %.0f %s "
                     "(Drucker-Prager)\n",
                     mohr, unit, prager, unit);
    }
    if (diameters < 3.0)
        (void)printf("note: held %.1f diameters from the load; three are wanted\n", diameters);
    size_t i;
    json_t *warning;
    json_array_foreach(json_object_get(root, "warnings"), i, warning)
    {
        const char *text = json_string_value(json_object_get(warning, "text"));
        if (text != NULL)
            (void)printf("note: %s\n", text);
    }
}

/* Where a study has more than bone: what each of it bears. */
static void print_materials(json_t *root)
{
    json_t *all = json_object_get(root, "materials"), *one = NULL;
    const char *name = NULL, *how = NULL;
    if (json_object_size(all) < 2)
        return;
    (void)printf("  %-10s %11s %10s %10s %10s\n", "", "mm3", "mean MPa", "99 % MPa", "peak MPa");
    json_object_foreach(all, name, one)
    {
        double volume = 0.0, mean = 0.0, p99 = 0.0, peak = 0.0;
        if (json_unpack(one, "{s:F, s:F, s:F, s:F}", "volume_mm3", &volume, "mean_mpa", &mean,
                        "p99_mpa", &p99, "peak_mpa", &peak) == 0)
            (void)printf("  %-10s %11.0f %10.3f %10.2f %10.2f\n", name, volume, mean, p99, peak);
    }
    (void)json_unpack(root, "{s:{s:s}}", "fixation", "how", &how);
    if (how != NULL)
        (void)printf("fixation: %s\n", how);
}

static void print_lines(json_t *root, const struct ost_station_mech_summary *summary)
{
    const char *reason = "", *engine = "", *study = "", *bone = "", *load = "";
    json_int_t tetrahedra = 0, dof = 0, iterations = 0;
    double residual = 0.0, reaction = 0.0, peak = 0.0, low = 0.0, high = 0.0, move = 0.0, n = 0.0;
    (void)json_unpack(root,
                      "{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:F, s:F, s:F, s:F, s:{s:F, s:F, "
                      "s:F}}",
                      "bone", &bone, "study", &study, "load", &load, "reason", &reason, "engine",
                      &engine, "tetrahedra", &tetrahedra, "dof", &dof, "iterations", &iterations,
                      "relative_residual", &residual, "reaction_error", &reaction,
                      "max_displacement_mm", &move, "load_n", &n, "peak_von_mises_mpa", "value",
                      &peak, "low", &low, "high", &high);
    (void)printf("%s: %lld tetrahedra, %lld unknowns, %s: %s after %lld iterations, residual %.1e, "
                 "reactions off by %.1e\n",
                 bone, (long long)tetrahedra, (long long)dof, engine, reason, (long long)iterations,
                 residual, reaction);
    if (strcmp(load, "couple") == 0) {
        (void)printf("%s: ", study);
    } else {
        (void)printf("%s, %g N: ", study, n);
    }
    (void)printf("peak von Mises %.2f MPa (%.2f to %.2f), moves %.4f mm\n", peak, low, high, move);
    print_trust(root);
    (void)printf("mesh and density %.2f s, solve %.2f s\n", summary->model_seconds,
                 summary->solve_seconds);
}

/* The load in steps, a line each, and where it gave way. */
static void print_yielding(json_t *yielding)
{
    const char *end = "", *unit = "";
    json_t *failure = json_object_get(yielding, "failure_load"), *step = NULL;
    double most = 0.0;
    size_t i = 0;
    if (json_unpack(yielding, "{s:s, s:s, s:F}", "end", &end, "unit", &unit, "load_most", &most) !=
        0)
        return;
    (void)printf("in steps, Drucker-Prager:\n  %8s %9s %9s %9s %9s %7s\n", unit, "yielded",
                 "cracked", "crushed", "moves mm", "newton");
    json_array_foreach(json_object_get(yielding, "steps"), i, step)
    {
        double load = 0.0, share[3] = {0.0}, move = 0.0;
        int newton = 0;
        if (json_unpack(step, "{s:F, s:F, s:F, s:F, s:F, s:i}", "load", &load, "yielded_share",
                        &share[0], "cracked_share", &share[1], "crushed_share", &share[2],
                        "move_mm", &move, "newton", &newton) == 0)
            (void)printf("  %8.0f %7.2f %% %7.2f %% %7.2f %% %9.4f %7d\n", load, 100.0 * share[0],
                         100.0 * share[1], 100.0 * share[2], move, newton);
    }
    if (json_is_real(failure)) {
        (void)printf("fails at %.0f %s: 2 %% of the volume cracked or crushed\n",
                     json_number_value(failure), unit);
    } else if (strcmp(end, "held") == 0) {
        (void)printf("has not failed at %.0f %s: raise the study's load\n", most, unit);
    } else {
        (void)printf("found no balance after the last step: more increments may find one\n");
    }
}

static void print_centre(const char *what, json_t *field)
{
    double mean = 0.0, u = 0.0, v = 0.0;
    const char *unit = "";
    if (json_unpack(field, "{s:F, s:[F, F], s:s}", "mean", &mean, "centre", &u, &v, "unit",
                    &unit) == 0)
        (void)printf("joint surface, %s: mean %.4g %s, highest %.2f mm radial, %.2f mm dorsal\n",
                     what, mean, unit, u, v);
}

static void print_poses(json_t *sweep)
{
    json_t *pose = NULL;
    size_t i = 0;
    (void)printf("  %11s %11s %12s %13s %13s\n", "volar tilt", "scaphoid", "dorsal mm",
                 "scaphoid MPa", "lunate MPa");
    json_array_foreach(json_object_get(sweep, "poses"), i, pose)
    {
        double tilt = 0.0, share = 0.0, dorsal = 0.0, peak[2] = {0.0};
        const char *refused = json_string_value(json_object_get(pose, "refused"));
        (void)json_unpack(pose, "{s:F}", "volar_tilt_deg", &tilt);
        if (refused != NULL) {
            (void)printf("  %7.1f deg %s\n", tilt, refused);
        } else if (json_unpack(pose, "{s:F, s:F, s:F, s:F}", "scaphoid_share", &share,
                               "centre_dorsal_mm", &dorsal, "scaphoid_peak_mpa", &peak[0],
                               "lunate_peak_mpa", &peak[1]) == 0) {
            (void)printf("  %7.1f deg %9.0f %% %12.2f %13.2f %13.2f\n", tilt, 100.0 * share, dorsal,
                         peak[0], peak[1]);
        }
    }
}

static void print_radioulnar(json_t *r)
{
    double force = 0.0, area = 0.0, peak = 0.0, dorsal = 0.0, gap = 0.0;
    const char *refused = json_string_value(json_object_get(r, "refused"));
    if (refused != NULL)
        (void)printf("radioulnar joint: %s\n", refused);
    if (json_unpack(r, "{s:F, s:F, s:F, s:F, s:F}", "force_n", &force, "contact_mm2", &area,
                    "peak_mpa", &peak, "centre_dorsal_mm", &dorsal, "gap_mm", &gap) == 0)
        (void)printf("radioulnar joint: %.0f N on %.1f mm2, peak %.2f MPa, %.2f mm dorsal; %.1f mm "
                     "apart\n",
                     force, area, peak, dorsal, gap);
}

static void print_joint(json_t *joint, const struct ost_station_mech_summary *summary)
{
    json_t *whole = json_object_get(joint, "whole");
    const char *refused = json_string_value(json_object_get(joint, "refused"));
    if (refused != NULL)
        (void)printf("joint surface: %s\n", refused);
    if (whole == NULL)
        return;
    print_centre("density", json_object_get(whole, "density"));
    print_centre("stress", json_object_get(whole, "stress"));
    (void)printf("their correlation over the surface: %.2f\n",
                 json_number_value(json_object_get(whole, "correlation")));
    print_poses(json_object_get(joint, "tilt_sweep"));
    print_radioulnar(json_object_get(joint, "radioulnar"));
    if (summary->contact_ms > 0.0)
        (void)printf("contact %.1f ms a pose, carpals assumed\n", summary->contact_ms);
}

static void print_cell(json_t *value)
{
    if (json_is_number(value)) {
        (void)printf(" %10.4g", json_number_value(value));
    } else {
        (void)printf(" %10s", "-");
    }
}

/* Before, planned, other: a figure a line. */
static void print_compare(json_t *compare)
{
    const char *key = NULL;
    json_t *row = NULL;
    if (compare == NULL)
        return;
    (void)printf("  %-24s %10s %10s %10s\n", "", "before", "planned", "other");
    json_object_foreach(json_object_get(compare, "figures"), key, row)
    {
        (void)printf("  %-24s", key);
        print_cell(json_object_get(row, "before"));
        print_cell(json_object_get(row, "planned"));
        print_cell(json_object_get(row, "other"));
        (void)printf(" %s\n", json_string_value(json_object_get(row, "unit")));
    }
    if (!json_is_true(json_object_get(compare, "same_law_and_study")))
        (void)printf("note: their studies, laws or calibrations differ: no two columns compare\n");
}

static void print_shift(json_t *shift)
{
    double density = 0.0, stress = 0.0;
    const char *finding = "", *no = "";
    if (json_unpack(shift, "{s:{s:F}, s:{s:F}, s:{s:s, s:s}}", "density", "dorsal_mm", &density,
                    "stress", "dorsal_mm", &stress, "indicator", "finding", &finding, "not",
                    &no) == 0)
        (void)printf("against the other: density %+.2f mm, stress %+.2f mm dorsal: %s (%s)\n",
                     density, stress, finding, no);
}

/* The sweep alone: its own file is the whole answer. */
static int tell_sweep(const struct ost_args *args, const struct ost_station_mech_options *options)
{
    struct ost_err err = {0};
    json_t *root = read_file(
        args->word[0],
        options->planned ? "result/planned_tilt_sweep.json" : "result/tilt_sweep.json", &err);
    if (root == NULL)
        return ost_command_fail("fem", &err);
    json_t *sweep = json_object_get(root, "sweep");
    const char *refused = json_string_value(json_object_get(sweep, "refused"));
    if (args->json) {
        (void)json_dumpf(root, stdout, JSON_SORT_KEYS | JSON_REAL_PRECISION(10));
        (void)printf("\n");
    } else if (refused != NULL) {
        (void)printf("no sweep: %s\n", refused);
    } else {
        (void)printf(
            "two carpals, %.0f N, ligaments %.0f N/mm, on a joint of %.1f degrees tilted:\n",
            json_number_value(json_object_get(sweep, "load_n")),
            json_number_value(json_object_get(sweep, "ligament_n_mm")),
            json_number_value(json_object_get(root, "volar_tilt_deg")));
        print_poses(sweep);
    }
    json_decref(root);
    return OST_EXIT_OK;
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

/* What is told of the joint goes with the rest; a bone that is none has no joint. */
static void add_joint(const char *case_dir, const struct ost_station_mech_options *options,
                      json_t *root)
{
    struct ost_err none = {0};
    const char *name = options->planned ? "result/planned_joint.json" : "result/joint.json";
    json_t *joint = options->bone == NULL ? read_file(case_dir, name, &none) : NULL;
    json_t *shift = options->against != NULL && !options->planned
                        ? read_file(case_dir, "result/joint_shift.json", &none)
                        : NULL;
    json_t *compare = options->planned ? read_file(case_dir, "result/compare.json", &none) : NULL;
    if (compare != NULL)
        (void)json_object_set_new(root, "compare", compare);
    if (joint != NULL)
        (void)json_object_set_new(root, "joint", joint);
    if (shift != NULL)
        (void)json_object_set_new(root, "joint_shift", shift);
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
    if (args.word_count > 1 || ost_args_value(&args, "farm") != NULL)
        return ost_farm_fem(&args, &options);
    if (!ost_station_mech(args.word[0], &options, &progress, &err))
        return ost_command_fail("fem", &err);
    if (options.sweep_only)
        return tell_sweep(&args, &options);
    char name[OST_DISK_PATH];
    (void)snprintf(name, sizeof name, "result/%s%s%sfem.json", options.planned ? "planned_" : "",
                   options.bone != NULL ? options.bone : "", options.bone != NULL ? "." : "");
    json_t *root = read_file(args.word[0], name, &err);
    if (root == NULL)
        return ost_command_fail("fem", &err);
    add_joint(args.word[0], &options, root);
    if (args.json) {
        print_json(root, &summary);
    } else {
        print_lines(root, &summary);
        print_materials(root);
        print_yielding(json_object_get(root, "yielding"));
        print_joint(json_object_get(root, "joint"), &summary);
        print_shift(json_object_get(root, "joint_shift"));
        print_compare(json_object_get(root, "compare"));
    }
    json_decref(root);
    return summary.converged ? OST_EXIT_OK : OST_EXIT_NOT_CONVERGED;
}
