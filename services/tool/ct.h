/* A CT as it lies on the disk: a folder of DICOM slices, or a NIfTI file. */
#ifndef OST_TOOL_CT_H
#define OST_TOOL_CT_H

#include "recon/base/err.h"
#include "recon/image/grid.h"

#include <stddef.h>

OST_C_BEGIN

struct ost_ct {
    struct ost_grid *hounsfield; /* the caller's to destroy */
    const char *source;          /* "dicom" or "nifti" */
    size_t slices;
    bool resampled;
};

/* Every slice goes through the cell that parses uploads, and only its clean record comes back. */
OST_MUST_CHECK bool ost_ct_read(const char *path, struct ost_ct *out, struct ost_err *err);

OST_C_END

#endif
