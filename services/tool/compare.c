#include "recon/base/array.h"
#include "recon/math/vec.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/piece.h"
#include "services/bench/measure.h"
#include "services/casefile/casefile.h"
#include "services/casefile/disk.h"
#include "services/casefile/result.h"
#include "services/cli/args.h"
#include "services/tool/compare_surface.h"
#include "services/tool/tool.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ost_option option[] = {
    {"icp", NULL, "two files: measure after rigid alignment too"},
    {"unit", "mm|cm|m|in", "of the coordinates in the truth, or in B; mm when not given"},
};

static const struct ost_usage usage = {
    .line = "osteon compare A B [--icp] [--unit U], osteon compare CASE [--unit U]",
    .summary = "Distances between two surfaces in mm: average symmetric surface distance, root\n"
               "mean square, 95th percentile and maximum. With a case folder, result against\n"
               "truth by region, as it lies and after rigid alignment; the truth may be in\n"
               "another space, of one bone or a part of one. Ends that were cut do not count.\n"
               "Surfaces are STL, PLY or OBJ; open ones are taken as they are.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 2,
};

struct pair {
    struct ost_mesh *result, *truth; /* owned */
};

static void pair_fini(struct pair *pair)
{
    ost_mesh_destroy(pair->result);
    ost_mesh_destroy(pair->truth);
}

static json_t *figures(const struct ost_compare_result *r)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:[f,f], s:[I,I], s:[I,I]}", "asd", r->asd, "rms",
                     r->rms, "hd95", r->hd95, "max", r->max, "directed", r->mean[0], r->mean[1],
                     "samples", (json_int_t)r->count[0], (json_int_t)r->count[1], "left_out",
                     (json_int_t)r->left_out[0], (json_int_t)r->left_out[1]);
}

/* Rows about one thing: on stdout, or into `json` where there is one. */
struct table {
    json_t *json; /* borrowed */
    const char *what;
};

static bool show(const struct table *table, const char *how, const struct ost_compare_result *r,
                 struct ost_err *err)
{
    json_t *json = table->json;
    const char *what = table->what;
    if (json == NULL) {
        (void)printf("%-9s %-14s ASD %6.3f  RMS %6.3f  HD95 %6.3f  max %6.3f mm\n", what, how,
                     r->asd, r->rms, r->hd95, r->max);
        return true;
    }
    json_t *row = json_object_get(json, what);
    if (row == NULL) {
        row = json_object();
        if (json_object_set_new(json, what, row) != 0)
            return ost_fail(err, OST_NOMEM, "no room for the table");
    }
    return json_object_set_new(row, how, figures(r)) == 0 ||
           ost_fail(err, OST_NOMEM, "no room for the table");
}

/* Two surfaces of which nothing else is known: only the whole of them is a region. */
static bool compare_files(const struct ost_args *args, const struct ost_surface_unit *unit,
                          json_t *json, struct ost_err *err)
{
    const struct table table = {.json = json, .what = "surfaces"};
    const struct ost_region_frame frame = {.axis = {0, 0, -1}};
    const struct ost_rigid rest = ost_rigid_identity();
    const bool icp = ost_args_value(args, "icp") != NULL;
    struct ost_bench_way way = {.placed = true, .start = icp ? NULL : &rest};
    struct pair pair = {0};
    struct ost_bench_distances d;
    bool ok =
        (ost_surface_load(NULL, args->word[0], ost_surface_unit_of(NULL), &pair.result, err) ||
         ost_err_note(err, "the first surface")) &&
        (ost_surface_load(NULL, args->word[1], unit, &pair.truth, err) ||
         ost_err_note(err, "the second surface"));
    const struct ost_bench_pair both = {OST_RADIUS, pair.result, pair.truth};
    ok = ok && ost_bench_measure(&both, 1, &frame, &way, &d, err);
    if (ok && d.raw[OST_REGION_WHOLE].count[0] == 0)
        ok = ost_fail(err, OST_INVALID, "as they lie no part of one lies beside the other");
    ok = ok && show(&table, "raw", &d.raw[OST_REGION_WHOLE], err) &&
         (!icp || show(&table, "icp", &d.icp[OST_REGION_WHOLE], err));
    pair_fini(&pair);
    return ok;
}

/* What a result says of where it lies; without result.json nothing but the surfaces is known. */
struct findings {
    bool placed;                   /* in the world: as it lies means something */
    bool has_frame;                /* regions can be told */
    struct ost_region_frame frame; /* in the result's space */
};

static void read_frame(const struct ost_result *r, struct findings *out)
{
    struct ost_anatomy anatomy;
    double landmark[OST_LANDMARKS][3];
    memcpy(anatomy.origin, r->origin, sizeof anatomy.origin);
    memcpy(anatomy.axis, r->axis, sizeof anatomy.axis);
    memcpy(anatomy.radial, r->radial, sizeof anatomy.radial);
    memcpy(anatomy.volar, r->volar, sizeof anatomy.volar);
    for (int i = 0; i < OST_LANDMARKS; i++)
        memcpy(landmark[i], r->landmark[i].position, sizeof landmark[i]);
    ost_region_frame_of(&anatomy, (const double(*)[3])landmark, &out->frame);
    for (size_t i = 0; i < r->view_count; i++)
        out->frame.camera[out->frame.view_count++] = r->view[i].camera;
    out->has_frame = true;
}

static bool read_findings(const char *dir, bool truth_in_world, struct findings *out,
                          struct ost_err *err)
{
    struct ost_result *result = malloc(sizeof *result);
    struct ost_err why = {.code = OST_OK};
    *out = (struct findings){.placed = truth_in_world};
    if (result == NULL)
        return ost_fail(err, OST_NOMEM, "no room for a result");
    bool ok = ost_result_read(dir, result, &why);
    if (ok) {
        out->placed = truth_in_world && result->in_world;
        read_frame(result, out);
    } else if (why.code != OST_NOT_FOUND) {
        (void)ost_fail(err, why.code, "%s", why.msg);
    }
    free(result);
    return ok || why.code == OST_NOT_FOUND;
}

/* "icp" and "raw" of the whole, "icp_shown" and so on of its parts. */
static bool show_regions(const struct table *table, const char *how,
                         const struct ost_compare_result r[OST_REGIONS], struct ost_err *err)
{
    for (int i = OST_REGIONS - 1; i >= 0; i--) {
        char name[32];
        const char *region = ost_region_name((enum ost_region)i);
        bool whole = i == OST_REGION_WHOLE;
        (void)snprintf(name, sizeof name, "%s%s%s", how, whole ? "" : "_", whole ? "" : region);
        if (r[i].count[0] > 0 && !show(table, name, &r[i], err))
            return false;
    }
    return true;
}

/* Wherever the truth lies the result's own frame is carried onto it, and names the regions. */
static bool show_bones(const struct table *table, const struct ost_bench_pair *pair, size_t count,
                       const struct findings *findings, struct ost_err *err)
{
    const struct ost_mesh *mesh[2][OST_BONES];
    struct ost_bench_distances d;
    struct ost_rigid start;
    struct ost_region_frame frame = {.axis = {0, 0, -1}};
    OST_AUTO(ost_mesh) result = NULL;
    OST_AUTO(ost_mesh) truth = NULL;
    bool settled;
    for (size_t i = 0; i < count; i++) {
        mesh[0][i] = pair[i].result;
        mesh[1][i] = pair[i].truth;
    }
    if (!ost_mesh_join(mesh[0], count, &result, err) ||
        !ost_mesh_join(mesh[1], count, &truth, err) ||
        !ost_bench_lay(result, truth, NULL, &start, &settled, err))
        return false;
    if (findings->has_frame)
        frame = ost_region_frame_moved(&findings->frame, &start);
    const struct ost_bench_way way = {.placed = findings->placed, .start = &start};
    if (!ost_bench_measure(pair, count, &frame, &way, &d, err))
        return false;
    if (!findings->has_frame) { /* nothing but the whole can be told apart */
        for (int r = 0; r < OST_REGION_WHOLE; r++)
            d.raw[r] = d.icp[r] = (struct ost_compare_result){0};
    }
    return show_regions(table, "raw", d.raw, err) && show_regions(table, "icp", d.icp, err);
}

/* A truth and its result; both NULL where the case states no truth for this bone. */
static bool load_bone(const char *dir, const struct ost_case *file, enum ost_bone bone,
                      const struct ost_surface_unit *unit, struct pair *out, struct ost_err *err)
{
    const char *truth = bone == OST_RADIUS ? file->truth.radius : file->truth.ulna;
    char name[64];
    (void)snprintf(name, sizeof name, "result/%s.stl", ost_bone_name(bone));
    if (truth[0] == '\0')
        return true;
    if (!ost_surface_load(dir, truth, unit, &out->truth, err))
        return ost_err_note(err, "the truth of the %s", ost_bone_name(bone));
    return ost_surface_load(dir, name, ost_surface_unit_of(NULL), &out->result, err) ||
           ost_err_note(err, "%s (is there a result? run osteon recon)", ost_bone_name(bone));
}

static bool show_case(const struct pair pair[OST_BONES], const struct findings *findings,
                      json_t *json, struct ost_err *err)
{
    struct ost_bench_pair known[OST_BONES];
    size_t count = 0;
    for (int b = 0; b < OST_BONES; b++) {
        const struct table table = {.json = json, .what = ost_bone_name((enum ost_bone)b)};
        if (pair[b].truth == NULL)
            continue;
        known[count++] = (struct ost_bench_pair){(enum ost_bone)b, pair[b].result, pair[b].truth};
        if (!show_bones(&table, &known[count - 1], 1, findings, err))
            return ost_err_note(err, "%s", table.what);
    }
    const struct table table = {.json = json, .what = "together"};
    return count < OST_BONES || show_bones(&table, known, count, findings, err);
}

static bool compare_case(const char *dir, const struct ost_surface_unit *unit, json_t *json,
                         struct ost_err *err)
{
    struct ost_case file;
    struct findings findings;
    struct pair pair[OST_BONES] = {{0}};
    if (!ost_case_read(dir, &file, err))
        return false;
    if (!file.truth.present || (file.truth.radius[0] == '\0' && file.truth.ulna[0] == '\0'))
        return ost_fail(err, OST_NOT_FOUND,
                        "the case states no truth to compare with (truth.radius, truth.ulna)");
    bool ok = read_findings(dir, file.truth.in_world, &findings, err);
    for (int b = 0; ok && b < OST_BONES; b++)
        ok = load_bone(dir, &file, (enum ost_bone)b, unit, &pair[b], err);
    ok = ok && show_case(pair, &findings, json, err);
    for (int b = 0; b < OST_BONES; b++)
        pair_fini(&pair[b]);
    return ok;
}

int ost_tool_compare(int argc, char **argv)
{
    struct ost_args args;
    struct ost_err err = {0};
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    const struct ost_surface_unit *unit = ost_surface_unit_of(ost_args_value(&args, "unit"));
    if (unit == NULL) {
        (void)ost_fail(&err, OST_INVALID, "--unit knows mm, cm, m and in");
        return ost_command_refuse("compare", &err);
    }
    json_auto_t *json = args.json ? json_pack("{s:i}", "osteon_compare", 1) : NULL;
    bool ok = args.word_count == 2 ? compare_files(&args, unit, json, &err)
                                   : compare_case(args.word[0], unit, json, &err);
    if (!ok)
        return ost_command_fail("compare", &err);
    if (json != NULL) {
        (void)json_dumpf(json, stdout, JSON_REAL_PRECISION(6));
        (void)printf("\n");
    }
    return OST_EXIT_OK;
}
