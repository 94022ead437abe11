/* The flesh of a film's cells: the film's own beside the bones, and what lies between under them.
 */
#ifndef OST_LAYERS_FLESH_IMPL_H
#define OST_LAYERS_FLESH_IMPL_H

#include "recon/layers/solve_impl.h"

/*
 * Both of as many numbers as the plate has cells. `tissue`: gross flesh, g/cm2. `bone`: 1
 * where the film shows more than the flesh round about, a hand's bone, else 0.
 */
OST_MUST_CHECK
bool ost_layers_flesh(const struct ost_solve *solve, size_t view, double *tissue, double *bone,
                      struct ost_err *err);

/* L of a film's primary beam behind a reading; `place`: -1..1 right and down. */
double ost_layers_seen(const struct ost_solve *solve, size_t view, double reading, double cloud,
                       const double place[2]);

#endif
