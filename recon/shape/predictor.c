#include "recon/math/vec.h"
#include "recon/shape/predictor_vote.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PASSES = 2 }; /* the second reads about where the first saw the points */

struct network {
    struct ost_net_weights *weights; /* owned */
    struct ost_net *net;             /* owned */
    int input, output;
};

struct ost_predictor {
    struct network find, read;
    struct ost_predictor_vertex point[OST_PREDICTOR_POINTS];
    char digest[65], prior[65];
    float said[OST_PREDICTOR_READ], share[OST_VOTE_CELLS * OST_PREDICTOR_POINTS];
};

void ost_predictor_destroy(struct ost_predictor *predictor)
{
    if (predictor == NULL)
        return;
    ost_net_destroy(predictor->find.net);
    ost_net_destroy(predictor->read.net);
    ost_net_weights_destroy(predictor->find.weights);
    ost_net_weights_destroy(predictor->read.weights);
    free(predictor);
}

static bool lay(struct network *n, int (*build)(struct ost_net *, int *),
                const struct ost_ostm *file, struct ost_err *err)
{
    if (!ost_net_weights_create(&n->weights, 1, err) ||
        !ost_net_create(&n->net, n->weights, OST_NET_INFER, 1, err))
        return false;
    n->output = build(n->net, &n->input);
    ost_net_output(n->net, n->output);
    return ost_net_finish(n->net, err) && ost_net_weights_load(n->weights, file, err);
}

static void take_names(struct ost_predictor *p, const struct ost_ostm *file)
{
    const char *prior = ost_ostm_text_view(file, "prior");
    memcpy(p->digest, ost_ostm_digest_view(file), sizeof p->digest);
    (void)snprintf(p->prior, sizeof p->prior, "%s", prior == NULL ? "" : prior);
}

bool ost_predictor_open(const void *bytes, size_t len, const struct ost_prior *prior,
                        struct ost_predictor **out, struct ost_err *err)
{
    *out = NULL;
    struct ost_ostm *file = NULL;
    OST_AUTO(ost_predictor) p = calloc(1, sizeof *p);
    if (p == NULL)
        return ost_fail(err, OST_NOMEM, "predictor: out of memory");
    if (!ost_ostm_open(bytes, len, &file, err))
        return false;
    bool done = ost_predictor_recall(prior, file, p->point, err) &&
                lay(&p->find, ost_predictor_find_net, file, err) &&
                lay(&p->read, ost_predictor_read_net, file, err);
    if (done)
        take_names(p, file);
    ost_ostm_close(file);
    if (done)
        *out = ost_steal(&p);
    return done;
}

const struct ost_predictor_vertex *ost_predictor_points_view(const struct ost_predictor *predictor)
{
    return predictor->point;
}

const char *ost_predictor_digest_view(const struct ost_predictor *predictor)
{
    return predictor->digest;
}

const char *ost_predictor_prior_view(const struct ost_predictor *predictor)
{
    return predictor->prior;
}

static const float *run(struct network *n, const struct ost_patch_film *film,
                        const struct ost_patch_frame *frame, const struct ost_patch_shape *shape,
                        struct ost_err *err)
{
    if (!ost_patch_cut(film, frame, shape, ost_net_value(n->net, n->input), err) ||
        !ost_net_forward(n->net, err))
        return NULL;
    return ost_net_value(n->net, n->output);
}

/* Where the arm lies and which way grey runs, on the film as it is. */
static bool find(struct ost_predictor *p, const struct ost_image *film, bool *dark,
                 struct ost_patch_frame *out, struct ost_err *err)
{
    const struct ost_patch_shape shape = ost_predictor_find_shape();
    const struct ost_patch_frame whole = ost_predictor_whole(film->width, film->height);
    OST_AUTO(ost_patch_film) source = NULL;
    if (!ost_patch_film_create(film, OST_BONE_BRIGHT, &source, err))
        return false;
    const float *said = run(&p->find, source, &whole, &shape, err);
    double seen[2][2];
    if (said == NULL)
        return false;
    for (int i = 0; i < 2; i++) {
        double patch[2];
        for (int k = 0; k < 2; k++)
            patch[k] = shape.anchor[k] + ost_predictor_find_unit * (double)said[2 * i + k];
        ost_patch_to_film(&whole, &shape, patch, seen[i]);
    }
    *dark = said[OST_PREDICTOR_FIND - 1] > 0.0F;
    *out = ost_predictor_frame(seen[0], seen[1]);
    return true;
}

/* The network's numbers as places on the film. */
static void decode(const float *said, struct ost_prediction *out)
{
    enum { K = OST_PREDICTOR_POINTS };
    const struct ost_patch_shape shape = ost_predictor_read_shape();
    const double unit = ost_predictor_read_unit;
    out->doubt = 0.0;
    for (int i = 0; i < K; i++) {
        const double patch[2] = {shape.anchor[0] + unit * (double)said[i],
                                 shape.anchor[1] + unit * (double)said[K + i]};
        ost_patch_to_film(&out->frame, &shape, patch, out->pixel[i]);
        for (int k = 0; k < 2; k++) {
            double sd = sqrt(2.0) * unit * exp((double)said[(2 + k) * K + i]);
            out->spread[i][k] = sd * out->frame.step;
            out->doubt += i < OST_PREDICTOR_NEAR ? sd / (2.0 * OST_PREDICTOR_NEAR) : 0.0;
        }
    }
    for (int k = 0; k < 3; k++)
        out->beam[k] = (double)said[4 * K + k];
    (void)ost_unit(out->beam);
    out->broken = 1.0 / (1.0 + exp(-(double)said[4 * K + 3]));
}

static struct ost_patch_frame frame_of(const struct ost_prediction *p)
{
    double middle[2][2] = {{0.0, 0.0}, {0.0, 0.0}};
    for (int i = 0; i < OST_PREDICTOR_POINTS; i++)
        for (int k = 0; k < 2; k++)
            middle[i < OST_PREDICTOR_NEAR ? 0 : 1][k] +=
                p->pixel[i][k] / (i < OST_PREDICTOR_NEAR
                                      ? OST_PREDICTOR_NEAR
                                      : OST_PREDICTOR_POINTS - OST_PREDICTOR_NEAR);
    return ost_predictor_frame(middle[0], middle[1]);
}

bool ost_predictor_read(struct ost_predictor *p, const struct ost_image *film,
                        enum ost_polarity bone, struct ost_prediction *out, struct ost_err *err)
{
    const struct ost_patch_shape shape = ost_predictor_read_shape();
    OST_AUTO(ost_patch_film) source = NULL;
    *out = (struct ost_prediction){.doubt = 0.0};
    if (!find(p, film, &out->dark, &out->frame, err))
        return false;
    if (bone != OST_BONE_AUTO)
        out->dark = bone == OST_BONE_DARK;
    if (!ost_patch_film_create(film, out->dark ? OST_BONE_DARK : OST_BONE_BRIGHT, &source, err))
        return false;
    for (int pass = 0; pass < PASSES; pass++) {
        const float *said = run(&p->read, source, &out->frame, &shape, err);
        if (said == NULL)
            return false;
        ost_vote_count(said, p->said, p->share);
        decode(p->said, out);
        if (pass + 1 < PASSES)
            out->frame = frame_of(out);
    }
    return true;
}
