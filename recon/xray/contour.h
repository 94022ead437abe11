/*
 * Where rays only touch a surface: the folds of its projection. Behind a fold the
 * path through the bone begins as a square root, so a film shows each of them, the
 * hidden ones too, as an edge that darkens towards the bone.
 *
 * The fold runs inside the triangles, where the interpolated normal is at right
 * angles to the ray (Hertzmann and Zorin 2000), so it is smooth and its points move
 * with the vertices by fixed weights.
 */
#ifndef OST_XRAY_CONTOUR_H
#define OST_XRAY_CONTOUR_H

#include "recon/mesh/mesh.h"
#include "recon/xray/camera.h"

#include <stddef.h>

OST_C_BEGIN

struct ost_contour_point {
    uint32_t triangle;
    double weight[3]; /* of the triangle's corners, sum 1 */
    double pixel[2];
    double normal[2]; /* unit, in the picture, out of the bone */
    double length;    /* of the piece of fold it stands for, pixels */
    double depth;     /* mm from the source, along the camera's axis */
};

struct ost_contour {
    size_t count, room;
    struct ost_contour_point *point; /* owned */
};

/* One point for each triangle the fold passes. `normal`: one unit vector per vertex. */
OST_MUST_CHECK
bool ost_contour_create(const struct ost_mesh *mesh, const float (*normal)[3],
                        const struct ost_camera *camera, struct ost_contour **out,
                        struct ost_err *err);
void ost_contour_destroy(struct ost_contour *contour); /* NULL is fine */
OST_AUTO_DEFINE(ost_contour);

OST_C_END

#endif
