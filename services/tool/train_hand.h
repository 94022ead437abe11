/* The real hand bones that simulated films are made with, brought to a prior's frame. */
#ifndef OST_TOOL_TRAIN_HAND_H
#define OST_TOOL_TRAIN_HAND_H

#include "recon/learn/scene.h"

/* Owned by the caller; all NULL where nothing was read. */
struct ost_train_hand {
    struct ost_mesh *bone[OST_SCENE_HAND];
};

/* From wrist_surfaces/opensim under `data`: laid on the prior by the same arm's radius. */
OST_MUST_CHECK
bool ost_train_hand_read(const char *data, const struct ost_prior *prior,
                         struct ost_train_hand *out, struct ost_err *err);
void ost_train_hand_fini(struct ost_train_hand *hand);

#endif
