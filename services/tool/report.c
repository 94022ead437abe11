#include "services/station/report.h"

#include "recon/base/array.h"
#include "services/casefile/disk.h"
#include "services/cli/args.h"
#include "services/tool/tool.h"

#include <jansson.h>

#include <stdio.h>
#include <string.h>

static const struct ost_option option[] = {
    {"out", "PDF", "a copy of the page (also -o); an unapproved one gets _DRAFT in its name"},
    {"code", "CODE", "the case's code as people know it; else the end of its folder's name"},
};

static const struct ost_usage usage = {
    .line = "osteon report CASE [-o PDF]",
    .summary = "The one-page report of a case with a plan: CASE/result/report.pdf, or "
               "report_DRAFT.pdf until exactly this plan is approved.",
    .option = option,
    .option_count = OST_COUNT(option),
    .least = 1,
    .most = 1,
};

enum { PDF_BYTES = 32 << 20 };

/* PATH with _DRAFT before its ending, where the page is a draft and the file's name hides it. */
static bool copy_name(const char *path, bool draft, char out[OST_DISK_PATH], struct ost_err *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1, *dot = strrchr(name, '.');
    size_t stem = dot == NULL ? strlen(path) : (size_t)(dot - path);
    const char *mark = draft && strstr(name, "DRAFT") == NULL ? "_DRAFT" : "";
    int len = snprintf(out, OST_DISK_PATH, "%.*s%s%s", (int)stem, path, mark, path + stem);
    if (len < 0 || len >= OST_DISK_PATH)
        return ost_fail(err, OST_INVALID, "-o: the path is too long");
    return true;
}

static bool copy(const char *case_dir, const char *name, const char *path, struct ost_err *err)
{
    char inside[OST_REPORT_NAME + 8];
    struct ost_buf bytes;
    (void)snprintf(inside, sizeof inside, "result/%s", name);
    ost_buf_init(&bytes, PDF_BYTES);
    bool ok =
        ost_disk_read(case_dir, inside, &bytes, err) && ost_disk_write(NULL, path, &bytes, err);
    ost_buf_fini(&bytes);
    return ok;
}

static bool run(const struct ost_args *args, char path[OST_DISK_PATH], bool *draft,
                struct ost_err *err)
{
    char name[OST_REPORT_NAME];
    const struct ost_station_report_options options = {.code = ost_args_value(args, "code")};
    const struct ost_progress progress = ost_command_progress();
    if (!ost_station_report(args->word[0], &options, &progress, name, err))
        return false;
    *draft = strstr(name, "DRAFT") != NULL;
    const char *out = ost_args_value(args, "out");
    if (out == NULL) {
        (void)snprintf(path, OST_DISK_PATH, "%s/result/%s", args->word[0], name);
        return true;
    }
    return copy_name(out, *draft, path, err) && copy(args->word[0], name, path, err);
}

int ost_tool_report(int argc, char **argv)
{
    struct ost_args args;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;

    struct ost_err err = {0};
    char path[OST_DISK_PATH];
    bool draft = true;
    if (!run(&args, path, &draft, &err))
        return ost_command_fail("report", &err);
    if (args.json) {
        json_t *root = json_pack("{s:s, s:b, s:i}", "report", path, "draft", draft, "pages", 1);
        (void)json_dumpf(root, stdout, JSON_SORT_KEYS);
        (void)printf("\n");
        json_decref(root);
    } else {
        (void)printf("%s\n", path);
    }
    return OST_EXIT_OK;
}
