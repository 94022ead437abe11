/*
 * What two networks read off one film: where a forearm lies on it, and where points of
 * its bones fall, each with its spread; how the beam went, and whether the radius is
 * broken. Bones are seen through each other on a film, so every point has a place. A fit
 * (predict.h) makes an arm of what several films say; nothing here knows of more than one.
 *
 * Films of right arms; mirror those of left ones first.
 */
#ifndef OST_SHAPE_PREDICTOR_H
#define OST_SHAPE_PREDICTOR_H

#include "recon/net/net.h"
#include "recon/net/ostm.h"
#include "recon/shape/patch.h"
#include "recon/shape/prior.h"

OST_C_BEGIN

/*
 * Points of the mean bones: the landmarks in their order, then others far from each
 * other near the joint (`near` in all), then some of the shafts.
 */
enum { OST_PREDICTOR_POINTS = 53, OST_PREDICTOR_NEAR = 41 };

/* How far the middle of the shaft's points lies from that of the near ones, arm of size 1. */
static const double ost_predictor_span_mm = 62.0;

struct ost_predictor_vertex {
    enum ost_bone bone;
    uint32_t vertex;
};

/* Chooses them on a prior: the same prior, the same points. */
void ost_predictor_choose(const struct ost_prior *prior,
                          struct ost_predictor_vertex out[OST_PREDICTOR_POINTS]);

/*
 * The same points on any prior's mean, as a model file ("points") keeps them: landmarks by
 * name, the others by the nearest vertex of the bone.
 */
OST_MUST_CHECK
bool ost_predictor_recall(const struct ost_prior *prior, const struct ost_ostm *file,
                          struct ost_predictor_vertex out[OST_PREDICTOR_POINTS],
                          struct ost_err *err);

/* The two networks' inputs: OST_PATCH_CHANNELS channels of these. */
struct ost_patch_shape ost_predictor_find_shape(void); /* a whole film */
struct ost_patch_shape ost_predictor_read_shape(void); /* hand up, near points at the anchor */

/* The frame of a whole film. */
struct ost_patch_frame ost_predictor_whole(uint32_t width, uint32_t height);

/* The frame of an arm whose near points' and shaft points' middles fall on these film pixels. */
struct ost_patch_frame ost_predictor_frame(const double near[2], const double shaft[2]);

/* What the finding network says: middles in (pixel - middle of the patch) / 24. */
enum { OST_PREDICTOR_FIND = 7 }; /* near u v, shaft u v, log spread of each, dark logit */

/*
 * What the reading network says: u of all points, v of all, log spread of u, of v; points
 * in (pixel - anchor) / 32, spreads of Laplace's distribution in the same; the beam's
 * direction in the model's axes; broken, as a logit.
 */
enum { OST_PREDICTOR_READ = 4 * OST_PREDICTOR_POINTS + 4 };
static const double ost_predictor_find_unit = 24.0, ost_predictor_read_unit = 32.0;

/*
 * Lays a network down on an input; the output's node, -1 after a mistake. What the reading
 * one puts out is to be counted first (predictor_vote.h).
 */
int ost_predictor_find_net(struct ost_net *net, int *input);
int ost_predictor_read_net(struct ost_net *net, int *input);

struct ost_prediction {
    bool dark;                              /* bones are darker than air on this film */
    struct ost_patch_frame frame;           /* where the points were read */
    double pixel[OST_PREDICTOR_POINTS][2];  /* film pixels */
    double spread[OST_PREDICTOR_POINTS][2]; /* SD along the patch's columns and rows; film pixels */
    double beam[3];                         /* unit; model axes, source to film */
    double broken;                          /* 0..1 */
    double doubt; /* mean spread of the near points, pixels of the patch: large where no arm is */
};

struct ost_predictor; /* not shared between threads */

/* Reads a model file. `prior`: any; its nearest vertices are used for the points. */
OST_MUST_CHECK
bool ost_predictor_open(const void *bytes, size_t len, const struct ost_prior *prior,
                        struct ost_predictor **out, struct ost_err *err);
void ost_predictor_destroy(struct ost_predictor *predictor); /* NULL is fine */
OST_AUTO_DEFINE(ost_predictor);

const struct ost_predictor_vertex *ost_predictor_points_view(const struct ost_predictor *predictor);
const char *ost_predictor_digest_view(const struct ost_predictor *predictor);
/* The digest of the prior whose people the networks learned from. */
const char *ost_predictor_prior_view(const struct ost_predictor *predictor);

/* One film. AUTO takes the polarity that the finding network sees. */
OST_MUST_CHECK
bool ost_predictor_read(struct ost_predictor *predictor, const struct ost_image *film,
                        enum ost_polarity bone, struct ost_prediction *out, struct ost_err *err);

OST_C_END

#endif
