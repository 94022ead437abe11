/*
 * The T-L baseline on femora: trained on the 30 people and on shapes drawn from their model,
 * tested on the films of the same unseen people as the fit. For experiments only.
 */
#ifndef OST_FEMUR_TL_H
#define OST_FEMUR_TL_H

#include "recon/base/progress.h"
#include "recon/learn/tl.h"

OST_C_BEGIN

struct ost_femur_tl_state {
    struct ost_tl_state learning;
    double mm; /* mean distance on people kept out of training and test; NaN: not yet a shape */
};

/* Zero: as said in brackets. */
struct ost_femur_tl_options {
    const char *data; /* the folder that holds femur_population/ */
    enum ost_tl_recipe recipe;
    uint32_t examples;             /* [240] filmed; a third are people, the rest drawn shapes */
    uint32_t steps[OST_TL_STAGES]; /* [600, 600, 200] */
    uint32_t batch;                /* [4]; the reimplementation's is 8 */
    uint64_t seed;
    /* Told ten times in each stage; NULL: nobody is. */
    void (*told)(void *user, const struct ost_femur_tl_state *state);
    void *user;
};

/* Voxels of 4 mm, 48 x 48 x 128: what two cores can learn in half an hour. */
extern const struct ost_tl_size ost_femur_tl_size;

/* Appends the network as a model file to the empty `out`. */
OST_MUST_CHECK
bool ost_femur_tl_train(const struct ost_femur_tl_options *options,
                        const struct ost_progress *progress, struct ost_buf *out,
                        struct ost_err *err);

OST_C_END

#endif
