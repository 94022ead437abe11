#include "services/bench/fem.h"

#include "services/bench/bench.h"
#include "services/bench/machine.h"
#include "services/bench/run.h"

#include <math.h>
#include <stdlib.h>

int ost_bench_fem(const struct ost_args *args)
{
    struct ost_err err = {0};
    struct ost_bench_fem_report *report = calloc(1, sizeof *report);
    const char *data = ost_args_value(args, "data");
    struct ost_bench_fem_run run = {.data = data != NULL ? data : "../shared/data",
                                    .quick = ost_args_value(args, "quick") != NULL,
                                    .peers = ost_args_value(args, "no-peers") == NULL,
                                    .report = report};
    double load[2] = {ost_bench_load(), NAN};
    if (report == NULL)
        return OST_EXIT_UNAVAILABLE;
    report->iteration_over_byte_limit = NAN;
    report->iteration_s = report->iteration_bytes = report->triad_gb_s = NAN;
    for (int i = 0; i < 4; i++)
        report->ct_to_stress_s[i / 2][i % 2] = NAN;
    report->contact_ms = NAN;
    bool ok = ost_bench_fem_meshes(&run, &err) && ost_bench_fem_solves(&run, &err) &&
              ost_bench_fem_limit(&run, &err) && ost_bench_fem_stress(&run, &err) &&
              ost_bench_fem_contact(&run, &err);
    if (isfinite(report->contact_ms))
        ost_bench_tell("contact of the wrist: %.2f ms, %u patches", report->contact_ms,
                       report->contact_patches);
    load[1] = ost_bench_load();
    /* An hour's figures are not lost to what goes wrong at its end. */
    if (report->meshes > 0)
        (args->json ? ost_bench_fem_print_json : ost_bench_fem_print_table)(&run, load);
    free(report);
    return ok ? OST_EXIT_OK : ost_command_fail("bench fem", &err);
}
