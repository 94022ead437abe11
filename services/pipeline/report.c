/* The page a surgeon signs, of one state of the plan. */
#include "services/station/report.h"

#include "services/pipeline/fill_impl.h"
#include "services/pipeline/kind_impl.h"

static bool prepare(struct ost_work *work, struct ost_err *err)
{
    return ost_fill_input(work, err) && ost_fill_films(work, err) && ost_fill_results(work, err) &&
           ost_fill_plan(work, err);
}

static bool run(struct ost_work *work, const struct ost_progress *progress, struct ost_err *err)
{
    const struct ost_station_report_options options = {.code = work->about.code};
    char name[OST_REPORT_NAME];
    return ost_fill_case(work, err) && ost_station_report(work->dir, &options, progress, name, err);
}

const struct ost_work_kind ost_work_report = {.prepare = prepare, .run = run};
