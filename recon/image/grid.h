/*
 * A dense box of voxels: one float each, x fastest, axis-aligned to the patient
 * (LPS) after import. Voxel (i, j, k) is centred at origin + spacing * (i, j, k).
 */
#ifndef OST_IMAGE_GRID_H
#define OST_IMAGE_GRID_H

#include "recon/base/err.h"

#include <stdint.h>

OST_C_BEGIN

struct ost_grid {
    uint32_t size[3];
    double origin[3];  /* mm, centre of voxel (0, 0, 0) */
    double spacing[3]; /* mm, all > 0 */
    float *value;      /* owned; value[(k * size[1] + j) * size[0] + i] */
};

/* All zero. Fails with OST_LIMIT on an empty or too large box. */
OST_MUST_CHECK
bool ost_grid_create(struct ost_grid **out, const uint32_t size[3], const double origin[3],
                     const double spacing[3], struct ost_err *err);
void ost_grid_destroy(struct ost_grid *grid); /* NULL is fine */
OST_AUTO_DEFINE(ost_grid);

/* Trilinear at a point in mm; `outside` where the point lies beyond the centres. */
double ost_grid_at(const struct ost_grid *grid, const double point[3], double outside);

/* The same for many points, wherever they are, and their mean. */
double ost_grid_mean(const struct ost_grid *grid, const double (*point)[3], uint32_t count,
                     double outside);

/* Trilinear at many points that share y and z with the first. */
void ost_grid_row(const struct ost_grid *grid, const double (*point)[3], uint32_t count,
                  double outside, double *out);

OST_C_END

#endif
