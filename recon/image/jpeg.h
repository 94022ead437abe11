/* JPEG from and to memory, by libjpeg-turbo; reads baseline and progressive, 8 bits. */
#ifndef OST_IMAGE_JPEG_H
#define OST_IMAGE_JPEG_H

#include "recon/base/buf.h"
#include "recon/image/image.h"

#include <stddef.h>

OST_C_BEGIN

/* Luma as grey values 0..255. Sides and pixels are limited as in image.h. */
OST_MUST_CHECK
bool ost_jpeg_read_grey(const void *bytes, size_t len, struct ost_image **out, struct ost_err *err);

/* Baseline, grey, `quality` 1 to 100. Values are rounded and kept within 0..255. */
OST_MUST_CHECK
bool ost_jpeg_write_grey(const struct ost_image *image, int quality, struct ost_buf *out,
                         struct ost_err *err);

OST_C_END

#endif
