/*
 * A colour picture to show: three bytes a pixel, and the few strokes that overlays
 * and reports need. Strokes outside the picture are cut off.
 */
#ifndef OST_IMAGE_PICTURE_H
#define OST_IMAGE_PICTURE_H

#include "recon/image/image.h"

#include <stddef.h>

OST_C_BEGIN

struct ost_picture {
    uint32_t width, height;
    unsigned char (*pixel)[3]; /* owned; red, green, blue; pixel[row * width + column] */
    unsigned char *coverage;   /* owned; all zero between strokes */
};

/* All black. */
OST_MUST_CHECK
bool ost_picture_create(struct ost_picture **out, uint32_t width, uint32_t height,
                        struct ost_err *err);
void ost_picture_destroy(struct ost_picture *picture); /* NULL is fine */
OST_AUTO_DEFINE(ost_picture);

/* Grey picture of `image`: `low` becomes black, `high` white. */
OST_MUST_CHECK
bool ost_picture_of_image(const struct ost_image *image, double low, double high,
                          struct ost_picture **out, struct ost_err *err);

/* How a stroke looks. */
struct ost_pen {
    unsigned char colour[3];
    double width;   /* pixels */
    double opacity; /* 0..1 */
};

/* An anti-aliased polyline through pixel centres; `closed` joins last to first. */
void ost_picture_polyline(struct ost_picture *picture, const double (*point)[2], size_t count,
                          bool closed, const struct ost_pen *pen);

/* A filled disc. */
void ost_picture_dot(struct ost_picture *picture, const double centre[2], double radius,
                     const struct ost_pen *pen);

/*
 * Letters of 5 x 7 cells, each cell `scale` pixels wide, top left corner at (column,
 * row). Capitals, digits and common marks; small letters become capitals, anything
 * else a blank. The pen's width is not used.
 */
void ost_picture_text(struct ost_picture *picture, const double corner[2], double scale,
                      const char *text, const struct ost_pen *pen);

/* How wide that text is, in pixels. */
double ost_picture_text_width(const char *text, double scale);

OST_C_END

#endif
