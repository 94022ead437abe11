/*
 * What makes `osteon recon` doubt its films, and what one film alone is worth: the figures
 * behind the limits in recon/shape/find.h and services/station/recon_doubts.c.
 */
#ifndef OST_BENCH_DOUBTS_H
#define OST_BENCH_DOUBTS_H

#include "services/cli/args.h"

OST_C_BEGIN

/*
 * `osteon bench doubts`: the networks' doubt and off_sd on film pairs of one simulated person
 * and of two (the front of one, the side of the next of the same arm), their doubt on real
 * films of children, and the intervals told from a front film alone beside the truth. Simulated
 * people of the mixed family, of validation seeds. Returns the exit code.
 */
int ost_bench_doubts(const struct ost_args *args);

OST_C_END

#endif
