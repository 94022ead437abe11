/* The real femora, a population that the forearm has not: services/femur does the work. */
#include "services/femur/femur.h"

#include "services/bench/run.h"
#include "services/casefile/disk.h"

#include <stdio.h>

enum { BASELINE_MOST = 1 << 26 };

static void told(void *user, const struct ost_femur_case *c)
{
    (void)user;
    ost_bench_tell("femur %d: %.2f mm", c->number, c->fit.asd);
}

bool ost_bench_run_femur(struct ost_bench_run *run, struct ost_err *err)
{
    struct ost_bench_report *report = run->report;
    struct ost_femur_report femur;
    struct ost_err why = {0};
    struct ost_buf tl;
    ost_buf_init(&tl, BASELINE_MOST);
    bool ok = run->tl == NULL || ost_disk_read(NULL, run->tl, &tl, err);
    if (ok) {
        const struct ost_femur_options options = {
            .data = run->data,
            .cases = (uint32_t)ost_bench_share(run, OST_FEMUR_CASES),
            .tl = run->tl != NULL ? tl.ptr : NULL,
            .tl_len = tl.len,
            .told = told,
        };
        if (ost_femur_run(&options, NULL, &femur, &why)) {
            report->figure[OST_BENCH_FEMUR_ASD] = femur.mean.fit.asd;
            report->figure[OST_BENCH_FEMUR_TL_ASD] = femur.mean.tl.asd;
        } else if (why.code == OST_UNAVAILABLE) {
            (void)snprintf(report->left_out[OST_BENCH_PART_FEMUR], sizeof report->left_out[0], "%s",
                           why.msg);
        } else {
            *err = why;
            ok = false;
        }
    }
    ost_buf_fini(&tl);
    return ok;
}
