/*
 * Bytes that somebody sent, made into a clean record: a DICOM film or CT slice, a PNG or a
 * JPEG. This is what the sandboxed process runs, on hostile input, with no secret in its
 * memory; ost_clean_dicom_open() then judges what it wrote.
 */
#ifndef OST_DICOM_MAKE_H
#define OST_DICOM_MAKE_H

#include "recon/base/buf.h"
#include "recon/base/err.h"

#include <stddef.h>

OST_C_BEGIN

enum { OST_MAKE_BYTES_MOST = 256 << 20 };

/*
 * Appends a fresh record to `out`. The message of a failure says what is wrong with the
 * file, in words for the one who sent it. Call ost_dicom_prepare() first.
 */
OST_MUST_CHECK
bool ost_clean_dicom_make(const void *bytes, size_t len, struct ost_buf *out, struct ost_err *err);

OST_C_END

#endif
