/* Which of a film's edges belong to which bone. */
#ifndef OST_SHAPE_FIT_CLAIM_IMPL_H
#define OST_SHAPE_FIT_CLAIM_IMPL_H

#include "recon/shape/scan.h"
#include "recon/xray/contour.h"

OST_C_BEGIN

/*
 * The edges of a film that belong to another bone's border, because it runs the same
 * way and is nearer, by more than minus its lead. Two bones side by side would else
 * both settle on the clearer border.
 */
struct fit_claim {
    const struct ost_contour *contour; /* borrowed */
    double cell, lead;                 /* film pixels */
    uint32_t width, height;
    uint32_t *head,
        *next; /* owned; lists of points by cell, each number one more than its point's */
};

OST_MUST_CHECK
bool fit_claim_init(struct fit_claim *claim, const struct ost_contour *contour,
                    const struct ost_scan *scan, double lead_mm, struct ost_err *err);
void fit_claim_fini(struct fit_claim *claim);
bool fit_claim_has(const void *claim, const double pixel[2], const double normal[2], double offset);

OST_C_END

#endif
