/*
 * Training of the predictor's networks on lessons that are made as it goes on: a pool
 * of lessons is renewed bit by bit while batches are drawn from it. Laplace's likelihood
 * for places (Kendall and Gal 2017, eq. 5, with |.| for squares), Adam, a rate that rises
 * and then falls along a cosine (Loshchilov and Hutter 2017). Pure: checkpoints and the
 * model go out as bytes.
 */
#ifndef OST_LEARN_SCHOOL_H
#define OST_LEARN_SCHOOL_H

#include "recon/base/buf.h"
#include "recon/learn/lesson.h"

OST_C_BEGIN

enum ost_school_subject { OST_SCHOOL_FIND, OST_SCHOOL_READ, OST_SCHOOL_SUBJECTS };

struct ost_school_state {
    uint32_t step;
    double loss;     /* a running mean */
    double error_mm; /* of the near points on lessons never learnt from, mean; < 0: not now */
    double rate;
};

struct ost_school {
    struct ost_scene_kit kit;
    const struct ost_predictor_vertex
        *points;                 /* OST_PREDICTOR_POINTS of the kit's prior; borrowed */
    const struct ost_ostm *from; /* a model whose weights it begins with, or NULL; borrowed */
    enum ost_school_subject subject;
    uint64_t seed;
    uint32_t steps, batch, pool; /* steps 0: `from` as it is; lessons kept */
    double renew;                /* lessons made anew each step */
    double rate;                 /* the highest */
    uint32_t every;              /* steps between looks at the unseen lessons */
    /* Told after every look, with the state so far; false stops. `bytes`: a checkpoint. */
    bool (*told)(void *user, const struct ost_school_state *state, const struct ost_buf *bytes);
    void *user;
};

/*
 * Trains; `resume` (may be NULL) is a checkpoint of the same school. Appends nothing:
 * the averaged weights are left in `out`, which must hold the subject's tensors or none.
 */
OST_MUST_CHECK
bool ost_school_run(const struct ost_school *school, const void *resume, size_t resume_len,
                    struct ost_net_weights *out, struct ost_err *err);

/*
 * The model file of the subjects' weights (in their order) and the points on the prior they
 * learnt from, appended to the empty `out`; its SHA-256 in hexadecimal.
 */
OST_MUST_CHECK
bool ost_school_model(const struct ost_prior *prior,
                      const struct ost_predictor_vertex points[OST_PREDICTOR_POINTS],
                      const struct ost_net_weights *const weights[OST_SCHOOL_SUBJECTS],
                      struct ost_buf *out, char digest[65], struct ost_err *err);

OST_C_END

#endif
