/* The machine a bench runs on: clock, memory, load, processor. */
#ifndef OST_BENCH_MACHINE_H
#define OST_BENCH_MACHINE_H

#include "recon/base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

double ost_bench_clock(void); /* s, monotonic */

/* s of processor this process has had; and the programs it ran to their end. */
double ost_bench_cpu(void);
double ost_bench_children_cpu(void);

/* Forgets the process' peak of memory in use, where the kernel lets it. */
void ost_bench_peak_reset(void);

/* The peak since then, MB (of 2^20 bytes), code and all; NaN where the kernel does not say. */
double ost_bench_peak_mb(void);

double ost_bench_resident_mb(void); /* now, likewise */

/* Bytes there are to be had without swapping; all there could be where the kernel is silent. */
uint64_t ost_bench_memory(void);

double ost_bench_load(void); /* over the last minute; NaN where the kernel does not say */

/* As it calls itself, and how many of them this process may use. */
void ost_bench_processor(char out[64], int *count);

OST_C_END

#endif
