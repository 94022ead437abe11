/* Many writers of one property: the plan core by itself, without a server. */
#ifndef OST_LOAD_MAP_H
#define OST_LOAD_MAP_H

#include "services/load/report.h"

OST_C_BEGIN

enum { OST_LOAD_WRITES = 1549 }; /* case B3.1 of crdt-benchmarks: 20 sqrt 6000 */

/*
 * That many clients, none of which has seen another's write, set one number; each write is
 * an entry, checked, hashed and chained.
 */
OST_MUST_CHECK bool ost_load_map_write(struct ost_load_map *out, struct ost_err *err);

OST_C_END

#endif
