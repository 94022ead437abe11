/*
 * From Hounsfield units to mineral where somebody measured it: by the rods of a phantom
 * that lay in the CT, or by a table made of another scan on the same scanner (asynchronous).
 * A line is fitted, mineral = (HU - base) / slope; it holds for one tube voltage only
 * (Reeves JM et al.: slope and offset follow the kVp, not the mAs). A CT with neither is
 * calibrated by the patient's own tissues, recon/segment/calibrate.h.
 */
#ifndef OST_FEM_BMD_CALIBRATION_H
#define OST_FEM_BMD_CALIBRATION_H

#include "recon/image/grid.h"

OST_C_BEGIN

struct ost_rod {
    double mineral;      /* mgHA/cm3 of it, as its maker says */
    double hu;           /* measured; see ost_rod_measure() */
    double from[3];      /* mm: one end of its axis, well inside */
    double to[3], reach; /* mm: the other end; how far about the axis is measured */
};

struct ost_hu_line {
    double slope;             /* HU per mgHA/cm3 */
    double base;              /* HU of no mineral */
    double residual;          /* mgHA/cm3, 1 SD of the points about the line */
    double slope_sd, base_sd; /* 1 SD, by the residual; of the slope, of the base */
    double low, high;         /* mgHA/cm3: what was measured; beyond, the line is a guess */
};

/*
 * The mean HU of the voxels within `reach` of the rod's axis. Fails with OST_INVALID where
 * fewer than 30 voxels lie there or where they scatter like no homogeneous rod.
 */
OST_MUST_CHECK
bool ost_rod_measure(const struct ost_grid *ct, struct ost_rod *rod, struct ost_err *err);

/*
 * Least squares through (mineral, HU). Fails with OST_INVALID, saying which, where there
 * are fewer than three rods, where they span less than 100 mgHA/cm3, where HU fall with
 * mineral (inverted grey), or where they lie about no line (residual over 25 mgHA/cm3).
 */
OST_MUST_CHECK
bool ost_hu_line_fit(const struct ost_rod *rod, size_t count, struct ost_hu_line *out,
                     struct ost_err *err);

OST_C_END

#endif
