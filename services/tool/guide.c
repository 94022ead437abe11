#include "services/station/guide.h"

#include "recon/base/array.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/tool/tool.h"

#include <jansson.h>

#include <stdio.h>

static const struct ost_option option[] = {
    {"out", "DIR", "a folder for a copy of the STL and of guide.json (also -o)"},
    {"code", "CODE",
     "the case's code as people know it; it is engraved. Else the end of its folder's name"},
    {"voxel", "MM", "fineness of the solid, 0.15 to 0.6; 0.3 when not given"},
};

static const struct ost_usage usage = {
    .line = "osteon guide CASE -o DIR",
    .summary = "The printable guide of a case with a plan, with its checks. Until exactly this "
               "plan is approved it is a DRAFT in its engraving and its name.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 1,
};

enum { FILE_BYTES = 128 << 20 };

static bool copy(const char *case_dir, const char *name, const char *to, struct ost_err *err)
{
    char inside[OST_GUIDE_NAME + 8];
    struct ost_buf bytes;
    (void)snprintf(inside, sizeof inside, "result/%s", name);
    ost_buf_init(&bytes, FILE_BYTES);
    bool ok = ost_disk_read(case_dir, inside, &bytes, err) && ost_disk_write(to, name, &bytes, err);
    ost_buf_fini(&bytes);
    return ok;
}

static bool run(const struct ost_args *args, const struct ost_station_guide_options *options,
                struct ost_station_guide_made *made, struct ost_err *err)
{
    const struct ost_progress progress = ost_command_progress();
    const char *out = ost_args_value(args, "out");
    if (!ost_station_guide(args->word[0], options, &progress, made, err))
        return false;
    if (out == NULL)
        return true;
    return (ost_disk_folder(NULL, out, err) || ost_err_note(err, "-o")) &&
           (!made->released || copy(args->word[0], made->name, out, err)) &&
           copy(args->word[0], "guide.json", out, err);
}

static const char *why_withheld(const struct ost_station_guide_made *made)
{
    if (!made->watertight)
        return "the surface is not closed; change the plan or --voxel";
    if (made->components != 1)
        return "the guide falls into pieces; change the plan";
    return "the plan is approved and a check fails; see guide.json";
}

static void print_json(const struct ost_station_guide_made *made)
{
    json_t *root = json_pack(
        "{s:s?, s:b, s:b, s:b, s:b, s:f, s:I, s:I}", "guide", made->released ? made->name : NULL,
        "withheld", (int)!made->released, "approved", (int)made->approved, "watertight",
        (int)made->watertight, "ok", (int)made->ok, "min_wall_mm", made->min_wall_mm, "components",
        (json_int_t)made->components, "triangles", (json_int_t)made->triangles);
    (void)json_dumpf(root, stdout, JSON_SORT_KEYS);
    (void)printf("\n");
    json_decref(root);
}

static void print_text(const struct ost_station_guide_made *made)
{
    (void)printf("%s: %s, thinnest wall %.2f mm, checks %s\n",
                 made->released ? made->name : "no STL", made->watertight ? "closed" : "NOT CLOSED",
                 made->min_wall_mm, made->ok ? "all hold" : "FAILED, see guide.json");
}

int ost_tool_guide(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;

    struct ost_err err = {0};
    struct ost_station_guide_made made;
    struct ost_station_guide_options options = {.code = ost_args_value(&args, "code")};
    const double voxels[] = {0.15, 0.6};
    if (!ost_args_number(&args, "voxel", voxels, 0.3, &options.voxel_mm, &err))
        return ost_command_refuse("guide", &err);
    if (!run(&args, &options, &made, &err))
        return ost_command_fail("guide", &err);
    if (args.json)
        print_json(&made);
    else
        print_text(&made);
    if (!made.released)
        (void)fprintf(stderr, "osteon guide: no STL is released: %s\n", why_withheld(&made));
    return made.ok ? OST_EXIT_OK : OST_EXIT_NOT_CONVERGED;
}
