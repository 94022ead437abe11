#include "services/station/segment.h"

#include "recon/base/array.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/tool/ct.h"
#include "services/tool/tool.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifndef OST_MODEL_FILE
#define OST_MODEL_FILE "recon/shape/models/forearm.ostm"
#endif

enum { JSON_BYTES = 1 << 20 };

static const struct ost_option option[] = {
    {"out", "DIR", "the case folder to write (also -o)"},
    {"side", "right|left", "of a forearm alone in the CT; unknown when not given"},
    {"model", "FILE", "the shape prior for a forearm's numbers; the one that ships when not given"},
    {"calibration", "FILE",
     "HU to mineral by a phantom's rods or a table; else by air, fat and muscle"},
    {"simulated", NULL, "the CT is simulated: everything made of it says so"},
};

static const struct ost_usage usage = {
    .line = "osteon segment CT -o DIR [--side right|left]",
    .summary = "A CT (a folder of DICOM slices, or a NIfTI file in Hounsfield units) to bones: a "
               "case folder with a closed surface, uncertainty and density for each.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 1,
};

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double value_of(const json_t *number, const char *key)
{
    return json_number_value(json_object_get(number, key));
}

static void tell_bone(const json_t *bone)
{
    const json_t *volume = json_object_get(bone, "volume");
    const json_t *density = json_object_get(bone, "density");
    const json_t *spread = json_object_get(bone, "uncertainty_mm");
    (void)printf("%-20s %8.2f cm3 (%.2f to %.2f), surface +-%.2f mm, %4.0f mgHA/cm3 (%.0f to "
                 "%.0f)%s\n",
                 json_string_value(json_object_get(bone, "name")), 1e-3 * value_of(volume, "value"),
                 1e-3 * value_of(volume, "low"), 1e-3 * value_of(volume, "high"),
                 value_of(spread, "mean"), value_of(density, "value"), value_of(density, "low"),
                 value_of(density, "high"),
                 json_is_true(json_object_get(bone, "cut")) ? ", cut off by the CT's end" : "");
}

static void tell(json_t *root, double took, bool json)
{
    size_t i;
    json_t *item;
    (void)json_object_set_new(root, "seconds", json_real(took));
    if (json) {
        (void)json_dumpf(root, stdout, JSON_SORT_KEYS | JSON_REAL_PRECISION(10));
        (void)printf("\n");
        return;
    }
    json_array_foreach(json_object_get(root, "bones"), i, item) tell_bone(item);
    const json_t *calibration = json_object_get(root, "calibration");
    (void)printf("calibration: %s, %.0f keV\n",
                 json_string_value(json_object_get(calibration, "how")),
                 value_of(json_object_get(calibration, "energy"), "value"));
    json_array_foreach(json_object_get(root, "warnings"), i, item)(void)
        printf("note: %s\n", json_string_value(json_object_get(item, "text")));
    (void)printf("%.1f s\n", took);
}

static bool report(const char *dir, double took, bool json, struct ost_err *err)
{
    struct ost_buf bytes;
    json_error_t why;
    ost_buf_init(&bytes, JSON_BYTES);
    bool ok = ost_disk_read(dir, "result/segment.json", &bytes, err);
    json_t *root = ok ? json_loadb((const char *)bytes.ptr, bytes.len, 0, &why) : NULL;
    ost_buf_fini(&bytes);
    if (!ok || root == NULL)
        return ok ? ost_fail(err, OST_BUG, "segment.json cannot be read again") : false;
    tell(root, took, json);
    json_decref(root);
    return true;
}

static bool run(const struct ost_args *args, const char *out, enum ost_side side,
                struct ost_err *err)
{
    const struct ost_progress progress = ost_command_progress();
    struct ost_progress read = ost_progress_part(&progress, 0.0, 0.2);
    struct ost_progress work = ost_progress_part(&progress, 0.2, 1.0);
    struct ost_station_segment_done done;
    struct ost_ct ct = {.hounsfield = NULL};
    const char *model = ost_args_value(args, "model");
    double begin = seconds();
    if (!ost_progress_step(&read, 0.0, "read", err) || !ost_ct_read(args->word[0], &ct, err))
        return false;
    const struct ost_station_segment_options options = {
        .side = side,
        .simulated = ost_args_value(args, "simulated") != NULL,
        .source = ct.source,
        .slices = ct.slices,
        .resampled = ct.resampled,
        .calibration = ost_args_value(args, "calibration"),
        .model = model == NULL ? OST_MODEL_FILE : model};
    bool ok = ost_station_segment(out, ct.hounsfield, &options, &work, &done, err) &&
              report(out, seconds() - begin, args->json, err);
    ost_grid_destroy(ct.hounsfield);
    return ok;
}

int ost_tool_segment(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    struct ost_err err = {0};
    const char *out = ost_args_value(&args, "out"), *name = ost_args_value(&args, "side");
    enum ost_side side = OST_SIDE_UNKNOWN;
    if (out == NULL) {
        (void)ost_fail(&err, OST_INVALID, "name the case folder to write: -o DIR");
        return ost_command_refuse("segment", &err);
    }
    if (name != NULL && !ost_side_of_name(name, &side)) {
        (void)ost_fail(&err, OST_INVALID, "--side knows right and left");
        return ost_command_refuse("segment", &err);
    }
    return run(&args, out, side, &err) ? OST_EXIT_OK : ost_command_fail("segment", &err);
}
