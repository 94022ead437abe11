/* The de-identifier over whole files, under options that the preamble's first bytes choose:
 * what it writes can be read and de-identified again. */
#include "recon/dicom/deid.h"
#include "recon/dicom/prepare.h"
#include "tests/fuzz/target.h"

static bool run(const void *bytes, size_t len, uint32_t options, struct ost_buf *out)
{
    static struct ost_deid_report report;
    const struct ost_deid_profile profile = {.options = options & ((1u << OST_DEID_OPTIONS) - 1),
                                             .keep_weekday = (options & 1u << 15) != 0};
    const struct ost_deid_key key = {"key", 3};
    struct ost_deid_file file = {.report = &report};
    struct ost_err err;
    bool ok = ost_deid_file(bytes, len, &profile, &key, &file, &err);
    if (!ok)
        must(file.bytes.ptr == NULL && err.msg[0] != '\0');
    *out = file.bytes;
    return ok;
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
    static bool prepared;
    struct ost_err err;
    struct ost_buf once, twice;
    if (!prepared)
        must(ost_dicom_prepare(&err));
    prepared = true;
    uint32_t options = len < 2 ? 0 : (uint32_t)(bytes[0] | bytes[1] << 8);
    if (!run(bytes, len, options, &once))
        return 0;
    must(run(once.ptr, once.len, 0, &twice));
    ost_buf_fini(&once);
    ost_buf_fini(&twice);
    return 0;
}
