/* The volume a benchmark of pictures works on, in Hounsfield units. */
#ifndef OST_TOOL_BENCH_VOLUME_H
#define OST_TOOL_BENCH_VOLUME_H

#include "recon/image/grid.h"

OST_C_BEGIN

struct ost_bench_volume {
    struct ost_grid *hounsfield; /* owned */
    const char *what;            /* "ct", "simulated" or "file" */
    const char *name;            /* a sentence on what it shows */
};

/*
 * `file` (.nii, .nii.gz) where it is given, else the CT in DATA/ankle_ct_dicom where it
 * lies there, else a simulated forearm. ost_grid_destroy() what comes out.
 */
OST_MUST_CHECK
bool ost_bench_volume_load(const char *file, const char *data, struct ost_bench_volume *out,
                           struct ost_err *err);

OST_C_END

#endif
