/* Registers the decoders of DCMTK, once. */
#ifndef OST_DICOM_CODEC_IMPL_H
#define OST_DICOM_CODEC_IMPL_H

#include "recon/base/attr.h"

OST_C_BEGIN

void ost_codec_register(void);

OST_C_END

#endif
