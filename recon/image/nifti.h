/*
 * NIfTI-1 volumes as bytes, plain or gzipped. NIfTI stores RAS axes; here they are
 * turned to LPS and the voxels reordered (or, in an oblique volume, resampled
 * trilinearly) so that a grid is always axis-aligned to the patient.
 */
#ifndef OST_IMAGE_NIFTI_H
#define OST_IMAGE_NIFTI_H

#include "recon/base/buf.h"
#include "recon/image/grid.h"

OST_C_BEGIN

/*
 * One three-dimensional scalar volume with its scaling applied. The place comes from
 * sform, else qform, else the file is refused: a volume without a place in the
 * patient is no use to a surgeon. Fails with OST_CORRUPT, OST_LIMIT or
 * OST_UNSUPPORTED; never allocates more than the header's own size asks for.
 */
OST_MUST_CHECK
bool ost_nifti_read(const void *bytes, size_t len, struct ost_grid **out, struct ost_err *err);

/* Appends `.nii.gz` as float32: the same grid gives the same bytes. */
OST_MUST_CHECK
bool ost_nifti_write(const struct ost_grid *grid, struct ost_buf *out, struct ost_err *err);

OST_C_END

#endif
