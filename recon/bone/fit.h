/*
 * One bone from two or more films: the shape, size and place that explain them best,
 * together with how each film was taken. Contours first (recon/shape/edge.h), then the
 * lengths of path through cortex and marrow (xray/chord.h), by damped Gauss-Newton steps
 * on the posterior (maximum a posteriori).
 *
 * The world is that of the believed cameras. Without an error of the believed poses the
 * bone's place is exact in it; else it is known up to what moves all views together.
 */
#ifndef OST_BONE_FIT_H
#define OST_BONE_FIT_H

#include "recon/base/progress.h"
#include "recon/bone/shapes.h"
#include "recon/image/film.h"
#include "recon/image/image.h"
#include "recon/xray/camera.h"

OST_C_BEGIN

enum { OST_BONE_VIEWS = 4, OST_BONE_CORTEX = 5 };

struct ost_bone_view {
    const struct ost_image *film; /* borrowed */
    enum ost_polarity bone;       /* DARK or BRIGHT */
    struct ost_camera camera;     /* as believed */
    /* How well it is known, 1 SD: turn about each axis (rad), mm across the beam, mm along
     * it, logarithm of the distance from source to detector. 0: exactly. */
    double turn_sd, shift_sd, depth_sd, focal_sd;
};

struct ost_bone_fit_request {
    const struct ost_bone_shapes *model; /* borrowed */
    struct ost_bone_view view[OST_BONE_VIEWS];
    size_t view_count;
    struct ost_rigid start; /* model to world, roughly: within some 15 mm and 15 degrees */
    bool contours_only;     /* leave out the second stage */
};

struct ost_bone_fit {
    struct ost_mesh *mesh;                    /* owned; world, mm */
    struct ost_rigid place;                   /* model to world */
    double size;                              /* times the mean's */
    double *mode;                             /* owned; in SDs, as many as the model has */
    double cortex[OST_BONE_CORTEX];           /* times the usual thickness, from end to end */
    struct ost_camera camera[OST_BONE_VIEWS]; /* as estimated */
    double contour_mm; /* of the contours that have an edge, from it; robust RMS */
    double edge_share; /* of the contours' length */
    double mode_rms;   /* of the modes' numbers: 1 is usual */
};

OST_MUST_CHECK
bool ost_bone_fit_films(const struct ost_bone_fit_request *request,
                        const struct ost_progress *progress, struct ost_bone_fit *out,
                        struct ost_err *err);
void ost_bone_fit_fini(struct ost_bone_fit *fit);

OST_C_END

#endif
