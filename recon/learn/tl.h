/*
 * The T-L networks that others have published, as faithfully as two cores allow: the
 * baselines of every table, for any bone. Films of known views in, occupancy of voxels out.
 *
 * Both have a 64-number code between a volume encoder and decoder (the autoencoder) and a
 * network from films to that code, and three stages of training:
 *
 * GIRDHAR (Girdhar et al., ECCV 2016, arXiv 1603.08637): autoencoder by cross-entropy;
 * then the films' code regressed onto the autoencoder's, which is fixed; then both losses
 * together, voxels weighing 1500 and code 1, everything learning.
 *
 * SHIODE (Shiode et al., Sci Rep 2021 11:15249; sizes and weights of the public
 * reimplementation, XrayTo3D): denoising autoencoder (noise of variance 0.01), Dice loss and
 * 0.001 of the code's absolute sum; then the films' code judged by its decoded volume, the
 * decoder fixed; then also by the encoder's distance between truth and result.
 *
 * Unlike theirs: volumes are long boxes, not cubes, of the voxels that `struct ost_tl_size`
 * says; labels are shares of a voxel, not 0 and 1 (kinder to a coarse grid); both use the
 * reimplementation's 8-16-32-64 channels; Adam for both; the last layer is rearranged from
 * half resolution; two views are two channels of one picture; several bones are several
 * channels of one volume.
 */
#ifndef OST_LEARN_TL_H
#define OST_LEARN_TL_H

#include "recon/base/buf.h"
#include "recon/mesh/mesh.h"

#include <stdint.h>

OST_C_BEGIN

enum ost_tl_recipe { OST_TL_GIRDHAR, OST_TL_SHIODE, OST_TL_RECIPES };
const char *ost_tl_recipe_name(enum ost_tl_recipe recipe); /* "girdhar" */

enum { OST_TL_CODE = 64, OST_TL_STAGES = 3 };

/* Where voxels lie and what films look like; every count a multiple of 16. */
struct ost_tl_size {
    uint32_t voxels[3]; /* along x, y, z */
    double low[3];      /* mm, centre of voxel (0, 0, 0) */
    double spacing;     /* mm */
    uint32_t film[2];   /* columns, rows of each view */
    uint32_t views;     /* 1 to 4 */
    uint32_t bodies;    /* in one volume, each with its own occupancy; 0: 1 */
    bool cut;           /* they go on beyond the last slice: surfaces end open there */
};
size_t ost_tl_voxel_count(const struct ost_tl_size *size);
size_t ost_tl_volume_count(const struct ost_tl_size *size); /* of all bodies */
size_t ost_tl_film_count(const struct ost_tl_size *size);

struct ost_tl_example {
    const float *film; /* borrowed; [row][column][view], mean 0, variance 1 in each view */
    /* Borrowed; body by body within a voxel, then x fastest; 255: all of the voxel is bone. */
    const uint8_t *inside;
};

struct ost_tl;
OST_MUST_CHECK
bool ost_tl_create(struct ost_tl **out, enum ost_tl_recipe recipe, const struct ost_tl_size *size,
                   uint64_t seed, struct ost_err *err);
void ost_tl_destroy(struct ost_tl *tl); /* NULL is fine */
OST_AUTO_DEFINE(ost_tl);

struct ost_tl_state {
    uint32_t stage, step; /* from 1 */
    double loss;          /* mean since the last look */
};

struct ost_tl_plan {
    uint32_t steps[OST_TL_STAGES], batch;
    double rate;    /* of Adam; 0: 2e-4, the reimplementation's */
    uint32_t every; /* steps between looks */
    uint64_t seed;  /* of batches and noise */
    /* Told at every look; may predict; false stops with OST_CANCELLED. */
    bool (*told)(void *user, const struct ost_tl_state *state);
    void *user;
};

OST_MUST_CHECK
bool ost_tl_train(struct ost_tl *tl, const struct ost_tl_plan *plan,
                  const struct ost_tl_example *example, size_t count, struct ost_err *err);

/* Logarithm of the odds of bone, laid as `inside`, from films, or through the autoencoder. */
OST_MUST_CHECK
bool ost_tl_predict(struct ost_tl *tl, const float *film, float *out, struct ost_err *err);
OST_MUST_CHECK
bool ost_tl_recall(struct ost_tl *tl, const uint8_t *inside, float *out, struct ost_err *err);

/* The weights as a model file (`half` the bytes or exact), and back into a network of that size. */
OST_MUST_CHECK
bool ost_tl_write(const struct ost_tl *tl, bool half, struct ost_buf *out, struct ost_err *err);
OST_MUST_CHECK
bool ost_tl_read(struct ost_tl *tl, const void *bytes, size_t len, struct ost_err *err);

/* --- tl_voxel.c: volumes of surfaces and back --- */

/* Shares of voxels inside the closed surface of one body; the others' are left alone. */
OST_MUST_CHECK
bool ost_tl_voxels(const struct ost_tl_size *size, uint32_t body, const struct ost_mesh *mesh,
                   uint8_t *out, struct ost_err *err);

/* Of the largest connected piece of one body, where the odds are even. */
OST_MUST_CHECK
bool ost_tl_surface(const struct ost_tl_size *size, uint32_t body, const float *odds,
                    struct ost_mesh **out, struct ost_err *err);

OST_C_END

#endif
