/*
 * The trained family beside the literature: every morphometric and density quantity,
 * published mean and deviation next to the cohort's, measured by our own landmarking
 * on surfaces and density fields (no films, nothing kept).
 */
#ifndef OST_COHORT_REPORT_H
#define OST_COHORT_REPORT_H

#include "recon/base/progress.h"
#include "recon/shape/prior.h"

OST_C_BEGIN

enum ost_verdict {
    OST_VERDICT_NONE, /* no target: no published figure, no deviation, or a remembered one */
    OST_VERDICT_MET,
    OST_VERDICT_MISSED
};
const char *ost_verdict_name(enum ost_verdict verdict); /* "met"; "" for none */

/* Means within half a published deviation, deviations within 30 %. */
struct ost_cohort_row {
    const char *key, *what, *unit, *source; /* static; key as in JSON: "volar_tilt" */
    const char *remark;                     /* static; how it is read, why it misses; "" */
    bool remembered;                        /* not read in a source: printed without a target */
    double published[2], cohort[2];         /* mean, SD; NAN where there is none */
    uint32_t count;                         /* subjects it was read on */
    enum ost_verdict mean, sd;
};

enum { OST_COHORT_ROWS = 64 };

struct ost_cohort_report {
    uint32_t subjects;
    uint32_t row_count;
    struct ost_cohort_row row[OST_COHORT_ROWS];
};

/* About 40 ms a subject and core. The same prior, seed and number give the same report. */
OST_MUST_CHECK
bool ost_cohort_report(const struct ost_prior *prior, uint64_t seed, uint32_t subjects,
                       const struct ost_progress *progress, struct ost_cohort_report *out,
                       struct ost_err *err);

OST_C_END

#endif
