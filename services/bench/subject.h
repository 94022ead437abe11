/*
 * The frozen test sets of `osteon bench recon`: who is in them by seed, and how a seed becomes
 * a case. Training takes seeds below 1,000,000, validation those below 2,000,000; nothing is
 * ever trained or tuned on the seeds named here.
 */
#ifndef OST_BENCH_SUBJECT_H
#define OST_BENCH_SUBJECT_H

#include "recon/cohort/patient.h"
#include "recon/learn/tl.h"
#include "recon/shape/fit.h"
#include "recon/shape/predictor.h"

OST_C_BEGIN

enum ost_bench_set { OST_BENCH_SIMULATED, OST_BENCH_SHIFTED, OST_BENCH_SETS };
const char *ost_bench_set_name(enum ost_bench_set set); /* "shifted", as in the JSON */
size_t ost_bench_set_count(enum ost_bench_set set);

/* How films are taken otherwise than the set has it; see ost_patient_request. All zero: not. */
struct ost_bench_spoil {
    double noise;         /* times the set's own noise */
    int jpeg;             /* quality 1 to 100 */
    double view_turn_deg; /* of each view from true PA or lateral, exactly; below 0: none */
    bool has_cameras;     /* the fit is told the cameras, as a calibrated set-up would */
};

struct ost_bench_case {
    const struct ost_prior *prior;     /* borrowed */
    struct ost_predictor *predictor;   /* borrowed; NULL where none is there */
    struct ost_tl *tl[OST_TL_RECIPES]; /* the same */
    struct ost_patient *patient;       /* owned: the truth */
    struct ost_image
        *film[OST_PATIENT_FILMS]; /* owned; spoilt copies, NULL where none was needed */
    struct ost_fit_film input[OST_PATIENT_FILMS];
    enum ost_side side;
};

/* Number `index` of a set; the same every time. `spoil` NULL: as the set has it. */
OST_MUST_CHECK
bool ost_bench_case_create(const struct ost_prior *prior, enum ost_bench_set set, size_t index,
                           const struct ost_bench_spoil *spoil, struct ost_bench_case **out,
                           struct ost_err *err);
void ost_bench_case_destroy(struct ost_bench_case *kase); /* NULL is fine */
OST_AUTO_DEFINE(ost_bench_case);

OST_C_END

#endif
