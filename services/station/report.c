#include "services/station/report.h"

#include "services/casefile/disk.h"
#include "services/station/code.h"
#include "services/station/plan_file.h"
#include "services/station/report_impl.h"

#include <stdio.h>
#include <stdlib.h>

enum { PDF_BYTES = 32 << 20 };

static bool gather(const char *case_dir, struct ost_report *report, struct ost_err *err)
{
    return ost_result_read(case_dir, &report->result, err) &&
           ost_facts_read(case_dir, &report->facts, err) &&
           ost_station_plan_read(case_dir, &report->plan, err) &&
           ost_plan_approval(report->plan, &report->approval, err);
}

/* One report lies there: an approved one of before is not this state's. */
static bool forget(const char *case_dir, struct ost_err *err)
{
    return ost_disk_remove(case_dir, "result/report.pdf", err) &&
           ost_disk_remove(case_dir, "result/report_DRAFT.pdf", err);
}

static bool compose(const struct ost_report *report, char name[OST_REPORT_NAME],
                    struct ost_err *err)
{
    OST_AUTO(ost_sheet) sheet = NULL;
    char path[OST_REPORT_NAME + 8];
    struct ost_buf pdf;
    if (!ost_sheet_create(&sheet, err) || !ost_report_page(report, sheet, err))
        return false;
    (void)snprintf(name, OST_REPORT_NAME, "%s",
                   report->approval.approved ? "report.pdf" : "report_DRAFT.pdf");
    (void)snprintf(path, sizeof path, "result/%s", name);
    ost_buf_init(&pdf, PDF_BYTES);
    bool ok = ost_sheet_done(sheet, &pdf, err) && forget(report->case_dir, err) &&
              ost_disk_write(report->case_dir, path, &pdf, err);
    ost_buf_fini(&pdf);
    return ok;
}

bool ost_station_report(const char *case_dir, const struct ost_station_report_options *options,
                        const struct ost_progress *progress, char name[OST_REPORT_NAME],
                        struct ost_err *err)
{
    if (!ost_progress_step(progress, 0.0, "report", err))
        return false;
    struct ost_report *report = calloc(1, sizeof *report);
    if (report == NULL)
        return ost_fail(err, OST_NOMEM, "no room for a report");
    report->case_dir = case_dir;
    char code[OST_STATION_CODE];
    ost_station_code(case_dir, options->code, code);
    report->code = code;
    bool ok = gather(case_dir, report, err);
    if (ok) {
        ost_plan_measures(report->plan, NULL, &report->measures);
        report->target_deg =
            ost_station_plan_value(report->plan, OST_TYPE_TARGET, "rotation_sd_deg");
        report->target_mm =
            ost_station_plan_value(report->plan, OST_TYPE_TARGET, "translation_sd_mm");
        ok = compose(report, name, err);
    }
    ost_plan_destroy(report->plan);
    free(report);
    return ok && ost_progress_step(progress, 1.0, "report", err);
}
