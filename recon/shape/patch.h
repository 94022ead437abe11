/*
 * A film cut out for a network: an upright raster about a place, at a size of its own,
 * as channels that any smooth tone curve leaves nearly alone. Row by row, channels
 * innermost: grey against 20 mm around it, against 6 mm around it, against the whole
 * patch, and 1 where there is film.
 */
#ifndef OST_SHAPE_PATCH_H
#define OST_SHAPE_PATCH_H

#include "recon/image/film.h"
#include "recon/image/image.h"

OST_C_BEGIN

enum { OST_PATCH_CHANNELS = 4, OST_PATCH_LEVELS = 7 };

/* A film at halving sizes, read many times; grey grows with density. */
struct ost_patch_film {
    uint32_t width, height; /* of the film */
    struct ost_image
        *level[OST_PATCH_LEVELS]; /* owned; level l has pixels of 2^l; NULL after the last */
};

/* `bone` BRIGHT or DARK; AUTO is read as BRIGHT. The film is copied. */
OST_MUST_CHECK
bool ost_patch_film_create(const struct ost_image *film, enum ost_polarity bone,
                           struct ost_patch_film **out, struct ost_err *err);
void ost_patch_film_destroy(struct ost_patch_film *film); /* NULL is fine */
OST_AUTO_DEFINE(ost_patch_film);

/* Where a patch lies: film pixels. Its rows run along `down`, its columns to the right of that. */
struct ost_patch_frame {
    double middle[2]; /* the patch's anchor on the film */
    double down[2];   /* unit */
    double step;      /* film pixels a pixel of the patch */
};

struct ost_patch_shape {
    uint32_t width, height;
    double anchor[2]; /* of `middle`, patch pixels */
    double mm;        /* of a patch pixel where the film's scale is right: sets what is near */
};

/* Film pixel <-> patch pixel. */
void ost_patch_to_film(const struct ost_patch_frame *frame, const struct ost_patch_shape *shape,
                       const double patch[2], double film[2]);
void ost_patch_of_film(const struct ost_patch_frame *frame, const struct ost_patch_shape *shape,
                       const double film[2], double patch[2]);

/* `out`: room for OST_PATCH_CHANNELS * width * height. */
OST_MUST_CHECK
bool ost_patch_cut(const struct ost_patch_film *film, const struct ost_patch_frame *frame,
                   const struct ost_patch_shape *shape, float *out, struct ost_err *err);

OST_C_END

#endif
