/* What a PNG or JPEG carries beside its pixels: none of it is kept, but its turn is (exif.h). */
#ifndef OST_DICOM_PHOTO_IMPL_H
#define OST_DICOM_PHOTO_IMPL_H

#include "recon/base/attr.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

/* Bytes of text, EXIF, colour profiles and other extras in the file. */
uint32_t ost_photo_extras(const unsigned char *bytes, size_t len);

OST_C_END

#endif
