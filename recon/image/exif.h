/*
 * What a JPEG says of itself before its pixels, and which way up a camera held it
 * (EXIF 2.32, tag 0x0112). Damaged EXIF says nothing.
 */
#ifndef OST_IMAGE_EXIF_H
#define OST_IMAGE_EXIF_H

#include "recon/image/image.h"

#include <stddef.h>

OST_C_BEGIN

/* Calls back for every segment before the scan, until the callback returns false. */
void ost_jpeg_segments(const unsigned char *bytes, size_t len,
                       bool (*each)(void *user, unsigned int mark, const unsigned char *p,
                                    size_t n),
                       void *user);

/* The orientation of a JPEG, 1 to 8; 1, upright, where it says none or is none. */
int ost_exif_orientation(const unsigned char *bytes, size_t len);

/* A new picture, turned so that orientation `how` (1 to 8) stands upright. */
OST_MUST_CHECK
bool ost_image_upright(const struct ost_image *image, int how, struct ost_image **out,
                       struct ost_err *err);

OST_C_END

#endif
