#include "recon/base/array.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/station/mech.h"
#include "services/tool/tool.h"

#include <jansson.h>

#include <stdio.h>
#include <string.h>

static const struct ost_option option[] = {
    {"bone", "NAME", "another bone of a segmentation, by its name in segment.json"},
    {"sex", "female|male", "for T-score and %YAM of the distal third, where a norm applies"},
};

static const struct ost_usage usage = {
    .line = "osteon bmd CASE [--bone NAME] [--sex female|male]",
    .summary = "Bone mineral density of the radius by region, cortex included, with its interval: "
               "adds CASE/result/bmd.json. Needs a CASE that `osteon recon`, or `osteon segment`, "
               "has been through.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 1,
};

enum { OST_JSON_MOST = 1 << 20 };

static json_t *read_bmd(const char *case_dir, const char *name, struct ost_err *err)
{
    struct ost_buf bytes;
    json_t *root = NULL;
    ost_buf_init(&bytes, OST_JSON_MOST);
    if (ost_disk_read(case_dir, name, &bytes, err)) {
        root = json_loadb((const char *)bytes.ptr, bytes.len, 0, NULL);
        if (root == NULL)
            (void)ost_fail(err, OST_BUG, "bmd.json cannot be read back");
    }
    ost_buf_fini(&bytes);
    return root;
}

static void print_more(json_t *root)
{
    const char *name = NULL, *refused = NULL, *citation = "", *calibration = "";
    json_t *cortex = NULL;
    double score = 0.0, yam = 0.0;
    json_object_foreach(json_object_get(root, "cortex"), name, cortex)
    {
        (void)printf("%-28s cortex %.2f mm, index %.2f\n", name,
                     json_number_value(json_object_get(cortex, "thickness_mm")),
                     json_number_value(json_object_get(cortex, "index")));
    }
    (void)json_unpack(root, "{s?s, s?{s?s, s?F, s?F, s?s}}", "calibration", &calibration, "t_score",
                      "refused", &refused, "value", &score, "percent_yam", &yam, "citation",
                      &citation);
    if (refused != NULL) {
        (void)printf("%s\n", refused);
    } else if (citation[0] != '\0') {
        (void)printf("T-score %.1f, %.0f %% of young adults (%s)\n", score, yam, citation);
    }
    (void)printf("calibration %s\n", calibration);
}

static void print_regions(json_t *root)
{
    const char *name = NULL, *how = NULL;
    json_t *number = NULL;
    (void)json_unpack(root, "{s:s}", "how", &how);
    json_object_foreach(json_object_get(root, "regions"), name, number)
    {
        const char *unit = "";
        double value = 0.0, low = 0.0, high = 0.0;
        (void)json_unpack(number, "{s:F, s:F, s:F, s:s}", "value", &value, "low", &low, "high",
                          &high, "unit", &unit);
        (void)printf("%-28s %8.3f  (%.3f to %.3f)  %s\n", name, value, low, high, unit);
    }
    print_more(root);
    (void)printf("densities are %s\n", how != NULL ? how : "of unknown origin");
}

int ost_tool_bmd(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;

    struct ost_err err = {0};
    struct ost_station_mech_options options = {.density_only = true,
                                               .bone = ost_args_value(&args, "bone"),
                                               .sex = ost_args_value(&args, "sex")};
    char name[OST_DISK_PATH];
    if (options.sex != NULL && strcmp(options.sex, "female") != 0 &&
        strcmp(options.sex, "male") != 0) {
        (void)ost_fail(&err, OST_INVALID, "--sex knows female and male");
        return ost_command_refuse("bmd", &err);
    }
    if (options.bone != NULL && strcmp(options.bone, "radius") == 0)
        options.bone = NULL;
    const struct ost_progress progress = ost_command_progress();
    if (!ost_station_mech(args.word[0], &options, &progress, &err))
        return ost_command_fail("bmd", &err);
    (void)snprintf(name, sizeof name, "result/%s%sbmd.json",
                   options.bone != NULL ? options.bone : "", options.bone != NULL ? "." : "");
    json_t *root = read_bmd(args.word[0], name, &err);
    if (root == NULL)
        return ost_command_fail("bmd", &err);
    if (args.json) {
        (void)json_dumpf(root, stdout, JSON_SORT_KEYS | JSON_REAL_PRECISION(10));
        (void)printf("\n");
    } else {
        print_regions(root);
    }
    json_decref(root);
    return OST_EXIT_OK;
}
