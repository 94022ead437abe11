/*
 * Radiographs of voxels by marching rays: this room makes data; the fit has a
 * renderer of its own, so that a test is never judged by the code that made it.
 */
#ifndef OST_XRAY_DRR_H
#define OST_XRAY_DRR_H

#include "recon/image/grid.h"
#include "recon/image/image.h"
#include "recon/xray/camera.h"
#include "recon/xray/spectrum.h"

OST_C_BEGIN

enum ost_drr_method {
    OST_DRR_EXACT,  /* voxels are boxes of one value: the path through each is exact */
    OST_DRR_LINEAR, /* trilinear between centres, a voxel a step; nothing beyond them */
};

/*
 * The line integral of the grid's value along a ray, value x mm. `direction` is a
 * unit vector. Exact: Siddon 1985, stepped as Amanatides and Woo 1987.
 */
double ost_drr_ray(const struct ost_grid *grid, enum ost_drr_method method, const double source[3],
                   const double direction[3]);

/* The same for every pixel of the camera; the caller owns `*out`. Runs on all cores. */
OST_MUST_CHECK
bool ost_drr_paths(const struct ost_grid *grid, const struct ost_camera *camera,
                   enum ost_drr_method method, struct ost_image **out, struct ost_err *err);

/*
 * The share of the unhindered signal behind `tissue` (g/cm3 x mm of muscle-like
 * tissue) and `mineral` (mgHA/cm3 x mm); either may be NULL. The mineral takes the
 * room of its own volume of tissue (3.16 g/cm3) where there is any.
 */
OST_MUST_CHECK
bool ost_drr_passes(const struct ost_spectrum *spectrum, const struct ost_image *tissue,
                    const struct ost_image *mineral, struct ost_image **out, struct ost_err *err);

/* What else stands in the beam: g/cm2 of one material along every ray. */
struct ost_drr_matter {
    enum ost_material material;
    const struct ost_image *area; /* borrowed; of the same size as the others */
};

/* The same behind `count` further materials. */
OST_MUST_CHECK
bool ost_drr_passes_behind(const struct ost_spectrum *spectrum, const struct ost_image *tissue,
                           const struct ost_image *mineral, const struct ost_drr_matter *more,
                           size_t count, struct ost_image **out, struct ost_err *err);

/*
 * Tissue (g/cm3) and mineral (mgHA/cm3) of a CT in Hounsfield units: below 100 HU
 * all is tissue of density 1 + HU / 1000; above, tissue stays at 1.05 and each HU
 * stands for 0.8 mgHA/cm3. A picture's approximation, not a calibration.
 */
OST_MUST_CHECK
bool ost_drr_of_hounsfield(const struct ost_grid *hounsfield, struct ost_grid **tissue,
                           struct ost_grid **mineral, struct ost_err *err);

OST_C_END

#endif
