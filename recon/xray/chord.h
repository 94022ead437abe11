/*
 * How long each ray runs inside a closed surface, exactly for the triangles: faces
 * the ray leaves count +distance, faces it enters -distance. Fast, with derivatives;
 * the data are made by another renderer (drr.h).
 */
#ifndef OST_XRAY_CHORD_H
#define OST_XRAY_CHORD_H

#include "recon/image/image.h"
#include "recon/mesh/mesh.h"
#include "recon/xray/camera.h"

#include <stddef.h>

OST_C_BEGIN

/* A raster on the film: sample (i, j) lies at origin + step (i, j), in pixels. */
struct ost_window {
    double origin[2], step;
    uint32_t width, height;
};

/* Where a ray meets a triangle. */
struct ost_chord_hit {
    size_t sample; /* row * window.width + column */
    uint32_t triangle;
    double weight[3]; /* of the corners */
    double path;      /* mm, signed; their sum over a sample's hits is the path inside */
    double slope[3];  /* d path / d (the point hit): its normal over |cosine| */
};

struct ost_chord_visitor {
    void (*hit)(void *user, const struct ost_chord_hit *hit);
    void *user;
    double steepest; /* |cosine| below this is taken as this in `slope`; 0 for exact */
};

/*
 * Calls the visitor for every ray and triangle that meet, in the order of triangles.
 * A ray along an edge meets exactly one of its two triangles. Fails with OST_INVALID
 * where part of the surface is not in front of the source.
 */
OST_MUST_CHECK
bool ost_chord_visit(const struct ost_mesh *mesh, const struct ost_camera *camera,
                     const struct ost_window *window, const struct ost_chord_visitor *visitor,
                     struct ost_err *err);

/* Adds the path inside, mm, times `factor`, to a picture of the window's size. */
OST_MUST_CHECK
bool ost_chord_add(const struct ost_mesh *mesh, const struct ost_camera *camera,
                   const struct ost_window *window, double factor, struct ost_image *out,
                   struct ost_err *err);

/* Sets 1 where a ray meets the surface at all; other samples are left as they are. */
OST_MUST_CHECK
bool ost_chord_cover(const struct ost_mesh *mesh, const struct ost_camera *camera,
                     const struct ost_window *window, struct ost_image *out, struct ost_err *err);

OST_C_END

#endif
