/* NIfTI volumes, plain and gzipped. */
#include "recon/image/nifti.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
    struct ost_err err;
    OST_AUTO(ost_grid) grid = NULL;
    if (ost_nifti_read(bytes, len, &grid, &err))
        must(grid->spacing[0] > 0 && grid->size[0] > 0);
    return 0;
}
