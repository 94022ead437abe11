/* Where a plane cuts a bone: what gap and wedge of a plan are integrated over. */
#ifndef OST_STATION_PLAN_SECTION_H
#define OST_STATION_PLAN_SECTION_H

#include "recon/mesh/mesh.h"
#include "recon/plan/seed.h"

OST_C_BEGIN

/*
 * Half widths of the section across and along the palm, and the cut's point moved,
 * within its plane, to the middle of the section. A plane that misses the bone changes
 * nothing: the half widths stay 0, unknown.
 */
void ost_station_plan_section(const struct ost_mesh *bone, struct ost_seed *seed);

OST_C_END

#endif
