/* The parts of `osteon bench recon`, each in a file of its own. */
#ifndef OST_BENCH_RUN_H
#define OST_BENCH_RUN_H

#include "services/bench/report.h"

OST_C_BEGIN

struct ost_bench_run {
    const struct ost_prior *prior;   /* borrowed; the one that ships, or as asked for */
    struct ost_predictor *predictor; /* borrowed; opened on it; NULL where there is none */
    bool search;                     /* no networks are used */
    const char *predictor_file;      /* NULL: those beside the prior (services/casefile/model.h) */
    const char *data;                /* the folder of real data */
    size_t cases;                    /* at most, of each set; 0: all */
    struct ost_tl *baseline[OST_TL_RECIPES]; /* for the forearms; NULL where it is not there */
    const char *tl; /* a baseline for the femora; NULL: trained here; "none" */
    bool quick;     /* a tenth of everything */
    bool method[OST_BENCH_METHODS];
    struct ost_bench_report *report;
};

/* How many cases of `all` are to be run. */
size_t ost_bench_share(const struct ost_bench_run *run, size_t all);

/* A line of what is going on, on stderr. */
void ost_bench_tell(const char *format, ...) OST_PRINTF(1, 2);

/* A model file of the project's own folder or as typed. */
OST_MUST_CHECK
bool ost_bench_open_prior(const char *path, struct ost_prior **out, struct ost_err *err);

/*
 * The networks of run->predictor_file, or those that go with the prior's file, opened on it;
 * NULL, and true, where there is no such file or none are used.
 */
OST_MUST_CHECK
bool ost_bench_open_predictor(const struct ost_bench_run *run, const char *prior_file,
                              const struct ost_prior *prior, struct ost_predictor **out,
                              struct ost_err *err);

/*
 * Each fills its place in the report. One that cannot run for want of data says so in
 * `left_out` and returns true; false is a failure of the bench itself.
 */
OST_MUST_CHECK
bool ost_bench_run_set(struct ost_bench_run *run, enum ost_bench_set set, struct ost_err *err);
OST_MUST_CHECK bool ost_bench_run_curves(struct ost_bench_run *run, struct ost_err *err);
OST_MUST_CHECK bool ost_bench_run_femur(struct ost_bench_run *run, struct ost_err *err);
OST_MUST_CHECK bool ost_bench_run_biplane(struct ost_bench_run *run, struct ost_err *err);
OST_MUST_CHECK bool ost_bench_run_layers(struct ost_bench_run *run, struct ost_err *err);
OST_MUST_CHECK bool ost_bench_run_bmd(struct ost_bench_run *run, struct ost_err *err);
OST_MUST_CHECK bool ost_bench_run_leave_one_out(struct ost_bench_run *run, struct ost_err *err);

OST_C_END

#endif
