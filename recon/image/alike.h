/*
 * Whether two films are one picture: stored again, shifted, with another grey curve, its
 * greys inverted, turned by quarters, in a mirror or in another size.
 */
#ifndef OST_IMAGE_ALIKE_H
#define OST_IMAGE_ALIKE_H

#include "recon/image/image.h"

OST_C_BEGIN

/*
 * The fine structure of two pictures against each other, 0 (nothing alike) to 1 (the same):
 * each is shrunk to 128 pixels along its longer side and band-passed, its local spread made
 * one (so that a grey curve does not count); then the largest absolute correlation over eight
 * turns and mirrors and shifts of up to a twelfth of the side. Films of one wrist from two
 * sides share the run of their shafts and no more.
 */
OST_MUST_CHECK
bool ost_image_alike(const struct ost_image *a, const struct ost_image *b, double *out,
                     struct ost_err *err);

/*
 * At and above this two films are the same picture. Front films of two simulated people reach
 * 0.66, side films 0.72 (10 pairs), front against side 0.27 (4 arms); one film stored as JPEG of
 * quality 30, with its greys to the power 0.4, inverted, shifted or in half its size 0.87 and more.
 */
static const double ost_image_same = 0.8;

OST_C_END

#endif
