/* From the solved arm to one picture per structure. */
#ifndef OST_LAYERS_SHARE_IMPL_H
#define OST_LAYERS_SHARE_IMPL_H

#include "recon/layers/solve_impl.h"

OST_MUST_CHECK
bool ost_layers_share(const struct ost_solve *solve, size_t view, struct ost_layers_view *out,
                      struct ost_err *err);

#endif
