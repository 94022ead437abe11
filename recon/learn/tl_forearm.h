/*
 * The published T-L networks (tl.h) on forearms: radius and ulna as two bodies of one
 * volume of 1 mm voxels, a PA and a lateral film without cameras. They learn on the scenes and
 * films that the predictor learns on (scene.h, shot.h) and are tested on the cohort's.
 *
 * Of a film only the order of its greys is used, and the middle of it: whatever its tone, and
 * nobody says where the arm lies. Left arms are mirrored.
 */
#ifndef OST_LEARN_TL_FOREARM_H
#define OST_LEARN_TL_FOREARM_H

#include "recon/image/film.h"
#include "recon/learn/scene.h"
#include "recon/learn/tl.h"

OST_C_BEGIN

/* In the prior's model frame: 16 mm beyond the joint to 96 mm up the shaft. */
extern const struct ost_tl_size ost_tl_forearm_size;

struct ost_tl_forearm_film {
    const struct ost_image *image; /* borrowed */
    double spacing;                /* mm of a pixel at the detector */
    enum ost_polarity bone;        /* DARK or BRIGHT */
};

/* A film as view 0 (PA) or 1 (lateral) of `out`, which holds ost_tl_film_count() numbers. */
OST_MUST_CHECK
bool ost_tl_forearm_look(const struct ost_tl_forearm_film *film, uint32_t view, bool left,
                         float *out, struct ost_err *err);

struct ost_tl_forearm_state {
    struct ost_tl_state learning;
    double overlap[OST_BONES]; /* Dice's of bones and films never learnt from; NaN in stage 1 */
};

struct ost_tl_forearm_course {
    struct ost_scene_kit kit; /* borrowed in it all */
    uint32_t scenes;          /* learnt from, each filmed a few times */
    uint32_t steps[OST_TL_STAGES], batch, every;
    double rate; /* of Adam; 0: tl.h's */
    uint64_t seed;
    /* Told at every look; the network may be written down. */
    void (*told)(void *user, const struct ost_tl_forearm_state *state);
    void *user;
};

/* `tl` is of ost_tl_forearm_size. */
OST_MUST_CHECK
bool ost_tl_forearm_train(struct ost_tl *tl, const struct ost_tl_forearm_course *course,
                          struct ost_err *err);

OST_C_END

#endif
