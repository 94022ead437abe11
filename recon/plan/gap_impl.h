/*
 * How far the faces of a cut come apart under the fragment's motion. On the plane with
 * unit normal m the opening g(q) = m . (C q - q) is affine in q, so that its extremes
 * and integrals have closed forms.
 */
#ifndef OST_PLAN_GAP_IMPL_H
#define OST_PLAN_GAP_IMPL_H

#include "recon/plan/measures.h"

struct ost_cut {
    double point[3];
    double normal[3]; /* unit, distal */
    double side[3];   /* unit, in the plane: the first half axis of the section */
    double half[2];   /* mm */
};

void ost_gap_of_ellipse(const struct ost_cut *cut, const struct ost_rigid *motion,
                        struct ost_gap *out);

/* A simple polygon on the plane, either way round. */
void ost_gap_of_outline(const struct ost_cut *cut, const struct ost_rigid *motion,
                        const struct ost_section *outline, struct ost_gap *out);

#endif
