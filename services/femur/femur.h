/*
 * The experiment on real variation: a model of 30 people's femora, and 7 others whose
 * surfaces are filmed twice (recon/bone/phantom.h: simulated films of real bones), fitted
 * and measured against their own surfaces.
 */
#ifndef OST_FEMUR_FEMUR_H
#define OST_FEMUR_FEMUR_H

#include "recon/base/progress.h"
#include "recon/bone/trial.h"

OST_C_BEGIN

enum { OST_FEMUR_CASES = 16 };

/* Distances that were not asked for are NaN. */
struct ost_femur_case {
    int number; /* of the person's file */
    struct ost_bone_ladder ladder;
    struct ost_bone_apart contours, fit;
    struct ost_bone_apart tl; /* the baseline, where one was given */
    double contour_mm, edge_share, size;
    double seconds; /* of the fit, by the processor's clock */
};

struct ost_femur_options {
    const char *data; /* the folder that holds femur_population/ */
    uint32_t cases;   /* at most so many of the unseen; 0: all */
    bool ladder;      /* mean, scaled mean and reach as well */
    double turn_deg;  /* error of the believed cameras, 1 SD about each axis */
    const void *tl;   /* borrowed; a model file of services/femur/tl.h; NULL: none */
    size_t tl_len;
    bool exact; /* cameras are as believed; turn_deg then counts for nothing */
    /* Told of every case as it ends; NULL: nobody is. */
    void (*told)(void *user, const struct ost_femur_case *done);
    void *user;
};

struct ost_femur_report {
    uint32_t people, trained, vertices, modes;
    size_t count;
    struct ost_femur_case one[OST_FEMUR_CASES];
    struct ost_femur_case mean; /* over the cases */
};

/* OST_UNAVAILABLE where the data are not there: the experiment is then left out. */
OST_MUST_CHECK
bool ost_femur_run(const struct ost_femur_options *options, const struct ost_progress *progress,
                   struct ost_femur_report *out, struct ost_err *err);

OST_C_END

#endif
