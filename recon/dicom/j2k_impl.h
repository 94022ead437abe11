/* JPEG 2000 code streams, by OpenJPEG: one frame to interleaved samples. */
#ifndef OST_DICOM_J2K_IMPL_H
#define OST_DICOM_J2K_IMPL_H

#include "recon/base/err.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

/* What the data set declares; the code stream must agree. */
struct ost_j2k_frame {
    uint32_t width, height, samples; /* samples 1 or 3 */
    uint32_t bits_allocated;         /* 8 or 16 */
};

/* `out` holds width * height * samples * bits_allocated / 8 bytes. */
OST_MUST_CHECK
bool ost_j2k_decode(const void *bytes, size_t len, const struct ost_j2k_frame *frame,
                    unsigned char *out, struct ost_err *err);

OST_C_END

#endif
