/* The benches of `osteon bench`: each prints its figures, with the peers where installed. */
#ifndef OST_TOOL_BENCH_H
#define OST_TOOL_BENCH_H

#include "services/cli/args.h"

OST_C_BEGIN

/* Our exact trace of voxels beside `plastimatch drr`. Returns the exit code. */
int ost_bench_drr(const struct ost_args *args);

/* The femora of unseen people from two simulated films. Returns the exit code. */
int ost_bench_femur(const struct ost_args *args);

OST_C_END

#endif
