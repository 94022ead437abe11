/* What the writers of a reconstruction share. */
#ifndef OST_STATION_RECON_IMPL_H
#define OST_STATION_RECON_IMPL_H

#include "recon/image/grid.h"
#include "services/station/recon_write.h"

/* The film with both bones' outlines; and the outlines as result/outline_<i>.json. */
OST_MUST_CHECK
bool ost_recon_write_overlay(const char *case_dir, const struct ost_recon_found *found,
                             const struct ost_mesh *const bone[OST_BONES], size_t view,
                             struct ost_err *err);

/*
 * Density of a bone in mgHA/cm3: the cortex at its thickness under the surface,
 * trabecular bone inside, giving way to marrow up the shaft. Distal 110 mm only.
 */
OST_MUST_CHECK
bool ost_recon_density(const struct ost_recon_found *found, enum ost_bone which,
                       const struct ost_mesh *bone, struct ost_grid **out, struct ost_err *err);

#endif
