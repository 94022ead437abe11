/*
 * Films of a forearm to its bones: the most likely arm of the prior (maximum a
 * posteriori), found by itself. Contours first, then path lengths; view poses,
 * magnification, the ulna's place and one break of the radius are unknowns with the
 * shape. The way follows reference works on 2D-3D statistical shape fitting (Zheng
 * 2009; Reyneke 2019), with the fold contours of recon/xray/contour.h.
 */
#ifndef OST_SHAPE_FIT_H
#define OST_SHAPE_FIT_H

#include "recon/base/progress.h"
#include "recon/image/film.h"
#include "recon/image/image.h"
#include "recon/shape/arm.h"
#include "recon/xray/camera.h"

OST_C_BEGIN

enum { OST_FIT_VIEWS = 8 };

struct ost_fit_film {
    const struct ost_image *image; /* borrowed */
    enum ost_projection projection;
    enum ost_polarity bone;
    double spacing;  /* mm of a pixel at the detector; 0: not known. Not used with a camera */
    bool has_camera; /* of two films or more, all of them or none */
    struct ost_camera camera;
    /*
     * The moment it was taken at: between films of one frame nothing moved but film and source;
     * from one frame to the next the ulna may turn about the radius. The first film's is 0, and
     * none is left out.
     */
    uint32_t frame;
};

OST_C_END

#endif
