/* The look before the library's: no nesting, length or count leads it astray. */
#include "recon/dicom/scan.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
    struct ost_scan scan;
    struct ost_err err;
    struct ost_buf plain;
    ost_buf_init(&plain, 16 << 20);
    if (ost_scan_is_deflated(bytes, len) && ost_scan_inflate(bytes, len, &plain, &err)) {
        bytes = plain.ptr;
        len = plain.len;
    }
    if (ost_scan_part10(bytes, len, &scan, &err)) {
        must(scan.len <= len && scan.data_at <= scan.len);
        must(scan.depth <= OST_SCAN_DEPTH_MOST && scan.elements <= OST_SCAN_ELEMENTS_MOST);
        if (!ost_scan_pixels_within(&scan, 1 << 20, &err))
            must(err.code == OST_LIMIT);
    }
    ost_buf_fini(&plain);
    return 0;
}
