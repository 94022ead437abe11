/*
 * The target a plan aims at when the patient's other arm was filmed: that arm in the
 * mirror, laid on the unbroken part of the affected one. The shaft proximal to the cut
 * gives place and turn; the ulna, which did not break, gives the length (Vroemen 2012:
 * arms differ in length, both bones of one arm together).
 */
#ifndef OST_STATION_RECON_TARGET_H
#define OST_STATION_RECON_TARGET_H

#include "recon/shape/arm.h"

OST_C_BEGIN

struct ost_recon_target {
    struct ost_mesh *mesh;   /* owned; the radius as it should be, the affected arm's frame */
    struct ost_rigid motion; /* brings the affected distal fragment to its place on it */
};

/*
 * How much left and right differ in health, one SD: along radial, volar and the axis
 * (mm), and about them (degrees). Vroemen JC et al., J Hand Surg Am 2012;37:982-8, 20
 * volunteers; the length is what the ulna does not take away, so that 2.03 is too
 * careful rather than too bold.
 */
static const double ost_recon_side_mm[3] = {1.22, 0.64, 2.03};
static const double ost_recon_side_deg[3] = {1.00, 1.35, 5.00};

/*
 * Both arms as fitted to films of their own, each in a frame of its own, of opposite
 * sides, with right sizes. `cut` is where the affected radius would be cut, mm proximal
 * to the model's origin; its own where it is broken.
 */
OST_MUST_CHECK
bool ost_recon_target_create(const struct ost_prior *prior, const struct ost_arm *affected,
                             const struct ost_arm *other, double cut, struct ost_recon_target **out,
                             struct ost_err *err);
void ost_recon_target_destroy(struct ost_recon_target *target); /* NULL is fine */
OST_AUTO_DEFINE(ost_recon_target);

OST_C_END

#endif
