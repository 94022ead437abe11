/* What the films' layers say of a reconstruction. */
#ifndef OST_STATION_RECON_LAYERS_IMPL_H
#define OST_STATION_RECON_LAYERS_IMPL_H

#include "recon/layers/density.h"
#include "services/station/recon_write.h"

/* A site's numbers as results tell them: "relative", or by what the films are calibrated. */
struct ost_result_site ost_recon_site_of(const struct ost_layers *layers,
                                         enum ost_density_site site,
                                         const struct ost_density_found *found);

/*
 * Fills `layers`, and where every film is calibrated `slices`, `cortical`, `trabecular` and
 * `density_how`; else these stay as they were.
 */
void ost_recon_tell(const struct ost_layers *layers, const struct ost_layers_request *request,
                    struct ost_recon_found *found);

#endif
