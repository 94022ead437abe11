/*
 * How a radiograph was made, as a pinhole: pixel = K (R x + t), z forward from the
 * source to the detector, u right, v down, origin at the centre of the top-left
 * pixel; millimetres and pixels. The source stands at the pinhole.
 */
#ifndef OST_XRAY_CAMERA_H
#define OST_XRAY_CAMERA_H

#include "recon/base/err.h"
#include "recon/math/rigid.h"

#include <stdint.h>

OST_C_BEGIN

struct ost_camera {
    uint32_t width, height;           /* pixels */
    double focal[2];                  /* K[0][0], K[1][1]: source to detector over pixel size */
    double principal[2];              /* pixels; where the axis meets the detector */
    struct ost_rigid world_to_camera; /* mm */
};

/* False where the point is not in front of the source. `depth` (mm) may be NULL. */
bool ost_camera_project(const struct ost_camera *camera, const double point[3], double pixel[2],
                        double *depth);

/* The ray through a pixel: the source and a unit direction, in the world. */
void ost_camera_ray(const struct ost_camera *camera, const double pixel[2], double source[3],
                    double direction[3]);

/*
 * Reads the text form (image size, camera matrix, rotation, translation) or the
 * JSON form {"osteon_camera":1,"size":[w,h],"matrix":[[..]],"rotation":[[..]],
 * "translation":[..]} with rows as printed. Refuses skew beyond 1e-6 of the focal
 * length and a rotation that is not proper to 1e-3 (it is then made exact).
 */
OST_MUST_CHECK
bool ost_camera_read(const char *text, size_t len, struct ost_camera *out, struct ost_err *err);

OST_C_END

#endif
