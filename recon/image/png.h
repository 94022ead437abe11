/*
 * PNG from and to memory, by libspng. Sides and pixels are limited as in image.h,
 * and a file that claims more is refused before any pixel is unpacked.
 */
#ifndef OST_IMAGE_PNG_H
#define OST_IMAGE_PNG_H

#include "recon/base/buf.h"
#include "recon/image/image.h"
#include "recon/image/picture.h"

OST_C_BEGIN

/*
 * Any PNG as grey values as they are stored: 0..255, or 0..65535 where the file has
 * 16 bits a sample. Colour becomes luma (Rec. 601); transparency is dropped. `bits`
 * (8 or 16) may be NULL.
 */
OST_MUST_CHECK
bool ost_png_read_grey(const void *bytes, size_t len, struct ost_image **out, uint32_t *bits,
                       struct ost_err *err);

OST_MUST_CHECK
bool ost_png_read_colour(const void *bytes, size_t len, struct ost_picture **out,
                         struct ost_err *err);

/* Values are rounded and kept within 0..255 (8 bits) or 0..65535 (16). */
OST_MUST_CHECK
bool ost_png_write_grey(const struct ost_image *image, uint32_t bits, struct ost_buf *out,
                        struct ost_err *err);

OST_MUST_CHECK
bool ost_png_write_colour(const struct ost_picture *picture, struct ost_buf *out,
                          struct ost_err *err);

OST_C_END

#endif
