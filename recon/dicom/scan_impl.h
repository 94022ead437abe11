/* What the scan and the inflater must agree on. */
#ifndef OST_DICOM_SCAN_IMPL_H
#define OST_DICOM_SCAN_IMPL_H

#include "recon/base/attr.h"

#include <stdbool.h>

OST_C_BEGIN

/* Representations whose explicit form has two reserved bytes and a length of 32 bits. */
bool ost_scan_is_long(const char vr[2]);

OST_C_END

#endif
