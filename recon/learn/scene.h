/*
 * A random right forearm as closed surfaces with densities, in the prior's model frame:
 * what the predictor learns on. Shapes come from the prior's modes, broader than it
 * believes, half of them pushed out of its span by smooth waves; half are malunited.
 * The hand is real carpals and metacarpals where they are given, rounded bodies else.
 * Made for learning alone: test cases come from recon/cohort, which shares no shape,
 * hand, flesh or renderer with this.
 */
#ifndef OST_LEARN_SCENE_H
#define OST_LEARN_SCENE_H

#include "recon/base/rng.h"
#include "recon/mesh/mesh.h"
#include "recon/shape/arm.h"

OST_C_BEGIN

enum { OST_SCENE_HAND = 13, OST_SCENE_SOLIDS = 96 };

/* What scenes are made of; all borrowed. Hand bones in the model frame, or all NULL. */
struct ost_scene_kit {
    const struct ost_prior *prior;
    const struct ost_mesh *hand[OST_SCENE_HAND];
};

struct ost_scene_solid {
    struct ost_mesh *mesh; /* owned; model frame */
    double density;        /* added inside; may be negative */
    bool mineral;          /* mgHA/cm3; else tissue, g/cm3 */
};

struct ost_scene {
    struct ost_arm arm;               /* what the shape began with */
    struct ost_mesh *bone[OST_BONES]; /* borrowed from solid[]; the prior's topology */
    struct ost_scene_solid solid[OST_SCENE_SOLIDS];
    size_t count;
};

OST_MUST_CHECK
bool ost_scene_create(const struct ost_scene_kit *kit, struct ost_rng *rng, struct ost_scene **out,
                      struct ost_err *err);
void ost_scene_destroy(struct ost_scene *scene); /* NULL is fine */
OST_AUTO_DEFINE(ost_scene);

/* Names of the hand's bones in the order of the kit: "scaphoid", ... , "5mc". */
const char *ost_scene_hand_name(int bone);

OST_C_END

#endif
