/*
 * A CT to bones: a case folder as `osteon segment` writes it.
 *   case.json                   with "ct"
 *   ct/ct.nii.gz                the part of the CT that holds bone, HU
 *   result/NAME.stl, .glb       a bone; .glb with _UNCERTAINTY_MM, 1 SD
 *   result/NAME.density.nii.gz  mgHA/cm3 within it, 0 outside
 *   result/NAME.vdb             its signed distance, mm
 *   result/labels.nii.gz        which bone a voxel belongs to, by "label" of segment.json
 *   result/uncertainty.nii.gz   the chance that a voxel's label is wrong
 *   result/result.json          of a forearm, where a model is given: what a reconstruction
 *                               says, for the stations after it; and target_radius
 *   result/segment.json         bones, numbers with intervals, calibration, warnings
 * NAME is the kind and the side where they are known (calcaneus_left), else bone_N.
 * Equal CTs give equal files.
 */
#ifndef OST_STATION_SEGMENT_H
#define OST_STATION_SEGMENT_H

#include "recon/base/progress.h"
#include "recon/image/film.h"
#include "recon/image/grid.h"

#include <stddef.h>

OST_C_BEGIN

struct ost_station_segment_options {
    enum ost_side side;      /* of a single limb, where it is known */
    bool simulated;          /* marks everything made of it */
    const char *source;      /* "dicom" or "nifti": static */
    size_t slices;           /* of a series; 0 where there is none */
    bool resampled;          /* the grid is not the scanner's own */
    bool no_volumes;         /* neither .vdb nor the CT: what a page needs */
    size_t bones_most;       /* the largest are written; 0: all */
    const char *calibration; /* path of a calibration file; NULL: the patient's own tissues */
    const char *model;       /* path of the .ostm file, for a forearm's numbers; NULL: none */
};

struct ost_station_segment_done {
    size_t bones, written, warnings;
    bool forearm; /* radius and ulna are among them, and result.json tells of them */
};

OST_MUST_CHECK
bool ost_station_segment(const char *case_dir, const struct ost_grid *ct,
                         const struct ost_station_segment_options *options,
                         const struct ost_progress *progress, struct ost_station_segment_done *done,
                         struct ost_err *err);

OST_C_END

#endif
