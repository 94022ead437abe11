/*
 * Making the prior: real surfaces are brought into the model frame and onto one
 * topology per bone; their differences, modes of published morphometry and smooth
 * Gaussian-process modes become orthogonal modes of variation. Pure: surfaces come
 * in as meshes, the model file goes out as bytes. The same input gives the same file.
 */
#ifndef OST_SHAPE_TRAIN_H
#define OST_SHAPE_TRAIN_H

#include "recon/base/buf.h"
#include "recon/base/progress.h"
#include "recon/mesh/mesh.h"
#include "recon/shape/prior.h"

OST_C_BEGIN

enum ost_train_set { OST_TRAIN_OPENSIM, OST_TRAIN_BROWN, OST_TRAIN_CALGARY, OST_TRAIN_SETS };

/* Where each surface lies under the data folder, and whose it is. */
struct ost_train_file {
    const char *path; /* "wrist_surfaces/opensim/radius_rv.stl" */
    enum ost_train_set set;
    enum ost_bone bone;
};
enum { OST_TRAIN_FILES = 11 };
const struct ost_train_file *ost_train_file(int index);
const char *ost_train_set_name(enum ost_train_set set); /* "brown_sandbox" */
const char *ost_train_set_licence(enum ost_train_set set);

struct ost_train_input {
    const struct ost_mesh *surface[OST_TRAIN_FILES]; /* borrowed; NULL: not used */
    /* Never trained on, only measured against the model that is ready; NULL: not there. */
    const struct ost_mesh *unseen[OST_TRAIN_FILES];
    const char *name;    /* of the model */
    const char *command; /* how it was made, for its card */
    double coarse;       /* times edges and grids: 1 (or 0) is what ships, 3 a quick look */
    uint64_t seed;       /* of the sampled statistics in the card */
};

/* What a card says about a model. */
struct ost_train_report {
    uint32_t vertices[OST_BONES], triangles[OST_BONES], modes[OST_BONES];
    double chirality_mm[2]; /* the distal piece on the whole bone: as it is, mirrored */
    double mean[4], sd[4];  /* tilt, inclination (deg), height, variance (mm) of samples */
    double unseen_mm[OST_TRAIN_FILES]; /* to the fitted model; 0: not measured */
    double residual_mm[OST_BONES];
    double length_mm[OST_BONES];
};

/* Needs the opensim set at least. Appends the model file to the empty `out`. */
OST_MUST_CHECK
bool ost_train_prior(const struct ost_train_input *input, const struct ost_progress *progress,
                     struct ost_buf *out, struct ost_train_report *report, struct ost_err *err);

/* The card that stands beside the model file. */
void ost_train_card(const struct ost_train_input *input, const struct ost_train_report *report,
                    const char *digest, struct ost_buf *out);

OST_C_END

#endif
