/* The benches of `osteon bench` that need the whole reconstruction, and the mechanics'. */
#ifndef OST_BENCH_BENCH_H
#define OST_BENCH_BENCH_H

#include "services/cli/args.h"

OST_C_BEGIN

/* The ladder on the frozen sets, curves, people left out, real films. Returns the exit code. */
int ost_bench_recon(const struct ost_args *args);

/*
 * Mesher and solver beside Gmsh, CalculiX and PETSc, where they are installed. Returns the
 * exit code.
 */
int ost_bench_fem(const struct ost_args *args);

OST_C_END

#endif
