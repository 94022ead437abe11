/*
 * A first look at DICOM Part 10 bytes, before any library parses them: one loop, no
 * recursion, no allocation. It walks every element, item and fragment, so that what
 * follows meets neither deep nesting, nor a length that points past the end, nor a
 * picture larger than its limit. Nothing is interpreted beyond the size of the picture.
 */
#ifndef OST_DICOM_SCAN_H
#define OST_DICOM_SCAN_H

#include "recon/base/buf.h"
#include "recon/base/err.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

enum {
    OST_SCAN_DEPTH_MOST = 32,
    OST_SCAN_ELEMENTS_MOST = 500000,
    OST_SCAN_INFLATE_RATIO = 200, /* of a deflated data set */
    OST_SCAN_SYNTAX_TEXT = 65
};

struct ost_scan {
    char syntax[OST_SCAN_SYNTAX_TEXT]; /* the transfer syntax UID */
    size_t data_at;                    /* where the data set begins */
    size_t len;                        /* of the file, without zero bytes after the data set */
    uint32_t depth;                    /* of the deepest sequence */
    uint32_t elements;
    uint32_t rows, columns, frames, samples, bits; /* as the top level declares them */
    bool has_pixels;
};

/*
 * Fails with OST_UNSUPPORTED where it is not Part 10 or still deflated, OST_CORRUPT where
 * it ends or contradicts itself, OST_LIMIT where it nests too deep or has too many elements.
 */
OST_MUST_CHECK
bool ost_scan_part10(const void *bytes, size_t len, struct ost_scan *out, struct ost_err *err);

/* Refuses a picture of more than `limit` bytes unpacked. */
OST_MUST_CHECK
bool ost_scan_pixels_within(const struct ost_scan *scan, uint64_t limit, struct ost_err *err);

/* True where the file's transfer syntax is deflated explicit little endian. */
bool ost_scan_is_deflated(const void *bytes, size_t len);

/*
 * The same file with its data set inflated and its transfer syntax said to be explicit
 * little endian. `out` brings the limit; a ratio above OST_SCAN_INFLATE_RATIO is refused.
 */
OST_MUST_CHECK
bool ost_scan_inflate(const void *bytes, size_t len, struct ost_buf *out, struct ost_err *err);

OST_C_END

#endif
