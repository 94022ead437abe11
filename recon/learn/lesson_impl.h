/* What the makers of lessons share. */
#ifndef OST_LEARN_LESSON_IMPL_H
#define OST_LEARN_LESSON_IMPL_H

#include "recon/learn/lesson.h"

OST_C_BEGIN

static const double lesson_byte_step = 1.0 / 32.0; /* patches lie within -4..4 */

/* One view of a scene and where everything falls on it. */
struct lesson_look {
    struct ost_camera camera;
    struct ost_shot_paths paths; /* owned */
    double pixel[OST_PREDICTOR_POINTS][2], middle[2][2];
    double beam[3];
};

void lesson_project(const struct ost_scene *scene,
                    const struct ost_predictor_vertex points[OST_PREDICTOR_POINTS],
                    struct lesson_look *look);

/* A view from anywhere; `paths` is the caller's to finish, also where it fails. */
OST_MUST_CHECK
bool lesson_look(const struct ost_scene *scene,
                 const struct ost_predictor_vertex points[OST_PREDICTOR_POINTS],
                 struct ost_rng *rng, double pixel, const uint32_t size[2], const double where[2],
                 bool any_way, struct lesson_look *look, struct ost_err *err);

OST_C_END

#endif
