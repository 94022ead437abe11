/* What the fit's experiment and the baseline's share. */
#ifndef OST_FEMUR_FEMUR_IMPL_H
#define OST_FEMUR_FEMUR_IMPL_H

#include "recon/bone/trial.h"
#include "recon/learn/tl.h"
#include "services/femur/people.h"

/* A model of everybody who is not a test. */
OST_MUST_CHECK
bool femur_shapes(const struct ost_femur_people *people, struct ost_bone_shapes **out,
                  uint32_t *trained, struct ost_err *err);

/* Films as patients are filmed; cameras off as `turn_deg` says, or exactly as believed. */
struct ost_bone_trial femur_trial(const struct ost_bone_shapes *shapes,
                                  const struct ost_mesh *surface, const struct ost_mesh *guide,
                                  double turn_deg);
extern const double femur_usual_turn_deg;

/* A scene's films as the network sees them: [row][column][view], each standardised. */
OST_MUST_CHECK
bool femur_tl_films(const struct ost_bone_scene *scene, float *out, struct ost_err *err);

/* A scene through the network, measured against its bone. */
OST_MUST_CHECK
bool femur_tl_measure(struct ost_tl *tl, const float *film, const struct ost_mesh *bone,
                      struct ost_bone_apart *out, struct ost_err *err);

#endif
