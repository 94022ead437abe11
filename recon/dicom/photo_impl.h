/* What a PNG or JPEG carries beside its pixels: none of it is kept, but its turn is. */
#ifndef OST_DICOM_PHOTO_IMPL_H
#define OST_DICOM_PHOTO_IMPL_H

#include "recon/base/err.h"
#include "recon/image/image.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

/* Bytes of text, EXIF, colour profiles and other extras in the file. */
uint32_t ost_photo_extras(const unsigned char *bytes, size_t len);

/* The EXIF orientation of a JPEG, 1 to 8; 1 where it says none. */
int ost_photo_orientation(const unsigned char *bytes, size_t len);

/* Turned so that orientation `how` stands upright. */
OST_MUST_CHECK
bool ost_photo_upright(const struct ost_image *image, int how, struct ost_image **out,
                       struct ost_err *err);

OST_C_END

#endif
