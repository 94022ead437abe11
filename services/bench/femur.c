/* The real femora, a population that the forearm has not: services/femur does the work. */
#include "services/femur/femur.h"

#include "services/bench/run.h"
#include "services/casefile/disk.h"
#include "services/femur/tl.h"

#include <stdio.h>
#include <string.h>

enum { BASELINE_MOST = 1 << 26 };

static void told(void *user, const struct ost_femur_case *c)
{
    (void)user;
    ost_bench_tell("femur %d: %.2f mm", c->number, c->fit.asd);
}

/*
 * The femora's licence keeps what is learnt from them out of what ships, so the baseline is
 * trained on the spot: some twenty minutes of a processor, with --quick a quarter of it.
 */
static bool train_baseline(const struct ost_bench_run *run, struct ost_buf *out,
                           struct ost_err *err)
{
    const uint32_t part = run->quick ? 4 : 1;
    const struct ost_femur_tl_options options = {.data = run->data,
                                                 .recipe = OST_TL_SHIODE,
                                                 .examples = 240 / part,
                                                 .steps = {600 / part, 600 / part, 200 / part},
                                                 .seed = 1};
    ost_bench_tell("femur: training the T-L net of %u examples; --tl FILE or none spares it",
                   options.examples);
    return ost_femur_tl_train(&options, NULL, out, err);
}

/* The model file asked for, or one made here; nothing where none is wanted. */
static bool find_baseline(const struct ost_bench_run *run, struct ost_buf *out, struct ost_err *err)
{
    if (run->tl == NULL)
        return train_baseline(run, out, err);
    return strcmp(run->tl, "none") == 0 || ost_disk_read(NULL, run->tl, out, err);
}

bool ost_bench_run_femur(struct ost_bench_run *run, struct ost_err *err)
{
    struct ost_bench_report *report = run->report;
    struct ost_femur_report femur;
    struct ost_err why = {0};
    struct ost_buf tl;
    ost_buf_init(&tl, BASELINE_MOST);
    bool ok = find_baseline(run, &tl, &why) || why.code == OST_UNAVAILABLE ||
              ost_fail(err, why.code, "%s", why.msg);
    if (ok) {
        const struct ost_femur_options options = {
            .data = run->data,
            .cases = (uint32_t)ost_bench_share(run, OST_FEMUR_CASES),
            .tl = tl.len > 0 ? tl.ptr : NULL,
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
