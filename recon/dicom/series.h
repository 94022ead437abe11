/*
 * The slices of one CT as a volume in Hounsfield units: axis-aligned to the patient
 * (LPS, mm), whatever way the slices lay. Slices along the patient's axes are copied;
 * an oblique series, or one sheared by a tilted gantry, is resampled trilinearly.
 */
#ifndef OST_DICOM_SERIES_H
#define OST_DICOM_SERIES_H

#include "recon/dicom/clean.h"
#include "recon/image/grid.h"

OST_C_BEGIN

enum { OST_SERIES_LEAST = 3, OST_SERIES_MOST = 4096 };

struct ost_series_facts {
    size_t slices;
    double spacing[3]; /* mm along a row, along a column, between slices */
    bool resampled;    /* not along the patient's axes */
    double tilt_deg;   /* of the gantry: between the way of the slices and their normal */
};

/*
 * The order of `slice` does not matter. Fails with OST_UNSUPPORTED where the slices are
 * no one volume: fewer than three, of several series, sizes or directions, missing or
 * double ones; the message says which.
 */
OST_MUST_CHECK
bool ost_series_volume(const struct ost_clean_dicom *const *slice, size_t count,
                       struct ost_series_facts *facts, struct ost_grid **out, struct ost_err *err);

OST_C_END

#endif
