/*
 * Films of a scene for learning, by the surfaces' path lengths (recon/xray/chord.h), at
 * the coarse pixels that networks see. Exposure, tone curve and what else lies on films
 * are drawn much wider than films are.
 */
#ifndef OST_LEARN_SHOT_H
#define OST_LEARN_SHOT_H

#include "recon/image/image.h"
#include "recon/learn/scene.h"
#include "recon/xray/chord.h"

OST_C_BEGIN

/* What every ray of a window has passed. */
struct ost_shot_paths {
    double mm;                 /* of a raster pixel at the detector */
    struct ost_image *tissue;  /* owned; g/cm3 x mm */
    struct ost_image *mineral; /* owned; mgHA/cm3 x mm */
};

/* How a film is taken of a scene. */
struct ost_shot_stance {
    double roll;             /* rad about the arm: 0 is PA, -pi/2 lateral from the thumb's side */
    double tilt[3];          /* rotation vector of the view after that, rad */
    double detector, behind; /* mm from the source; from the wrist to the detector */
    double off[2];           /* raster pixels, of the principal point from the middle */
    double where[2];         /* of the raster, 0..1, where the wrist is to fall */
};
void ost_shot_stand(const struct ost_scene *scene, const struct ost_shot_stance *stance,
                    double pixel, const uint32_t size[2], struct ost_camera *out);

/*
 * A beam through the wrist from anywhere around the arm, more often as films are taken;
 * `pixel` mm at the detector. The picture is `width` by `height`, the wrist near
 * `where` (0..1 of it), the hand to any side where `any_way`, else up.
 */
void ost_shot_aim(const struct ost_scene *scene, struct ost_rng *rng, double pixel,
                  const uint32_t size[2], const double where[2], bool any_way,
                  struct ost_camera *out);

OST_MUST_CHECK
bool ost_shot_paths(const struct ost_scene *scene, const struct ost_camera *camera, double pixel,
                    struct ost_shot_paths *out, struct ost_err *err);
void ost_shot_paths_fini(struct ost_shot_paths *paths);

/* One film of those rays: bones bright, grey in no unit. */
OST_MUST_CHECK
bool ost_shot_expose(const struct ost_shot_paths *paths, struct ost_rng *rng,
                     struct ost_image **out, struct ost_err *err);

OST_C_END

#endif
