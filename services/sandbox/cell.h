/*
 * Gives up, for good, what a parser does not need: files, network, other processes, new
 * privileges, executable memory, and more than its share of memory and time. Landlock is
 * asked for and taken as far as the kernel has it; the system call filter is not optional.
 */
#ifndef OST_SANDBOX_CELL_H
#define OST_SANDBOX_CELL_H

#include "recon/base/err.h"

#include <stdint.h>

OST_C_BEGIN

struct ost_cell {
    uint64_t memory;      /* bytes of address space */
    uint32_t cpu_seconds; /* then SIGXCPU */
};

/* Limits and flags that hold from here on but still let files be opened. */
OST_MUST_CHECK bool ost_cell_limit(const struct ost_cell *cell, struct ost_err *err);

/*
 * Closes the door: from here on only reading and writing of open files, and memory. Any
 * other system call kills the process (SIGSYS). OST_UNAVAILABLE where it cannot be closed.
 */
OST_MUST_CHECK bool ost_cell_close(struct ost_err *err);

/* The Landlock version of this kernel, 0 where it has none. */
int ost_cell_landlock(void);

OST_C_END

#endif
