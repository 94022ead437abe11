/*
 * Where the blurred picture of an arm shows its borders: a border along which the path
 * through the bone begins slowly shows inside itself, others where they are or beside. A
 * film's edges are compared with these, not with the borders.
 */
#ifndef OST_SHAPE_FIT_EXPECT_IMPL_H
#define OST_SHAPE_FIT_EXPECT_IMPL_H

#include "recon/shape/fit_impl.h"
#include "recon/xray/chord.h"

OST_C_BEGIN

/*
 * A first guess of the bones' attenuation on a raster, cortex 1 a mm: the state as it stands. What
 * was begun is left in `out` where it fails.
 */
OST_MUST_CHECK
bool fit_expected_paths(const struct fit *fit, size_t view, const struct ost_window *window,
                        struct ost_image **out, struct ost_err *err);

struct fit_expect;

/* Of the state as it stands, smoothed as a level of the scan is; NULL where no border is on it. */
OST_MUST_CHECK
bool fit_expect_create(const struct fit *fit, size_t view,
                       const struct ost_contour *const border[OST_BONES], int level,
                       struct fit_expect **out, struct ost_err *err);
void fit_expect_destroy(struct fit_expect *expect); /* NULL is fine */
OST_AUTO_DEFINE(fit_expect);

/* From a border's point to the edge it makes, film pixels along the unit normal (out of the bone).
 */
double fit_expect_offset(const struct fit_expect *expect, const double pixel[2],
                         const double normal[2]);

OST_C_END

#endif
