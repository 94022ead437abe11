/*
 * The border of a surface's shadow on a film, as polylines to draw and to measure.
 */
#ifndef OST_XRAY_OUTLINE_H
#define OST_XRAY_OUTLINE_H

#include "recon/mesh/mesh.h"
#include "recon/xray/camera.h"

#include <stddef.h>

OST_C_BEGIN

/* Line i has points first[i] .. first[i + 1] - 1. */
struct ost_outline {
    size_t line_count, point_count;
    size_t *first;      /* owned; line_count + 1 of them */
    double (*point)[2]; /* owned; film pixels, about one pixel apart */
};

/*
 * Only what lies on the film: where the shadow leaves it a line ends, and a line
 * that closes on itself has its first point again at the end. Accurate to about a
 * tenth of a pixel where the border's radius is above two pixels.
 */
OST_MUST_CHECK
bool ost_outline_create(const struct ost_mesh *mesh, const struct ost_camera *camera,
                        struct ost_outline **out, struct ost_err *err);
void ost_outline_destroy(struct ost_outline *outline); /* NULL is fine */
OST_AUTO_DEFINE(ost_outline);

OST_C_END

#endif
