/* `osteon cohort --report`: the simulated people beside the published ones. */
#ifndef OST_TOOL_COHORT_REPORT_H
#define OST_TOOL_COHORT_REPORT_H

#include "recon/cohort/report.h"

OST_C_BEGIN

/* A table, or one JSON object, on stdout. */
void ost_cohort_report_print(const struct ost_cohort_report *report, uint64_t seed, bool json);

OST_C_END

#endif
