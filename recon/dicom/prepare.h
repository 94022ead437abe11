/*
 * Everything the DICOM library would open or allocate later: its dictionary, its decoders
 * and the converters of character sets. Call once, before the process gives up opening
 * files; after it the library also keeps its log to itself.
 */
#ifndef OST_DICOM_PREPARE_H
#define OST_DICOM_PREPARE_H

#include "recon/base/err.h"

OST_C_BEGIN

/* Fails with OST_UNAVAILABLE where the dictionary is not installed. */
OST_MUST_CHECK bool ost_dicom_prepare(struct ost_err *err);

OST_C_END

#endif
