/*
 * What the predictor learns from: patches of simulated films with what should be said of
 * them. Patches are kept in bytes, a thirty-second of a unit a step.
 */
#ifndef OST_LEARN_LESSON_H
#define OST_LEARN_LESSON_H

#include "recon/learn/shot.h"
#include "recon/shape/predictor.h"

OST_C_BEGIN

/* Read: u, v of the points as the network says them; beam; broken (0, 1). */
enum { OST_LESSON_READ = 2 * OST_PREDICTOR_POINTS + 4 };
/* Find: near u v, shaft u v; dark (0, 1). */
enum { OST_LESSON_FIND = 5 };

struct ost_lesson_kind {
    struct ost_patch_shape shape;
    uint32_t channels;
    uint32_t wants; /* how many numbers */
};
struct ost_lesson_kind ost_lesson_read_kind(void);
struct ost_lesson_kind ost_lesson_find_kind(void);

struct ost_lesson {
    int8_t *patch; /* of the kind's shape and channels */
    float *want;
};

/*
 * Fills `count` lessons from one scene: every view of it exposed twice. The same `seed`,
 * the same lessons.
 */
OST_MUST_CHECK
bool ost_lesson_read(const struct ost_scene_kit *kit,
                     const struct ost_predictor_vertex points[OST_PREDICTOR_POINTS], uint64_t seed,
                     const struct ost_lesson *out, uint32_t count, struct ost_err *err);
OST_MUST_CHECK
bool ost_lesson_find(const struct ost_scene_kit *kit,
                     const struct ost_predictor_vertex points[OST_PREDICTOR_POINTS], uint64_t seed,
                     const struct ost_lesson *out, uint32_t count, struct ost_err *err);

/* Back to the network's numbers. */
void ost_lesson_open(const struct ost_lesson *lesson, const struct ost_lesson_kind *kind,
                     float *patch);

OST_C_END

#endif
