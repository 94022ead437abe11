/*
 * Pixels of a data set as numbers: the one frame of a grey or colour picture, brought to
 * grey, with the stored bits picked out of the allocated ones and the sign put right.
 */
#ifndef OST_DICOM_RAW_IMPL_H
#define OST_DICOM_RAW_IMPL_H

#include "recon/dicom/dataset_impl.h"

OST_C_BEGIN

struct ost_raw {
    uint32_t width, height;
    uint32_t bits; /* stored */
    bool is_signed;
    bool low_is_bright; /* MONOCHROME1 */
    int32_t *value;     /* owned */
};

/* The data set is unpacked. OST_UNSUPPORTED for frames, palettes and odd depths. */
OST_MUST_CHECK
bool ost_raw_read(struct ost_dataset *dataset, struct ost_raw *out, struct ost_err *err);
void ost_raw_fini(struct ost_raw *raw); /* twice is fine */

/*
 * In place: bits that are no part of a pixel are cleared (old overlays lie there), and
 * bytes after the last pixel are cut off.
 */
OST_MUST_CHECK bool ost_raw_trim(struct ost_dataset *dataset, struct ost_err *err);

OST_C_END

#endif
