/*
 * One bone that the model has not seen: laid into the world as a patient is laid on a
 * table, filmed twice (phantom.h), reconstructed (fit.h) and measured against its own
 * surface after rigid alignment (mesh/compare.h), beside what would be had without films.
 */
#ifndef OST_BONE_TRIAL_H
#define OST_BONE_TRIAL_H

#include "recon/bone/fit.h"
#include "recon/bone/phantom.h"

OST_C_BEGIN

struct ost_bone_trial {
    const struct ost_bone_shapes *model; /* borrowed */
    const struct ost_mesh *surface;      /* borrowed; closed, as segmented, anywhere */
    /* Borrowed; its fitted surface in the model's order of vertices (or the first part of
     * it): used for nothing but to lay the bone into the model's axes. */
    const struct ost_mesh *guide;
    uint64_t seed;
    double turn_deg, shift_mm;      /* how the patient lies off, 1 SD about and along each axis */
    struct ost_bone_phantom camera; /* its `error` is used; how the cameras are off */
};

/* The surface as it lies in the world, and its films. */
struct ost_bone_scene {
    struct ost_mesh *bone; /* owned; world */
    struct ost_bone_film film[OST_BONE_FILMS];
};
OST_MUST_CHECK
bool ost_bone_scene_make(const struct ost_bone_trial *trial, struct ost_bone_scene *out,
                         struct ost_err *err);
void ost_bone_scene_fini(struct ost_bone_scene *scene);

/* Pooled symmetric distances after rigid alignment without scale, mm. */
struct ost_bone_apart {
    double asd, hd95, max;
};
OST_MUST_CHECK
bool ost_bone_measure(const struct ost_mesh *got, const struct ost_mesh *truth,
                      struct ost_bone_apart *out, struct ost_err *err);

/* From the scene's films and believed cameras alone; the start is the model as it is. */
OST_MUST_CHECK
bool ost_bone_trial_fit(const struct ost_bone_trial *trial, const struct ost_bone_scene *scene,
                        bool contours_only, struct ost_bone_fit *out, struct ost_err *err);

/* What could be had: the mean, the mean at its best size, the model pulled onto the truth. */
struct ost_bone_ladder {
    struct ost_bone_apart mean, scaled, reach;
};
OST_MUST_CHECK
bool ost_bone_trial_ladder(const struct ost_bone_trial *trial, const struct ost_bone_scene *scene,
                           struct ost_bone_ladder *out, struct ost_err *err);

OST_C_END

#endif
