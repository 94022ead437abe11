/* Density, elements and stress of a reconstruction. */
#include "services/station/mech.h"

#include "services/pipeline/fill_impl.h"
#include "services/pipeline/kind_impl.h"

static bool prepare(struct ost_work *work, struct ost_err *err)
{
    return ost_fill_input(work, err) && ost_fill_films(work, err) && ost_fill_results(work, err);
}

static bool run(struct ost_work *work, const struct ost_progress *progress, struct ost_err *err)
{
    const struct ost_station_mech_options options = {0};
    return ost_fill_case(work, err) && ost_station_mech(work->dir, &options, progress, err);
}

const struct ost_work_kind ost_work_mech = {.prepare = prepare, .run = run};
