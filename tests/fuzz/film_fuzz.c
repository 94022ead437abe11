/* All of the way in, as the sandboxed process walks it: DICOM, PNG and JPEG. What comes out
 * the parent must be able to open. */
#include "recon/dicom/clean.h"
#include "recon/dicom/make.h"
#include "recon/dicom/prepare.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
    static bool prepared;
    struct ost_err err;
    if (!prepared)
        must(ost_dicom_prepare(&err));
    prepared = true;
    struct ost_buf record;
    ost_buf_init(&record, OST_CLEAN_BYTES_MOST);
    if (ost_clean_dicom_make(bytes, len, &record, &err)) {
        OST_AUTO(ost_clean_dicom) clean = NULL;
        must(ost_clean_dicom_open(record.ptr, record.len, &clean, &err));
    }
    ost_buf_fini(&record);
    return 0;
}
