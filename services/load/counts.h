/* Counts of programs that run for longer than a bench: the simulator, the kill test. */
#ifndef OST_LOAD_COUNTS_H
#define OST_LOAD_COUNTS_H

#include "services/load/report.h"

OST_C_BEGIN

/*
 * From the file where such a program's one line of JSON was left, {"NAME":{...}}: the two
 * whole numbers `key` of it. OST_INVALID where it is not such a line.
 */
OST_MUST_CHECK
bool ost_load_counts_read(const char *path, const char *name, const char *const key[2],
                          struct ost_load_counts *out, struct ost_err *err);

OST_C_END

#endif
