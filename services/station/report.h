/*
 * The one page a surgeon signs: pictures, numbers with their spread, how each was
 * obtained, and that this is planning support. Japanese and English on one page.
 * Unless exactly this state of the plan is approved it is a DRAFT: on the page and
 * in the file name.
 */
#ifndef OST_STATION_REPORT_H
#define OST_STATION_REPORT_H

#include "recon/base/progress.h"

OST_C_BEGIN

struct ost_station_report_options {
    const char *code; /* the case's code, shown to people; NULL: see code.h */
};

enum { OST_REPORT_NAME = 32 };

/*
 * Reads CASE/result and CASE/plan.json; writes CASE/result/report.pdf, or
 * report_DRAFT.pdf, and removes the other. `name` receives the file's name within result/.
 */
OST_MUST_CHECK
bool ost_station_report(const char *case_dir, const struct ost_station_report_options *options,
                        const struct ost_progress *progress, char name[OST_REPORT_NAME],
                        struct ost_err *err);

OST_C_END

#endif
