/*
 * Two simulated radiographs of one bone in flesh: a cortical shell over spongy bone and
 * marrow, skin, fat and muscle around it, no other bone. Made by the voxel renderer
 * (xray/drr.h); the fit (fit.h) has another. For experiments and tests.
 */
#ifndef OST_BONE_PHANTOM_H
#define OST_BONE_PHANTOM_H

#include "recon/image/image.h"
#include "recon/mesh/mesh.h"
#include "recon/xray/camera.h"

#include <stdint.h>

OST_C_BEGIN

enum { OST_BONE_FILMS = 2 };

/*
 * The bone lies in the world of shapes.h (z along it, middle near the origin). Film 0 is
 * taken along x, film 1 along y. `error` are standard deviations of how the true cameras
 * differ from what is believed: the bone has turned about its middle (degrees about each
 * axis) and moved (mm across the film, mm along the beam), and the distance from source to
 * detector is off by a factor (its logarithm).
 */
struct ost_bone_phantom {
    const struct ost_mesh *bone; /* borrowed; closed */
    uint64_t seed;
    struct {
        double turn_deg, shift_mm, depth_mm, focal_log;
    } error;
    double voxel; /* mm; 0: 0.7 */
    double pixel; /* mm of the detector; 0: 0.3. The film is 168 mm by 570 mm */
};

struct ost_bone_film {
    struct ost_image *image;           /* owned; bones bright, 0..65535 */
    struct ost_camera truth, believed; /* world to film */
    double spacing;                    /* mm of a pixel at the detector */
};

OST_MUST_CHECK
bool ost_bone_phantom_films(const struct ost_bone_phantom *phantom,
                            struct ost_bone_film out[OST_BONE_FILMS], struct ost_err *err);
void ost_bone_film_fini(struct ost_bone_film *film);

OST_C_END

#endif
