/* What the report's parts hand to one another. */
#ifndef OST_STATION_REPORT_IMPL_H
#define OST_STATION_REPORT_IMPL_H

#include "recon/plan/measures.h"
#include "services/casefile/result.h"
#include "services/station/facts.h"
#include "services/station/sheet.h"

struct ost_report {
    const char *case_dir, *code; /* borrowed */
    struct ost_result result;
    struct ost_facts facts;
    struct ost_plan *plan; /* owned */
    struct ost_approval approval;
    struct ost_measures measures;
    struct ost_value target_deg, target_mm; /* the target's SDs; kind NONE without a target */
};

/* The planned bones from one side (0 volar, 1 radial); the caller owns `*out`. */
OST_MUST_CHECK
bool ost_report_bones(const struct ost_report *report, int side, struct ost_picture **out,
                      struct ost_err *err);

/* The film of a view with its outlines; the caller owns `*out`. */
OST_MUST_CHECK
bool ost_report_film(const struct ost_report *report, size_t view, struct ost_picture **out,
                     struct ost_err *err);

OST_MUST_CHECK
bool ost_report_page(const struct ost_report *report, struct ost_sheet *sheet, struct ost_err *err);

#endif
